"""Taking back what was counted by mistake, and showing first what that takes away (docs/rules.md, section 7)."""

from dataclasses import dataclass, replace
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, select

from portal.domain import audit, notifications, recognition, reviewing
from portal.domain.accounts import User
from portal.domain.activities import Activity, ActivityStatus
from portal.domain.booking import Outcome
from portal.domain.notifications import News
from portal.domain.points import VolunteerPoints, balance_of, paid_for
from portal.domain.privacy import LISTED
from portal.domain.reviewing import NotPossible
from portal.domain.volunteers import Volunteer
from portal.extensions import db


@dataclass(frozen=True, slots=True)
class Loss:
    """What a reversal takes away: points, and ids of achievements and badges (not of badges that come anew).

    `place` and `place_after` are those of all time, by points; None for who is in no ranking.
    """

    points: int
    achievement_ids: list[int]
    badge_ids: list[int]
    place: int | None = None
    place_after: int | None = None


def reverse(activity: Activity, *, by: User, reason: str, now: datetime) -> None:
    """Takes a counted activity back and settles its volunteer. Raises NotPossible for what does not count."""
    mark(activity, by=by, reason=reason, now=now)
    audit.note("reverse", activity, at=now, by=by, before={"status": "counted"}, after={"status": "reversed"})
    recognition.settle([activity.volunteer_id], now=now)
    key, data = f"reversed:{activity.id}", {"activity_id": activity.id}
    notifications.tell_one(activity.volunteer_id, News.CORRECTION, key, data, now)


def mark(activity: Activity, *, by: User, reason: str, now: datetime) -> None:
    """Marks an activity as reversed, under its volunteer's lock; settling undoes what it brought."""
    refuse(activity, by=by)
    activity.status = ActivityStatus.REVERSED
    activity.reversed_by_id, activity.reversed_at, activity.reason = by.id, now, reason
    db.session.flush()


def refuse(activity: Activity, *, by: User) -> None:
    """Locks the volunteer. Raises NotPossible for what is one's own, or does not count (any more)."""
    if by.volunteer_id == activity.volunteer_id:
        raise NotPossible(_("Somebody else has to correct what is yours."))
    reviewing.lock(activity)
    if activity.status in (ActivityStatus.AWAITING_REVIEW, ActivityStatus.PENDING):
        raise NotPossible(_("This does not count yet."))
    if activity.status != ActivityStatus.COUNTED:
        raise NotPossible(_("This does not count any more."))


def preview(activity: Activity, *, by: User, now: datetime) -> Loss:
    """What `reverse` would take away, worked out by the same code and then rolled back.

    What the volunteer still has to be given is booked first: it is no part of the difference.
    """
    attempt = db.session.begin_nested()
    try:
        refuse(activity, by=by)
        recognition.settle([activity.volunteer_id], now=now, quiet=True)
        mark(activity, by=by, reason="", now=now)
        (outcome,) = recognition.work_out([activity.volunteer_id])
        return with_places(loss(outcome), activity.volunteer)
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


def with_places(found: Loss, volunteer: Volunteer) -> Loss:
    """The loss with the places before and after it."""
    if not volunteer.listed:
        return found
    total = balance_of(volunteer.id).total_points
    return replace(found, place=place_with(total, volunteer), place_after=place_with(total - found.points, volunteer))


def place_with(total: int, volunteer: Volunteer) -> int | None:
    """The place of all time that somebody has with so many points; None for none."""
    others = (
        select(func.count())
        .select_from(VolunteerPoints)
        .join(Volunteer, Volunteer.id == VolunteerPoints.volunteer_id)
        .where(VolunteerPoints.total_points > total, Volunteer.id != volunteer.id, LISTED)
    )
    return 1 + (db.session.scalar(others) or 0) if total > 0 else None
