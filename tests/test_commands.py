"""The commands as people type them: what they say, what they leave behind, and how they end."""

import csv
import gzip
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import func, select

from portal import create_app
from portal.domain import accounts, imports, password_links, second_factors
from portal.domain.accounts import Token, User
from portal.domain.activities import Activity, Batch
from portal.domain.notifications import Notification
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from tests import oracle, people, reading
from tests.people import DATA, PASSWORD

HEADINGS = "external_id,volunteer_email,volunteer_name,event_type,quantity,occurred_at"
ADA = "1,ada@example.org,Ada Bell,hours_logged,2,2026-05-04"
BEN = "2,ben@example.org,Ben Okafor,task_completed,3,2026-05-04"
TOO_LONG = "3,ada@example.org,Ada Bell,hours_logged,25,2026-05-05"
MADE = DATA / "made.csv"


def run(app, *words: object, **more) -> Result:
    """What `flask WORDS` did."""
    return app.test_cli_runner().invoke(args=[str(word) for word in words], **more)


def ran(app, *words: object, **more) -> str:
    """What a command that ends well said."""
    result = run(app, *words, **more)
    assert result.exit_code == 0, result.output
    return result.output


def a_file(tmp_path: Path, *rows: str, headings: str = HEADINGS, name: str = "a.csv") -> Path:
    path = tmp_path / name
    path.write_text("\n".join([headings, *rows]) + "\n", encoding="utf-8")
    return path


def number_of(app, model) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model))


def dump(app) -> dict:
    with app.app_context():
        return reading.dump()


def rejected(path: Path) -> list[dict]:
    with open(f"{path}.rejected.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# --- flask import ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["snapshot", "doctor", "demo", "import {file}", "import --dry-run {file}"])
def test_a_database_without_tables_is_said_in_a_sentence(tmp_path, command):
    file = tmp_path / "may.csv"
    file.write_text("volunteer_email,event_type,quantity,occurred_at\nada@example.org,hours_logged,1,2026-05-04\n")
    app = create_app(SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path / 'new.db'}", INSTANCE=tmp_path)
    found = app.test_cli_runner().invoke(args=command.format(file=file).split())
    assert (found.exit_code, type(found.exception)) == (1, SystemExit)
    assert "flask --app wsgi db upgrade" in found.output


def test_a_file_is_recorded_counted_and_on_the_boards(app, tmp_path):
    path = a_file(tmp_path, ADA, BEN)
    said = ran(app, "import", path)
    assert "2 rows: 2 recorded, 0 known already, 0 rejected." in said
    assert not Path(f"{path}.rejected.csv").exists()
    with app.app_context():
        assert set(db.session.scalars(select(Activity.status))) == {"counted"}
        assert reading.standings() == [("ada@example.org", 1, 30), ("ben@example.org", 1, 30)]
        batch = db.session.scalars(select(Batch)).one()
        assert (batch.name, batch.source, batch.quiet, batch.rows, batch.accepted) == ("a.csv", "csv", True, 2, 2)
        assert batch.finished_at is not None


def test_the_made_file_leaves_the_rows_that_do_not_stand_beside_it(app, tmp_path):
    path = tmp_path / "made.csv"
    path.write_bytes(MADE.read_bytes())
    with MADE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    judged = oracle.judge(rows, now=datetime.now(UTC)).verdicts
    wanted = [one for one in judged if one.verdict in ("refused", "conflict")]

    result = run(app, "import", path)

    assert result.exit_code == 3
    found = rejected(path)
    assert [(int(one["row"]), one["column"]) for one in found] == [(one.row, one.field) for one in wanted]
    assert list(found[0]) == ["row", "column", "reason", *rows[0]]
    assert all(one["reason"] for one in found)
    for one in found:
        assert {name: one[name] for name in rows[0]} == rows[int(one["row"]) - 2]
    conflicts = sum(one.verdict == "conflict" for one in wanted)
    assert f"{len(wanted)} rejected ({conflicts} of them in conflict)" in result.output
    assert "made.csv.rejected.csv" in result.output


def test_a_second_import_changes_nothing_and_rejects_the_same_rows_anew(app, tmp_path):
    path = a_file(tmp_path, ADA, TOO_LONG, BEN)
    assert run(app, "import", path).exit_code == 3
    before, first = dump(app), rejected(path)
    again = run(app, "import", path)
    assert (again.exit_code, dump(app), rejected(path)) == (3, before, first)
    assert "3 rows: 0 recorded, 2 known already, 1 rejected." in again.output


def test_the_list_of_rejected_rows_goes_when_there_are_none_any_more(sqlite_app, tmp_path):
    path = a_file(tmp_path, TOO_LONG)
    assert run(sqlite_app, "import", path).exit_code == 3
    a_file(tmp_path, ADA)
    ran(sqlite_app, "import", path)
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith("a.csv")] == ["a.csv"]


