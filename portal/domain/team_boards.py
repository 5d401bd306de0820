"""Where teams stand on the current boards: by sum and by head (docs/rules.md, section 8).

`rank_teams` ranks, for every page and every television. For those who show it:

    first(kind, timeframe, *, per_head=False, limit=10) -> list[TeamPlace]

the best teams of a current board, in order; a TeamPlace has `place`, `name`, `sort`, `members` and `figure`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Row,
    Select,
    bindparam,
    cast,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Id, Scaled, from_units, to_units, units
from portal.domain.activities import Activity, ActivityStatus, EventType
from portal.domain.leaderboards import Leaderboard, LeaderboardType, Timeframe
from portal.domain.points import PointsHistory, VolunteerPoints
from portal.domain.teams import FEWEST, SHOWN, Team, TeamMember
from portal.domain.volunteers import Status, Volunteer
from portal.extensions import Model, db, rows

FINEST = 10**12
"""Two fractions with denominators up to a million are a 10**-12 apart or equal: so many parts tell them all apart, and
(members - 1) * FINEST still fits into a whole number of the database."""


class TeamStanding(Model):
    """PROJECTION where a team stands on a current board. `value` is the sum over its members, unlisted ones too."""

    __tablename__ = "team_standings"

    leaderboard_id: Mapped[int] = mapped_column(Id, ForeignKey("leaderboards.id"), primary_key=True)
    team_id: Mapped[int] = mapped_column(Id, ForeignKey("teams.id"), primary_key=True)
    members: Mapped[int]
    value: Mapped[Decimal] = mapped_column(Scaled(2))
    rank: Mapped[int]
    rank_per_head: Mapped[int]


@dataclass(frozen=True, slots=True)
class TeamPlace:
    """A team's place on a board: by sum, or by head where `by_head` says so."""

    team_id: int
    name: str
    sort: str
    members: int
    value: Decimal
    rank: int
    rank_per_head: int
    by_head: bool = False

    @property
    def place(self) -> int:
        """The place by what is asked for."""
        return self.rank_per_head if self.by_head else self.rank

    @property
    def figure(self) -> Decimal:
        """The sum, or by head in hundredths, half up; ranks go by the exact fraction."""
        return divided(self.value, self.members) if self.by_head else self.value


