"""Hours that volunteers logged themselves: confirmed, turned down, or changed or taken back by their owner before they
count."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import Select, func, or_, select, tuple_
from sqlalchemy.orm import aliased, contains_eager, joinedload

from portal.database import among, from_units, units
from portal.domain import audit, directory, notifications, points, recording
from portal.domain.accounts import User
from portal.domain.activities import Activity, ActivityStatus, EventType
from portal.domain.judging import Rejected
from portal.domain.notifications import News
from portal.domain.refusals import FieldRefused, NotPossible
from portal.domain.submissions import Submission
from portal.domain.teams import TeamMember
from portal.domain.volunteers import Volunteer
from portal.extensions import db

USUAL_AFTER = 5
"""Activities after which somebody's usual hours are known."""
UNUSUAL = 3
"""Times the usual hours that are worth a second look."""


@dataclass(slots=True)
class Doubt:
    """What speaks for a second look: hours of that day from other sources, and what is usual for this volunteer."""

    elsewhere: Decimal = Decimal(0)
    source: str = ""
    usual: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of the hours that wait one wants to see: by words in the name or in what it was, and by team."""

    text: str = ""
    team_id: int | None = None

    def narrows(self, query: Select) -> Select:
        """A query of waiting activities, with these only."""
        if self.text.strip():
            whose = select(Volunteer.id).where(directory.matching(self.text))
            what = Activity.reference_name.ilike(f"%{directory.escaped(self.text.strip())}%", escape="\\")
            query = query.where(or_(Activity.volunteer_id.in_(whose), what))
        if self.team_id is not None:
            members = select(TeamMember.volunteer_id).where(TeamMember.team_id == self.team_id)
            query = query.where(Activity.volunteer_id.in_(members))
        return query


ALL = Wanted()


def waiting(limit: int = 200, *, wanted: Wanted = ALL, after: Activity | None = None) -> list[Activity]:
    """Hours that wait for review, the oldest first, with their volunteers; those behind `after`, if it is given."""
    query = (
        wanted.narrows(select(Activity).where(Activity.status == ActivityStatus.AWAITING_REVIEW))
        .options(joinedload(Activity.volunteer))
        .order_by(Activity.recorded_at, Activity.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(Activity.recorded_at, Activity.id) > tuple_(after.recorded_at, after.id))
    return list(db.session.scalars(query))


def how_much_waits(wanted: Wanted = ALL) -> tuple[int, Decimal]:
    """How many activities wait for review, and how many hours that is."""
    query = select(func.count(), func.coalesce(func.sum(units(Activity.quantity)), 0))
    query = wanted.narrows(query.where(Activity.status == ActivityStatus.AWAITING_REVIEW))
    number, hundredths = db.session.execute(query).one()
    return number, from_units(int(hundredths), 2)


def chosen(ids: Iterable[int]) -> list[Activity]:
    """These activities with their volunteers, by volunteer and id; ids that nothing has are left out."""
    query = (
        select(Activity)
        .join(Volunteer, Volunteer.id == Activity.volunteer_id)
        .options(contains_eager(Activity.volunteer))
        .where(among(Activity.id, ids))
        .order_by(Activity.volunteer_id, Activity.id)
    )
    return list(db.session.scalars(query))


def doubts(activities: Sequence[Activity]) -> dict[int, Doubt]:
    """What speaks for a second look at these hours, by activity, in two queries; nothing for most of them."""
    found: dict[int, Doubt] = {}
    for activity_id, source, hundredths in db.session.execute(_elsewhere(activities)):
        doubt = found.setdefault(activity_id, Doubt(source=source))
        doubt.elsewhere += from_units(int(hundredths), 2)
    usual = {who: from_units(int(sum_), 2) / number for who, number, sum_ in db.session.execute(_usual(activities))}
    for one in activities:
        mean = usual.get(one.volunteer_id)
        if mean is not None and one.quantity >= UNUSUAL * mean:
            found.setdefault(one.id, Doubt()).usual = mean
    return found


def _elsewhere(activities: Sequence[Activity]):
    other = aliased(Activity)
    return (
        select(Activity.id, other.source, func.sum(units(other.quantity)))
        .join(other, (other.volunteer_id == Activity.volunteer_id) & (other.occurred_on == Activity.occurred_on))
        .where(among(Activity.id, [one.id for one in activities]))
        .where(Activity.event_type == EventType.HOURS_LOGGED, other.event_type == EventType.HOURS_LOGGED)
        .where(other.source != Activity.source, other.status.not_in(("reversed", "rejected")))
        .group_by(Activity.id, other.source)
        .order_by(Activity.id, other.source)
    )


def _usual(activities: Sequence[Activity]):
    return (
        select(Activity.volunteer_id, func.count(), func.sum(units(Activity.quantity)))
        .where(among(Activity.volunteer_id, {one.volunteer_id for one in activities}))
        .where(Activity.event_type == EventType.HOURS_LOGGED, Activity.status == ActivityStatus.COUNTED)
        .group_by(Activity.volunteer_id)
        .having(func.count() >= USUAL_AFTER)
    )


def lock_all(activities: Sequence[Activity]) -> None:
    """Locks everybody whom these activities are of at once, in order of id: two who decide don't block each other."""
    points.lock({one.volunteer_id for one in activities})