def test_what_a_killed_import_left_beside_its_file_goes_with_the_next(sqlite_app, tmp_path):
    path = a_file(tmp_path, ADA)
    Path(f"{path}.rejected.csv.part").write_text("row,column,reason\n")
    ran(sqlite_app, "import", path)
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith("a.csv")] == ["a.csv"]


def test_rejected_rows_can_be_mended_and_imported_as_they_are(sqlite_app, tmp_path):
    path = a_file(tmp_path, ADA, TOO_LONG)
    run(sqlite_app, "import", path)
    beside = Path(f"{path}.rejected.csv")
    beside.write_text(beside.read_text().replace("25", "20"))
    assert "1 rows: 1 recorded" in ran(sqlite_app, "import", beside)


def test_each_rejected_row_is_one_line(sqlite_app, tmp_path):
    path = a_file(tmp_path, TOO_LONG + ',"soup, and ""bread"""', headings=HEADINGS + ",description")
    run(sqlite_app, "import", path)
    text = Path(f"{path}.rejected.csv").read_text()
    assert len(text.splitlines()) == 2
    assert rejected(path)[0]["description"] == 'soup, and "bread"'


def test_a_dry_run_writes_nothing_and_says_the_same(app, tmp_path, monkeypatch):
    monkeypatch.setattr(imports, "PART", 50)
    path = tmp_path / "made.csv"
    path.write_bytes(MADE.read_bytes())
    before = dump(app)

    dry = run(app, "import", path, "--dry-run")

    assert (dry.exit_code, dump(app)) == (3, before)
    foretold = rejected(path)
    real = run(app, "import", path)
    assert rejected(path) == foretold
    (would_be,), (was,) = (re.findall(r"rows: (?:would be )?(.*)\n", one.output) for one in (dry, real))
    assert would_be == was
    assert "would be" in dry.output


def test_a_dry_run_knows_what_is_there(sqlite_app, tmp_path):
    ran(sqlite_app, "import", a_file(tmp_path, ADA))
    full = ADA.replace("1,", "9,", 1).replace(",2,", ",23,")
    path = a_file(tmp_path, ADA, full, BEN)
    result = run(sqlite_app, "import", path, "--dry-run")
    assert "3 rows: would be 1 recorded, 1 known already, 1 rejected" in result.output
    assert number_of(sqlite_app, Activity) == number_of(sqlite_app, Volunteer) == 1


def test_ids_belong_to_their_source(sqlite_app, tmp_path):
    path = a_file(tmp_path, ADA)
    ran(sqlite_app, "import", path, "--source", "scouts")
    assert "1 recorded" in ran(sqlite_app, "import", path)
    assert "1 known already" in ran(sqlite_app, "import", path, "--source", "scouts")
    for source in ("", "x" * 65):
        assert run(sqlite_app, "import", path, "--source", source).exit_code == 2


@pytest.mark.parametrize(("words", "news"), [((), 0), (("--announce",), 1)])
def test_an_import_is_quiet_unless_it_is_announced(sqlite_app, tmp_path, words, news):
    ran(sqlite_app, "import", a_file(tmp_path, ADA), *words)
    assert number_of(sqlite_app, Notification) == news


