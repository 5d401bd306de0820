"""Why there are as many points as there are: a line of history in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Row

from portal.domain import undoing
from portal.domain.accounts import Role, User
from portal.domain.activities import Activity, ActivityStatus, EventType
from portal.domain.badges import Badge
from portal.domain.history import Line
from portal.web import words
from portal.web.addresses import url_for
from portal.web.starter_words import translated


@dataclass(frozen=True, slots=True)
class Told:
    """A line as a page shows it; see components/history_line.html."""

    when: str
    date: str
    what: str
    why: str
    points: int | None
    badge: Badge | None = None
    url: str | None = None


def tell(lines: Sequence[Line], today: date, *, desk: bool = False) -> list[Told]:
    """Lines of a volunteer's history: for themself, or for a coordinator at the desk."""
    reasons = undoing.reasons(line.award.batch_id for line in lines if line.award is not None and line.undoes)
    return [told(line, today, desk, reasons) for line in lines]


def told(line: Line, today: date, desk: bool, reasons: Mapping[int | None, str]) -> Told:
    """A line; `reasons` says why batches were undone."""
    what, why = say(line)
    if line.award is not None and line.undoes and line.award.reason and line.award.batch_id in reasons:
        why = _("Taken back: %(reason)s", reason=reasons[line.award.batch_id])
    badge = line.badge.badge if line.badge is not None else None
    return Told(words.near_day(line.on, today), line.on.isoformat(), what, why, line.points, badge, page_of(line, desk))


def page_of(line: Line, desk: bool) -> str | None:
    """Where hours that don't count yet can be looked at, or a medal."""
    if line.activity is not None and line.activity.status in (ActivityStatus.AWAITING_REVIEW, ActivityStatus.PENDING):
        return url_for("activities.show" if desk else "hours.show", activity_id=line.activity.id)
    return url_for("badges.show", badge_id=line.badge.badge_id) if line.badge is not None and not line.undoes else None


def say(line: Line) -> tuple[str, str]:
    """What happened, and why it brought what it brought."""
    if line.award is not None:
        return line.award.reason, _("Taken back") if line.undoes else by_hand(line)
    if line.activity is not None:
        return name_of(line.activity), correction(line.activity) if line.undoes else bringing(line)
    return earned_name(line), lost(line) if line.undoes else earning(line)


def name_of(activity: Activity) -> str:
    """What an activity was about, or what kind it was."""
    return activity.reference_name or kind_words(activity.event_type)


@words.by_language
def kind_words(event_type: str) -> str:
    """What an activity was, if nothing else is known of it."""
    kinds = {
        EventType.HOURS_LOGGED: _("Hours given"),
        EventType.TASK_COMPLETED: _("A task done"),
        EventType.PROJECT_COMPLETED: _("A project completed"),
        EventType.TRAINING_COMPLETED: _("A training completed"),
        EventType.SKILL_CERTIFIED: _("A skill"),
        EventType.VOLUNTEER_REFERRED: _("Somebody you brought along"),
    }
    return kinds[EventType(event_type)]


def bringing(line: Line) -> str:
    """What an activity brought, or why not (yet)."""
    activity = line.activity
    if activity.status == ActivityStatus.REVERSED and line.points == 0:
        return correction(activity)
    return waiting(activity) or f"{measure(activity)}{rest_of_day(line)}"


def waiting(activity: Activity) -> str | None:
    """What is to be said of an activity that does not count, or not yet; None for any other."""
    if activity.status == ActivityStatus.AWAITING_REVIEW:
        return _("%(what)s. Waiting for a coordinator.", what=measure(activity))
    if activity.status == ActivityStatus.PENDING:
        return _("%(what)s. Being counted.", what=measure(activity))
    if activity.status != ActivityStatus.REJECTED:
        return None
    if activity.reason:
        return _("%(what)s. Turned down: %(reason)s", what=measure(activity), reason=translated(activity.reason))
    return _("%(what)s. Withdrawn.", what=measure(activity))


