"""Building snapshots of the boards, in the database and in one transaction (docs/rules.md, section 8).

Only boards that something touched are rebuilt, and all at the turn of a period. The notes of what was touched are
taken away first: whatever commits later leaves a note of its own and is in the next build.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from sqlalchemy import and_, collate, delete, exists, func, insert, literal, or_, select, text, update
from sqlalchemy.orm import aliased

from portal.database import from_units, units
from portal.domain import goals, organisation, team_boards
from portal.domain.activities import Activity
from portal.domain.leaderboards import BoardTouch, Leaderboard, LeaderboardType, Standing, Timeframe
from portal.domain.points import PointsHistory, VolunteerPoints
from portal.domain.volunteers import Status, Visibility, Volunteer
from portal.extensions import db

RANKINGS = 100
"""How many places a snapshot keeps in itself."""

KEPT_DAYS = 7
ONE_BUILDER = 5_180_332  # any number that nothing else here locks
FOUR_DECIMALS = Decimal("0.0001")


class Period(NamedTuple):
    """A range of dates, the end not included; both None for all time."""

    start: date | None
    end: date | None

    def overlaps(self, touch: BoardTouch) -> bool:
        """Whether something that was touched lies in this period."""
        return self.start is None or (touch.first_on < self.end and touch.last_on >= self.start)


ALL_TIME = Period(None, None)


@dataclass(frozen=True, slots=True)
class Board:
    """One of the nine: what is compared, over which dates."""

    type: LeaderboardType
    timeframe: Timeframe


BOARDS = [Board(kind, frame) for kind in LeaderboardType for frame in Timeframe]


def period_of(timeframe: str, day: date) -> Period:
    """The week (Monday to Sunday) or month around a date; all time for the rest."""
    if timeframe == Timeframe.WEEKLY:
        start = day - timedelta(days=day.weekday())
        return Period(start, start + timedelta(days=7))
    if timeframe == Timeframe.MONTHLY:
        start = day.replace(day=1)
        return Period(start, (start + timedelta(days=31)).replace(day=1))
    return ALL_TIME


def anything_due(now: datetime) -> bool:
    """Whether a refresh would do anything: something was touched, a period turned, a result is to be closed."""
    today = organisation.today(now)
    ended = and_(Leaderboard.period_end <= today, Leaderboard.is_current)
    early = and_(Leaderboard.period_start > today, Leaderboard.is_current)
    closed = aliased(Leaderboard)
    is_open = ~exists().where(*same_period(closed), closed.closed_at.is_not(None))
    closing = and_(Leaderboard.closed_at.is_(None), Leaderboard.period_end <= last_to_close(today), is_open)
    asked = select(or_(exists().select_from(BoardTouch), exists().where(or_(ended, early, closing))))
    return bool(db.session.scalar(asked)) or goals.any_due()


def same_period(other) -> tuple:
    """That another snapshot is of the same board and period."""
    return (
        other.leaderboard_type == Leaderboard.leaderboard_type,
        other.timeframe == Leaderboard.timeframe,
        other.period_start == Leaderboard.period_start,
    )


def last_to_close(today: date) -> date:
    """Periods that ended on this date or before are closed: what comes later counts in all-time only."""
    return today - timedelta(days=organisation.setting("closing_days"))


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
    rebuild_results(touches, now, today)
    close_results(now, today)
    prune(now)
    goals.refresh(touches, now)
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
    period = period_of(board.timeframe, today)
    for ended in ended_periods(board, old, today):
        build(board, ended, now, is_current=False)
    old.is_current = False
    db.session.flush()
    new = build(board, period, now, is_current=True)
    db.session.execute(delete(Standing).where(Standing.leaderboard_id == old.id))
    team_boards.drop(old.id)
    if board == Board(LeaderboardType.POINTS, Timeframe.ALL_TIME):
        write_ranks(new)


def ended_periods(board: Board, old: Leaderboard, today: date) -> Iterator[Period]:
    """The periods from the one that the old snapshot shows up to the one before today's."""
    if old.period_end is None or old.period_end > today:
        return
    period = Period(old.period_start, old.period_end)
    while period.end <= today:
        if not result_is_closed(board, period):
            yield period
        period = period_of(board.timeframe, period.end)


def result_is_closed(board: Board, period: Period) -> bool:
    """Whether the result of this period stands for good."""
    closed = exists().where(
        *(Leaderboard.leaderboard_type == board.type, Leaderboard.timeframe == board.timeframe),
        *(Leaderboard.period_start == period.start, Leaderboard.closed_at.is_not(None)),
    )
    return bool(db.session.scalar(select(closed)))


def build(board: Board, period: Period, now: datetime, *, is_current: bool) -> Leaderboard:
    """A new snapshot with its statistics; only a current one keeps everybody's standing."""
    snapshot = Leaderboard(
        leaderboard_type=board.type,
        timeframe=board.timeframe,
        period_start=period.start,
        period_end=period.end,
        rankings=[],
        generated_at=now,
        data_cut=db.session.scalar(select(func.coalesce(func.max(PointsHistory.id), 0))),
        is_current=is_current,
    )
    db.session.add(snapshot)
    db.session.flush()
    rank_everybody(snapshot, values(board, period))
    summarise(snapshot)
    if is_current:
        team_boards.rank_teams(snapshot)
    else:
        db.session.execute(delete(Standing).where(Standing.leaderboard_id == snapshot.id))
    return snapshot