SPELLINGS = {
    "gzip": lambda text: gzip.compress(text.encode()),
    "BOM": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "CR LF": lambda text: text.replace("\n", "\r\n").encode(),
    "empty lines": lambda text: text.replace("\n", "\n\n\n").encode(),
    "quotes": lambda text: re.sub(r"[^,\n]+", r'"\g<0>"', text).encode(),
    "no last line break": lambda text: text.rstrip().encode(),
    "gzip, BOM, CR LF": lambda text: gzip.compress(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()),
    "other capitals": lambda text: text.replace(HEADINGS, HEADINGS.upper().replace(",", " , ")).encode(),
    "semicolons": lambda text: text.replace(",", ";").encode(),
    "UTF-16": lambda text: text.encode("utf-16"),
    "tabs, UTF-16": lambda text: text.replace(",", "\t").encode("utf-16"),
    "another column": lambda text: text.replace("\n", ",x\n").encode(),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_however_a_table_is_saved_it_is_read(sqlite_app, tmp_path, spelling):
    path = tmp_path / "table"
    path.write_bytes(SPELLINGS[spelling]("\n".join([HEADINGS, ADA.replace("Bell", "Béll"), BEN, ""])))
    assert "2 rows: 2 recorded" in ran(sqlite_app, "import", path)
    with sqlite_app.app_context():
        assert db.session.scalars(select(Volunteer.name).order_by(Volunteer.id)).all() == ["Ada Béll", "Ben Okafor"]


def test_rows_are_numbered_as_people_count_them(sqlite_app, tmp_path):
    path = a_file(tmp_path, "", ADA, "", "", TOO_LONG)
    run(sqlite_app, "import", path)
    assert [one["row"] for one in rejected(path)] == ["3"]


def test_a_row_that_is_too_short_says_what_is_missing(sqlite_app, tmp_path):
    path = a_file(tmp_path, "4,ada@example.org,Ada Bell,hours_logged", ADA)
    assert run(sqlite_app, "import", path).exit_code == 3
    assert [(one["row"], one["column"]) for one in rejected(path)] == [("2", "quantity")]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "This file is empty."),
        (b"event_type,quantity\n", "nothing under the headings"),
        (b"event_type,quantity\nhours_logged,1\n", "missing: who it was, the date"),
        (b"Event_Type,occurred_at,Event_Type\na,b,c\n", "twice: Event_Type"),
        (b"name,hours,date\nAda Bell,2,3/4/2026\n", "Its dates may be read in two ways"),
        ("event_type,occurred_at,volunteer_name\ntask_completed,2026-05-04,Zoë".encode("latin-1"), "UTF-8"),
        (gzip.compress(b"event_type,occurred_at\n" * 2000)[:-12], "comma-separated"),
        (b"\x1f\x8bthis is no gzip", "comma-separated"),
        (b"event_type,occurred_at,description\ntask_completed,2026-05-04," + b"x" * 1_000_001, "more than a million"),
    ],
    ids=["empty", "headings", "no dates", "twice", "3/4", "latin-1", "truncated gzip", "no gzip", "a huge cell"],
)
def test_what_is_no_table_of_activities_is_refused_with_the_reason(sqlite_app, tmp_path, content, says):
    path = tmp_path / "table"
    path.write_bytes(content)
    for words in ((), ("--dry-run",)):
        result = run(sqlite_app, "import", path, *words)
        assert (result.exit_code, says in result.output) == (1, True), result.output
        assert "Traceback" not in result.output
    assert number_of(sqlite_app, Activity) == number_of(sqlite_app, Batch) == number_of(sqlite_app, Volunteer) == 0


def test_a_file_that_breaks_off_brings_nothing_and_the_whole_file_all(app, tmp_path):
    whole = (DATA / "activity.csv").read_bytes()[:60_000].rpartition(b"\n")[0]
    path = tmp_path / "table.csv.gz"
    path.write_bytes(gzip.compress(whole)[:-2000])
    assert run(app, "import", path).exit_code == 1
    assert number_of(app, Activity) == 0
    path.write_bytes(gzip.compress(whole))
    ran(app, "import", path)
    rows = list(csv.DictReader(whole.decode().splitlines()))
    with app.app_context():
        assert reading.states() == oracle.expected(oracle.judge(rows, now=datetime.now(UTC)).accepted)


def test_there_has_to_be_a_file(sqlite_app, tmp_path):
    assert run(sqlite_app, "import", tmp_path / "nothing.csv").exit_code == 2
    assert run(sqlite_app, "import", tmp_path).exit_code == 2
    assert run(sqlite_app, "import").exit_code == 2


def test_what_was_interrupted_before_it_counted_is_counted_by_the_next_import(app, tmp_path):
    path = a_file(tmp_path, ADA, BEN)
    with app.app_context(), path.open("rb") as file:
        people.record(*(row.submission for row in imports.table_of(file).rows()), source="csv", creates_people=True)
    ran(app, "import", path)
    with app.app_context():
        assert set(db.session.scalars(select(Activity.status))) == {"counted"}
        assert reading.standings() == [("ada@example.org", 1, 30), ("ben@example.org", 1, 30)]


# --- The others -----------------------------------------------------------------------------------------------------


def test_boards_are_brought_up_to_date_when_they_are_asked_for(app, tmp_path):
    with app.app_context():
        people.join("Ada Bell")
        people.count(people.did("project_completed"))
    assert "points all_time" in ran(app, "snapshot")
    assert "Nothing was touched" in ran(app, "snapshot")
    assert ran(app, "snapshot", "--all").count(",") == 8
    with app.app_context():
        assert reading.standings() == [("ada@example.org", 1, 160)]


