"""Shared goals: "1,000 hours together this year", for everybody or for a team (docs/rules.md, section 8).

For those who show them:

    running(now, *, viewer=None) -> list[Progress]

the goals that run at `now`, nearest first: those for all and, with a viewer, those of teams that they may know of. A
Progress has `title`, `metric`, `value`, `target`, `first_on`, `last_on`, `reached_on`, and `team_id`, `team_name`.
Nothing is summed up at reading: the snapshot job keeps the values.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Select, String, and_, cast, func, or_, select
from sqlalchemy import update as change
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Id, Scaled, UTCDateTime, among, from_units, one_of, word
from portal.domain import audit, organisation, teams
from portal.domain.accounts import User
from portal.domain.leaderboards import BoardTouch, LeaderboardType
from portal.domain.refusals import FieldRefused, NotPossible
from portal.domain.team_boards import source
from portal.domain.teams import SHOWN, Team, TeamMember
from portal.domain.volunteers import Status, Volunteer
from portal.extensions import Model, change_many, db

LONGEST_TITLE = 120
MOST = 1_000_000_000
FIELDS = ("title", "metric", "target", "team_id", "first_on", "last_on")


class Goal(Model):
    """So much together, from a first to a last date of the organisation's calendar; no last one is no end.

    `value` and `reached_on` are PROJECTIONS, of the last refresh; a team that shows no figures has no value. `due` says
    that the next refresh has to look, whatever was touched.
    """

    __tablename__ = "goals"
    __table_args__ = (
        one_of("metric", LeaderboardType),
        CheckConstraint(f"target > 0 AND target <= {MOST * 100}", name="target"),
        CheckConstraint("last_on >= first_on", name="dates"),
        Index("ix_goals_team_id", "team_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    title: Mapped[str] = mapped_column(String(LONGEST_TITLE))
    metric: Mapped[str] = mapped_column(word())
    target: Mapped[Decimal] = mapped_column(Scaled(2))
    team_id: Mapped[int | None] = mapped_column(Id, ForeignKey("teams.id"))
    first_on: Mapped[date]
    last_on: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    due: Mapped[bool] = mapped_column(default=True)
    value: Mapped[Decimal | None] = mapped_column(Scaled(2))
    reached_on: Mapped[date | None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a goal is to be. `target` is above 0 and at most a billion: hundredths for hours, else whole."""

    title: str
    metric: LeaderboardType
    target: Decimal
    team_id: int | None
    first_on: date
    last_on: date | None


@dataclass(frozen=True, slots=True)
class Progress:
    """A goal and how far it is. `value` is None where there are no figures, and never below 0."""

    id: int
    title: str
    metric: LeaderboardType
    value: Decimal | None
    target: Decimal
    first_on: date
    last_on: date | None
    reached_on: date | None
    team_id: int | None
    team_name: str | None

    @property
    def missing(self) -> Decimal:
        """How much is still to come; 0 once it is reached."""
        return max(self.target - (self.value or 0), Decimal(0))

    @property
    def nearness(self) -> tuple:
        """By this the nearest comes first, and what is reached after what is not."""
        return (self.reached_on is not None, -(self.value or 0) / self.target, self.id)


# --- Made and put away by admins --------------------------------------------------------------------------------------


def make(wanted: Wanted, *, by: User, now: datetime) -> Goal:
    """A new goal, with its value of now. Raises FieldRefused for what cannot be."""
    refuse_team(wanted)
    refuse(wanted)
    goal = Goal(created_at=now, due=True)
    write(goal, wanted, now)
    db.session.add(goal)
    db.session.flush()
    audit.note("define", goal, at=now, by=by, after=plain(wanted))
    return goal


def alter(goal: Goal, wanted: Wanted, *, by: User, now: datetime) -> None:
    """Makes another goal of it. Raises FieldRefused for what cannot be, NotPossible once it is put away."""
    db.session.refresh(goal, with_for_update=True)
    if goal.ended_at is not None:
        raise NotPossible(_("This goal was put away."))
    if wanted.team_id != goal.team_id:
        refuse_team(wanted)
    refuse(wanted)
    before = plain(Wanted(**{name: getattr(goal, name) for name in FIELDS}))
    if before == plain(wanted):
        return
    write(goal, wanted, now)
    audit.note("define", goal, at=now, by=by, before=before, after=plain(wanted))
    db.session.flush()


