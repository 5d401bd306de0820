"""Periodic work: once a slot whoever rings, made up for when missed, and without a word when Redis is away."""

import pytest

from portal.jobs import queue, schedule
from portal.jobs.schedule import DAY, Periodic, ring_due
from tests.conftest import application

NOON = 1_779_019_200.0  # 2026-05-17T12:00:00Z


@pytest.fixture
def rung(monkeypatch):
    """What was rung for, in its order."""
    heard = []
    monkeypatch.setattr(schedule, "ring", heard.append)
    return heard


@pytest.fixture
def sweeps(monkeypatch):
    """A schedule of one job every three seconds."""
    monkeypatch.setattr(schedule, "TABLE", (Periodic("sweep", 3),))


def test_what_is_due_is_rung_for_once_a_slot(ringing_app, rung, sweeps):
    slots = {}
    with ringing_app.app_context():
        for second in (0, 0.5, 2.9, 3, 3.5, 6.1):
            assert ring_due(slots, NOON + second)
    assert rung == ["sweep"] * 3


def test_two_schedules_ring_once(ringing_app, rung, sweeps):
    one, other = {}, {}
    with ringing_app.app_context():
        for second in range(9):
            ring_due(one, NOON + second)
            ring_due(other, NOON + second)
    assert rung == ["sweep"] * 3


def test_a_schedule_that_starts_late_makes_up_for_the_day_but_not_twice(ringing_app, rung, monkeypatch):
    monkeypatch.setattr(schedule, "TABLE", (Periodic("nightly", DAY, hour=3),))
    with ringing_app.app_context():
        ring_due({}, NOON)
        ring_due({}, NOON + 3600)
        ring_due({}, NOON + 14 * 3600)
        assert rung == ["nightly"]
        ring_due({}, NOON + 15 * 3600)
        assert rung == ["nightly"] * 2


def test_a_clock_that_steps_back_stops_nothing(ringing_app, rung, sweeps):
    slots = {}
    with ringing_app.app_context():
        for moment in (NOON, NOON - 3600, NOON - 3597, NOON + DAY):
            ring_due(slots, moment)
    assert rung == ["sweep"] * 4


def test_what_fell_due_while_redis_was_away_is_rung_for_when_it_is_back(sqlite_url, redis, rung, sweeps):
    slots = {}
    with application(sqlite_url, REDIS_URL=redis.url) as app, app.app_context():
        assert ring_due(slots, NOON)
        redis.kill()
        assert not ring_due(slots, NOON + 3)
        redis.start()
        assert ring_due(slots, NOON + 4)
    assert rung == ["sweep"] * 2


def test_without_an_address_the_schedule_says_so(sqlite_app):
    with pytest.raises(queue.NoAddress, match="REDIS_URL"):
        schedule.run(sqlite_app)


def test_the_sweeps_come_every_few_seconds():
    every = {row.job: row.seconds for row in schedule.TABLE}
    assert every["counting.count_pending"] <= 3
    assert every["boards.refresh_boards"] <= 5
