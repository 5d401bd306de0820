"""Who stands where: the one place that ranks people, in the database, however many (docs/rules.md, section 8)."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import Select, collate, delete, func, insert, literal, select

from portal.database import from_units, units
from portal.domain.activities import Activity
from portal.domain.leaderboards import Leaderboard, LeaderboardType, Standing
from portal.domain.periods import ALL_TIME, Board, Period
from portal.domain.points import PointsHistory, VolunteerPoints
from portal.domain.privacy import LISTED
from portal.domain.volunteers import Volunteer
from portal.extensions import db

RANKINGS = 100
"""How many places a snapshot keeps in itself."""

FOUR_DECIMALS = Decimal("0.0001")
COUNTED_IN = {LeaderboardType.HOURS: "hours_logged", LeaderboardType.PROJECTS: "project_completed"}
"""The activities that a board adds up; points are added up in the ledger."""


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
    if not is_current:
        db.session.execute(delete(Standing).where(Standing.leaderboard_id == snapshot.id))
    return snapshot


def values(board: Board, period: Period) -> Select:
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
        table, day = Activity, Activity.occurred_on
        value = func.sum(units(Activity.quantity)) if board.type == LeaderboardType.HOURS else func.count() * 100
        query = select(table.volunteer_id, value.label("value"))
        query = query.where(Activity.event_type == COUNTED_IN[board.type], Activity.status == "counted")
    return query.where(day >= period.start, day < period.end).group_by(table.volunteer_id).having(value > 0)


def rank_everybody(snapshot: Leaderboard, query: Select) -> None:
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
        .where(LISTED)
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
