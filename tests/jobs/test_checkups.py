"""Check-ups and real workers: one comes to an end when the bell rings, or nobody rang, or who was at it is killed."""

import time

import pytest
from sqlalchemy import select, text

from portal.database import reading
from portal.domain import checkups, doctor
from portal.domain.audit import AuditRecord
from portal.domain.points import VolunteerPoints
from portal.extensions import db
from portal.jobs import checkups as job
from portal.jobs import schedule, worker
from portal.jobs.queue import ring
from tests import people
from tests.jobs import work
from tests.machinery.processes import eventually


@pytest.fixture
def wrong(working_app):
    """A world in which all sums on people's pages are wrong."""
    work.record(working_app, work.rows(volunteers=5, each=4))
    with working_app.app_context():
        people.settle(now=work.NOW)
        people.refresh(work.NOW)
        db.session.execute(text("UPDATE volunteer_points SET total_points = 1"))
        db.session.commit()


def ask(app, *, mends: bool = False, rings: bool = True) -> None:
    """Linus asks for a check-up."""
    with app.app_context():
        checkups.request(by=people.linus(), now=people.NOW, mends=mends)
        db.session.commit()
        if rings:
            ring("checkups.look")


def seen(app, look):
    """What `look` finds in the database. Keeps no worker waiting."""
    before = reading.set(True)
    try:
        with app.app_context():
            return look()
    finally:
        reading.reset(before)


def done(app) -> bool:
    """Whether the check-up has come to an end."""
    return seen(app, lambda: checkups.last().finished_at is not None)


def found(app) -> dict[str, int]:
    """How many differences of each check there are."""
    return seen(app, lambda: checkups.found().counts)


def totals(app) -> set[int]:
    """The sums on people's pages."""
    return seen(app, lambda: set(db.session.scalars(select(VolunteerPoints.total_points))))


def repairs(app) -> list[dict]:
    """What the audit says was mended."""
    query = select(AuditRecord.after).where(AuditRecord.action == "repair", AuditRecord.actor_id.is_not(None))
    return seen(app, lambda: list(db.session.scalars(query)))


def test_a_worker_looks_when_the_bell_rings(working_app, crew, wrong):
    crew.start(worker.work)
    ask(working_app)
    eventually(lambda: done(working_app), within=20)
    assert found(working_app) == {"balances": 5}
    assert totals(working_app) == {1}


def test_it_is_found_though_nobody_rang_and_is_mended(working_app, crew, wrong):
    ask(working_app, mends=True, rings=False)
    crew.start(worker.work)
    crew.start(schedule.run)
    eventually(lambda: done(working_app), within=20)
    assert found(working_app) == {}
    assert 1 not in totals(working_app)
    assert repairs(working_app) == [{"volunteer_points": 5}]


@pytest.fixture
def slow(monkeypatch):
    """Looking takes some seconds, in the midst of which a worker can die."""
    examine = doctor.examine
    monkeypatch.setattr(doctor, "examine", lambda *given, **more: (time.sleep(3), examine(*given, **more))[1])


def tries(app) -> int:
    """How often it was begun."""
    return seen(app, lambda: checkups.last().tries)


def test_another_worker_looks_and_mends_once_when_the_first_is_killed(working_app, crew, wrong, slow):
    first = crew.start(worker.work)
    ask(working_app, mends=True)
    eventually(lambda: tries(working_app) == 1, within=20, every=0.02)
    first.kill()
    assert not done(working_app)
    crew.start(worker.work)
    crew.start(schedule.run)
    eventually(lambda: done(working_app), within=40)
    assert (tries(working_app), found(working_app)) == (2, {})
    assert repairs(working_app) == [{"volunteer_points": 5}]


def test_a_second_worker_leaves_it_to_the_one_that_is_at_it(working_app, crew, wrong, monkeypatch):
    examine = doctor.examine
    monkeypatch.setattr(doctor, "examine", lambda *given, **more: (time.sleep(14), examine(*given, **more))[1])
    crew.start(worker.work)
    crew.start(worker.work)
    crew.start(schedule.run)
    ask(working_app)
    eventually(lambda: done(working_app), within=40)
    assert tries(working_app) == 1


def test_the_night_looks_once_with_what_an_admin_asked_for(sqlite_app):
    with sqlite_app.app_context():
        checkups.request(by=people.linus(), now=people.NOW)
        db.session.commit()
        job.look()
        assert checkups.last().number == 1
        assert checkups.found().by_id is not None
