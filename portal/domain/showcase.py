"""What a volunteer puts forward: up to six of their badges, in their own order (docs/rules.md, section 5).

The volunteer's lock stands while positions are given out. Who calls this commits.
"""

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from portal.domain import points
from portal.domain.badges import VolunteerBadge
from portal.domain.refusals import NotPossible
from portal.extensions import db

ROOM = 6


def of(volunteer_id: int) -> list[VolunteerBadge]:
    """What a volunteer shows, in their order, with its badge."""
    query = (
        select(VolunteerBadge)
        .join(VolunteerBadge.badge)
        .options(contains_eager(VolunteerBadge.badge))
        .where(VolunteerBadge.volunteer_id == volunteer_id, VolunteerBadge.is_showcased)
        .where(VolunteerBadge.revoked_at.is_(None))
        .order_by(VolunteerBadge.showcase_position, VolunteerBadge.id)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query))


def add(held: VolunteerBadge) -> None:
    """Shows a badge, behind the others; one that is shown stays where it is. Raises NotPossible for a seventh."""
    shown = locked(held)
    if held in shown:
        return
    if len(shown) >= ROOM:
        raise NotPossible(_("Your showcase holds six. Take one out first."))
    arrange([*shown, held])


def remove(held: VolunteerBadge) -> None:
    """Takes a badge out of the showcase; the others close up."""
    shown = locked(held)
    held.is_showcased, held.showcase_position = False, None
    arrange([one for one in shown if one is not held])


def move(held: VolunteerBadge, by: int) -> None:
    """Moves a shown badge further to the front (-1) or to the back (1); at either end it stays."""
    shown = locked(held)
    if held not in shown:
        return
    place = shown.index(held)
    shown.insert(min(max(0, place + by), ROOM), shown.pop(place))
    arrange(shown)


def reorder(volunteer_id: int, badge_ids: Sequence[int]) -> None:
    """Puts what is shown into this order. What is not shown any more is passed over; what the order does not name,
    since it was put in meanwhile, stays behind the others."""
    points.lock([volunteer_id])
    places = {badge_id: place for place, badge_id in enumerate(badge_ids)}
    arrange(sorted(of(volunteer_id), key=lambda one: places.get(one.badge_id, len(places))))


def locked(held: VolunteerBadge) -> list[VolunteerBadge]:
    """The showcase as it is now, under its owner's lock. Raises NotPossible if the badge was taken back meanwhile."""
    points.lock_owner(held)
    if held.revoked_at is not None:
        raise NotPossible(_("You don't hold this any more."))
    return of(held.volunteer_id)


def arrange(shown: list[VolunteerBadge]) -> None:
    """Gives out the positions, from 1."""
    for position, one in enumerate(shown, 1):
        one.is_showcased, one.showcase_position = True, position
    db.session.flush()
