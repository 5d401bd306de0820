"""Weeks and months turn by the calendar of the organisation; what is over is rebuilt until it is closed, and kept."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.domain import organisation, snapshots
from portal.domain.leaderboards import Leaderboard, LeaderboardType, touch
from tests import people
from tests.people import DAY, PROJECT, count, did, refresh
from tests.reading import board, standings

pytestmark = pytest.mark.usefixtures("nothing_to_earn")
MAY, JUNE, JULY = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)


@pytest.fixture
def session(sqlite_session):
    """One database is enough but for one test: that the figures are right on both is in test_boards.py."""
    return sqlite_session


def at(day: int, hour: int = 12, *, month: int = 6, minute: int = 0) -> datetime:
    """An instant of June 2026 (the first is a Monday), in UTC."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def project(when: object, *, now: datetime, email: str = "ada@example.org") -> None:
    count(did(PROJECT, when=when, volunteer_email=email, external_id=f"{email}-{when}"), now=now)


def results(kind: str = "projects", timeframe: str = "monthly", *, closed: bool | None = None) -> list[Leaderboard]:
    """What is kept beside the current snapshot."""
    query = select(Leaderboard).where(Leaderboard.leaderboard_type == kind, Leaderboard.timeframe == timeframe)
    query = query.where(~Leaderboard.is_current, Leaderboard.generated_at < at(1, month=9))  # not the first, empty one
    query = query.order_by(Leaderboard.period_start, Leaderboard.id)
    found = people.db.session.scalars(query.execution_options(populate_existing=True))
    return [one for one in found if closed is None or (one.closed_at is not None) is closed]


def values(result: Leaderboard) -> list[int]:
    return [place["value"] for place in result.rankings]


def test_the_last_minute_of_a_month_belongs_to_it_and_the_next_one_does_not(session, ada):
    refresh(at(31, month=5))
    project("2026-05-31T23:59:00", now=at(1))
    project("2026-06-01T00:01:00", now=at(1))
    refresh(at(1))
    assert (board("projects", "monthly").period_start, board("projects", "monthly").period_end) == (JUNE, JULY)
    assert standings("projects", "monthly") == [("ada@example.org", 1, 1)]
    assert [(one.period_start, values(one)) for one in results() if one.rankings] == [(MAY, [1])]


def test_a_week_is_monday_to_sunday(session, ada):
    for day in ("2026-05-31", "2026-06-01", "2026-06-07", "2026-06-08"):
        project(day, now=at(8))
    refresh(at(7))
    assert standings("projects", "weekly") == [("ada@example.org", 1, 2)]
    assert board("projects", "weekly").period_end == date(2026, 6, 8)
    refresh(at(8))
    assert standings("projects", "weekly") == [("ada@example.org", 1, 1)]


def test_a_month_turns_at_the_organisations_midnight(session, ada):
    organisation.change("time_zone", "Pacific/Kiritimati")
    refresh(at(31, 9, month=5, minute=59))
    assert board("points", "monthly").period_start == MAY
    assert snapshots.anything_due(at(31, 9, month=5, minute=59)) is False
    assert snapshots.anything_due(at(31, 10, month=5)) is True
    refresh(at(31, 10, month=5))
    assert board("points", "monthly").period_start == JUNE


def test_who_lives_in_tomorrow_already_is_on_tomorrows_board(session):
    people.join("Ada Bell", zone="Pacific/Kiritimati")
    refresh(at(31, month=5))
    project("2026-06-01T08:00:00", now=at(31, 19, month=5))
    assert sorted(refresh(at(31, 20, month=5))) == ["points all_time", "projects all_time"]
    assert standings("projects", "monthly") == []
    refresh(at(1))
    assert standings("projects", "monthly") == standings("projects", "weekly") == [("ada@example.org", 1, 1)]


def test_all_boards_of_a_period_turn_though_nothing_was_touched(session, ada):
    refresh(at(31, month=5))
    turned = [f"{kind} {frame}" for kind in ("points", "hours", "projects") for frame in ("monthly", "weekly")]
    assert refresh(at(1)) == turned
    assert refresh(at(1, 13)) == []


def test_nothing_is_due_when_everything_was_done(session):
    for day in range(1, 14):
        touch(LeaderboardType.PROJECTS, [date(2026, 6, day)], at(day))
        assert snapshots.anything_due(at(day)), day
        refresh(at(day, 13))
        assert not snapshots.anything_due(at(day, 14)), day


