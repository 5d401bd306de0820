"""Hours that volunteers logged themselves: confirmed, turned down, or taken back by their owner before they count."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from portal.domain import audit, notifications, points
from portal.domain.accounts import User
from portal.domain.activities import Activity, ActivityStatus
from portal.domain.notifications import News
from portal.extensions import db


class NotPossible(ValueError):
    """What a person may do in general, but not here and now; the message says why."""


def waiting(limit: int = 200) -> list[Activity]:
    """Hours that wait for review, the oldest first, with their volunteers."""
    query = (
        select(Activity)
        .where(Activity.status == ActivityStatus.AWAITING_REVIEW)
        .options(joinedload(Activity.volunteer))
        .order_by(Activity.recorded_at, Activity.id)
        .limit(limit)
    )
    return list(db.session.scalars(query))


def how_many_wait() -> int:
    """How many activities wait for review."""
    return db.session.scalar(select(func.count()).where(Activity.status == ActivityStatus.AWAITING_REVIEW)) or 0


def confirm(activity: Activity, *, by: User, now: datetime) -> None:
    """Lets hours count. Raises NotPossible for one's own, and for what somebody else decided meanwhile."""
    decide(activity, ActivityStatus.PENDING, by=by, now=now)
    notifications.tell_one(activity.volunteer_id, News.HOURS_CONFIRMED, f"review:{activity.id}", about(activity), now)


def turn_down(activity: Activity, *, by: User, reason: str, now: datetime) -> None:
    """Refuses hours with a reason that the volunteer sees. Raises NotPossible as `confirm` does."""
    decide(activity, ActivityStatus.REJECTED, by=by, now=now)
    activity.reason = reason
    kind = News.HOURS_TURNED_DOWN
    notifications.tell_one(activity.volunteer_id, kind, f"review:{activity.id}", about(activity), now)


def decide(activity: Activity, status: ActivityStatus, *, by: User, now: datetime) -> None:
    """Takes the decision under the volunteer's lock, and writes it down."""
    if by.volunteer_id == activity.volunteer_id:
        raise NotPossible(_("Somebody else has to look at your own hours."))
    lock(activity)
    if activity.status != ActivityStatus.AWAITING_REVIEW:
        raise NotPossible(_("Somebody else has decided about these hours already."))
    activity.status, activity.reviewed_by_id, activity.reviewed_at = status, by.id, now
    before, after = {"status": "awaiting_review"}, {"status": status.value}
    audit.note("review", activity, at=now, by=by, before=before, after=after)
    db.session.flush()


def withdraw(activity: Activity, *, by: User, now: datetime) -> None:
    """Takes back what its owner logged. Raises NotPossible once it counts."""
    lock(activity)
    if activity.status not in (ActivityStatus.AWAITING_REVIEW, ActivityStatus.PENDING):
        raise NotPossible(_("This counts already; a coordinator can correct it."))
    activity.status, activity.reviewed_by_id, activity.reviewed_at = ActivityStatus.REJECTED, by.id, now
    db.session.flush()


def lock(activity: Activity) -> None:
    """Locks the volunteer and looks at the activity again as it is now."""
    points.lock([activity.volunteer_id])
    db.session.refresh(activity)


def about(activity: Activity) -> dict:
    """What news of an activity points to."""
    return {"activity_id": activity.id}
