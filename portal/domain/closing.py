"""Results: what a week or month came to. Rebuilt until it is closed, and browsable for good (docs/rules.md, section 8).

What comes after that counts in all-time; the result only says how many entries that are.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import case, exists, func, select

from portal.domain import organisation, ranking
from portal.domain.activities import Activity
from portal.domain.leaderboards import BoardTouch, Leaderboard, LeaderboardType
from portal.domain.periods import Board, Period, board_of
from portal.domain.points import PointsHistory
from portal.domain.ranking import COUNTED_IN
from portal.extensions import db

TRIES = 10
"""How often a result is ranked anew at its closing because something was counted meanwhile."""


def last_to_close(today: date) -> date:
    """Periods that ended on this date or before are closed: what comes later counts in all-time only."""
    return today - timedelta(days=organisation.setting("closing_days"))


def is_closed(board: Board, period: Period) -> bool:
    """Whether the result of this period stands for good."""
    closed = exists().where(
        *(Leaderboard.leaderboard_type == board.type, Leaderboard.timeframe == board.timeframe),
        *(Leaderboard.period_start == period.start, Leaderboard.closed_at.is_not(None)),
    )
    return bool(db.session.scalar(select(closed)))


def rebuild_results(touches: list[BoardTouch], now: datetime, today: date) -> None:
    """Rebuilds ended periods that are not closed yet and in which something was touched."""
    for result in open_results(today):
        board, period = board_of(result), Period(result.period_start, result.period_end)
        if any(one.leaderboard_type == board.type and period.overlaps(one) for one in touches):
            ranking.build(board, period, now, is_current=False)


def open_results(today: date) -> list[Leaderboard]:
    """The latest snapshot of each period that has ended and is not closed."""
    closed = select(Leaderboard.leaderboard_type, Leaderboard.timeframe, Leaderboard.period_start)
    closed = {tuple(row) for row in db.session.execute(closed.where(Leaderboard.closed_at.is_not(None)))}
    query = select(Leaderboard).where(Leaderboard.period_end <= today, ~Leaderboard.is_current)
    latest = {}
    for one in db.session.scalars(query.order_by(Leaderboard.id)):
        key = (one.leaderboard_type, one.timeframe, one.period_start)
        if key not in closed:
            latest[key] = one
    return list(latest.values())


def close_results(now: datetime, today: date) -> None:
    """Closes what ended long enough ago; the database sees to it that no period is closed twice."""
    last = last_to_close(today)
    for result in open_results(today):
        if result.period_end <= last:
            close(result, now)
    db.session.flush()


def close(result: Leaderboard, now: datetime) -> None:
    """Ranks a period for the last time, and keeps how many entries that was made of.

    Others may commit entries while it is ranked, so it is done again until there were as many before as after: their
    number only grows, therefore it is the very number that went in.
    """
    board, period = board_of(result), Period(result.period_start, result.period_end)
    for _ in range(TRIES):
        before = entries(board, period)
        db.session.delete(result)
        result = ranking.build(board, period, now, is_current=False)
        if entries(board, period) == before:
            break
    result.closed_at, result.entries = now, before


def entries(board: Board, period: Period) -> int:
    """How many entries a period has: rows of the ledger; or activities, and once more each that was reversed."""
    if board.type == LeaderboardType.POINTS:
        query, day = select(func.count()).select_from(PointsHistory), PointsHistory.effective_on
    else:
        query, day = select(func.sum(case((Activity.status == "reversed", 2), else_=1))), Activity.occurred_on
        query = query.where(Activity.event_type == COUNTED_IN[board.type], Activity.counted_at.is_not(None))
    return db.session.scalar(query.where(day >= period.start, day < period.end)) or 0


def entries_since(result: Leaderboard) -> int:
    """How many entries came since a result was closed."""
    now = entries(board_of(result), Period(result.period_start, result.period_end))
    return max(0, now - result.entries)
