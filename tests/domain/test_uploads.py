"""Uploaded files: read, checked, confirmed, and worked off once, by whoever is alive."""

import gzip
from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import func, select

from portal.domain import importing, imports, layouts, sheets, uploads
from portal.domain.activities import Activity, Batch
from portal.domain.cells import DateOrder
from portal.domain.problems import RejectedRow
from portal.domain.refusals import NotPossible, NotReadable
from portal.domain.sheets import How
from portal.domain.uploads import Stage, Upload, UploadPart
from portal.domain.volunteers import Volunteer
from tests import people
from tests.people import NOW

pytestmark = pytest.mark.usefixtures("nothing_to_earn")
HEADINGS = "external_id,volunteer_email,volunteer_name,event_type,quantity,occurred_at"


def table(*rows: str, headings: str = HEADINGS) -> bytes:
    return "\r\n".join((headings, *rows, "")).encode()


def hours(number: int, quantity: object = 1, day: int = 4) -> str:
    return f"{number},v{number % 7}@example.org,Volunteer {number % 7},hours_logged,{quantity},2026-05-{day:02}"


def send(session, content: bytes, grace, now=NOW) -> Batch:
    """Uploads a file."""
    batch = uploads.take(BytesIO(content), "may.csv", quiet=True, by=grace, now=now)
    session.commit()
    return batch


def checked(session, content: bytes, grace) -> Batch:
    """Uploads a file, and has it read and checked."""
    batch = send(session, content, grace)
    while work_off(session):
        pass
    return batch


def take(session, content: bytes, grace) -> Batch:
    """Uploads a file and says yes to it."""
    batch = checked(session, content, grace)
    upload = uploads.of(batch.id)
    upload.stage, upload.total, upload.version = Stage.RECORDING, batch.rows, upload.version + 1
    batch.source = "csv"
    session.commit()
    return batch


def stage(session, batch: Batch) -> tuple[str, int]:
    """How far a file is, and the number under which that may be decided."""
    upload = uploads.of(batch.id)
    return upload.stage, upload.version


def work_off(session, now=NOW) -> int | None:
    batch_id = uploads.lease(now)
    session.commit()
    if batch_id:
        importing.work_off(batch_id, lambda: now)
    return batch_id


def activities(session) -> int:
    return session.scalar(select(func.count()).select_from(Activity).where(Activity.status == "counted"))


@pytest.mark.parametrize("packed", [False, True])
def test_a_file_is_recorded_counted_and_done_with(session, grace, packed):
    content = table(*(hours(number) for number in range(20)))
    batch = take(session, gzip.compress(content) if packed else content, grace)
    assert work_off(session) == batch.id
    assert (batch.rows, batch.done, batch.accepted, batch.same, batch.refused) == (20, 20, 20, 0, 0)
    assert (batch.finished_at, batch.failure, activities(session)) == (NOW, None, 20)
    assert session.scalars(select(Upload)).all() == []


def test_the_same_file_again_counts_once(session, grace):
    content = table(*(hours(number) for number in range(3)))
    for _ in range(2):
        batch = take(session, content, grace)
        work_off(session)
    assert (batch.accepted, batch.same, activities(session)) == (0, 3, 3)


def test_rows_that_do_not_stand_are_kept_with_all_their_cells(session, grace):
    batch = take(session, table(hours(1), hours(2, "x"), "3,,Nobody,hours_logged,1"), grace)
    work_off(session)
    first, second = uploads.rejected(batch.id)
    assert (first.number, first.column, first.cells["volunteer_email"]) == (3, "quantity", "v2@example.org")
    assert (second.number, list(second.cells)) == (4, HEADINGS.split(","))
    assert (batch.accepted, batch.refused) == (1, 2)
    assert [one.number for one in uploads.rejected(batch.id, after=first.id)] == [4]


def test_a_reason_that_no_database_keeps_is_cut_to_what_it_keeps(session, grace):
    batch = take(session, table(hours(1, "\0" * 3 + "9" * 2000)), grace)
    work_off(session)
    (kept,) = uploads.rejected(batch.id)
    assert batch.failure is None
    assert "\0" not in kept.reason
    assert len(kept.reason) <= 500


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"  \r\n ", "empty"),
        (HEADINGS.encode() + b"\r\n", "nothing under the headings"),
        (gzip.compress(table(hours(1)))[:-9], "table of comma-separated"),
        (b"\x1f\x8b not gzip at all", "table of comma-separated"),
        (table(hours(1), headings=HEADINGS + "," + ",".join(map(str, range(300)))), "too many columns"),
        (b"PK\x03\x04 and no spreadsheet", "damaged"),
        (bytes(range(32)) * 9, "no text"),
    ],
)
def test_what_is_no_table_says_why_and_waits_for_somebody_to_decide(session, grace, content, words):
    batch = checked(session, content, grace)
    assert words in batch.failure
    assert (stage(session, batch)[0], batch.finished_at) == (Stage.UNREADABLE, None)


