"""What counting an activity brought: for the celebration."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.domain import history, points
from portal.domain.activities import Activity
from portal.domain.badges import Rarity, VolunteerBadge
from portal.domain.history import Line, Place
from portal.extensions import db


@dataclass(frozen=True, slots=True)
class Gains:
    """The lines of the ledger that were written then, the balance before and after, and the badges, rarest first."""

    lines: list[Line]
    before: int
    after: int
    badges: list[VolunteerBadge]


def of(activity: Activity) -> Gains:
    """What was booked when this activity, which is counted, was settled; what waited beside it is there too."""
    lines, rows = history.written_at(activity.volunteer_id, activity.counted_at)
    if not any(line.activity is not None and line.activity.id == activity.id for line in lines):
        lines = [*history.explained([(Place(activity.occurred_at, 0, activity.id), activity.occurred_on)]), *lines]
    if rows:
        before, after = rows[0].balance_after - rows[0].points_change, rows[-1].balance_after
    else:
        before = after = points.balance_of(activity.volunteer_id).total_points
    return Gains(lines, before, after, badges_given(activity))


def badges_given(activity: Activity) -> list[VolunteerBadge]:
    """The badges that came with it and are still held, the rarest first."""
    query = (
        select(VolunteerBadge)
        .options(joinedload(VolunteerBadge.badge))
        .where(VolunteerBadge.volunteer_id == activity.volunteer_id, VolunteerBadge.created_at == activity.counted_at)
        .where(VolunteerBadge.revoked_at.is_(None), VolunteerBadge.completion_id.is_not(None))
        .order_by(VolunteerBadge.id)
    )
    order = list(Rarity)
    return sorted(db.session.scalars(query), key=lambda one: -order.index(Rarity(one.badge.rarity)))
