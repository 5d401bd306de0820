"""Counting by workers: everything, once, whatever becomes of workers and Redis on the way."""

import signal
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text

from portal.domain import recognition
from portal.domain.activities import Activity
from portal.domain.leaderboards import Leaderboard
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from portal.jobs import counting, schedule, worker
from portal.jobs.queue import ring
from tests.conftest import application
from tests.jobs.conftest import hired
from tests.jobs.work import counted, outcome, pending, record, rows
from tests.machinery.architecture import ROOT
from tests.machinery.processes import eventually


def settle_at_once(app) -> None:
    """Counts everything in this process, as one batch."""
    with app.app_context():
        everybody = db.session.scalars(select(Volunteer.id)).all()
        recognition.settle(everybody, now=datetime.now(UTC))
        db.session.commit()


@pytest.fixture
def slow_settling(monkeypatch):
    """Workers that take their time between writing and committing: whoever kills them finds them at it."""
    settle = recognition.settle

    def slow(ids, **how):
        settled = settle(ids, **how)
        db.session.flush()
        time.sleep(0.05)
        return settled

    monkeypatch.setattr(recognition, "settle", slow)
    monkeypatch.setattr(counting, "BATCH", 2)


def test_what_was_recorded_is_counted_well_under_a_second_after_the_bell(working_app, crew):
    record(working_app, rows(1, 1))
    crew.start(worker.work)
    time.sleep(0.5)
    with working_app.app_context():
        ring("counting.count_pending")
    assert eventually(lambda: counted(working_app) == 1, within=5) < 1


def test_counting_brings_the_boards_up_to_date(working_app, crew):
    record(working_app, rows(3, 2))
    crew.start(lambda app: worker.work(app, burst=True))
    eventually(crew.processes[0].ended, within=20)
    assert counted(working_app) == 6
    with working_app.app_context():
        board = select(Leaderboard.total_participants).filter_by(leaderboard_type="hours", timeframe="all_time")
        assert db.session.scalar(board.where(Leaderboard.is_current)) == 3


def test_the_command_counts_what_there_is_and_ends(working_app):
    record(working_app, rows(2, 2))
    environment = {
        "DATABASE_URL": str(working_app.config["SQLALCHEMY_DATABASE_URI"]).replace("+psycopg", ""),
        "REDIS_URL": working_app.config["REDIS_URL"],
        "SECRET_KEY": "a key for a single test, of no worth",
        "PATH": "/usr/bin:/bin",
    }
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "worker", "--burst"]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, counted(working_app)) == (0, 4), done.stderr


def test_one_volunteer_who_cannot_be_settled_keeps_nobody_else_waiting(app, monkeypatch):
    record(app, rows(7, 2))
    settle = recognition.settle

    def stumbles(ids, **how):
        if 3 in ids:
            raise ArithmeticError("volunteer 3")
        return settle(ids, **how)

    monkeypatch.setattr(recognition, "settle", stumbles)
    with app.app_context():
        counting.count_pending()
    assert (counted(app), pending(app)) == (12, 2)


def test_volunteers_whom_another_worker_is_at_are_left_to_it(postgresql_app):
    record(postgresql_app, rows(4, 1))
    with postgresql_app.app_context(), db.engine.connect() as other:
        other.execute(text("SELECT * FROM volunteer_points WHERE volunteer_id <= 2 FOR UPDATE"))
        begun = time.monotonic()
        counting.count_pending()
        assert time.monotonic() - begun < 2
        assert (counted(postgresql_app), pending(postgresql_app)) == (2, 2)


def test_who_waits_longest_is_counted_first_whatever_others_bring_meanwhile(app, monkeypatch):
    one, other, more, still_more = rows(2, 2)
    record(app, [one, other])
    with app.app_context():
        counting.count_pending()
    monkeypatch.setattr(counting, "TURN", -1)
    monkeypatch.setattr(counting, "BATCH", 1)
    record(app, [still_more])
    record(app, [more])
    with app.app_context():
        counting.count_pending()
        first = select(Activity.external_id).where(Activity.status == "pending")
        assert db.session.scalars(first).all() == [more.external_id]


def test_counting_makes_room_for_other_jobs_after_its_turn(app, monkeypatch):
    record(app, rows(5, 1))
    rung = []
    monkeypatch.setattr(counting, "TURN", -1)
    monkeypatch.setattr(counting, "BATCH", 2)
    monkeypatch.setattr(counting, "ring", lambda job, **_: rung.append(job))
    with app.app_context():
        counting.count_pending()
    assert counted(app) == 2
    assert rung == ["counting.count_pending", "boards.refresh_boards"]