def test_a_small_file_that_unpacks_to_a_large_one_is_refused(session, monkeypatch):
    monkeypatch.setattr(sheets, "LARGEST_UNPACKED", 100_000)
    with pytest.raises(NotReadable, match="too large"):
        sheets.look_through(BytesIO(gzip.compress(table(hours(1), *("x" * 1000 for _ in range(200))))))


def test_a_file_is_one_workers_until_it_is_silent_for_too_long(session, grace):
    batch = take(session, table(hours(1)), grace)
    assert uploads.lease(NOW) == batch.id
    assert uploads.lease(NOW + timedelta(seconds=1)) is None
    assert uploads.lease(NOW + uploads.LEASE + timedelta(seconds=1)) == batch.id


def test_a_slow_worker_stops_when_another_has_taken_its_file(session, grace, monkeypatch):
    monkeypatch.setattr(imports, "PART", 2)
    batch = take(session, table(*(hours(number) for number in range(6))), grace)
    uploads.lease(NOW)
    session.commit()
    later = NOW + timedelta(seconds=60)
    seen = []

    def clock():
        seen.append(1)
        if len(seen) == 4:  # it slept, and meanwhile somebody else took over
            assert uploads.lease(later) == batch.id
            session.commit()
        return NOW

    importing.work_off(batch.id, clock)
    assert batch.finished_at is None
    assert activities(session) == 0
    importing.work_off(batch.id, lambda: later)
    assert (batch.finished_at, batch.done, batch.accepted, activities(session)) == (later, 6, 6, 6)


def test_work_that_another_has_finished_is_no_work(session, grace):
    batch = take(session, table(hours(1)), grace)
    work_off(session)
    importing.work_off(batch.id, lambda: NOW)
    assert batch.finished_at == NOW


def test_begun_again_it_goes_on_at_the_very_row(session, grace, monkeypatch):
    monkeypatch.setattr(imports, "PART", 2)
    same = "v1@example.org,Volunteer 1,hours_logged,1,2026-05-04"
    content = table(same, same, same, same, same, same.replace(",1,", ",x,"), headings=HEADINGS.partition(",")[2])
    batch = take(session, content, grace)
    uploads.lease(NOW)
    session.commit()
    seen, real = [], importing.note_progress

    def dies_at_the_third_part(*arguments):
        seen.append(1)
        if len(seen) == 3:
            raise KeyboardInterrupt
        real(*arguments)

    monkeypatch.setattr(importing, "note_progress", dies_at_the_third_part)
    with pytest.raises(KeyboardInterrupt):
        importing.work_off(batch.id, lambda: NOW)
    session.rollback()
    assert (batch.done, batch.accepted) == (4, 4)
    monkeypatch.setattr(importing, "note_progress", lambda *a: (real(*a), seen.append(batch.done)))
    work_off(session, NOW + timedelta(seconds=60))
    assert seen[3:] == [6]
    assert (batch.accepted, batch.same, batch.refused, activities(session)) == (5, 0, 1, 5)
    assert session.scalar(select(func.count()).select_from(RejectedRow)) == 1


def test_what_cannot_be_worked_off_is_given_up_and_says_so(session, grace, monkeypatch):
    batch = take(session, table(hours(1)), grace)
    monkeypatch.setattr(imports, "record_part", lambda *_a, **_k: 1 / 0)
    work_off(session)
    assert (batch.finished_at, batch.failure) == (NOW, "Something went wrong; the log knows more.")
    assert uploads.lease(NOW + timedelta(days=1)) is None


def test_the_desk_hears_of_files_under_way_and_of_those_with_problems(session, grace):
    fine = take(session, table(hours(1)), grace)
    work_off(session)
    wrong = take(session, table(hours(2, "x")), grace)
    work_off(session)
    under_way = take(session, table(hours(3)), grace)
    week = timedelta(days=7)
    assert [one.id for one, _upload in uploads.worth_a_look(NOW - week)] == [under_way.id, wrong.id]
    assert [one.id for one, _upload in uploads.worth_a_look(NOW + week)] == [under_way.id]
    assert [(batch.id, user.name) for batch, _upload, user in uploads.recent()] == [
        (one.id, "Grace Moreau") for one in (under_way, wrong, fine)
    ]
    assert [batch.id for batch, *_ in uploads.recent(before=wrong.id)] == [fine.id]


