"""What coordinators did for several people in one step: looked at again, and taken as a start for the next time."""

from dataclasses import dataclass

from sqlalchemy import exists, select

from portal.domain.achievements import Achievement, BatchCompletion, Completion
from portal.domain.activities import Activity, Batch, BatchKind
from portal.domain.badges import Badge, BatchBadge, VolunteerBadge
from portal.domain.points import Award
from portal.domain.volunteers import Status, Volunteer
from portal.extensions import db


@dataclass(frozen=True, slots=True)
class Given:
    """What each of a group was recorded for or given; one of these. Points come with a badge or an achievement."""

    activity: Activity | None = None
    award: Award | None = None
    badge: Badge | None = None
    achievement: Achievement | None = None


def recorded_lately(limit: int = 6) -> list[Batch]:
    """Groups for whom an activity was recorded, the newest first."""
    has_activity = exists().where(Activity.batch_id == Batch.id)
    query = select(Batch).where(Batch.kind == BatchKind.GROUP, has_activity)
    return list(db.session.scalars(query.order_by(Batch.id.desc()).limit(limit)))


def given(batch: Batch) -> Given:
    """What each of a group was recorded for or given: of several the first, since all of them are alike."""
    if activity := first(select(Activity).where(Activity.batch_id == batch.id).order_by(Activity.id)):
        return Given(activity=activity)
    if award := first(select(Award).where(Award.batch_id == batch.id).order_by(Award.id)):
        return Given(award=award)
    badge = select(Badge).join(VolunteerBadge, VolunteerBadge.badge_id == Badge.id)
    badge = badge.join(BatchBadge, BatchBadge.volunteer_badge_id == VolunteerBadge.id)
    if found := first(badge.where(BatchBadge.batch_id == batch.id).order_by(VolunteerBadge.id)):
        return Given(badge=found)
    achievement = select(Achievement).join(Completion, Completion.achievement_id == Achievement.id)
    achievement = achievement.join(BatchCompletion, BatchCompletion.completion_id == Completion.id)
    return Given(achievement=first(achievement.where(BatchCompletion.batch_id == batch.id).order_by(Completion.id)))


def first(query):
    """The first row of a query; None if there is none."""
    return db.session.scalar(query.limit(1))


def active_in(batch: Batch, limit: int) -> list[Volunteer]:
    """For whom an activity was recorded with a group, by name: those who are active."""
    was_there = exists().where(Activity.batch_id == batch.id, Activity.volunteer_id == Volunteer.id)
    query = select(Volunteer).where(was_there, Volunteer.status == Status.ACTIVE)
    return list(db.session.scalars(query.order_by(Volunteer.name, Volunteer.id).limit(limit)))
