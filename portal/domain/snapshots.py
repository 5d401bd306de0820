"""Snapshots of the boards: which are due, all of them rebuilt in one transaction (docs/rules.md, section 8).

Only boards that something touched are rebuilt, and all at the turn of a period. The notes of what was touched are
taken away first: whatever commits later leaves a note of its own and is in the next build.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import and_, delete, exists, func, literal, or_, select, text, update
from sqlalchemy.orm import aliased

from portal.database import units
from portal.domain import closing, goals, organisation, rank_news, team_boards
from portal.domain.leaderboards import BoardTouch, Leaderboard, LeaderboardType, Standing, Timeframe
from portal.domain.periods import BOARDS, Board, Period, period_of, periods_until
from portal.domain.points import VolunteerPoints
from portal.domain.ranking import build
from portal.extensions import change_many, db

KEPT_DAYS = 7
ONE_BUILDER = 5_180_332  # any number that nothing else here locks
RANKED_FOR_GOOD = Board(LeaderboardType.POINTS, Timeframe.ALL_TIME)
"""The board whose ranks stand in the balances, too."""


def anything_due(now: datetime) -> bool:
    """Whether a refresh would do anything: something was touched, a period turned, a result is to be closed."""
    today = organisation.today(now)
    ended = and_(Leaderboard.period_end <= today, Leaderboard.is_current)
    early = and_(Leaderboard.period_start > today, Leaderboard.is_current)
    closed = aliased(Leaderboard)
    is_open = ~exists().where(*same_period(closed), closed.closed_at.is_not(None))
    to_close = and_(Leaderboard.closed_at.is_(None), Leaderboard.period_end <= closing.last_to_close(today), is_open)
    asked = select(or_(exists().select_from(BoardTouch), exists().where(or_(ended, early, to_close))))
    return bool(db.session.scalar(asked)) or goals.any_due()


def same_period(other) -> tuple:
    """That another snapshot is of the same board and period."""
    return (
        other.leaderboard_type == Leaderboard.leaderboard_type,
        other.timeframe == Leaderboard.timeframe,
        other.period_start == Leaderboard.period_start,
    )


def refresh(*, now: datetime, everything: bool = False) -> list[Board]:
    """Rebuilds what was touched or has turned, closes what is over, throws old snapshots away.

    Returns the boards that have a new snapshot. Two at once wait for each other; the second finds nothing to do.
    """
    if db.session.connection().dialect.name == "postgresql":
        db.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_BUILDER})
    touches = take_touches()
    today = organisation.today(now)
    rebuilt = [board for board in BOARDS if everything or is_due(board, touches, today)]
    for board in rebuilt:
        rebuild(board, now, today)
    closing.rebuild_results(touches, now, today)
    closing.close_results(now, today)
    prune(now)
    goals.refresh(touches, now)
    if RANKED_FOR_GOOD in rebuilt:
        write_ranks(current(RANKED_FOR_GOOD))
    return rebuilt


def take_touches() -> list[BoardTouch]:
    """The notes of what was touched, taken away."""
    return list(db.session.scalars(delete(BoardTouch).returning(BoardTouch)))


def current(board: Board) -> Leaderboard:
    """The current snapshot; there is always exactly one."""
    query = select(Leaderboard).where(
        Leaderboard.leaderboard_type == board.type, Leaderboard.timeframe == board.timeframe, Leaderboard.is_current
    )
    return db.session.scalars(query).one()


def is_due(board: Board, touches: list[BoardTouch], today: date) -> bool:
    """Whether the current snapshot is out of date: another period, or something touched in it."""
    period = period_of(board.timeframe, today)
    shown = current(board)
    if (shown.period_start, shown.period_end) != period:
        return True
    return any(touch.leaderboard_type == board.type and period.overlaps(touch) for touch in touches)


def rebuild(board: Board, now: datetime, today: date) -> None:
    """Puts a new current snapshot in the old one's place; what ended in between becomes a result."""
    old = current(board)
    for ended in periods_until(board.timeframe, Period(old.period_start, old.period_end), today):
        if not closing.is_closed(board, ended):
            build(board, ended, now, is_current=False)
    old.is_current = False
    db.session.flush()
    new = build(board, period_of(board.timeframe, today), now, is_current=True)
    db.session.execute(delete(Standing).where(Standing.leaderboard_id == old.id))
    team_boards.rank_teams(new)
    team_boards.drop(old.id)
    rank_news.announce(new, old, now)


def write_ranks(snapshot: Leaderboard) -> None:
    """Writes everybody's rank and percentile of all time, under their locks taken in ascending order of id.

    It comes last: whoever is settled meanwhile waits for it.
    """
    number, rank = snapshot.total_participants, Standing.rank
    # 1000 * (number - rank + 1) / number, rounded half up, in whole numbers
    per_mille = (2000 * (number - rank + 1) + number) // literal(2 * number or 1)
    moved = (
        select(VolunteerPoints.id, rank.label("rank"), per_mille.label("per_mille"))
        .join(
            Standing,
            and_(Standing.leaderboard_id == snapshot.id, Standing.volunteer_id == VolunteerPoints.volunteer_id),
            isouter=True,
        )
        .where(
            VolunteerPoints.rank.is_distinct_from(rank)
            | units(VolunteerPoints.rank_percentile).is_distinct_from(per_mille)
        )
    )
    locked = moved.order_by(VolunteerPoints.volunteer_id).with_for_update(of=VolunteerPoints).subquery()
    if db.session.scalar(select(func.count()).select_from(locked)):
        new = moved.subquery()
        change = update(VolunteerPoints).where(VolunteerPoints.id == new.c.id)
        change_many(change.values(rank=new.c.rank, rank_percentile=new.c.per_mille))


def prune(now: datetime) -> None:
    """Keeps the last snapshot of each day for a week, results and what is current; the rest goes."""
    zone, today = organisation.zone(), organisation.today(now)
    keep = {one.id for one in closing.open_results(today)}
    query = select(Leaderboard).where(~Leaderboard.is_current, Leaderboard.closed_at.is_(None))
    old = list(db.session.scalars(query.order_by(Leaderboard.id)))
    last_of_day = {
        (one.generated_at.astimezone(zone).date(), one.leaderboard_type, one.timeframe, one.period_start): one
        for one in old
    }
    keep |= {one.id for (day, *_), one in last_of_day.items() if day > today - timedelta(days=KEPT_DAYS)}
    for one in old:
        if one.id not in keep:
            db.session.delete(one)
    db.session.flush()
