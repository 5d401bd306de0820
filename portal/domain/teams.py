"""Teams (chapters, schools, shifts) and who is in them (docs/rules.md, section 8). Members are those of now, and only
active volunteers count as members; who may see a team is decided here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, ForeignKey, Index, Row, String, and_, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Id, UTCDateTime
from portal.domain import audit
from portal.domain.accounts import Role, User
from portal.domain.names import folded
from portal.domain.refusals import FieldRefused
from portal.domain.volunteers import Status, Volunteer
from portal.extensions import Model, db, rows

FEWEST = 3
"""Members without whom a team shows no figures: from two of them each could tell what the other did."""

LONGEST_NAME, LONGEST_SORT = 100, 40
LONGEST_FOLDED = 200
"""Some letters become several, up to eighteen, when they are folded."""


class Team(Model):
    """People who do something together. `sort` says what it is, in a word of the organisation's own: 'school'."""

    __tablename__ = "teams"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    folded: Mapped[str] = mapped_column(String(LONGEST_FOLDED), unique=True)
    sort: Mapped[str] = mapped_column(String(LONGEST_SORT), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class TeamMember(Model):
    """That a volunteer is in a team, and since when."""

    __tablename__ = "team_members"
    __table_args__ = (Index("ix_team_members_volunteer_id", "volunteer_id"),)

    team_id: Mapped[int] = mapped_column(Id, ForeignKey("teams.id"), primary_key=True)
    volunteer_id: Mapped[int] = mapped_column(Id, ForeignKey("volunteers.id"), primary_key=True)
    since: Mapped[datetime] = mapped_column(UTCDateTime)


@dataclass(frozen=True, slots=True)
class Membership:
    """A team that somebody is in: how many they are there, and since when."""

    team: Team
    members: int
    since: datetime


# Written once: it takes longer to write a query than to ask it.
IN_IT = (
    select(TeamMember.volunteer_id)
    .join(Volunteer, Volunteer.id == TeamMember.volunteer_id)
    .where(TeamMember.team_id == Team.id, Volunteer.status == Status.ACTIVE)
    .correlate(Team)
)
LARGE_ENOUGH = IN_IT.limit(1).offset(FEWEST - 1).exists()
"""That a team has at least three members; looks at no more than three of them."""
MEMBERS = IN_IT.with_only_columns(func.count()).scalar_subquery()
SHOWN = and_(Team.retired_at.is_(None), LARGE_ENOUGH)
"""The teams that everybody may see, with their figures."""
ANY_SHOWN = select(Team.id).where(SHOWN).limit(1)


def make(name: str, sort: str, *, by: User, now: datetime) -> Team:
    """A new team. Raises FieldRefused where there is one of that name, in whatever case."""
    refuse_name(name)
    team = Team(name=name, folded=folded(name), sort=sort, created_at=now)
    db.session.add(team)
    db.session.flush()
    audit.note("define", team, at=now, by=by, after={"name": name, "sort": sort})
    return team


def rename(team: Team, name: str, sort: str, *, by: User, now: datetime) -> None:
    """Gives a team another name, or another word for what it is. Raises FieldRefused as `make` does."""
    db.session.refresh(team, with_for_update=True)
    refuse_name(name, but=team)
    before, after = {"name": team.name, "sort": team.sort}, {"name": name, "sort": sort}
    if before == after:
        return
    team.name, team.folded, team.sort = name, folded(name), sort
    audit.note("define", team, at=now, by=by, before=before, after=after)
    db.session.flush()


def refuse_name(name: str, *, but: Team | None = None) -> None:
    """Raises FieldRefused for a name that another team has, retired ones too, and for one that is too long."""
    if not folded(name) or len(folded(name)) > LONGEST_FOLDED:
        raise FieldRefused("name", _("Another name, please: a short one, with letters."))
    other = db.session.scalar(select(Team).where(Team.folded == folded(name)))
    if other is not None and other is not but:
        raise FieldRefused("name", _("There is a team of that name already."))


def large_enough(team: Team) -> bool:
    """Whether a team has as many members as figures need."""
    return bool(db.session.scalar(select(Team.id).where(Team.id == team.id, LARGE_ENOUGH)))


def any_shown() -> bool:
    """Whether there is a team with figures at all; one short look-up."""
    return bool(rows(ANY_SHOWN))


def seen_by(viewer: User, team_id: int) -> Row | None:
    """(team, number of members, whether the viewer is in it), as far as it exists for whoever looks: those that
    everybody sees, one's own however small, and for coordinators all."""
    query = select(Team, MEMBERS.label("members"), belongs(viewer).label("mine"))
    return db.session.execute(query.where(Team.id == team_id, may_see(viewer))).first()


def may_see(viewer: User) -> ColumnElement[bool]:
    """The teams that exist for whoever looks."""
    if viewer.may(Role.COORDINATOR):
        return Team.id.is_not(None)
    return and_(Team.retired_at.is_(None), or_(LARGE_ENOUGH, belongs(viewer)))


def belongs(viewer: User) -> ColumnElement[bool]:
    """That whoever looks is in the team."""
    mine = select(TeamMember.team_id).where(
        TeamMember.team_id == Team.id, TeamMember.volunteer_id == (viewer.volunteer_id or 0)
    )
    return mine.correlate(Team).exists()


def page(viewer: User, *, after: int = 0, limit: int = 50) -> Sequence[Row]:
    """(team, number of members, whether the viewer is in it) of the teams that they may see, by name, those that are
    retired last; from the place `after`."""
    query = select(Team, MEMBERS.label("members"), belongs(viewer).label("mine")).where(may_see(viewer))
    query = query.order_by(Team.retired_at.is_not(None), Team.folded, Team.id).offset(after).limit(limit)
    return db.session.execute(query).all()


def of(volunteer_id: int) -> list[Membership]:
    """The teams that somebody is in and that are not retired, by name; one query."""
    query = select(Team, MEMBERS, TeamMember.since).join(TeamMember, TeamMember.team_id == Team.id)
    query = query.where(TeamMember.volunteer_id == volunteer_id, Team.retired_at.is_(None))
    return [Membership(*row) for row in db.session.execute(query.order_by(Team.folded, Team.id))]


def shown_of(volunteer_id: int, viewer: User) -> list[Team]:
    """Those of somebody's teams that whoever looks may know of, by name; one query."""
    query = select(Team).join(TeamMember, TeamMember.team_id == Team.id)
    query = query.where(TeamMember.volunteer_id == volunteer_id, Team.retired_at.is_(None), may_see(viewer))
    return list(db.session.scalars(query.order_by(Team.folded, Team.id)))


def members(team: Team, *, after: int = 0, limit: int = 50) -> list[tuple[Volunteer, datetime]]:
    """Who is in a team and since when, by name, inactive ones too; from the place `after`. For coordinators."""
    query = select(Volunteer, TeamMember.since).join(TeamMember, TeamMember.volunteer_id == Volunteer.id)
    query = query.where(TeamMember.team_id == team.id).order_by(Volunteer.name, Volunteer.id)
    return [(one, since) for one, since in db.session.execute(query.offset(after).limit(limit))]


def active_members(team_id: int, *, limit: int) -> list[Volunteer]:
    """Who is in a team and active, by name."""
    query = select(Volunteer).join(TeamMember, TeamMember.volunteer_id == Volunteer.id)
    query = query.where(TeamMember.team_id == team_id, Volunteer.status == Status.ACTIVE)
    return list(db.session.scalars(query.order_by(Volunteer.name, Volunteer.id).limit(limit)))


def living() -> list[Team]:
    """The teams that are not retired, by name."""
    return list(db.session.scalars(select(Team).where(Team.retired_at.is_(None)).order_by(Team.folded, Team.id)))
