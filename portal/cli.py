"""The `flask` commands: a door like the others. Each says what it does in one line."""

import csv
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from portal import demo
from portal.domain import accounts, doctor, imports, layouts, password_links, recording, second_factors, snapshots
from portal.domain.accounts import User
from portal.domain.imports import Row, Summary, Table
from portal.domain.judging import Rejected, Verdict
from portal.domain.refusals import NotReadable
from portal.domain.rehearsing import Rehearsal
from portal.domain.tallies import Tallies
from portal.extensions import db
from portal.jobs.commands import schedule_command, worker_command
from portal.up import up_command
from portal.writing import write

Judge = Callable[[Sequence[Row]], list[Verdict]]
SOME_REJECTED = 3
"""Exit status of an import in which rows were refused or in conflict."""


def register(app: Flask) -> None:
    """Adds the commands to the application."""
    for command in (up_command, import_, worker_command, schedule_command, snapshot, doctor_, demo_, users, tokens):
        app.cli.add_command(command)
    for command in (import_, snapshot, doctor_, demo_, *users.commands.values(), *tokens.commands.values()):
        command.callback = kindly(command.callback)


def kindly(work: Callable) -> Callable:
    """Says in a sentence what is wrong with the database, instead of where in the code that was noticed."""
    if hasattr(work, "is_kind"):  # another application of this process was here before
        return work

    @wraps(work)
    def command(*args, **kwargs):
        try:
            return work(*args, **kwargs)
        except (OperationalError, ProgrammingError) as error:
            raise click.ClickException(trouble(error)) from None

    setattr(command, "is_kind", True)  # noqa: B010 - types know of no attributes on functions
    return command


def trouble(error: DBAPIError) -> str:
    """What is wrong, and the way out."""
    first = str(error.orig).strip().partition("\n")[0]
    missing = getattr(error.orig, "sqlstate", None) in ("42P01", "42703")
    if missing or first.startswith(("no such table", "no such column", "table ")):
        return "The database has no tables yet, or old ones. Bring it up to date first: flask --app wsgi db upgrade"
    return f"The database cannot be used: {first}"


def now() -> datetime:
    """The instant at which a command does what it does."""
    return datetime.now(UTC)


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would happen; write nothing.")
@click.option("--source", help="Whose ids the rows carry; by its headings if left out.")
@click.option("--announce", is_flag=True, help="Tell the volunteers; otherwise it is quiet.")
@with_appcontext
def import_(file: Path, dry_run: bool, source: str | None, announce: bool) -> None:
    """Record and count the activities in a spreadsheet: XLSX, or CSV (gzip or not)."""
    if source is not None and not 0 < len(source) <= imports.LONGEST_SOURCE:
        raise click.BadParameter(f"between 1 and {imports.LONGEST_SOURCE} characters, please", param_hint="--source")
    try:
        summary = rehearse(file, source) if dry_run else take_in(file, source, quiet=not announce)
    except NotReadable as error:
        raise click.ClickException(str(error)) from None
    say(summary, file, dry_run=dry_run)
    if summary.rejected:
        raise SystemExit(SOME_REJECTED)


def take_in(file: Path, source: str | None, *, quiet: bool) -> Summary:
    """Records the file part by part, counts what waits, and brings the boards up to date."""
    moment, numbers = now(), Tallies()
    batch_id = imports.open_batch(file.name, source=source or layouts.OWN, quiet=quiet, now=moment).id
    summary = Summary()

    def record(table: Table) -> Judge:
        whose = {"batch_id": batch_id, "source": source or table.source, "numbers": numbers}
        return lambda part: imports.record_part(part, now=moment, **whose)

    try:
        go_through(file, record, summary)
        count(summary)
    finally:
        db.session.rollback()
        imports.close_batch(batch_id, summary, now())
    refresh_boards()
    return summary


def rehearse(file: Path, source: str | None) -> Summary:
    """Says of each row what would become of it."""
    summary = Summary()

    def judge(table: Table) -> Judge:
        return Rehearsal(source=source or table.source, now=now(), creates_people=True).part

    go_through(file, judge, summary)
    return summary


def go_through(file: Path, judge: Callable[[Table], Judge], summary: Summary) -> None:
    """Hands the rows over part by part, adds up what became of them, and writes those that do not stand beside."""
    with file.open("rb") as binary, Rejects(file) as rejects:
        table = imports.table_of(binary)
        rejects.table = table
        say_of = judge(table)
        with click.progressbar(length=table.facts.rows, label="Recording") as bar:
            for part in imports.parts(table.rows()):
                verdicts = say_of(part)
                summary.add(verdicts)
                rejects.write(part, verdicts)
                bar.update(len(part))


class Rejects:
    """FILE.rejected.csv: the rows that do not stand, with row, column and reason; not there if there are none."""

    def __init__(self, file: Path):
        self.path = Path(f"{file}.rejected.csv")
        self.part = Path(f"{file}.rejected.csv.part")
        self.table: Table | None = None
        self.out = None

    def __enter__(self) -> "Rejects":
        for left in (self.path, self.part):  # the latter by an import that was killed
            left.unlink(missing_ok=True)
        return self

    def __exit__(self, *_error) -> None:
        if self.out is not None:
            self.out.close()
            self.part.replace(self.path)

    def write(self, part: Sequence[Row], verdicts: Sequence[Verdict]) -> None:
        """Writes the rejected ones of a part."""
        for row, verdict in zip(part, verdicts, strict=True):
            if isinstance(verdict, Rejected) and self.table is not None:
                column = self.table.heading(verdict.field)
                self.lines(self.table.facts.headings).writerow([row.number, column, verdict.reason, *row.cells])

    def lines(self, headings: Sequence[str]):
        """The file, begun with its headings at the first need."""
        if self.out is None:
            self.out = self.part.open("w", newline="", encoding="utf-8")
            csv.writer(self.out).writerow(["row", "column", "reason", *headings])
        return csv.writer(self.out)