def end(goal: Goal, *, by: User, now: datetime) -> None:
    """Puts a goal away: nobody sees it any more, but for admins."""
    db.session.refresh(goal, with_for_update=True)
    if goal.ended_at is None:
        goal.ended_at = now
        audit.note("retire", goal, at=now, by=by, before={"ended": False}, after={"ended": True})
        db.session.flush()


def write(goal: Goal, wanted: Wanted, now: datetime) -> None:
    """Writes what it is to be, and how far that is; the next refresh looks again, for others write meanwhile."""
    for name in FIELDS:
        setattr(goal, name, getattr(wanted, name))
    goal.due = True
    keep(goal, value_of(wanted), now)


def refuse(wanted: Wanted) -> None:
    """Raises FieldRefused for what no goal can be."""
    if not 0 < wanted.target <= MOST:
        raise FieldRefused("target", _("A number above 0, please, and at most a billion."))
    if wanted.target != round(wanted.target, 2 if wanted.metric == LeaderboardType.HOURS else 0):
        raise FieldRefused("target", _("Hours have two decimals at the most; points and projects are whole."))
    if wanted.last_on is not None and wanted.last_on < wanted.first_on:
        raise FieldRefused("last_on", _("The last day is before the first."))


def refuse_team(wanted: Wanted) -> None:
    """Raises FieldRefused for a team that is not there, or retired."""
    team = None if wanted.team_id is None else db.session.get(Team, wanted.team_id)
    if wanted.team_id is not None and (team is None or team.retired_at is not None):
        raise FieldRefused("team_id", _("There is no such team any more."))


def plain(wanted: Wanted) -> dict:
    """A goal as the audit keeps it."""
    found = {name: getattr(wanted, name) for name in FIELDS}
    days = {name: found[name] and found[name].isoformat() for name in ("first_on", "last_on")}
    return found | days | {"metric": str(wanted.metric), "target": str(Decimal(wanted.target).normalize())}


# --- The snapshot job -------------------------------------------------------------------------------------------------


def any_due() -> bool:
    """Whether a goal waits to be looked at, whatever was touched."""
    return db.session.scalar(select(Goal.id).where(Goal.due, Goal.ended_at.is_(None)).limit(1)) is not None


def mark_due(team_ids: Collection[int]) -> None:
    """The goals of these teams have to be looked at: somebody came or went."""
    if team_ids:
        change_many(change(Goal).where(among(Goal.team_id, team_ids)).values(due=True))


def refresh(touches: Sequence[BoardTouch], now: datetime) -> list[int]:
    """Brings the goals up to date that are due, or in whose dates something was touched; which they were.

    Their rows are locked first: who makes a goal due meanwhile waits, and it is due again afterwards.
    """
    ids = [goal.id for goal in open_goals() if goal.due or any(concerns(goal, touch) for touch in touches)]
    locked = select(Goal).where(among(Goal.id, ids)).order_by(Goal.id).with_for_update()
    found = list(db.session.scalars(locked.execution_options(populate_existing=True))) if ids else []
    for goal in found:
        goal.due = False
        keep(goal, value_of(goal), now)
    db.session.flush()
    return ids


def open_goals() -> list[Goal]:
    """Those that are not put away."""
    return list(db.session.scalars(select(Goal).where(Goal.ended_at.is_(None)).order_by(Goal.id)))


def concerns(goal: Goal, touch: BoardTouch) -> bool:
    """Whether something that was touched lies in its dates."""
    if touch.leaderboard_type != goal.metric or touch.last_on < goal.first_on:
        return False
    return goal.last_on is None or touch.first_on <= goal.last_on