def measure(activity: Activity) -> str:
    """'3 hours at 5 points an hour', 'Complexity 2', 'Skill certified'."""
    return measured(activity.event_type, activity.quantity, activity.exact, activity.certified)


@words.by_language
def measured(kind: str, quantity: Decimal, exact: Decimal, certified: bool) -> str:
    """How much something of a kind was, and what an hour of it brings."""
    if kind == EventType.HOURS_LOGGED:
        return at_rate(quantity, exact)
    if kind == EventType.TASK_COMPLETED:
        return _("Task, complexity %(n)s", n=words.number(quantity))
    if kind == EventType.SKILL_CERTIFIED:
        return _("Skill certified") if certified else _("A skill without a certificate brings no points")
    return {
        EventType.PROJECT_COMPLETED: _("Project completed"),
        EventType.TRAINING_COMPLETED: _("Training completed"),
        EventType.VOLUNTEER_REFERRED: _("You brought somebody along"),
    }[EventType(kind)]


def at_rate(quantity: Decimal, exact: Decimal) -> str:
    """'3 hours at 5 points an hour'; without the rate where a limit of the rule cut it."""
    hours, rate = words.hours(quantity), exact / quantity
    if not rate or rate != rate.quantize(Decimal("0.01")):
        return hours
    rate_words = ngettext("%(n)s point an hour", "%(n)s points an hour", words.plural(rate), n=words.number(rate))
    return _("%(hours)s at %(rate)s", hours=hours, rate=rate_words)


def rest_of_day(line: Line) -> str:
    """What is added where a day as a whole paid other than this activity alone would."""
    activity = line.activity
    if line.points == int(activity.exact) and (line.points or not activity.exact):
        return ""
    if activity.day_cap is not None:
        return ". " + _("A day brings %(n)s at the most", n=words.points(int(activity.day_cap)))
    return ". " + _("Adds up with the rest of the day")


def correction(activity: Activity) -> str:
    """Why an activity was taken back."""
    return _("Corrected: %(reason)s", reason=translated(activity.reason)) if activity.reason else _("Corrected")


def by_hand(line: Line) -> str:
    """Who gave points, and what they wrote."""
    giver = signature(line.by) if line.by is not None else ""
    return " ".join(part for part in (line.award.note, giver) if part)


def signature(user: User | Row) -> str:
    """'Grace Moreau, coordinator'; of who was forgotten, that somebody was here."""
    if not user.name:
        return _("A former volunteer")
    roles = {Role.VOLUNTEER: _("volunteer"), Role.COORDINATOR: _("coordinator"), Role.ADMIN: _("admin")}
    return _("%(name)s, %(role)s", name=user.name, role=roles[Role(user.role)])


def earned_name(line: Line) -> str:
    """The badge, or the achievement where there is none."""
    return translated(line.badge.badge.name if line.badge is not None else line.completion.achievement.name)


def earning(line: Line) -> str:
    """'Week Streak: 75 for the achievement, 25 for the medal'."""
    if line.completion is None:
        reason = translated(line.badge.earned_reason)
        return " ".join(part for part in (reason, signature(line.by) if line.by else "") if part)
    name, reward = translated(line.completion.achievement.name), line.points - line.badge_points
    if line.badge is None:
        return _("Achievement") if line.completion.nth == 1 else _("Achievement, earned again")
    if not reward:
        return _("%(name)s: %(medal)s for the medal", name=name, medal=line.badge_points)
    parts = {"reward": words.number(reward), "medal": words.number(line.badge_points)}
    return _("%(name)s: %(reward)s for the achievement, %(medal)s for the medal", name=name, **parts)


def lost(line: Line) -> str:
    """Why something earned was taken back."""
    badge = line.badge
    if badge is not None and badge.revoked_by_id is not None and badge.revoked_reason:
        return _("Taken back: %(reason)s", reason=translated(badge.revoked_reason))
    return _("Taken back: after a correction it is not reached any more")
