"""Uploaded files and real workers: recorded and counted once, whoever is killed in between."""

import time
from io import BytesIO

import pytest
from sqlalchemy import func, select

from portal.database import reading
from portal.domain import accounts, importing, imports, uploads
from portal.domain.accounts import User
from portal.domain.activities import Batch
from portal.domain.problems import RejectedRow
from portal.domain.uploads import Stage, Upload
from portal.extensions import db
from portal.jobs import schedule, worker
from portal.jobs.queue import ring
from portal.jobs.uploads import import_files
from tests import people
from tests.jobs import work
from tests.machinery.processes import eventually

ROWS, PEOPLE = 1200, 40
HEADINGS = "external_id,volunteer_email,volunteer_name,event_type,quantity,occurred_at"


def table(*, ids: bool = True) -> bytes:
    """Hours of forty people on thirty days; every hundredth row is none."""
    rows = [HEADINGS if ids else HEADINGS.replace("external_id", "ignored")]
    for number in range(ROWS):
        who, day, hours = number % PEOPLE, number // PEOPLE, "x" if number % 100 == 99 else 1
        rows.append(f"{number},v{who}@example.org,V {who},hours_logged,{hours},2026-03-{day + 1:02}")
    return "\n".join(rows).encode()


@pytest.fixture
def small_parts(monkeypatch):
    """A file is recorded slowly in many small parts, so that there are many moments to die in."""
    hold = importing.Work.hold
    monkeypatch.setattr(imports, "PART", 40)
    monkeypatch.setattr(importing.Work, "hold", lambda self, **how: (time.sleep(0.05), hold(self, **how)))


def take(app, *, ids: bool = True) -> int:
    """Uploads the file, and rings."""
    with app.app_context():
        by, content = people.grace(), BytesIO(table(ids=ids))
        number = uploads.take(content, "march.csv", quiet=False, by=by, now=people.NOW).id
        db.session.commit()
        ring("uploads.import_files")
        return number


def say_yes(app, number: int) -> None:
    """Waits until every row is checked, and has it recorded."""
    eventually(lambda: stage(app, number) == Stage.CHECKED, within=30)
    with app.app_context():
        upload, by = uploads.of(number), accounts.by_email("grace@example.org")
        assert upload.outlook["accepted"] == ROWS - 12
        uploads.confirm(number, upload.version, by=by, now=people.NOW)
        db.session.commit()
        ring("uploads.import_files")


def stage(app, number: int) -> str | None:
    """What is being done with the file; None once that is over."""
    return seen(app, select(Upload.stage).where(Upload.batch_id == number))


def checked(app, number: int) -> int:
    """How many of its rows were looked at."""
    return seen(app, select(Upload.done).where(Upload.batch_id == number))


def seen(app, query):
    """What a query finds; keeps no worker waiting."""
    before = reading.set(True)
    try:
        with app.app_context():
            return db.session.scalar(query)
    finally:
        reading.reset(before)


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
    say_yes(working_app, number)
    eventually(lambda: state(working_app, number) == (ROWS, ROWS - 12, 12, True), within=30)
    assert work.counted(working_app) == ROWS - 12


def test_a_file_is_found_though_nobody_rang(working_app, crew, redis):
    redis.kill()
    number = take(working_app)
    redis.start()
    crew.start(worker.work)
    crew.start(schedule.run)
    say_yes(working_app, number)
    eventually(lambda: state(working_app, number) == (ROWS, ROWS - 12, 12, True), within=30)
    assert work.counted(working_app) == ROWS - 12


def test_another_worker_finishes_the_file_of_one_that_was_killed(working_app, crew, small_parts):
    number = take(working_app)
    first = crew.start(worker.work)
    say_yes(working_app, number)
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


def test_another_worker_checks_the_file_of_one_that_was_killed(working_app, crew, small_parts):
    number = take(working_app)
    first = crew.start(worker.work)
    eventually(lambda: stage(working_app, number) == Stage.CHECKING and checked(working_app, number) > 0, within=30)
    first.kill()
    assert stage(working_app, number) == Stage.CHECKING
    crew.start(worker.work)
    crew.start(schedule.run)
    eventually(lambda: stage(working_app, number) == Stage.CHECKED, within=60)
    assert seen(working_app, select(func.count()).select_from(RejectedRow)) == 12
    assert (work.counted(working_app), work.pending(working_app)) == (0, 0)


def test_a_file_without_ids_counts_each_row_once_though_its_worker_and_its_redis_were_killed(
    working_app, crew, redis, small_parts
):
    number = take(working_app, ids=False)
    first = crew.start(worker.work)
    say_yes(working_app, number)
    eventually(lambda: state(working_app, number)[0] > 0, within=30, every=0.005)
    first.kill()
    redis.kill()
    redis.start()
    crew.start(worker.work)
    crew.start(schedule.run)
    eventually(lambda: state(working_app, number) == (ROWS, ROWS - 12, 12, True), within=60)
    assert (work.counted(working_app), work.pending(working_app)) == (ROWS - 12, 0)


def test_what_does_not_stand_is_said_in_the_language_of_whoever_brought_the_file(app):
    number = take(app)
    with app.app_context():
        db.session.scalars(select(User).where(User.email == "grace@example.org")).one().language = "de"
        db.session.commit()
        import_files()
        (reason,) = set(db.session.scalars(select(RejectedRow.reason).where(RejectedRow.batch_id == number)))
    assert reason == "Das ist keine Zahl: x"
