"""By hand: points and badges given and taken, with a reason and within limits (docs/rules.md, sections 5 and 7).

Nobody gives anything to themself. Who calls this commits.
"""

from collections.abc import Iterable
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import select

from portal.database import among
from portal.domain import audit, leaderboards, notifications, organisation, points
from portal.domain.accounts import Role, User
from portal.domain.badges import Badge, BatchBadge, VolunteerBadge
from portal.domain.leaderboards import LeaderboardType
from portal.domain.notifications import News
from portal.domain.points import Award, PointsEventType, PointsHistory
from portal.domain.refusals import FieldRefused, NotPossible
from portal.domain.volunteers import Status, Volunteer
from portal.extensions import db


def limit_of(user: User) -> int | None:
    """The most points that a user may give or take at once; None for no limit."""
    return None if user.may(Role.ADMIN) else organisation.setting("largest_award")


def in_order(people: Iterable[Volunteer]) -> list[Volunteer]:
    """Everybody once, in order of id, all locked at once: two who give to the same people don't block each other."""
    ordered = sorted(set(people), key=lambda one: one.id)
    points.lock([one.id for one in ordered])
    return ordered


def award(
    amount: int, *, to: Volunteer, by: User, reason: str, note: str = "", now: datetime, batch_id: int | None = None
) -> Award:
    """Gives points, or takes some if `amount` is negative. Raises NotPossible for what the rules don't allow."""
    refuse_amount(amount, limit_of(by))
    points.lock([to.id])
    refuse_oneself(to, by)
    balance = points.balance_of(to.id)
    if balance.total_points + amount < 0:
        raise NotPossible(_("%(name)s has only %(total)s points.", name=to.name, total=balance.total_points))
    given = Award(
        volunteer_id=to.id,
        points=amount,
        reason=reason,
        note=note,
        awarded_by_id=by.id,
        batch_id=batch_id,
        created_at=now,
    )
    db.session.add(given)
    db.session.flush()
    effective = (now, organisation.today(now))
    kind = PointsEventType.MANUAL_ADJUSTMENT
    points.post(balance, amount, event_type=kind, effective=effective, now=now, by=by, award_id=given.id)
    leaderboards.touch(LeaderboardType.POINTS, [effective[1]], now)
    audit.note("award", given, at=now, by=by, after={"volunteer_id": to.id, "points": amount})
    notifications.tell_one(to.id, News.POINTS, f"award:{given.id}", {"award_id": given.id}, now)
    return given


def undo(given: Award, *, by: User, now: datetime) -> int:
    """Takes back points that were given by hand, by an opposite row, and says how many; the balance may fall below 0.

    Done once; the second time it is 0. Who calls this holds the volunteer's lock.
    """
    rows = points.paid_for("award_id", [given.id])
    if not rows:
        return 0
    kind, balance = PointsEventType.MANUAL_ADJUSTMENT, points.balance_of(given.volunteer_id)
    for paid in rows:
        effective, cause = (paid.effective_at, paid.effective_on), {"award_id": given.id}
        points.post(
            balance, -paid.points_change, event_type=kind, effective=effective, now=now, by=by, undoes=True, **cause
        )
        leaderboards.touch(LeaderboardType.POINTS, [paid.effective_on], now)
    audit.note("undo", given, at=now, by=by, before={"points": given.points}, after={"points": 0})
    return sum(paid.points_change for paid in rows)


def refuse_oneself(volunteer: Volunteer, by: User) -> None:
    """Raises NotPossible for oneself, and for somebody who is not active (any more); their lock stands."""
    db.session.refresh(volunteer)
    if by.volunteer_id == volunteer.id:
        raise NotPossible(_("You cannot give anything to yourself."))
    if volunteer.status != Status.ACTIVE:
        raise NotPossible(_("%(name)s is not active.", name=volunteer.name or _("A former volunteer")))


def refuse_amount(amount: int, limit: int | None) -> None:
    """Raises FieldRefused for nothing, and for more than somebody may give."""
    if not amount:
        raise FieldRefused("points", _("Give at least one point."))
    if limit is not None and abs(amount) > limit:
        raise FieldRefused("points", _("At most %(limit)s points at once; an admin can give more.", limit=limit))
    if abs(amount) > 1_000_000:
        raise FieldRefused("points", _("At most 1,000,000 points at once."))


