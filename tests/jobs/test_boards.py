"""Boards and real workers: many changes are one rebuild, and one that fails or is killed leaves the last boards."""

import time

import pytest
from sqlalchemy import select

from portal.database import reading
from portal.domain import keeping_boards, ranking
from portal.domain.leaderboards import Leaderboard, Standing
from portal.extensions import db
from portal.jobs import boards, schedule, worker
from portal.jobs.queue import ring
from tests import people
from tests.jobs import work
from tests.machinery.processes import eventually

RANKED = ranking.build


def seen(app, look):
    """What `look` finds in the database. Keeps no worker waiting."""
    before = reading.set(True)
    try:
        with app.app_context():
            return look()
    finally:
        reading.reset(before)


def snapshots() -> list[int]:
    """The ids of the current snapshots."""
    return list(db.session.scalars(select(Leaderboard.id).where(Leaderboard.is_current).order_by(Leaderboard.id)))


def participants() -> int:
    """How many stand on the largest board."""
    return max(db.session.scalars(select(Leaderboard.total_participants).where(Leaderboard.is_current)))


def consistent() -> bool:
    """Whether exactly nine boards are current, and nobody stands on another."""
    current = snapshots()
    standing = set(db.session.scalars(select(Standing.leaderboard_id)))
    return len(current) == 9 and standing <= set(current)


def touched(app, volunteers: int = 5) -> None:
    """So many volunteers have something that counts, and no board shows it yet."""
    work.record(app, work.rows(volunteers=volunteers, each=2))
    with app.app_context():
        people.settle(now=work.NOW)


def test_a_rebuild_that_fails_leaves_the_last_boards_and_is_said(working_app, monkeypatch):
    touched(working_app)
    with working_app.app_context():
        boards.refresh_boards()
    before = seen(working_app, snapshots)
    work.record(working_app, work.rows(volunteers=9, each=3))
    touched(working_app)
    monkeypatch.setattr(ranking, "summarise", lambda snapshot: 1 / 0)
    with working_app.app_context(), pytest.raises(ZeroDivisionError):
        boards.refresh_boards()
    assert seen(working_app, snapshots) == before
    assert seen(working_app, consistent)
    assert seen(working_app, keeping_boards.state).failed is not None
    monkeypatch.undo()
    with working_app.app_context():
        boards.refresh_boards()
    state = seen(working_app, keeping_boards.state)
    assert (state.failed, state.waiting, state.under_way) == (None, None, False)
    assert seen(working_app, snapshots) != before


def test_one_that_is_killed_in_the_middle_is_done_by_another(working_app, crew, monkeypatch):
    touched(working_app)
    before = seen(working_app, snapshots)
    monkeypatch.setattr("portal.domain.snapshots.build", lambda *what, **how: (time.sleep(2), RANKED(*what, **how))[1])
    first = crew.start(worker.work)
    with working_app.app_context():
        ring("boards.refresh_boards")
    eventually(lambda: seen(working_app, keeping_boards.state).began is not None, within=20, every=0.02)
    time.sleep(3)
    first.kill()
    assert seen(working_app, snapshots) == before
    monkeypatch.undo()
    crew.start(worker.work)
    crew.start(schedule.run)
    eventually(lambda: seen(working_app, participants) == 5, within=30)
    assert seen(working_app, consistent)
    assert not seen(working_app, keeping_boards.state).under_way


def test_many_changes_are_few_rebuilds(working_app, crew):
    crew.start(worker.work)
    crew.start(schedule.run)
    began = time.monotonic()
    for number in range(20):
        work.record(working_app, work.rows(volunteers=number + 1, each=1))
        with working_app.app_context():
            ring("counting.count_pending")
        time.sleep(0.1)
    eventually(lambda: seen(working_app, participants) == 20, within=30)
    took = time.monotonic() - began
    rebuilt = seen(working_app, lambda: max(snapshots())) // 9
    assert rebuilt <= 3 + took  # far fewer than there were changes, at most one a second or so
    assert seen(working_app, consistent)