def test_nobody_imports_what_they_did_themselves_and_somebody_else_may(session, grace, ada):
    content = table(hours(1), "2,ada@example.org,Ada Bell,hours_logged,24,2026-05-04")
    grace.volunteer = ada
    batch = take(session, content, grace)
    work_off(session)
    assert (batch.accepted, batch.refused, people.total(ada)) == (1, 1, 0)
    row = session.scalars(select(RejectedRow)).one()
    assert (row.number, row.column) == (3, "volunteer_email")
    assert row.reason == "This is about yourself: somebody else has to import it."
    again = take(session, content, people.linus())
    work_off(session)
    assert (again.accepted, again.same, people.total(ada)) == (1, 1, 120)


def test_a_cell_that_is_no_text_keeps_no_other_row_out(session, grace):
    batch = take(session, table(hours(1), hours(2).replace("v2", "v\0"), hours(3)), grace)
    work_off(session)
    assert (batch.failure, batch.accepted, batch.refused) == (None, 2, 1)


# --- What somebody decides ------------------------------------------------------------------------------------------

OTHERS = "Who,When,How long"


def understood(batch: Batch, grace, **more) -> None:
    """Says what the columns of OTHERS are."""
    layout = layouts.Layout({"volunteer_email": 0, "date": 1, "hours": 2}, DateOrder.DAY_FIRST)
    given = {"makes_people": True, "quiet": True, "by": grace, "now": NOW} | more
    uploads.understand(batch.id, uploads.of(batch.id).version, layout, **given)


def test_columns_that_nobody_knows_are_asked_for_and_remembered(session, grace, ada):
    content = table('ada@example.org,3/5/2026,"1,5"', "ada@example.org,4/5/2026,1h 15m", headings=OTHERS)
    batch = checked(session, content, grace)
    assert stage(session, batch) == (Stage.MAPPING, 1)
    understood(batch, grace)
    session.commit()
    work_off(session)
    outlook = uploads.of(batch.id).outlook
    assert (outlook["accepted"], outlook["hundredths"], outlook["people"], outlook["new"]) == (2, 275, 1, 0)
    assert [row["date"] for row in outlook["first"]] == ["2026-05-03", "2026-05-04"]
    assert activities(session) == 0
    again = checked(session, content, grace)
    assert stage(session, again)[0] == Stage.CHECKED
    layouts.forget(layouts.all_remembered()[0].id)
    assert stage(session, checked(session, content, grace))[0] == Stage.MAPPING


def test_it_is_recorded_once_somebody_says_yes_and_only_once(session, grace, ada):
    batch = checked(session, table("ada@example.org,2026-05-03,2", headings="E-mail,Date,Hours"), grace)
    version = stage(session, batch)[1]
    uploads.confirm(batch.id, version, by=grace, now=NOW)
    session.commit()
    with pytest.raises(NotPossible, match="Meanwhile"):
        uploads.confirm(batch.id, version, by=grace, now=NOW)
    session.rollback()
    work_off(session)
    assert (batch.accepted, activities(session), people.total(ada)) == (1, 1, 10)
    with pytest.raises(NotPossible, match="is done"):
        uploads.confirm(batch.id, version, by=grace, now=NOW)


def test_what_was_checked_under_another_layout_cannot_be_confirmed(session, grace, ada):
    batch = checked(session, table("ada@example.org,2026-05-03,2", headings=OTHERS), grace)
    understood(batch, grace)
    session.commit()
    work_off(session)
    seen = stage(session, batch)[1]
    understood(batch, grace, makes_people=False)
    session.commit()
    work_off(session)
    with pytest.raises(NotPossible, match="Meanwhile"):
        uploads.confirm(batch.id, seen, by=grace, now=NOW)


def test_unknown_people_are_made_or_refused_as_somebody_chose(session, grace):
    content = table("zoe@example.org,Zoe Hart,2026-05-03,2", headings="E-mail,Name,Date,Hours")
    batch = checked(session, content, grace)
    assert uploads.of(batch.id).outlook["new"] == 1
    layout = uploads.layout_of(uploads.of(batch.id))
    uploads.understand(batch.id, stage(session, batch)[1], layout, makes_people=False, quiet=True, by=grace, now=NOW)
    session.commit()
    work_off(session)
    assert uploads.of(batch.id).outlook["accepted"] == 0
    (row,) = uploads.rejected(batch.id)
    assert (row.number, row.column, row.reason) == (2, "E-mail", "There is no volunteer like this.")
    with pytest.raises(NotPossible, match="nothing in it"):
        uploads.confirm(batch.id, stage(session, batch)[1], by=grace, now=NOW)
    assert session.scalar(select(func.count()).select_from(Volunteer)) == 0


