"""Uploaded files and real workers: recorded and counted once, whoever is killed in between."""

import time

import pytest
from sqlalchemy import select

from portal.database import reading
from portal.domain import imports, sheets, uploads
from portal.domain.accounts import User
from portal.domain.activities import Batch
from portal.domain.uploads import RejectedRow
from portal.extensions import db
from portal.jobs import schedule, worker
from portal.jobs.queue import ring
from portal.jobs.uploads import import_files
from tests import people
from tests.jobs import work
from tests.machinery.processes import eventually

ROWS, PEOPLE = 1200, 40
HEADINGS = "external_id,volunteer_email,volunteer_name,event_type,quantity,occurred_at"


def table() -> bytes:
    """Hours of forty people on thirty days; every hundredth row is none."""
    rows = [HEADINGS]
    for number in range(ROWS):
        who, day, hours = number % PEOPLE, number // PEOPLE, "x" if number % 100 == 99 else 1
        rows.append(f"{number},v{who}@example.org,V {who},hours_logged,{hours},2026-03-{day + 1:02}")
    return "\n".join(rows).encode()


@pytest.fixture
def small_parts(monkeypatch):
    """A file is recorded slowly in many small parts, so that there are many moments to die in."""
    hold = uploads.Work.hold
    monkeypatch.setattr(imports, "PART", 40)
    monkeypatch.setattr(uploads.Work, "hold", lambda self: (time.sleep(0.05), hold(self)))


def take(app) -> int:
    """Uploads the file, and rings."""
    with app.app_context():
        by, content = people.grace(), table()
        rows = sheets.looked_through(content)
        number = uploads.take(content, "march.csv", rows=rows, quiet=False, by=by, now=people.NOW).id
        db.session.commit()
        ring("uploads.import_files")
        return number


def state(app, number: int) -> tuple:
    """How far the file is: done, accepted, refused, finished."""
    one = Batch
    columns = (one.done, one.accepted, one.refused, one.finished_at.is_not(None))
    before = reading.set(True)  # keeps no worker waiting
    try:
        with app.app_context():
            return tuple(db.session.execute(select(*columns).where(one.id == number)).one())
    finally:
        reading.reset(before)


def test_a_file_is_worked_off_when_the_bell_rings(working_app, crew):
    number = take(working_app)
    crew.start(worker.work)
    eventually(lambda: state(working_app, number) == (ROWS, ROWS - 12, 12, True), within=30)
    assert work.counted(working_app) == ROWS - 12


def test_a_file_is_found_though_nobody_rang(working_app, crew, redis):
    redis.kill()
    number = take(working_app)
    redis.start()
    crew.start(worker.work)
    crew.start(schedule.run)
    eventually(lambda: state(working_app, number) == (ROWS, ROWS - 12, 12, True), within=30)
    assert work.counted(working_app) == ROWS - 12


def test_another_worker_finishes_the_file_of_one_that_was_killed(working_app, crew, small_parts):
    number = take(working_app)
    first = crew.start(worker.work)
    eventually(lambda: state(working_app, number)[0] > 0, within=30, every=0.005)
    first.kill()
    done, _accepted, _refused, finished = state(working_app, number)
    assert (0 < done < ROWS, finished) == (True, False)
    crew.start(worker.work)
    crew.start(schedule.run)
    eventually(lambda: state(working_app, number) == (ROWS, ROWS - 12, 12, True), within=60)
    assert (work.counted(working_app), work.pending(working_app)) == (ROWS - 12, 0)
    hours = [row[2] for row in work.outcome(working_app)["balances"]]
    assert sum(hours) == 100 * (ROWS - 12)


def test_what_does_not_stand_is_said_in_the_language_of_whoever_brought_the_file(app):
    number = take(app)
    with app.app_context():
        db.session.scalars(select(User).where(User.email == "grace@example.org")).one().language = "de"
        db.session.commit()
        import_files()
        (reason,) = set(db.session.scalars(select(RejectedRow.reason).where(RejectedRow.batch_id == number)))
    assert reason == "Das ist keine Zahl: x"
