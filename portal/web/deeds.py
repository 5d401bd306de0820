"""Activities in words, for coordinators: how far one has come, what it brought, who recorded and decided what."""

from dataclasses import dataclass
from datetime import date, datetime

from flask import url_for
from flask_babel import gettext as _
from flask_login import current_user

from portal.domain import dossier, points
from portal.domain.accounts import User
from portal.domain.activities import Activity, ActivityStatus, Batch
from portal.domain.dossier import Deed
from portal.extensions import db
from portal.web import explanations, words
from portal.web.choosing import person
from portal.web.starter_words import translated


@dataclass(frozen=True, slots=True)
class Done:
    """An activity in the list of what somebody did."""

    when: str
    date: str
    what: str
    how_much: str
    who: str
    status: str
    counts: bool
    url: str
    undo_url: str | None


def outcome(activity: Activity, today: date) -> dict:
    """What activities/_outcome.html is given."""
    counted = activity.status == ActivityStatus.COUNTED
    lines = dossier.brought(activity) if counted else []
    change = sum(line.points or 0 for line in lines)
    return {
        "url": url_for("activities.show", activity_id=activity.id),
        "pending": activity.status == ActivityStatus.PENDING,
        "counted": counted,
        "status": status_words(activity),
        "reason": translated(activity.reason),
        "lines": explanations.tell(lines, today, desk=True),
        "change": change,
        "total": words.number(points.balance_of(activity.volunteer_id).total_points) if counted else None,
        "announcement": _("Counted. %(points)s.", points=words.points(change)) if counted else None,
    }


def about(activity: Activity, now: datetime) -> dict:
    """What else there is to say of an activity."""
    one, today = activity.volunteer, words.my_today(now)
    batch = db.session.get(Batch, activity.batch_id) if activity.batch_id else None
    mine = activity.volunteer_id == current_user.volunteer_id
    undo = activity.status == ActivityStatus.COUNTED and not mine
    return {
        "person": person(one),
        "line": done(Deed(activity, activity.recorded_by, batch), today),
        "facts": facts(activity, batch),
        "undo_url": url_for("reversals.new", activity_id=activity.id) if undo else None,
        "correct_url": url_for("corrections.new", activity_id=activity.id) if undo else None,
        "again_url": url_for("activities.new"),
    }


def facts(activity: Activity, batch: Batch | None) -> list[tuple[str, str]]:
    """What was recorded, by whom, and who decided what."""
    deed = Deed(activity, activity.recorded_by, batch)
    known = [
        (_("Recorded"), words.listed((recorder(deed), moment(activity.recorded_at)))),
        (_("Reviewed"), decided(activity.reviewed_by_id, activity.reviewed_at)),
        (_("Reversed"), decided(activity.reversed_by_id, activity.reversed_at)),
        (_("Number or e-mail of it"), activity.reference_id),
        (_("Tags"), words.listed(activity.tags or [])),
        (_("Worth remembering"), activity.description),
    ]
    return [(label, value) for label, value in known if value]


def decided(user_id: int | None, at: datetime | None) -> str:
    """'by Grace Moreau, 20 May 2026, 14:05'; empty where nobody did."""
    user = db.session.get(User, user_id) if user_id else None
    return _("by %(name)s, %(at)s", name=user.name, at=moment(at)) if user and at else ""


def moment(at: datetime) -> str:
    """'20 May 2026, 14:05'."""
    return words.listed((words.long_day(words.local_date(at)), words.clock(at, words.my_zone())))


def done(deed: Deed, today: date) -> Done:
    """An activity in a line."""
    activity = deed.activity
    counts = activity.status == ActivityStatus.COUNTED
    undo = counts and activity.volunteer_id != current_user.volunteer_id
    return Done(
        when=words.near_day(activity.occurred_on, today),
        date=activity.occurred_on.isoformat(),
        what=explanations.name_of(activity),
        how_much=explanations.measure(activity),
        who=recorder(deed),
        status=status_words(activity),
        counts=counts,
        url=url_for("activities.show", activity_id=activity.id),
        undo_url=url_for("reversals.new", activity_id=activity.id) if undo else None,
    )


def recorder(deed: Deed) -> str:
    """Who recorded an activity: a person, a file, or another system."""
    if deed.by is not None:
        return _("by %(name)s", name=deed.by.name or _("a former volunteer"))
    if deed.batch is not None and deed.batch.name:
        return _("from %(file)s", file=deed.batch.name)
    return _("from %(source)s", source=deed.activity.source)


def status_words(activity: Activity) -> str:
    """How far an activity has come."""
    return {
        ActivityStatus.AWAITING_REVIEW: _("Waits for review"),
        ActivityStatus.PENDING: _("Being counted"),
        ActivityStatus.COUNTED: _("Counted"),
        ActivityStatus.REVERSED: _("Reversed"),
        ActivityStatus.REJECTED: _("Turned down") if activity.reason else _("Withdrawn"),
    }[ActivityStatus(activity.status)]