def test_every_cell_of_a_row_that_is_wrong_is_told(session, grace):
    batch = checked(session, table("ada@example.org,soon,two", headings="E-mail,Date,Hours"), grace)
    assert [(one.number, one.column, one.reason) for one in uploads.rejected(batch.id)] == [
        (2, "Date", "“soon” is not a date; write it like 2026-05-18."),
        (2, "Hours", "“two” is not a number of hours; write 2 or 1:30."),
    ]


def test_what_is_recorded_by_the_time_one_cancels_stays_and_is_counted(session, grace, monkeypatch):
    monkeypatch.setattr(imports, "PART", 2)
    batch = take(session, table(*(hours(number) for number in range(6))), grace)
    uploads.lease(NOW)
    session.commit()
    real, seen = importing.note_progress, []

    def and_then_somebody_cancels(*arguments):
        real(*arguments)
        seen.append(1)
        if len(seen) == 2:
            session.commit()
            uploads.cancel(batch.id, stage(session, batch)[1], by=grace, now=NOW)

    monkeypatch.setattr(importing, "note_progress", and_then_somebody_cancels)
    importing.work_off(batch.id, lambda: NOW)
    assert batch.finished_at is None
    work_off(session)
    assert (batch.finished_at, batch.cancelled_at, batch.done, activities(session)) == (NOW, NOW, 4, 4)


def test_what_is_thrown_away_leaves_nothing(session, grace):
    batch = checked(session, table(hours(1), hours(2, "x")), grace)
    uploads.throw_away(batch.id, stage(session, batch)[1], by=grace, now=NOW)
    session.commit()
    left = [session.scalar(select(func.count()).select_from(one)) for one in (Batch, Upload, UploadPart, RejectedRow)]
    assert left == [0, 0, 0, 0]


def test_what_nobody_goes_on_with_goes_by_itself(session, grace):
    checked(session, table(hours(1)), grace)
    uploads.forget_old(NOW + uploads.KEPT)
    assert session.scalar(select(func.count()).select_from(Upload)) == 1
    uploads.forget_old(NOW + uploads.KEPT + timedelta(seconds=1))
    assert session.scalar(select(func.count()).select_from(Batch)) == 0


def test_a_file_can_be_read_otherwise(session, grace, ada):
    content = "E-mail;Date;Hours;Notes\r\nada@example.org;2026-05-03;1,5;Fête\r\n".encode("cp1252")
    batch = checked(session, content, grace)
    facts = uploads.facts_of(uploads.of(batch.id))
    assert (facts.how, facts.shown[0][3]) == (How("cp1252", ";"), "Fête")
    uploads.read_again(batch.id, stage(session, batch)[1], How("mac-roman", ";"), NOW)
    session.commit()
    work_off(session)
    assert uploads.facts_of(uploads.of(batch.id)).shown[0][3] == "FÍte"


def test_rows_that_are_known_say_which_import_brought_them_and_whether_that_was_undone(session, grace, ada):
    content = table("ada@example.org,2026-05-03,2", headings="E-mail,Date,Hours")
    first = checked(session, content, grace)
    uploads.confirm(first.id, stage(session, first)[1], by=grace, now=NOW)
    session.commit()
    work_off(session)
    second = checked(session, content, grace)
    outlook = uploads.of(second.id).outlook
    assert (outlook["accepted"], outlook["same"], outlook["known_from"]) == (0, 1, [[first.id, 1, 0]])
    activity = session.scalars(select(Activity)).one()
    people.take_back(activity.id)
    third = checked(session, content, grace)
    assert uploads.of(third.id).outlook["known_from"] == [[first.id, 1, 1]]


def test_hours_on_a_date_that_has_some_from_elsewhere_are_perhaps_there_twice(session, grace, ada):
    people.count(people.did(quantity=2, when="2026-05-03"), source="portal")
    batch = checked(session, table("ada@example.org,2026-05-03,2", headings="E-mail,Date,Hours"), grace)
    outlook = uploads.of(batch.id).outlook
    assert (outlook["accepted"], outlook["doubtful"], outlook["doubtful_rows"]) == (1, 1, [2])
