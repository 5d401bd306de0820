"""Taking back what was counted by mistake, and showing first what that takes away (docs/rules.md, section 7)."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from portal.domain import audit, notifications, recognition, reviewing
from portal.domain.accounts import User
from portal.domain.activities import Activity, ActivityStatus
from portal.domain.booking import Outcome
from portal.domain.notifications import News
from portal.domain.points import paid_for
from portal.domain.reviewing import NotPossible
from portal.extensions import db


@dataclass(frozen=True, slots=True)
class Loss:
    """What a reversal takes away: points, and ids of achievements and badges (and of badges that come anew)."""

    points: int
    achievement_ids: list[int]
    badge_ids: list[int]


def reverse(activity: Activity, *, by: User, reason: str, now: datetime) -> None:
    """Takes a counted activity back and settles its volunteer. Raises NotPossible for what does not count."""
    mark(activity, by=by, reason=reason, now=now)
    audit.note("reverse", activity, at=now, by=by, before={"status": "counted"}, after={"status": "reversed"})
    recognition.settle([activity.volunteer_id], now=now)
    key, data = f"reversed:{activity.id}", {"activity_id": activity.id}
    notifications.tell_one(activity.volunteer_id, News.CORRECTION, key, data, now)


def mark(activity: Activity, *, by: User, reason: str, now: datetime) -> None:
    """Marks an activity as reversed, under its volunteer's lock; settling undoes what it brought."""
    if by.volunteer_id == activity.volunteer_id:
        raise NotPossible(_("Somebody else has to correct what is yours."))
    reviewing.lock(activity)
    if activity.status != ActivityStatus.COUNTED:
        raise NotPossible(_("This does not count any more."))
    activity.status = ActivityStatus.REVERSED
    activity.reversed_by_id, activity.reversed_at, activity.reason = by.id, now, reason
    db.session.flush()


def preview(activity: Activity, *, by: User, now: datetime) -> Loss:
    """What `reverse` would take away, worked out by the same code and then rolled back.

    What the volunteer still has to be given is booked first: it is no part of the difference.
    """
    attempt = db.session.begin_nested()
    try:
        recognition.settle([activity.volunteer_id], now=now, quiet=True)
        mark(activity, by=by, reason="", now=now)
        (outcome,) = recognition.work_out([activity.volunteer_id])
        return loss(outcome)
    finally:
        attempt.rollback()
        db.session.expire_all()


def loss(outcome: Outcome) -> Loss:
    """What an outcome takes from a volunteer, less what it gives."""
    earnings = outcome.earnings
    fallen = paid_for("completion_id", [row.id for row in earnings.fallen])
    revoked = paid_for("volunteer_badge_id", [row.id for row in earnings.revoked])
    gained = outcome.gained()
    kept = {grant.badge.id for grant in earnings.granted}
    return Loss(
        points=sum(row.points_change for row in [*fallen, *revoked]) - gained,
        achievement_ids=[row.achievement_id for row in earnings.fallen],
        badge_ids=[row.badge_id for row in earnings.revoked if row.badge_id not in kept],
    )
