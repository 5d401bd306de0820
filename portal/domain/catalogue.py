"""Which badges whoever looks may know of, who holds them, and how rare they are (docs/rules.md, section 5).

A secret badge exists for those who hold it, and for coordinators; those who are not listed are counted nowhere.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy import ColumnElement, and_, bindparam, exists, func, or_, select, true
from sqlalchemy.orm import aliased, contains_eager

from portal.database import among
from portal.domain import definitions
from portal.domain.accounts import Role, User
from portal.domain.badges import Badge, VolunteerBadge
from portal.domain.privacy import LISTED
from portal.domain.volunteers import Volunteer
from portal.extensions import db, rows

HELD = VolunteerBadge.revoked_at.is_(None)


@dataclass(frozen=True, slots=True)
class Rareness:
    """How many of those whom others may know of hold each badge, by its id; and how many they are."""

    holders: dict[int, int]
    of: int


own = aliased(VolunteerBadge)


def is_held_by(viewer: User) -> ColumnElement[bool]:
    """Whether whoever looks holds a badge, for a query over badges."""
    return exists().where(own.badge_id == Badge.id, own.volunteer_id == viewer.volunteer_id, own.revoked_at.is_(None))


def is_known_to(viewer: User) -> ColumnElement[bool]:
    """Whether a badge exists for whoever looks."""
    return true() if viewer.may(Role.COORDINATOR) else or_(Badge.is_secret.is_(False), is_held_by(viewer))


@dataclass(frozen=True, slots=True)
class Held:
    """A badge that somebody holds, and since when."""

    badge: Badge
    earned_at: datetime
    showcase_position: int | None = None

    @property
    def badge_id(self) -> int:
        """Which one it is."""
        return self.badge.id


def wall(viewer: User, held: Collection[int]) -> list[Badge]:
    """What hangs on the wall: all that can be earned and is known to whoever looks, and what they hold, by id."""
    sees_all = viewer.may(Role.COORDINATOR)
    return [
        one
        for one in definitions.badges().values()
        if one.id in held or (one.is_active and (sees_all or not one.is_secret))
    ]


def find(badge_id: int, viewer: User) -> Badge | None:
    """The badge, if it exists for whoever looks; retired ones do."""
    return db.session.scalar(select(Badge).where(Badge.id == badge_id, is_known_to(viewer)))


given = VolunteerBadge.__table__.c
HELD_BY = (
    select(given.badge_id, given.earned_at, given.showcase_position)
    .where(given.volunteer_id == bindparam("whose"), given.revoked_at.is_(None))
    .order_by(given.earned_at.desc(), given.id.desc())
)


def held_by(volunteer_id: int | None) -> list[Held]:
    """What a volunteer holds, the latest first; nothing for nobody."""
    if volunteer_id is None:
        return []
    found, badges = rows(HELD_BY, whose=volunteer_id), definitions.badges()
    return [Held(badges[badge_id], *rest) for badge_id, *rest in found if badge_id in badges]


def shown_of(volunteer: Volunteer, viewer: User) -> list[VolunteerBadge]:
    """What of a volunteer's badges exists for whoever looks: secret ones only if they hold them too."""
    query = (
        select(VolunteerBadge)
        .join(VolunteerBadge.badge)
        .options(contains_eager(VolunteerBadge.badge))
        .where(VolunteerBadge.volunteer_id == volunteer.id, HELD, is_known_to(viewer))
        .order_by(VolunteerBadge.earned_at.desc(), VolunteerBadge.id.desc())
    )
    return list(db.session.scalars(query))


LATEST = select(func.max(given.id))


def rareness(now: datetime) -> Rareness:
    """How rare every badge is. Kept within this process for the rest of the minute, unless a badge is given."""
    latest = rows(LATEST)[0][0]
    stamp = (latest, now.replace(second=0, microsecond=0))
    kept = current_app.extensions.get("rareness")
    if kept is None or kept[0] != stamp:
        kept = current_app.extensions["rareness"] = (stamp, count_rareness())
    return kept[1]


def count_rareness() -> Rareness:
    """Counts, for every badge, its listed holders, and everybody who is listed."""
    query = (
        select(VolunteerBadge.badge_id, func.count().label("number"))
        .join(Volunteer, Volunteer.id == VolunteerBadge.volunteer_id)
        .where(HELD, LISTED)
        .group_by(VolunteerBadge.badge_id)
    )
    holders = {row.badge_id: row.number for row in db.session.execute(query)}
    return Rareness(holders, db.session.scalar(select(func.count()).select_from(Volunteer).where(LISTED)) or 0)


def holders(badge: Badge, *, limit: int, older_than: int | None = None) -> list[tuple[VolunteerBadge, Volunteer]]:
    """Who holds a badge, of those whom others may know of, the latest first; with `older_than` (the id of a badge that
    was given) those who come after that one."""
    one = VolunteerBadge
    query = (
        select(one, Volunteer)
        .join(Volunteer, Volunteer.id == one.volunteer_id)
        .where(one.badge_id == badge.id, HELD, LISTED)
        .order_by(one.earned_at.desc(), one.id.desc())
    )
    last = db.session.scalar(query.where(one.id == older_than)) if older_than else None
    if last is not None:
        query = query.where(
            or_(one.earned_at < last.earned_at, and_(one.earned_at == last.earned_at, one.id < last.id))
        )
    return [tuple(row) for row in db.session.execute(query.limit(limit))]


def first_earned(badge: Badge) -> datetime | None:
    """When the first of those who hold it now, and whom others may know of, earned it."""
    query = (
        select(func.min(VolunteerBadge.earned_at))
        .join(Volunteer, Volunteer.id == VolunteerBadge.volunteer_id)
        .where(VolunteerBadge.badge_id == badge.id, HELD, LISTED)
    )
    return db.session.scalar(query)


def _latest():
    order = (given.earned_at.desc(), given.id.desc())
    number = func.row_number().over(partition_by=given.volunteer_id, order_by=order).label("number")
    badge = Badge.__table__
    numbered = (
        select(given.volunteer_id, given.badge_id, number)
        .join_from(VolunteerBadge.__table__, badge, badge.c.id == given.badge_id)
        .where(among(given.volunteer_id, "who"), given.revoked_at.is_(None), badge.c.is_secret.is_(False))
        .subquery()
        .c
    )
    found = select(numbered.volunteer_id, numbered.badge_id).where(numbered.number <= bindparam("each"))
    return found.order_by(numbered.volunteer_id, numbered.number)


LATEST_MEDALS = _latest()


def latest_medals(volunteer_ids: Iterable[int], *, each: int) -> dict[int, list[Badge]]:
    """The last badges of each of these volunteers that everybody may know of, the latest first."""
    found: dict[int, list[Badge]] = {}
    held, badges = rows(LATEST_MEDALS, who=list(volunteer_ids), each=each), definitions.badges()
    for volunteer_id, badge_id in held:
        if badge_id in badges:
            found.setdefault(volunteer_id, []).append(badges[badge_id])
    return found
