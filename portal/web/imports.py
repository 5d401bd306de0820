"""Spreadsheets of activities: uploaded, looked at before anything is written, worked off while one looks on, and what
did not stand to be mended and sent again."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO

from flask import Blueprint, Response, abort, flash, render_template, request, stream_with_context, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf.file import FileField
from wtforms import HiddenField, RadioField

from portal.access import coordinators
from portal.domain import layouts, problems, rehearsing, sheets, uploads
from portal.domain.accounts import User
from portal.domain.activities import Batch, BatchKind
from portal.domain.idempotency import OtherContent
from portal.domain.problems import RejectedRow
from portal.domain.refusals import NotPossible, NotReadable
from portal.domain.sheets import LARGEST, MEGABYTE
from portal.domain.uploads import Stage, Upload
from portal.extensions import db
from portal.jobs.queue import ring
from portal.web import import_words, moments, words
from portal.web.asked import as_id, asked_id, existing, go_on, is_part
from portal.web.batches import undoing_of
from portal.web.fields import options
from portal.web.writing import OnceForm, write_once

screen = Blueprint("imports", __name__)
QUIET, ANNOUNCED = "quiet", "announced"
STILL_READ = LARGEST + 100 * MEGABYTE
"""Bytes up to which a file that is too large is taken off the wire, so that the form can say so."""
ON_A_PAGE, SHOWN_ROWS, AT_ONCE = 30, 50, 1000
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
NEWS = [(QUIET, _l("Quietly")), (ANNOUNCED, _l("Tell them"))]


class ImportForm(OnceForm):
    """A file, and whether people hear of what it brings them."""

    file = FileField(_l("File"))
    news = RadioField(_l("Do they hear of it?"), choices=options(NEWS), default=QUIET)

    def __init__(self, **given):
        super().__init__(**given)
        self.file.flags.required = True


class DecisionForm(OnceForm):
    """What is decided of an import, as one saw it."""

    version = HiddenField()

    @property
    def seen(self) -> int:
        """The number under which one saw it."""
        return as_id(self.version.data) or 0


@dataclass(frozen=True, slots=True)
class Row:
    """An import in the list."""

    name: str
    url: str
    when: str
    by: str
    state: str
    wrong: bool
    waits: bool


@screen.url_value_preprocessor
def take_more_off_the_wire(_endpoint, _values) -> None:
    """A file that is somewhat too large is read nevertheless: a browser whose sending is cut off shows no answer."""
    request.max_content_length = STILL_READ


@screen.errorhandler(413)
def too_large(_error):
    """Said at the field, as long as the file could be read."""
    form = ImportForm(formdata=None)
    form.file.errors = [size_words()]
    return index_page(form), 422


def size_words() -> str:
    """How large a file may be."""
    return _("This file is too large: at most %(megabytes)s MB.", megabytes=LARGEST // MEGABYTE)


@screen.get("/imports")
@coordinators
def index():
    """Earlier imports, and the form for another."""
    return index_page(ImportForm(formdata=None))


def index_page(form: ImportForm) -> str:
    """The page around the form."""
    found = uploads.recent(ON_A_PAGE + 1, before=asked_id("before"))
    now, more = datetime.now(UTC), len(found) > ON_A_PAGE
    return render_template(
        "imports/index.html",
        form=form,
        megabytes=LARGEST // MEGABYTE,
        rows=[row(*one, now) for one in found[:ON_A_PAGE]],
        remembered=[(one.id, ", ".join(one.headings)) for one in layouts.all_remembered()],
        older_url=url_for("imports.index", before=found[ON_A_PAGE - 1][0].id) if more else None,
        first_url=url_for("imports.index") if asked_id("before") else None,
    )


def row(batch: Batch, upload: Upload | None, by: User | None, now: datetime) -> Row:
    """An import in the list."""
    return Row(
        name=batch.name or _("Without a name"),
        url=url_for("imports.show", batch_id=batch.id),
        when=moments.clock(batch.created_at, now, words.my_zone()),
        by=by.name if by is not None else _("a command"),
        state=import_words.state(batch, upload),
        wrong=bool(batch.failure or batch.refused),
        waits=upload is not None and upload.stage in (Stage.MAPPING, Stage.CHECKED, Stage.UNREADABLE),
    )


@screen.post("/imports")
@coordinators
def create():
    """Keeps the file for the workers, once however often it is sent."""
    form, now = ImportForm(), datetime.now(UTC)
    if not form.validate() or not is_given(form):
        return index_page(form), 422
    db.session.rollback()  # nobody waits while a file is looked at
    same = {"file": uploads.fingerprint(form.file.data.stream), "news": form.news.data}
    try:
        batch_id = write_once(form.key, lambda: take(form, now), content=same, now=now)
    except OtherContent:
        form = ImportForm(formdata=None)
        form.file.errors = [_("Another file was sent with this form. Choose this one again.")]
        return index_page(form), 422
    ring("uploads.import_files")
    return go_on(url_for("imports.show", batch_id=batch_id))


def is_given(form: ImportForm) -> bool:
    """Whether there is a file that may be a table; otherwise the form says what is wrong."""
    if not form.file.data:
        form.file.errors = [_("Choose a file.")]
        return False
    stream = form.file.data.stream
    try:
        sheets.refuse_at_once(stream.read(16), stream.seek(0, 2))
    except NotReadable as error:
        form.file.errors = [str(error)]
    return not form.file.errors


def take(form: ImportForm, now: datetime) -> int:
    """One transaction."""
    by, file = current_user._get_current_object(), form.file.data
    return uploads.take(file.stream, file.filename, quiet=form.news.data == QUIET, by=by, now=now).id


@screen.get("/imports/<int:batch_id>")
@coordinators
def show(batch_id: int):
    """What is next for it: how far it is (htmx asks for that part alone), what it would bring, or what it brought."""
    batch, upload = existing_import(batch_id), uploads.of(batch_id)
    stage = upload.stage if upload is not None and not batch.finished_at else None
    if stage in (Stage.MAPPING, Stage.UNREADABLE):
        return go_on(url_for("sheet_columns.edit", batch_id=batch_id))
    if stage == Stage.CHECKED:
        if is_part():
            return go_on(url_for("imports.show", batch_id=batch_id))
        return render_template("imports/preview.html", **about(batch), **preview(batch, upload))
    given = progress(batch, upload) | undoing_of(batch)
    if is_part():
        return render_template("imports/_progress.html", **given)
    return render_template("imports/show.html", **about(batch), **given)


def about(batch: Batch) -> dict:
    """What all pages of an import are given."""
    by = db.session.get(User, batch.recorded_by_id) if batch.recorded_by_id else None
    return {"line": row(batch, None, by, datetime.now(UTC)), "quiet": batch.quiet}


def existing_import(batch_id: int) -> Batch:
    """The import with this number; 404 if there is none."""
    batch = existing(Batch, batch_id)
    return batch if batch.kind == BatchKind.IMPORT else abort(404)


def progress(batch: Batch, upload: Upload | None) -> dict:
    """What imports/_progress.html is given."""
    finished = upload is None
    done = (upload.done, upload.total or batch.rows) if upload is not None else (0, 0)
    is_written = upload is None or upload.stage in (Stage.RECORDING, Stage.COUNTING)
    return {
        "url": url_for("imports.show", batch_id=batch.id),
        "download_url": url_for("imports.rejected", batch_id=batch.id),
        "finished": finished,
        "failure": batch.failure,
        "cancelled_words": import_words.cancelled(batch) if finished and batch.cancelled_at else None,
        "done": done[0],
        "rows": done[1],
        "step_words": import_words.step(upload) if upload is not None else "",
        "done_words": import_words.done(upload, done[1]) if upload is not None else "",
        "counts": import_words.counts(batch) if is_written else [],
        "cancel": decision(upload) if upload is not None and upload.stage == Stage.RECORDING else None,
        "cancel_url": url_for("imports.cancellation", batch_id=batch.id),
        "refused": batch.refused,
        "rejected": list(problems.rows(uploads.rejected(batch.id, SHOWN_ROWS))) if finished and batch.refused else [],
        "announcement": _("Done. %(state)s.", state=import_words.state(batch, None)) if finished else None,
    }


def decision(upload: Upload) -> DecisionForm:
    """The form that decides about a file as it is now."""
    form = DecisionForm(formdata=None)
    form.version.data = str(upload.version)
    return form


def preview(batch: Batch, upload: Upload) -> dict:
    """What imports/preview.html is given."""
    outlook, facts, layout = upload.outlook or {}, uploads.facts_of(upload), uploads.layout_of(upload)
    column, after = request.args.get("column"), asked_id("after") or 0
    by_column = problems.by_column(batch)
    found = uploads.rejected(batch.id, SHOWN_ROWS + 1, after=after, column=column)
    more, found = len(found) > SHOWN_ROWS, found[:SHOWN_ROWS]
    place = {"batch_id": batch.id} | ({"column": column} if column else {})
    zone = words.my_zone()
    return {
        "form": decision(upload),
        "batch_id": batch.id,
        "accepted": outlook["accepted"],
        "yes": import_words.yes(outlook["accepted"]),
        "totals": import_words.totals(outlook),
        "notes": [
            *import_words.known_from(outlook, rehearsing.batches(outlook), zone),
            *import_words.doubtful(outlook),
            *import_words.dates(facts, layout),
            *import_words.written(facts),
        ],
        "first": [import_words.as_read(one) for one in outlook["first"]],
        "problem_rows": [
            import_words.problem_row(first, these, facts, layout) for first, these in problems.rows(found)
        ],
        "problem_tabs": problem_tabs(batch, by_column, column),
        "problems": sum(by_column.values()),
        "headings": [facts.headings[place] for place in import_words.used(layout)],
        "download_url": url_for("imports.rejected", batch_id=batch.id),
        "more_url": url_for("imports.show", after=found[-1].id, **place) if more else None,
        "back_url": url_for("imports.show", **place) if after else None,
    }


def problem_tabs(batch: Batch, by_column: dict[str, int], chosen: str | None) -> list[dict]:
    """The choice of a column whose problems one wants to see."""

    def tab(label: str, number: int, **place) -> dict:
        url = url_for("imports.show", batch_id=batch.id, _anchor="problems", **place)
        return {"label": f"{label} {words.number(number)}", "url": url, "current": place.get("column") == chosen}

    every = tab(_("All"), sum(by_column.values()))
    return [every, *(tab(name, number, column=name) for name, number in by_column.items())] if by_column else []


@screen.post("/imports/<int:batch_id>/confirmation")
@coordinators
def confirmation(batch_id: int):
    """Says yes to what one saw: it is recorded and counted, once."""
    return decide(batch_id, uploads.confirm)


@screen.post("/imports/<int:batch_id>/cancellation")
@coordinators
def cancellation(batch_id: int):
    """Ends the recording; what is recorded stays until somebody undoes it."""
    return decide(batch_id, uploads.cancel)


@screen.post("/imports/<int:batch_id>/removal")
@coordinators
def removal(batch_id: int):
    """Throws away what was not recorded."""
    existing_import(batch_id)
    answer = decide(batch_id, uploads.throw_away)
    if db.session.get(Batch, batch_id) is None:
        flash(_("It is thrown away. Nothing of it was recorded."))
        return go_on(url_for("imports.index"))
    return answer


def decide(batch_id: int, verb: Callable):
    """Decides about an import as somebody saw it, and shows how it is now."""
    existing_import(batch_id)
    form, now = DecisionForm(), datetime.now(UTC)
    by = current_user._get_current_object()

    def work() -> bool:
        verb(batch_id, form.seen, by=by, now=now)
        return True

    try:
        write_once(form.key, work, content={verb.__name__: batch_id, "version": form.seen}, now=now)
    except NotPossible as refusal:
        flash(str(refusal), "error")
    except OtherContent:
        flash(_("That was done already."), "error")
    else:
        ring("uploads.import_files")
    return go_on(url_for("imports.show", batch_id=batch_id))


@screen.get("/imports/<int:batch_id>/rejected.csv")
@coordinators
def rejected(batch_id: int):
    """The rows that do not stand, with row, column and reason, as a file to mend and send again."""
    batch = existing_import(batch_id)
    headers = {"Content-Disposition": f'attachment; filename="import-{batch.id}-rejected.csv"'}
    return Response(stream_with_context(lines(batch.id)), mimetype="text/csv", headers=headers)


def lines(batch_id: int) -> Iterator[str]:
    """The file, some rows at a time. A row with several problems is one line that says them all."""
    first = uploads.rejected(batch_id, 1)
    headings = list(first[0].cells) if first else []
    yield line(["row", "column", "reason", *headings])
    for _one, these in problems.rows(every_problem(batch_id)):
        yield line(cells_of(these, headings))


def every_problem(batch_id: int) -> Iterator[RejectedRow]:
    """All problems of a batch, some at a time."""
    found = uploads.rejected(batch_id, AT_ONCE)
    while found:
        yield from found
        after = found[-1].id
        db.session.expunge_all()
        found = uploads.rejected(batch_id, AT_ONCE, after=after)


def cells_of(these: list[RejectedRow], headings: list[str]) -> list[object]:
    """A row of the file: number, columns, reasons, then what was in it."""
    first = these[0]
    columns, reasons = "; ".join(one.column for one in these), " ".join(one.reason for one in these)
    return [first.number, columns, reasons, *(first.cells.get(name, "") for name in headings)]


def line(cells: list) -> str:
    """Cells as a line of CSV, none of which a spreadsheet takes for a formula."""
    out = StringIO()
    csv.writer(out).writerow([harmless(cell) if isinstance(cell, str) else cell for cell in cells])
    return out.getvalue()


def harmless(cell: str) -> str:
    """A cell that spreadsheets show as it stands: what looks like a formula gets an apostrophe before it."""
    return f"'{cell}" if cell.startswith(FORMULAS) else cell