def held(volunteer_id: int, badge_id: int) -> VolunteerBadge | None:
    """The badge as this volunteer holds it now, or None."""
    query = select(VolunteerBadge).where(
        VolunteerBadge.volunteer_id == volunteer_id,
        VolunteerBadge.badge_id == badge_id,
        VolunteerBadge.revoked_at.is_(None),
    )
    return db.session.scalar(query)


def holders_among(badge_id: int, volunteer_ids: Iterable[int]) -> set[int]:
    """Which of these volunteers hold a badge now."""
    one = VolunteerBadge
    query = select(one.volunteer_id).where(one.badge_id == badge_id, one.revoked_at.is_(None))
    return set(db.session.scalars(query.where(among(one.volunteer_id, volunteer_ids))))


def grant(
    badge: Badge, *, to: Volunteer, by: User, reason: str, now: datetime, batch_id: int | None = None
) -> VolunteerBadge:
    """Gives a badge with its points. Raises NotPossible for a retired one and for one that is held already."""
    if not badge.is_active:
        raise NotPossible(_("This badge is retired."))
    points.lock([to.id])
    refuse_oneself(to, by)
    if held(to.id, badge.id) is not None:
        raise NotPossible(_("%(name)s holds this badge already.", name=to.name))
    given = VolunteerBadge(
        volunteer_id=to.id,
        badge_id=badge.id,
        earned_at=now,
        earned_reason=reason,
        awarded_by_id=by.id,
        created_at=now,
    )
    db.session.add(given)
    db.session.flush()
    if batch_id is not None:
        db.session.add(BatchBadge(volunteer_badge_id=given.id, batch_id=batch_id))
    pay_badge(given, badge.points_value, effective=(now, organisation.today(now)), by=by, now=now)
    audit.note("grant", given, at=now, by=by, after={"volunteer_id": to.id, "badge_id": badge.id})
    data = {"volunteer_badge_id": given.id, "badge_id": badge.id}
    notifications.tell_one(to.id, News.BADGE, f"badge:{given.id}", data, now)
    return given


def pay_badge(
    badge: VolunteerBadge,
    amount: int,
    *,
    effective: tuple[datetime, date],
    by: User,
    now: datetime,
    undoes: bool = False,
) -> PointsHistory | None:
    """Posts a badge's points, or their opposite."""
    kind, balance = PointsEventType.BADGE_EARNED, points.balance_of(badge.volunteer_id)
    cause = {"volunteer_badge_id": badge.id}
    row = points.post(balance, amount, event_type=kind, effective=effective, now=now, by=by, undoes=undoes, **cause)
    leaderboards.touch(LeaderboardType.POINTS, [effective[1]] if row else [], now)
    return row


def revoke(badge: VolunteerBadge, *, by: User, reason: str, now: datetime) -> int:
    """Takes a badge and its points back, and says how many; it stays in the record. Raises NotPossible if that was done
    already."""
    points.lock_owner(badge)
    if by.volunteer_id == badge.volunteer_id:
        raise NotPossible(_("Somebody else has to do this."))
    if badge.revoked_at is not None:
        raise NotPossible(_("This badge was taken back already."))
    badge.revoked_at, badge.revoked_by_id, badge.revoked_reason = now, by.id, reason
    badge.is_showcased, badge.showcase_position = False, None
    rows = points.paid_for("volunteer_badge_id", [badge.id])
    for paid in rows:
        effective = (paid.effective_at, paid.effective_on)
        pay_badge(badge, -paid.points_change, effective=effective, by=by, now=now, undoes=True)
    audit.note("revoke", badge, at=now, by=by, before={"badge_id": badge.badge_id}, after={"revoked": True})
    data = {"volunteer_badge_id": badge.id, "badge_id": badge.badge_id}
    notifications.tell_one(badge.volunteer_id, News.BADGE, f"revoked:{badge.id}", data, now)
    return sum(paid.points_change for paid in rows)
