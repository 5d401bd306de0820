"""Putting right what was counted by mistake, and showing first what that changes (docs/rules.md, section 7)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, select

from portal.domain import audit, awarding, notifications, recognition, recording
from portal.domain.accounts import User
from portal.domain.activities import Activity, ActivityStatus
from portal.domain.badges import Badge, VolunteerBadge
from portal.domain.booking import Outcome
from portal.domain.judging import Rejected
from portal.domain.notifications import News
from portal.domain.points import VolunteerPoints, balance_of, lock_owner, paid_for
from portal.domain.privacy import LISTED
from portal.domain.refusals import NotPossible
from portal.domain.submissions import Submission
from portal.domain.volunteers import Volunteer
from portal.extensions import db

STAYS = "It stays, though what earned it does not."
"""Shown in the reader's language, as other words of ours are."""


class DoesNotStand(ValueError):
    """What should stand in place of a mistake does not: `field` and reason."""

    def __init__(self, verdict: Rejected):
        super().__init__(verdict.reason)
        self.field = verdict.field


@dataclass(frozen=True, slots=True)
class Loss:
    """What a correction takes away: points (below 0 if it brings some), and ids of achievements and badges (not of
    badges that come anew). What is recorded in place of the mistake may bring others: `new_...`.

    `place` and `place_after` are those of all time, by points; None for who is in no ranking.
    """

    points: int
    achievement_ids: list[int]
    badge_ids: list[int]
    new_achievement_ids: list[int]
    new_badge_ids: list[int]
    place: int | None = None
    place_after: int | None = None


def reverse(activity: Activity, *, by: User, reason: str, now: datetime, keep_badges: bool = False) -> None:
    """Takes a counted activity back and settles its volunteer; badges that fall with it may stay, as given by hand.
    Raises NotPossible for what does not count, and for a badge that is retired and cannot be given."""
    mark(activity, by=by, reason=reason, now=now)
    held = badges_of(activity.volunteer_id)
    audit.note("reverse", activity, at=now, by=by, before={"status": "counted"}, after={"status": "reversed"})
    recognition.settle([activity.volunteer_id], now=now)
    for badge_id in sorted(held - badges_of(activity.volunteer_id)) if keep_badges else ():
        badge = db.session.get_one(Badge, badge_id)
        awarding.grant(badge, to=activity.volunteer, by=by, reason=STAYS, now=now)
    tell(activity, now)


def badges_of(volunteer_id: int) -> set[int]:
    """The ids of the badges that somebody holds."""
    one = VolunteerBadge
    query = select(one.badge_id).where(one.volunteer_id == volunteer_id, one.revoked_at.is_(None))
    return set(db.session.scalars(query))


def correct(activity: Activity, other: Submission, *, by: User, reason: str, source: str, now: datetime) -> int:
    """Takes a counted activity back and records another in its place, in one step; the other's id.

    Raises NotPossible for what does not count, DoesNotStand if the rules don't let the other one in; the caller then
    rolls back.
    """
    new_id = replace_with(activity, other, by=by, reason=reason, source=source, now=now)
    after = {"status": "reversed", "corrected_by": new_id}
    audit.note("correct", activity, at=now, by=by, before={"status": "counted"}, after=after)
    recognition.settle([activity.volunteer_id], now=now)
    tell(activity, now)
    return new_id


def replace_with(activity: Activity, other: Submission, *, by: User, reason: str, source: str, now: datetime) -> int:
    """Marks an activity as reversed and records the other one; settling does the rest."""
    mark(activity, by=by, reason=reason, now=now)
    (verdict,) = recording.record([other], source=source, now=now, by=by)
    if isinstance(verdict, Rejected):
        raise DoesNotStand(verdict)
    return verdict.activity_id or 0


def tell(activity: Activity, now: datetime) -> None:
    """Makes it news for the volunteer that an activity was taken back."""
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
    lock_owner(activity)
    if by.volunteer_id == activity.volunteer_id:
        raise NotPossible(_("Somebody else has to correct what is yours."))
    if activity.status in (ActivityStatus.AWAITING_REVIEW, ActivityStatus.PENDING):
        raise NotPossible(_("This does not count yet."))
    if activity.status != ActivityStatus.COUNTED:
        raise NotPossible(_("This does not count any more."))


def preview(activity: Activity, *, by: User, now: datetime) -> Loss:
    """What `reverse` would take away, worked out by the same code and then rolled back."""
    return tried(activity, lambda: mark(activity, by=by, reason="", now=now), by=by, now=now)


def preview_correction(activity: Activity, other: Submission, *, by: User, source: str, now: datetime) -> Loss:
    """What `correct` would change, worked out by the same code and then rolled back. Raises what it raises."""
    how = {"by": by, "reason": "", "source": source, "now": now}
    return tried(activity, lambda: replace_with(activity, other, **how), by=by, now=now)


def tried(activity: Activity, change: Callable[[], object], *, by: User, now: datetime) -> Loss:
    """What a change to an activity would bring its volunteer; afterwards nothing of it is left.

    What the volunteer still has to be given is booked first: it is no part of the difference.
    """
    attempt = db.session.begin_nested()
    try:
        refuse(activity, by=by)
        recognition.settle([activity.volunteer_id], now=now, quiet=True)
        change()
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
    granted = {grant.badge.id for grant in earnings.granted}
    lost = {row.badge_id for row in earnings.revoked}
    again = {earned.achievement.id for earned in earnings.earned} & {row.achievement_id for row in earnings.fallen}
    return Loss(
        points=sum(row.points_change for row in [*fallen, *revoked]) - gained,
        achievement_ids=[row.achievement_id for row in earnings.fallen if row.achievement_id not in again],
        badge_ids=sorted(lost - granted),
        new_achievement_ids=[one.achievement.id for one in earnings.earned if one.achievement.id not in again],
        new_badge_ids=sorted(granted - lost),
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