def count(summary: Summary) -> None:
    """Counts what waits of these rows, also of an import that was interrupted before."""
    waiting = imports.pending_of(summary.volunteers)
    with click.progressbar(length=sum(number for _, number in waiting), label="Counting ") as bar:
        imports.count(waiting, now=now(), each=bar.update)


def say(summary: Summary, file: Path, *, dry_run: bool) -> None:
    """Says what became of the rows."""
    click.echo(
        f"{summary.rows:,} rows: " + ("would be " if dry_run else "") + f"{summary.accepted:,} recorded", nl=False
    )
    click.echo(f", {summary.same:,} known already, {summary.rejected:,} rejected", nl=False)
    click.echo(f" ({summary.conflicts:,} of them in conflict)." if summary.conflicts else ".")
    if summary.rejected:
        click.echo(f"See why in {file}.rejected.csv; mend those rows and import that file.")


def refresh_boards(*, everything: bool = False) -> list[snapshots.Board]:
    """Brings the boards up to date in a transaction of its own."""
    return write(lambda: snapshots.refresh(now=now(), everything=everything))


@click.command()
@click.option("--all", "everything", is_flag=True, help="Also boards that nothing touched.")
@with_appcontext
def snapshot(everything: bool) -> None:
    """Bring the leaderboards up to date."""
    rebuilt = refresh_boards(everything=everything)
    names = ", ".join(f"{board.type} {board.timeframe}" for board in rebuilt)
    click.echo(f"New snapshots: {names}." if rebuilt else "Nothing was touched since the last snapshots.")


@click.command("doctor")
@click.option("--repair", is_flag=True, help="Rebuild what can be rebuilt from the facts.")
@with_appcontext
def doctor_(repair: bool) -> None:
    """Recompute everything that is stored twice, and name each difference."""
    report = examine()
    if repair and report.mendable:
        mended = write(lambda: doctor.repair(report, now()))
        click.echo(f"Mended: {mended}.")
        report = examine()
    for line in (*report.differences, *report.remarks):
        click.echo(str(line))
    click.echo(f"{len(report.differences)} differences." if report.differences else "No difference.")
    if report.differences:
        raise SystemExit(1)


def examine() -> doctor.Report:
    """What the doctor finds, all of one moment."""
    with doctor.consistent_read():
        return doctor.examine(now())


@click.command("demo")
@with_appcontext
def demo_() -> None:
    """Make a demonstration: sixty made-up people, a year of what they did."""
    try:
        passwords = demo.make(now(), current_app.config["INSTANCE"])
    except demo.NotEmpty as error:
        raise click.ClickException(str(error)) from None
    for email, password in passwords.items():
        click.echo(f"{email:24} {password}")


users = AppGroup("users", help="Add people who sign in, and let in again who cannot.")


@users.command("add")
@click.argument("email")
@click.option("--name", required=True, help="What they are called.")
@click.option("--role", type=click.Choice([role.value for role in accounts.Role]), default="volunteer")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True, envvar="LAURELS_PASSWORD")
@click.option("--volunteers/--does-not-volunteer", "volunteers_too", default=True, help="Whether they help, too.")
@with_appcontext
def add_user(email: str, name: str, role: str, password: str, volunteers_too: bool) -> None:
    """Add somebody who signs in, and the volunteer that they are (the one with this e-mail, if there is one)."""
    try:
        accounts.refuse_email(email)
        volunteer = recording.found_or_made(email=email, name=name, now=now()) if volunteers_too else None
        user = accounts.add_user(email=email, name=name, password=password, role=role, volunteer=volunteer, now=now())
        db.session.commit()
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{user.email} can sign in as {user.role}.")


@users.command("password-link")
@click.argument("email")
@with_appcontext
def password_link(email: str) -> None:
    """Show a link with which somebody chooses a new password: once, within an hour."""
    secret = write(lambda: password_links.make(known(email), by=None, now=now()))
    click.echo(f"{current_app.config['PUBLIC_URL']}/links/password/{secret}\nIt works once, within an hour.")


@users.command("reset-second-factor")
@click.argument("email")
@with_appcontext
def reset_second_factor(email: str) -> None:
    """Take the second factor away from somebody who lost it: the only admin, say."""
    write(lambda: second_factors.reset(known(email), by=None, now=now()))
    click.echo(f"{email} signs in with the password alone now.")


def known(email: str) -> User:
    """Who signs in with this e-mail. Raises ClickException for nobody."""
    user = accounts.by_email(email)
    if user is None:
        raise click.ClickException(f"Nobody signs in as {email}.")
    return user


tokens = AppGroup("tokens", help="Add tokens with which other systems sign in.")


@tokens.command("add")
@click.argument("email")
@click.option("--name", required=True, help="Which system it is for.")
@click.option(
    "--scope", "scopes", multiple=True, required=True, type=click.Choice([one.value for one in accounts.Scope])
)
@click.option("--days", type=click.IntRange(1, 3650), help="How long it holds; for ever if left out.")
def add_token(email: str, name: str, scopes: Sequence[str], days: int | None) -> None:
    """Add a token for a user's systems and show it, once."""
    user = known(email)
    try:
        token, secret = accounts.add_token(user, name=name, scopes=list(scopes), now=now(), days=days)
        db.session.commit()
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{secret}\nThis is shown only now. It may: {', '.join(token.scopes)}.")