def divided(value: Decimal, members: int) -> Decimal:
    """A value by head, rounded half up to hundredths."""
    return from_units((2 * to_units(value, 2) + members) // (2 * members), 2)


# --- The snapshot job -----------------------------------------------------------------------------------------------


def rank_teams(snapshot: Leaderboard) -> None:
    """Writes where every team stands in a new current snapshot: rank 1, 2, 2, 4, nobody at 0 or below, none under
    three members."""
    if not db.session.scalar(select(exists().select_from(TeamMember))):
        return
    sums = gathered(snapshot).subquery()
    whole, rest = sums.c.value // sums.c.members, sums.c.value % sums.c.members * literal(FINEST) // sums.c.members
    ranked = select(
        *(literal(snapshot.id), sums.c.team_id, sums.c.members, sums.c.value),
        func.rank().over(order_by=sums.c.value.desc()),
        func.rank().over(order_by=(whole.desc(), rest.desc())),
    )
    columns = ["leaderboard_id", "team_id", "members", "value", "rank", "rank_per_head"]
    db.session.execute(insert(TeamStanding).from_select(columns, ranked))


def drop(leaderboard_id: int) -> None:
    """Takes a superseded snapshot's places of teams away."""
    db.session.execute(delete(TeamStanding).where(TeamStanding.leaderboard_id == leaderboard_id))


def gathered(snapshot: Leaderboard) -> Select:
    """(team, members, value in hundredths) of the teams that have three members and more than nothing."""
    each = values(snapshot).subquery()
    total = cast(func.coalesce(func.sum(each.c.value), 0), BigInteger)
    return (
        select(TeamMember.team_id, cast(func.count(), BigInteger).label("members"), total.label("value"))
        .join(Team, Team.id == TeamMember.team_id)
        .join(Volunteer, Volunteer.id == TeamMember.volunteer_id)
        .outerjoin(each, each.c.volunteer_id == TeamMember.volunteer_id)
        .where(Team.retired_at.is_(None), Volunteer.status == Status.ACTIVE)
        .group_by(TeamMember.team_id)
        .having(func.count() >= FEWEST, total > 0)
    )


def values(snapshot: Leaderboard) -> Select:
    """(volunteer, value in hundredths) of everybody over the snapshot's period, what is below 0 too."""
    if snapshot.period_start is None:
        column = {
            LeaderboardType.POINTS: VolunteerPoints.total_points * 100,
            LeaderboardType.HOURS: units(VolunteerPoints.total_hours),
            LeaderboardType.PROJECTS: VolunteerPoints.total_projects * 100,
        }[LeaderboardType(snapshot.leaderboard_type)]
        return select(VolunteerPoints.volunteer_id, column.label("value"))
    whose, day, value, which = source(snapshot.leaderboard_type)
    period = (day >= snapshot.period_start, day < snapshot.period_end)
    return select(whose, func.sum(value).label("value")).where(*which, *period).group_by(whose)


def source(kind: str) -> tuple:
    """Where a kind of value stands: whose, which date, how much in hundredths, and which rows count."""
    if kind == LeaderboardType.POINTS:
        return PointsHistory.volunteer_id, PointsHistory.effective_on, PointsHistory.points_change * 100, ()
    hours = kind == LeaderboardType.HOURS
    type_ = EventType.HOURS_LOGGED if hours else EventType.PROJECT_COMPLETED
    which = (Activity.event_type == type_, Activity.status == ActivityStatus.COUNTED)
    return Activity.volunteer_id, Activity.occurred_on, units(Activity.quantity), which


# --- Whoever looks --------------------------------------------------------------------------------------------------

stands, shot = TeamStanding.__table__.c, Leaderboard.__table__.c
PLACES = (
    select(Team.id, Team.name, Team.sort, stands.members, stands.value, stands.rank, stands.rank_per_head)
    .join_from(Team, TeamStanding, stands.team_id == Team.id)
    .where(stands.leaderboard_id == bindparam("board"), SHOWN)
)
BY_SUM = PLACES.order_by(stands.rank, Team.folded, Team.id).offset(bindparam("after")).limit(bindparam("number"))
BY_HEAD = (
    PLACES.order_by(stands.rank_per_head, Team.folded, Team.id).offset(bindparam("after")).limit(bindparam("number"))
)
OF_TEAM = PLACES.where(Team.id == bindparam("team"))
CURRENT = select(shot.id).where(
    shot.leaderboard_type == bindparam("kind"), shot.timeframe == bindparam("timeframe"), shot.is_current
)


def page(shown: Row, *, per_head: bool = False, after: int = 0, limit: int = 50) -> list[TeamPlace]:
    """The teams of a current board (a row of `places.board`) in their order, from the place in the list `after`."""
    query = BY_HEAD if per_head else BY_SUM
    return list(read(query, by_head=per_head, board=shown.id, after=after, number=limit))


def of(team_id: int, shown: Row, *, per_head: bool = False) -> TeamPlace | None:
    """A team's place on a current board; None where it has none."""
    return next(read(OF_TEAM, by_head=per_head, board=shown.id, team=team_id), None)


def read(query: Select, *, by_head: bool, **values) -> Iterator[TeamPlace]:
    """Places, from a query for their columns."""
    return (TeamPlace(*row, by_head=by_head) for row in rows(query, **values))


def first(kind: LeaderboardType, timeframe: Timeframe, *, per_head: bool = False, limit: int = 10) -> list[TeamPlace]:
    """The best teams of a current board, in order."""
    (board,) = rows(CURRENT, kind=kind, timeframe=timeframe)
    return page(board, per_head=per_head, limit=limit)
