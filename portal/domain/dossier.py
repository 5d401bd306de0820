"""What coordinators see of a volunteer: what they did, with who recorded it; badges given, with who took them back."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import func, or_, select, tuple_
from sqlalchemy.orm import aliased, joinedload

from portal.domain import history
from portal.domain.accounts import User
from portal.domain.achievements import Completion
from portal.domain.activities import Activity, Batch
from portal.domain.badges import VolunteerBadge
from portal.domain.history import Line, Place
from portal.domain.points import PointsHistory
from portal.extensions import db


@dataclass(frozen=True, slots=True)
class Deed:
    """An activity, who recorded it, and the batch that brought it."""

    activity: Activity
    by: User | None
    batch: Batch | None


@dataclass(frozen=True, slots=True)
class Medal:
    """A badge given, by whom, and by whom it was taken back."""

    held: VolunteerBadge
    by: User | None
    taken_by: User | None


@dataclass(frozen=True, slots=True)
class Conferred:
    """An achievement given by hand, by whom, and by whom it was taken back."""

    completion: Completion
    by: User
    taken_by: User | None


def deeds(volunteer_id: int, *, older_than: Activity | None = None, limit: int = 20) -> list[Deed]:
    """What they did, the latest first, in one query; what is older than another activity."""
    query = (
        select(Activity, User, Batch)
        .outerjoin(User, User.id == Activity.recorded_by_id)
        .outerjoin(Batch, Batch.id == Activity.batch_id)
        .where(Activity.volunteer_id == volunteer_id)
        .order_by(Activity.occurred_at.desc(), Activity.id.desc())
        .limit(limit)
    )
    if older_than is not None:
        here = tuple_(older_than.occurred_at, older_than.id)
        query = query.where(tuple_(Activity.occurred_at, Activity.id) < here)
    return [Deed(*found) for found in db.session.execute(query)]


def statuses(volunteer_id: int) -> Counter:
    """How many activities they have, by status."""
    query = select(Activity.status, func.count()).where(Activity.volunteer_id == volunteer_id)
    return Counter(dict(tuple(row) for row in db.session.execute(query.group_by(Activity.status))))


def medals(volunteer_id: int) -> list[Medal]:
    """Badges given, those that are held first, in one query."""
    giver, taker = aliased(User), aliased(User)
    query = (
        select(VolunteerBadge, giver, taker)
        .outerjoin(giver, giver.id == VolunteerBadge.awarded_by_id)
        .outerjoin(taker, taker.id == VolunteerBadge.revoked_by_id)
        .options(joinedload(VolunteerBadge.badge))
        .where(VolunteerBadge.volunteer_id == volunteer_id)
        .order_by(VolunteerBadge.revoked_at.is_not(None), VolunteerBadge.earned_at.desc(), VolunteerBadge.id.desc())
    )
    return [Medal(*found) for found in db.session.execute(query)]


def conferred(volunteer_id: int) -> list[Conferred]:
    """Achievements that were given by hand, the latest first, in one query."""
    giver, taker = aliased(User), aliased(User)
    query = (
        select(Completion, giver, taker)
        .join(giver, giver.id == Completion.given_by_id)
        .outerjoin(taker, taker.id == Completion.reversed_by_id)
        .options(joinedload(Completion.achievement))
        .where(Completion.volunteer_id == volunteer_id)
        .order_by(Completion.completed_at.desc(), Completion.id.desc())
    )
    return [Conferred(*found) for found in db.session.execute(query)]


def brought(activity: Activity) -> list[Line]:
    """What an activity alone brought, whatever was counted beside it: its own line, then what was completed with it."""
    row = PointsHistory
    done = select(Completion.id).where(Completion.activity_id == activity.id)
    held = select(VolunteerBadge.id).where(VolunteerBadge.completion_id.in_(done))
    caused = or_(row.activity_id == activity.id, row.completion_id.in_(done), row.volunteer_badge_id.in_(held))
    query = select(row).where(row.volunteer_id == activity.volunteer_id, caused).order_by(row.id)
    rows = list(db.session.scalars(query))
    told = {(one.completion_id, one.undoes) for one in rows if one.completion_id}
    lines = history.explained([(Place(one.effective_at, 1, one.id), one.effective_on) for one in rows])
    by_itself = {one.id for one in rows if not one.volunteer_badge_id}
    kept = [one for one in lines if one.place.id in by_itself or (one.badge.completion_id, one.undoes) not in told]
    if any(one.activity is not None and one.activity.id == activity.id for one in kept):
        return kept
    return [*history.explained([(Place(activity.occurred_at, 0, activity.id), activity.occurred_on)]), *kept]