def test_two_workers_beside_each_other_count_everything_once(working_app, crew, slow_settling):
    record(working_app, rows(24, 3))
    for _ in range(2):
        crew.start(lambda app: worker.work(app, burst=True))
    for process in crew.processes:
        eventually(process.ended, within=30)
    assert pending(working_app) == 0
    everything_is_as_if_nothing_had_happened(working_app)


def everything_is_as_if_nothing_had_happened(app) -> None:
    """Settling once more changes nothing, and every activity has what it brings, once."""
    before = outcome(app)
    settle_at_once(app)
    assert outcome(app) == before
    with app.app_context():
        twice = "SELECT activity_id FROM points_history WHERE activity_id IS NOT NULL GROUP BY 1 HAVING count(*) > 1"
        assert db.session.execute(text(twice)).all() == []
        sums = "SELECT count(*) FROM volunteer_points p WHERE total_points <> (%s)"
        ledger = "SELECT coalesce(sum(points_change), 0) FROM points_history h WHERE h.volunteer_id = p.volunteer_id"
        assert db.session.scalar(text(sums % ledger)) == 0


def test_nothing_is_lost_or_doubled_when_workers_and_redis_are_killed(working_app, crew, redis, slow_settling):
    """Ten workers are killed in the middle of counting, and Redis once, which comes back empty."""
    submissions = rows(40, 6)
    record(working_app, submissions)
    crew.start(schedule.run)
    for death in range(10):
        before = counted(working_app)
        process = crew.start(worker.work)
        with working_app.app_context():
            ring("counting.count_pending")  # not to wait for the sweep each time
        eventually(lambda before=before: counted(working_app) > before, within=10)
        time.sleep(0.03)  # into the next transaction
        process.kill()
        if death == 4:
            redis.kill()
            redis.start()
    assert 0 < counted(working_app) < len(submissions)
    crew.start(worker.work)
    eventually(lambda: counted(working_app) == len(submissions), within=10)
    everything_is_as_if_nothing_had_happened(working_app)


def test_a_worker_outlives_its_redis_and_goes_on_within_five_seconds(sqlite_url, redis, tmp_path):
    with application(sqlite_url, REDIS_URL=redis.url) as app, hired(app, tmp_path) as crew:
        crew.start(worker.work)
        crew.start(schedule.run)
        record(app, rows(1, 1))
        eventually(lambda: counted(app) == 1, within=10)
        redis.kill()
        time.sleep(2.5)
        record(app, rows(2, 2))
        redis.start()
        assert eventually(lambda: counted(app) == 4, within=20) < 5
        assert not any(process.ended() for process in crew.processes)


def test_an_idle_worker_looks_for_its_redis_every_second_however_long_that_is_away(sqlite_url, redis, tmp_path):
    with application(sqlite_url, REDIS_URL=redis.url) as app, hired(app, tmp_path) as crew:
        crew.start(worker.work)
        time.sleep(1)
        redis.kill()
        time.sleep(8)  # whoever waits longer each time now waits for seven more seconds
        record(app, rows(1, 1))
        redis.start()
        with app.app_context():
            ring("counting.count_pending")
        assert eventually(lambda: counted(app) == 1, within=20) < 4


def test_a_worker_that_is_killed_takes_its_job_along(working_app, crew, monkeypatch, tmp_path):
    signs = tmp_path / "signs of life"

    def endless() -> None:
        while True:
            with signs.open("a") as file:
                file.write("x")
            time.sleep(0.02)

    monkeypatch.setattr(counting, "count_pending", endless)
    process = crew.start(worker.work)
    with working_app.app_context():
        ring("counting.count_pending")
    eventually(signs.exists, within=10)
    process.kill()
    time.sleep(0.2)
    seen = signs.read_text()
    time.sleep(0.3)
    assert signs.read_text() == seen


def test_a_worker_that_was_frozen_counts_nothing_twice(working_app, crew, slow_settling):
    record(working_app, rows(12, 3))
    frozen = crew.start(worker.work)
    crew.start(schedule.run)
    eventually(lambda: counted(working_app) > 0, within=10)
    frozen.signal(signal.SIGSTOP)
    crew.start(worker.work)
    time.sleep(1)
    frozen.signal(signal.SIGCONT)
    eventually(lambda: pending(working_app) == 0, within=20)
    everything_is_as_if_nothing_had_happened(working_app)


def test_a_worker_that_is_asked_to_stop_finishes_its_job(working_app, crew, slow_settling):
    record(working_app, rows(12, 1))
    process = crew.start(worker.work)
    with working_app.app_context():
        ring("counting.count_pending")
    eventually(lambda: counted(working_app) > 0, within=10)
    process.signal(signal.SIGTERM)
    eventually(process.ended, within=10)
    assert process.status == 0
    assert pending(working_app) == 0