def confirm(activity: Activity, *, by: User, now: datetime) -> None:
    """Lets hours count. Raises NotPossible for one's own, and for what somebody else decided meanwhile."""
    decide(activity, ActivityStatus.PENDING, by=by, now=now)
    notifications.tell_one(activity.volunteer_id, News.HOURS_CONFIRMED, f"review:{activity.id}", about(activity), now)


def confirm_changed(activity: Activity, other: Submission, *, by: User, reason: str, source: str, now: datetime) -> int:
    """Lets other hours count in place of those that somebody logged, with a reason that they read; the other's id.

    What was logged is turned down, the other recorded, in one step. Raises NotPossible as `confirm` does, FieldRefused
    if the other does not stand; the caller then rolls back.
    """
    decide(activity, ActivityStatus.REJECTED, by=by, now=now)
    activity.reason = reason
    db.session.flush()
    (verdict,) = recording.record([other], source=source, now=now, by=by)
    if isinstance(verdict, Rejected):
        raise FieldRefused(verdict.field, verdict.reason)
    facts = {"activity_id": verdict.activity_id, "logged_activity_id": activity.id}
    notifications.tell_one(activity.volunteer_id, News.HOURS_CONFIRMED, f"review:{activity.id}", facts, now)
    return verdict.activity_id or 0


def turn_down(activity: Activity, *, by: User, reason: str, now: datetime) -> None:
    """Refuses hours with a reason that the volunteer sees. Raises NotPossible as `confirm` does."""
    decide(activity, ActivityStatus.REJECTED, by=by, now=now)
    activity.reason = reason
    db.session.flush()
    kind = News.HOURS_TURNED_DOWN
    notifications.tell_one(activity.volunteer_id, kind, f"review:{activity.id}", about(activity), now)


def decide(activity: Activity, status: ActivityStatus, *, by: User, now: datetime) -> None:
    """Takes the decision under the volunteer's lock, and writes it down."""
    points.lock_owner(activity)
    if by.volunteer_id == activity.volunteer_id:
        raise NotPossible(_("Somebody else has to look at your own hours."))
    if activity.status != ActivityStatus.AWAITING_REVIEW:
        raise NotPossible(_("Somebody else has decided about these hours already."))
    activity.status, activity.reviewed_by_id, activity.reviewed_at = status, by.id, now
    before, after = {"status": "awaiting_review"}, {"status": status.value}
    audit.note("review", activity, at=now, by=by, before=before, after=after)
    db.session.flush()


def withdraw(activity: Activity, *, by: User, now: datetime) -> None:
    """Takes back what its owner logged. Raises NotPossible once it counts, or where it was decided about meanwhile."""
    points.lock_owner(activity)
    if activity.status == ActivityStatus.REJECTED:
        raise NotPossible(_("This does not wait any more: it was withdrawn, changed or turned down meanwhile."))
    if activity.status not in (ActivityStatus.AWAITING_REVIEW, ActivityStatus.PENDING):
        raise NotPossible(_("This counts already; a coordinator can correct it."))
    activity.status, activity.reviewed_by_id, activity.reviewed_at = ActivityStatus.REJECTED, by.id, now
    db.session.flush()


def change(activity: Activity, other: Submission, *, by: User, source: str, now: datetime) -> int:
    """Takes back what its owner logged and records the other in its place, in one step; the other's id. Done again
    with the same id of the other's, it is answered with what was done.

    Raises NotPossible as `withdraw` does, FieldRefused if the other does not stand; the caller then rolls back.
    """
    points.lock_owner(activity)
    if activity.source != source:
        raise NotPossible(_("Somebody else wrote this down; a coordinator can correct it."))
    status = ActivityStatus(activity.status)
    if not recording.is_known(source, other.external_id):
        withdraw(activity, by=by, now=now)
    (verdict,) = recording.record([other], source=source, now=now, by=by, status=status)
    if isinstance(verdict, Rejected):
        raise FieldRefused(verdict.field, verdict.reason)
    return verdict.activity_id or 0


def about(activity: Activity) -> dict:
    """What news of an activity points to."""
    return {"activity_id": activity.id}