def keep(goal: Goal, value: Decimal | None, now: datetime) -> None:
    """Keeps how far it is, and on which date it was found to be reached; None while it is not."""
    goal.value = value
    reached = value is not None and value >= goal.target
    goal.reached_on = (goal.reached_on or organisation.today(now)) if reached else None


def value_of(goal: Goal | Wanted) -> Decimal | None:
    """What the facts say: the sum over everybody, whoever they are by now, or over a team's members of now; None for a
    team that shows no figures."""
    if goal.team_id is not None and not shows_figures(goal.team_id):
        return None
    return from_units(int(db.session.scalar(summed(goal)) or 0), 2)


def shows_figures(team_id: int) -> bool:
    """Whether a team has figures at all."""
    return db.session.scalar(select(Team.id).where(Team.id == team_id, SHOWN)) is not None


def summed(goal: Goal | Wanted) -> Select:
    """The sum in hundredths of what counts within its dates."""
    whose, day, value, which = source(goal.metric)
    query = select(cast(func.sum(value), BigInteger)).where(*which, day >= goal.first_on)
    if goal.last_on is not None:
        query = query.where(day <= goal.last_on)
    if goal.team_id is None:
        return query
    member = and_(TeamMember.volunteer_id == whose, TeamMember.team_id == goal.team_id)
    active = and_(Volunteer.id == whose, Volunteer.status == Status.ACTIVE)
    return query.join(TeamMember, member).join(Volunteer, active)


# --- Whoever looks ----------------------------------------------------------------------------------------------------

COLUMNS = (
    *(Goal.id, Goal.title, Goal.metric, Goal.value, Goal.target, Goal.first_on, Goal.last_on, Goal.reached_on),
    *(Goal.team_id, Team.name),
)


def running(now: datetime, *, viewer: User | None = None, mine: bool = False) -> list[Progress]:
    """The goals that run at `now`, nearest first: those for all and, with a viewer, those of teams that they may know
    of; with `mine` only of teams that they are in. One query."""
    today = organisation.today(now)
    runs = and_(Goal.first_on <= today, or_(Goal.last_on.is_(None), Goal.last_on >= today))
    return sorted(read(runs, viewer, mine=mine), key=lambda one: one.nearness)


def reached(now: datetime, *, viewer: User) -> list[Progress]:
    """The goals that are over and were reached, the latest first, as far as the viewer may know of them."""
    over = and_(Goal.last_on < organisation.today(now), Goal.reached_on.is_not(None))
    return sorted(read(over, viewer), key=lambda one: (one.last_on, one.id), reverse=True)


def of_team(team_id: int, now: datetime, *, viewer: User) -> list[Progress]:
    """A team's goals that run, nearest first."""
    return [one for one in running(now, viewer=viewer) if one.team_id == team_id]


def read(which, viewer: User | None, *, mine: bool = False) -> Iterable[Progress]:
    """The goals that are not put away, for which this holds, and of which the viewer may know."""
    query = select(*COLUMNS).outerjoin(Team, Team.id == Goal.team_id).where(Goal.ended_at.is_(None), which)
    for row in db.session.execute(query.where(known_to(viewer, mine=mine))):
        number, title, metric, value, *rest = row
        yield Progress(number, title, LeaderboardType(metric), value and max(value, Decimal(0)), *rest)


def known_to(viewer: User | None, *, mine: bool):
    """The goals that exist for whoever looks."""
    everybodys = Goal.team_id.is_(None)
    if viewer is None:
        return everybodys
    of_teams = and_(Team.retired_at.is_(None), teams.belongs(viewer)) if mine else teams.may_see(viewer)
    return or_(everybodys, and_(Goal.team_id.is_not(None), Team.retired_at.is_(None), of_teams))


def every() -> list[tuple[Goal, str | None]]:
    """All goals with the names of their teams, those that are put away last, then the newest first; for admins."""
    query = select(Goal, Team.name).outerjoin(Team, Team.id == Goal.team_id)
    query = query.order_by(Goal.ended_at.is_not(None), Goal.id.desc())
    return [(goal, name) for goal, name in db.session.execute(query)]