def test_a_month_turns_and_is_closed_on_postgresql_too(postgresql_app):
    with postgresql_app.app_context():
        people.join("Ada Bell")
        project("2026-05-31", now=at(31, month=5))
        for day in (31, 1, 3, 4):
            now = at(day, month=5 if day == 31 else 6)
            assert snapshots.anything_due(now), day
            refresh(now)
            assert not snapshots.anything_due(now), day
            touch(LeaderboardType.PROJECTS, [MAY], now)
        assert [(one.period_start, values(one)) for one in results(closed=True)] == [(MAY, [1])]


def test_what_is_over_is_rebuilt_until_it_is_closed_three_days_later(session, ada, ben):
    project("2026-05-30", now=at(31, month=5))
    refresh(at(31, month=5))
    refresh(at(1))
    project("2026-05-31", now=at(3), email="ben@example.org")
    refresh(at(3, 23))
    assert results(closed=True) == []
    assert values(results()[-1]) == [1, 1]

    project("2026-05-29", now=at(3, 23, minute=59))
    refresh(at(4, 0))

    (closed,) = results(closed=True)
    assert (closed.period_start, closed.closed_at, values(closed)) == (MAY, at(4, 0), [2, 1])
    project("2026-05-28", now=at(4))
    refresh(at(4, 13))
    assert [values(one) for one in results(closed=True)] == [[2, 1]]
    assert standings("projects", "all_time")[0] == ("ada@example.org", 1, 3)


def test_how_long_a_result_stays_open_is_a_setting(session, ada):
    organisation.change("closing_days", 1)
    refresh(at(31, month=5))
    refresh(at(1))
    assert results(closed=True) == []
    refresh(at(2))
    assert len(results(closed=True)) == 1


def test_a_portal_that_slept_for_months_has_the_result_of_each_of_them_once(session, ada):
    refresh(at(15, month=3))
    project("2026-04-10", now=at(10, month=4))
    refresh(at(20))
    refresh(at(21))
    found = [(one.period_start.month, values(one)) for one in results(closed=True)]
    assert found == [(3, []), (4, [1]), (5, [])]
    weeks = [one.period_start for one in results(timeframe="weekly", closed=True)]
    assert weeks == [date(2026, 3, 9) + number * 7 * DAY for number in range(14)]
    assert [values(one) for one in results(timeframe="weekly", closed=True)][4] == [1]


def test_a_clock_that_steps_back_closes_nothing_twice(session, ada):
    refresh(at(31, month=5))
    refresh(at(4))
    (closed,) = results(closed=True)
    refresh(at(31, month=5))
    assert board("projects", "monthly").period_start == MAY
    refresh(at(4))
    refresh(at(5))
    assert [one.id for one in results(closed=True)] == [closed.id]


def test_the_last_snapshot_of_each_day_is_kept_for_a_week(session, ada):
    for day in range(1, 12):
        for hour in (9, 18):
            touch(LeaderboardType.PROJECTS, [MAY], at(day, hour))
            refresh(at(day, hour))
    kept = [one.generated_at for one in results("projects", "all_time")]
    assert kept == [*(at(day, 18) for day in range(5, 11)), at(11, 9)]


def test_yesterdays_last_snapshot_is_kept_though_a_result_was_rebuilt_after_it(session, ada):
    refresh(at(31, month=5))
    project("2026-06-01", now=at(1, 9))
    refresh(at(1, 9))
    project("2026-05-31", now=at(1, 11))
    refresh(at(1, 11))
    project("2026-06-02", now=at(2, 9))
    refresh(at(2, 9))
    yesterday = [one for one in results() if one.period_start == JUNE and one.generated_at.date() == JUNE]
    assert [values(one) for one in yesterday[-1:]] == [[1]]


def test_closed_results_are_kept_for_good(session, ada):
    project("2026-05-10", now=at(31, month=5))
    refresh(at(31, month=5))
    refresh(at(4))
    refresh(at(4) + timedelta(days=60))
    assert values(results(closed=True)[0]) == [1]


def test_a_result_has_no_standings_of_its_own(session, ada):
    project("2026-05-10", now=at(31, month=5))
    refresh(at(31, month=5))
    refresh(at(1))
    current = {board(kind, frame).id for kind in ("points", "hours", "projects") for frame in snapshots.Timeframe}
    assert {one.leaderboard_id for one in session.scalars(select(snapshots.Standing))} <= current
