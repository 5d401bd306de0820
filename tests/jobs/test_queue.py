"""The bell: rung a thousand times it calls once, it is never missed, and a door does not wait for it."""

import os
import socket
import time
from importlib import import_module

import pytest
from redis import Redis
from rq import Queue as RQQueue
from rq.serializers import JSONSerializer

from portal.jobs import counting, queue, schedule, worker
from portal.jobs.queue import NAME, RINGS_FOR, ring
from tests.conftest import application
from tests.machinery.processes import eventually

COUNT = "counting.count_pending"


def waiting() -> list[str]:
    """What each job in the queue is, in its order."""
    return [job.description for job in queue.queue(queue.connection()).get_jobs()]


def test_a_thousand_rings_leave_one_job_waiting(ringing_app):
    with ringing_app.app_context():
        rung = [ring(COUNT) for _ in range(1000)]
        assert waiting() == [COUNT]
    assert rung == [True] + [False] * 999


def test_a_bell_that_fell_silent_is_rung_again_but_its_job_waits_only_once(ringing_app):
    with ringing_app.app_context():
        ring(COUNT)
        assert 0 < queue.connection().ttl(f"{NAME}:bell:{COUNT}") <= RINGS_FOR
        queue.connection().delete(f"{NAME}:bell:{COUNT}")
        assert not ring(COUNT)
        assert waiting() == [COUNT]


def test_different_jobs_wait_beside_each_other(ringing_app):
    with ringing_app.app_context():
        assert ring(COUNT)
        assert ring("boards.refresh_boards")
        assert waiting() == [COUNT, "boards.refresh_boards"]


def test_a_quiet_bell_rests_after_it_was_rung(ringing_app):
    with ringing_app.app_context():
        redis = queue.connection()
        assert ring(COUNT, quiet_for=60)
        redis.delete(f"{NAME}:bell:{COUNT}", queue.queue(redis).key)
        assert not ring(COUNT, quiet_for=60)
        assert ring(COUNT)


def test_who_rings_while_the_job_runs_is_heard_afterwards(ringing_app, bellringers, monkeypatch, tmp_path):
    started, may_end = tmp_path / "started", tmp_path / "may_end"

    def slow() -> None:
        with started.open("a") as file:
            file.write("x")
        eventually(may_end.exists, within=20)

    monkeypatch.setattr(counting, "count_pending", slow)
    bellringers.start(worker.work)
    with ringing_app.app_context():
        assert ring(COUNT)
        eventually(started.exists, within=10)
        assert ring(COUNT)
        assert not ring(COUNT)
        assert waiting() == [COUNT]
    may_end.touch()
    eventually(lambda: started.read_text() == "xx", within=10)


@pytest.mark.parametrize("address", ["", "unix:///nowhere/s?db=0", "redis://127.0.0.1:1/0", "nonsense"])
def test_without_redis_nothing_is_rung_and_nothing_goes_wrong(sqlite_url, address):
    with application(sqlite_url, REDIS_URL=address) as app, app.app_context():
        begun = time.monotonic()
        assert not ring(COUNT)
        assert time.monotonic() - begun < 1


def test_a_redis_that_never_answers_costs_a_door_two_seconds_at_most(sqlite_url):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        with application(sqlite_url, REDIS_URL=address) as app, app.app_context():
            begun = time.monotonic()
            assert not ring(COUNT)
            assert time.monotonic() - begun < 2


def test_the_bell_works_at_once_when_redis_is_back_empty(sqlite_url, redis):
    with application(sqlite_url, REDIS_URL=redis.url) as app, app.app_context():
        assert ring(COUNT)
        redis.kill()
        assert not ring(COUNT)
        redis.start()
        assert ring(COUNT)
        assert waiting() == [COUNT]


def test_there_is_no_bell_for_what_is_not_a_job(ringing_app):
    with ringing_app.app_context(), pytest.raises(ValueError, match="not among the JOBS"):
        ring("counting.count_everything")


@pytest.mark.parametrize("serializer", [None, JSONSerializer])
def test_a_job_that_somebody_else_wrote_into_redis_does_not_run(ringing_app, bellringers, tmp_path, serializer):
    trap = tmp_path / "trap"
    with Redis.from_url(ringing_app.config["REDIS_URL"]) as redis:
        RQQueue(NAME, connection=redis, serializer=serializer).enqueue(os.mkdir, str(trap))
    process = bellringers.start(lambda app: worker.work(app, burst=True))
    eventually(process.ended, within=20)
    assert not trap.exists()
    with ringing_app.app_context():
        assert waiting() == []


def test_every_job_on_the_list_is_there():
    for job in queue.JOBS:
        module, function = job.split(".")
        assert callable(getattr(import_module(f"portal.jobs.{module}"), function))


def test_everything_in_the_schedule_is_a_job():
    assert {row.job for row in schedule.TABLE} <= queue.JOBS