def values(board: Board, period: Period):
    """A query of (volunteer_id, value in hundredths) over a period, nobody with nothing."""
    if period == ALL_TIME:
        column = {
            LeaderboardType.POINTS: VolunteerPoints.total_points * 100,
            LeaderboardType.HOURS: units(VolunteerPoints.total_hours),
            LeaderboardType.PROJECTS: VolunteerPoints.total_projects * 100,
        }[board.type]
        return select(VolunteerPoints.volunteer_id, column.label("value")).where(column > 0)
    if board.type == LeaderboardType.POINTS:
        table, day, value = PointsHistory, PointsHistory.effective_on, func.sum(PointsHistory.points_change) * 100
        query = select(table.volunteer_id, value.label("value"))
    else:
        hours = board.type == LeaderboardType.HOURS
        table, day = Activity, Activity.occurred_on
        value = func.sum(units(Activity.quantity)) if hours else func.count() * 100
        kind = "hours_logged" if hours else "project_completed"
        query = select(table.volunteer_id, value.label("value"))
        query = query.where(Activity.event_type == kind, Activity.status == "counted")
    return query.where(day >= period.start, day < period.end).group_by(table.volunteer_id).having(value > 0)


def rank_everybody(snapshot: Leaderboard, query) -> None:
    """Writes the standings of everybody who is active and listed: rank 1, 2, 2, 4, ties by shown name, then id."""
    value = query.subquery()
    name = Volunteer.shown_name
    if db.session.connection().dialect.name == "postgresql":
        name = collate(name, "C")
    best_first = value.c.value.desc()
    ranked = (
        select(
            *(literal(snapshot.id), Volunteer.id, func.rank().over(order_by=best_first)),
            *(func.row_number().over(order_by=(best_first, name, Volunteer.id)), value.c.value),
        )
        .join(value, value.c.volunteer_id == Volunteer.id)
        .where(Volunteer.status == Status.ACTIVE, Volunteer.visibility != Visibility.UNLISTED)
    )
    columns = ["leaderboard_id", "volunteer_id", "rank", "position", "value"]
    db.session.execute(insert(Standing).from_select(columns, ranked))


def summarise(snapshot: Leaderboard) -> None:
    """Number, average and median of all participants, and the first hundred; of nobody, nothing."""
    of_it = Standing.leaderboard_id == snapshot.id
    number, total = db.session.execute(select(func.count(), func.sum(units(Standing.value))).where(of_it)).one()
    snapshot.total_participants = number
    if number:
        exact = from_units(int(total), 2) / number
        snapshot.average_value = exact.quantize(FOUR_DECIMALS, ROUND_HALF_UP)
        snapshot.median_value = median(snapshot, number)
    first = select(Standing).where(of_it, Standing.position <= RANKINGS).order_by(Standing.position)
    snapshot.rankings = [
        {"volunteer_id": one.volunteer_id, "rank": one.rank, "value": plain(one.value)}
        for one in db.session.scalars(first)
    ]
    db.session.flush()


def median(snapshot: Leaderboard, number: int) -> Decimal:
    """The value in the middle, or the mean of the two there."""
    middle = {(number + 1) // 2, number // 2 + 1}
    query = select(Standing.value).where(Standing.leaderboard_id == snapshot.id, Standing.position.in_(middle))
    found = list(db.session.scalars(query))
    return sum(found) / Decimal(len(found))


def plain(value: Decimal) -> int | float:
    """A value as JSON has it: whole where it is whole."""
    return int(value) if value == int(value) else float(value)


def write_ranks(snapshot: Leaderboard) -> None:
    """Writes everybody's rank and percentile of all time, under their locks taken in ascending order of id."""
    place = select(Standing.rank).where(
        Standing.leaderboard_id == snapshot.id, Standing.volunteer_id == VolunteerPoints.volunteer_id
    )
    rank = place.scalar_subquery()
    number = snapshot.total_participants
    # 1000 * (number - rank + 1) / number, rounded half up, in whole numbers
    per_mille = (2000 * (number - rank + 1) + number) // literal(2 * number or 1)
    moved = VolunteerPoints.rank.is_distinct_from(rank) | units(VolunteerPoints.rank_percentile).is_distinct_from(
        per_mille
    )
    lock = select(VolunteerPoints.id).where(moved).order_by(VolunteerPoints.volunteer_id).with_for_update()
    db.session.execute(lock)
    change = update(VolunteerPoints).where(moved).values(rank=rank, rank_percentile=per_mille)
    db.session.execute(change, execution_options={"synchronize_session": False})


def rebuild_results(touches: list[BoardTouch], now: datetime, today: date) -> None:
    """Rebuilds ended periods that are not closed yet and in which something was touched."""
    for result in open_results(today):
        period = Period(result.period_start, result.period_end)
        if any(one.leaderboard_type == result.leaderboard_type and period.overlaps(one) for one in touches):
            build(
                Board(LeaderboardType(result.leaderboard_type), Timeframe(result.timeframe)),
                *(period, now),
                is_current=False,
            )


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
            result.closed_at = now
    db.session.flush()


def prune(now: datetime) -> None:
    """Keeps the last snapshot of each day for a week, results and what is current; the rest goes."""
    zone, today = organisation.zone(), organisation.today(now)
    keep = {one.id for one in open_results(today)}
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
