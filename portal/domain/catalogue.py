"""Which badges whoever looks may know of, who holds them, and how rare they are (docs/rules.md, section 5).

A secret badge exists for those who hold it, and for coordinators; those who are not listed are counted nowhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true
from sqlalchemy.orm import aliased, contains_eager

from portal.database import among
from portal.domain.accounts import Role, User
from portal.domain.badges import Badge, VolunteerBadge
from portal.domain.privacy import LISTED
from portal.domain.volunteers import Volunteer
from portal.extensions import db

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


def wall(viewer: User) -> list[Badge]:
    """What hangs on the wall: all that can be earned and is known to whoever looks, and what they hold, by id."""
    query = select(Badge).where(or_(and_(Badge.is_active, is_known_to(viewer)), is_held_by(viewer)))
    return list(db.session.scalars(query.order_by(Badge.id)))


def find(badge_id: int, viewer: User) -> Badge | None:
    """The badge, if it exists for whoever looks; retired ones do."""
    return db.session.scalar(select(Badge).where(Badge.id == badge_id, is_known_to(viewer)))


def held_by(volunteer_id: int | None, *, limit: int | None = None) -> list[VolunteerBadge]:
    """What a volunteer holds, with its badge, the latest first."""
    query = (
        select(VolunteerBadge)
        .join(VolunteerBadge.badge)
        .options(contains_eager(VolunteerBadge.badge))
        .where(VolunteerBadge.volunteer_id == volunteer_id, HELD)
        .order_by(VolunteerBadge.earned_at.desc(), VolunteerBadge.id.desc())
        .limit(limit)
    )
    return list(db.session.scalars(query))


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


def rareness(now: datetime) -> Rareness:
    """How rare every badge is. Kept within this process for the rest of the minute, unless a badge is given."""
    latest = db.session.scalar(select(func.max(VolunteerBadge.id)))
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


def latest_medals(volunteer_ids: Iterable[int], *, each: int) -> dict[int, list[Badge]]:
    """The last badges of each of these volunteers that everybody may know of, the latest first."""
    order = (VolunteerBadge.earned_at.desc(), VolunteerBadge.id.desc())
    number = func.row_number().over(partition_by=VolunteerBadge.volunteer_id, order_by=order).label("number")
    numbered = (
        select(VolunteerBadge.volunteer_id, VolunteerBadge.badge_id, number)
        .join(Badge, Badge.id == VolunteerBadge.badge_id)
        .where(among(VolunteerBadge.volunteer_id, volunteer_ids), HELD, Badge.is_secret.is_(False))
        .subquery()
    )
    query = (
        select(numbered.c.volunteer_id, Badge)
        .join(Badge, Badge.id == numbered.c.badge_id)
        .where(numbered.c.number <= each)
        .order_by(numbered.c.volunteer_id, numbered.c.number)
    )
    found: dict[int, list[Badge]] = {}
    for volunteer_id, badge in db.session.execute(query):
        found.setdefault(volunteer_id, []).append(badge)
    return found
