"""Achievements that only people can judge: conferred by hand, and taken back (docs/rules.md, sections 4 and 7).

Each time it is conferred is a completion, with its reward and its badge, as if it had been reached. Who calls this
commits.
"""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select

from portal.domain import audit, awarding, leaderboards, notifications, organisation, points, recognition
from portal.domain.accounts import User
from portal.domain.achievements import Achievement, BatchCompletion, Completion
from portal.domain.achievements.by_hand import BY_HAND
from portal.domain.achievements.kinds import kind_of
from portal.domain.badges import VolunteerBadge
from portal.domain.leaderboards import LeaderboardType
from portal.domain.notifications import News
from portal.domain.points import PointsEventType
from portal.domain.refusals import NotPossible
from portal.domain.volunteers import Volunteer
from portal.extensions import db


def choices() -> list[Achievement]:
    """The achievements that can be conferred, by name."""
    query = select(Achievement).where(Achievement.is_active).order_by(Achievement.name)
    return [one for one in db.session.scalars(query) if kind_of(one) is BY_HAND]


def confer(
    achievement: Achievement, *, to: Volunteer, by: User, reason: str, now: datetime, batch_id: int | None = None
) -> Completion:
    """Writes a completion by hand, pays its reward, gives its badge. Raises NotPossible for what the rules don't allow,
    such as one that is held already and not repeatable."""
    if not achievement.is_active or kind_of(achievement) is not BY_HAND:
        raise NotPossible(_("This cannot be given by hand."))
    points.lock([to.id])
    awarding.refuse_oneself(to, by)
    live = standing(to.id, achievement.id)
    if live and not achievement.is_repeatable:
        raise NotPossible(_("%(name)s has this already.", name=to.name))
    recognition.settle([to.id], now=now)  # what waits comes first, and is news of its own
    today = organisation.today(now)
    given = Completion(
        volunteer_id=to.id,
        achievement_id=achievement.id,
        nth=next(nth for nth in range(1, len(live) + 2) if nth not in {one.nth for one in live}),
        criteria=achievement.criteria,
        target=1,
        completed_at=now,
        completed_on=today,
        given_by_id=by.id,
        reason=reason,
        created_at=now,
    )
    db.session.add(given)
    db.session.flush()
    if batch_id is not None:
        db.session.add(BatchCompletion(completion_id=given.id, batch_id=batch_id))
    pay(given, achievement.points_reward, by=by, now=now)
    badge = give_badge(given, achievement, by=by, now=now)
    recognition.settle([to.id], now=now, quiet=True)
    audit.note("confer", given, at=now, by=by, after={"volunteer_id": to.id, "achievement_id": achievement.id})
    data = {"completion_id": given.id, "achievement_id": achievement.id}
    if badge is not None:
        data |= {"badge_id": badge.badge_id, "volunteer_badge_id": badge.id}
    notifications.tell_one(to.id, News.ACHIEVEMENT, f"completion:{given.id}", data, now)
    return given


def standing(volunteer_id: int, achievement_id: int) -> list[Completion]:
    """Somebody's live completions of an achievement, in their order."""
    query = select(Completion).where(Completion.volunteer_id == volunteer_id, Completion.reversed_at.is_(None))
    return list(db.session.scalars(query.where(Completion.achievement_id == achievement_id).order_by(Completion.nth)))


def pay(given: Completion, amount: int, *, by: User, now: datetime) -> None:
    """Posts a completion's reward."""
    kind, balance = PointsEventType.ACHIEVEMENT_EARNED, points.balance_of(given.volunteer_id)
    effective, cause = (given.completed_at, given.completed_on), {"completion_id": given.id}
    row = points.post(balance, amount, event_type=kind, effective=effective, now=now, by=by, **cause)
    leaderboards.touch(LeaderboardType.POINTS, [given.completed_on] if row else [], now)


def give_badge(given: Completion, achievement: Achievement, *, by: User, now: datetime) -> VolunteerBadge | None:
    """The badge that it brings, with its points; None if there is none, or it is held already."""
    badge = achievement.badge
    if badge is None or not badge.is_active or awarding.held(given.volunteer_id, badge.id) is not None:
        return None
    one = VolunteerBadge(
        volunteer_id=given.volunteer_id,
        badge_id=badge.id,
        earned_at=now,
        completion_id=given.id,
        created_at=now,
    )
    db.session.add(one)
    db.session.flush()
    effective = (given.completed_at, given.completed_on)
    awarding.pay_badge(one, badge.points_value, effective=effective, by=by, now=now)
    return one


def mark(given: Completion, *, by: User, reason: str) -> None:
    """Says that a completion does not stand any more; settling takes back what it brought."""
    given.reversed_by_id, given.reversed_reason = by.id, reason
    db.session.flush()


def take_back(given: Completion, *, by: User, reason: str, now: datetime) -> int:
    """Reverses a completion that was given by hand, with its reward and the badge that came with it; how many points
    that is, less what a badge given anew for another completion brings. Raises NotPossible if that was done already."""
    points.lock_owner(given)
    if by.volunteer_id == given.volunteer_id:
        raise NotPossible(_("Somebody else has to do this."))
    if given.given_by_id is None or given.reversed_at is not None:
        raise NotPossible(_("This was taken back already."))
    recognition.settle([given.volunteer_id], now=now)
    before = points.balance_of(given.volunteer_id).total_points
    mark(given, by=by, reason=reason)
    recognition.settle([given.volunteer_id], now=now, quiet=True)
    was = {"achievement_id": given.achievement_id}
    audit.note("revoke", given, at=now, by=by, before=was, after={"reversed": True})
    key, data = f"revoked-completion:{given.id}", was | {"completion_id": given.id}
    notifications.tell_one(given.volunteer_id, News.CORRECTION, key, data, now)
    return before - points.balance_of(given.volunteer_id).total_points