def test_somebody_who_signs_in_is_added_with_the_volunteer_that_they_are(app, tmp_path):
    ran(app, "import", a_file(tmp_path, ADA))
    environment = {"LAURELS_PASSWORD": PASSWORD}
    said = ran(app, "users", "add", "Ada@Example.org", "--name", "Ada Bell", "--role", "admin", env=environment)
    assert "ada@example.org can sign in as admin." in said
    ran(app, "users", "add", "ben@example.org", "--name", "Ben Okafor", env=environment)
    words = ("--name", "Grace Moreau", "--does-not-volunteer")
    ran(app, "users", "add", "grace@example.org", *words, input=f"{PASSWORD}\n{PASSWORD}\n")
    with app.app_context():
        users = {one.email: one for one in db.session.scalars(select(User))}
        assert accounts.check_password("ada@example.org", PASSWORD) is users["ada@example.org"]
        roles = {"ada@example.org": "admin", "ben@example.org": "volunteer", "grace@example.org": "volunteer"}
        assert {email: user.role for email, user in users.items()} == roles
        names = {email: user.volunteer and user.volunteer.name for email, user in users.items()}
        assert names == {"ada@example.org": "Ada Bell", "ben@example.org": "Ben Okafor", "grace@example.org": None}


@pytest.mark.parametrize(
    ("email", "password", "says"),
    [("grace@example.org", PASSWORD, "signs in already"), ("nobody", PASSWORD, "no"), ("x@example.org", "short", "10")],
)
def test_whom_nobody_can_sign_in_as_is_not_added(sqlite_app, email, password, says):
    with sqlite_app.app_context():
        people.grace()
    result = run(sqlite_app, "users", "add", email, "--name", "X", env={"LAURELS_PASSWORD": password})
    assert (result.exit_code, says in result.output) == (1, True), result.output
    assert (number_of(sqlite_app, User), number_of(sqlite_app, Volunteer)) == (1, 0)


def test_who_forgot_everything_is_let_in_by_who_has_the_machine(app):
    with app.app_context():
        linus = people.linus()
        second_factors.begin_app(linus, people.NOW).confirmed_at = people.NOW
        linus.second_factor_since = people.NOW
        db.session.commit()
    said = ran(app, "users", "password-link", "Linus@example.org")
    secret = said.partition("/links/password/")[2].split()[0]
    assert "signs in with the password alone" in ran(app, "users", "reset-second-factor", "linus@example.org")
    with app.app_context():
        user = password_links.use(secret, "seven boats in the bay", now=datetime.now(UTC))
        assert (user.name, user.second_factor_since) == ("Linus Berg", None)
        assert second_factors.of(user) == []
    for command in ("password-link", "reset-second-factor"):
        assert "Nobody signs in" in run(app, "users", command, "nobody@example.org").output


def test_a_token_is_shown_once_and_kept_as_a_hash(app):
    with app.app_context():
        people.linus()
    words = ("--name", "Till", "--scope", "record", "--scope", "read", "--days", 30)
    said = ran(app, "tokens", "add", "Linus@example.org", *words)
    secret = said.splitlines()[0]
    assert "It may: read, record." in said
    with app.app_context():
        token = accounts.live_token(secret, datetime.now(UTC))
        assert (token.name, token.scopes, token.user.email) == ("Till", ["read", "record"], "linus@example.org")
        assert (token.expires_at - token.created_at).days == 30
        assert secret not in str(dict(vars(token)))


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("grace@example.org", "--name", "Till", "--scope", "define"), 1),
        (("nobody@example.org", "--name", "Till", "--scope", "read"), 1),
        (("grace@example.org", "--name", "Till", "--scope", "everything"), 2),
        (("grace@example.org", "--name", "Till"), 2),
        (("grace@example.org", "--name", "Till", "--scope", "read", "--days", 0), 2),
    ],
)
def test_a_token_does_not_go_beyond_its_owner(sqlite_app, words, status):
    with sqlite_app.app_context():
        people.grace()
    assert run(sqlite_app, "tokens", "add", *words).exit_code == status
    assert number_of(sqlite_app, Token) == 0


@pytest.mark.parametrize("name", ["import", "snapshot", "users", "tokens"])
def test_help_says_what_each_command_does_in_one_line(sqlite_app, name):
    (line,) = (line for line in ran(sqlite_app, "--help").splitlines() if re.match(rf"  {name} ", line))
    assert re.fullmatch(rf"  {name} +[A-Z].*[.)]", line), "a whole sentence that was not cut off"
