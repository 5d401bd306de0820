"""Uploaded files: taken in whole or refused with a reason, worked off once, by whoever is alive."""

import gzip
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal.domain import imports, sheets, uploads
from portal.domain.activities import Activity, Batch
from portal.domain.imports import NotReadable
from portal.domain.uploads import RejectedRow, Upload
from tests import people
from tests.people import NOW

pytestmark = pytest.mark.usefixtures("nothing_to_earn")
HEADINGS = "external_id,volunteer_email,volunteer_name,event_type,quantity,occurred_at"


def table(*rows: str, headings: str = HEADINGS) -> bytes:
    return "\r\n".join((headings, *rows, "")).encode()


def hours(number: int, quantity: object = 1, day: int = 4) -> str:
    return f"{number},v{number % 7}@example.org,Volunteer {number % 7},hours_logged,{quantity},2026-05-{day:02}"


def take(session, content: bytes, grace) -> Batch:
    rows = sheets.looked_through(content)
    batch = uploads.take(content, "may.csv", rows=rows, quiet=True, by=grace, now=NOW)
    session.commit()
    return batch


def work_off(session, now=NOW) -> int | None:
    batch_id = uploads.lease(now)
    session.commit()
    if batch_id:
        uploads.work_off(batch_id, lambda: now)
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
    assert [one.number for one in uploads.rejected(batch.id, after=3)] == [4]


def test_a_reason_that_no_database_keeps_is_cut_to_what_it_keeps(session, grace):
    batch = take(session, table(hours(1, "\0" * 3 + "9" * 2000)), grace)
    work_off(session)
    (kept,) = uploads.rejected(batch.id)
    assert batch.failure is None
    assert "\0" not in kept.reason
    assert len(kept.reason) <= uploads.LONGEST_REASON


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"  \r\n ", "empty"),
        (HEADINGS.encode() + b"\r\n", "nothing under the headings"),
        (b"name,hours\r\nAda,2\r\n", "missing: event_type, occurred_at"),
        (b"event_type,event_type,occurred_at\r\na,b,c\r\n", "twice: event_type"),
        (table(hours(1)).decode().encode("utf-16"), "UTF-8"),
        (table(hours(1)) + "2,é".encode("latin-1"), "UTF-8"),
        (gzip.compress(table(hours(1)))[:-9], "table of comma-separated"),
        (b"\x1f\x8b not gzip at all", "table of comma-separated"),
        (table(hours(1), headings=HEADINGS + "," + ",".join(map(str, range(300)))), "too many columns"),
        (b"%PDF-1.7\n%\xe2\xe3", "UTF-8"),
    ],
)
def test_what_is_no_table_of_activities_is_refused_with_a_reason(session, content, words):
    with pytest.raises(NotReadable, match=words):
        sheets.looked_through(content)


def test_a_small_file_that_unpacks_to_a_large_one_is_refused(session, monkeypatch):
    monkeypatch.setattr(sheets, "LARGEST_UNPACKED", 100_000)
    with pytest.raises(NotReadable, match="too large"):
        sheets.looked_through(gzip.compress(table(hours(1), *("x" * 1000 for _ in range(200)))))


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
        if len(seen) == 3:  # it slept, and meanwhile somebody else took over
            assert uploads.lease(later) == batch.id
            session.commit()
        return NOW

    uploads.work_off(batch.id, clock)
    assert batch.finished_at is None
    assert activities(session) == 0
    uploads.work_off(batch.id, lambda: later)
    assert (batch.finished_at, batch.done, batch.accepted, activities(session)) == (later, 6, 6, 6)


def test_work_that_another_has_finished_is_no_work(session, grace):
    batch = take(session, table(hours(1)), grace)
    work_off(session)
    uploads.work_off(batch.id, lambda: NOW)
    assert batch.finished_at == NOW


def test_begun_again_it_does_not_go_back(session, grace, monkeypatch):
    monkeypatch.setattr(imports, "PART", 2)
    batch = take(session, table(*(hours(number) for number in range(5)), hours(5, "x")), grace)
    uploads.lease(NOW)
    session.commit()
    seen, real = [], uploads.note_progress

    def dies_at_the_third_part(*arguments):
        seen.append(1)
        if len(seen) == 3:
            raise KeyboardInterrupt
        real(*arguments)

    monkeypatch.setattr(uploads, "note_progress", dies_at_the_third_part)
    with pytest.raises(KeyboardInterrupt):
        uploads.work_off(batch.id, lambda: NOW)
    session.rollback()
    assert (batch.done, batch.accepted) == (4, 4)
    monkeypatch.setattr(uploads, "note_progress", lambda *a: (real(*a), seen.append(batch.done)))
    work_off(session, NOW + timedelta(seconds=60))
    assert seen[3:] == [4, 4, 6]
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
    assert [one.id for one in uploads.worth_a_look(NOW - week)] == [under_way.id, wrong.id]
    assert [one.id for one in uploads.worth_a_look(NOW + week)] == [under_way.id]
    assert [(batch.id, user.name) for batch, user in uploads.recent()] == [
        (one.id, "Grace Moreau") for one in (under_way, wrong, fine)
    ]
    assert [batch.id for batch, _ in uploads.recent(before=wrong.id)] == [fine.id]


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
