"""What somebody did and has, handed over to another entry of the same person: with its dates, and in the ledger of the
other, while their own ledger is closed by opposite rows (docs/rules.md, section 1).

Both are locked, and nothing of theirs waits. Each function returns the ids of what went over.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from portal.database import among
from portal.domain import colliding, points, recognition
from portal.domain.achievements import Completion
from portal.domain.activities import Activity, ActivityStatus
from portal.domain.badges import VolunteerBadge
from portal.domain.points import Award, PointsHistory
from portal.domain.volunteers import Volunteer
from portal.extensions import change_many, db


def completions(other: Volunteer, into: Volunteer, *, now: datetime) -> list[int]:
    """What was completed; the later of two that are the same falls with its reward, and leaves its badge to the one
    that stands. Of repeatable ones the other's come after those that are there."""
    ids, own, theirs = ids_of(Completion, other), live_of(into), live_of(other)
    pairs = colliding.completions(own, theirs)
    for stands, falls in pairs:
        falls.reversed_at, falls.reversed_reason = now, "Completed before."
        held = update(VolunteerBadge).where(VolunteerBadge.completion_id == falls.id)
        change_many(held.values(completion_id=stands.id))
    db.session.flush()
    fallen = {falls.id for _stands, falls in pairs}
    book_over("completion_id", ids, fallen, other, into, now)
    times = {one.achievement_id: one.nth for one in own}  # the last of each: they come in order
    for one in theirs:
        if one.achievement.is_repeatable:
            one.nth = times[one.achievement_id] = times.get(one.achievement_id, 0) + 1
            one.volunteer_id = into.id
    db.session.flush()
    return taken(Completion, ids, into)


def badges(other: Volunteer, into: Volunteer, *, now: datetime) -> list[int]:
    """Badges, those that were taken back too; of two that are the same the later falls with its points, and leaves its
    place in the showcase to the other. What was taken back by hand from either does not come back this way."""
    ids, barred = ids_of(VolunteerBadge, other), colliding.barred([into, other])
    for one in barred:
        let_fall(one, "It was taken back before.", now)
    db.session.flush()
    own, theirs = held_by(into), held_by(other)
    for one in theirs:
        one.is_showcased, one.showcase_position = False, None
    pairs = colliding.badges(own, theirs)
    for stands, falls in pairs:
        if falls.is_showcased:
            stands.is_showcased, stands.showcase_position = True, falls.showcase_position
        let_fall(falls, "Held before.", now)
    db.session.flush()
    fallen = {one.id for one in (*barred, *(falls for _stands, falls in pairs))}
    book_over("volunteer_badge_id", ids, fallen, other, into, now)
    return taken(VolunteerBadge, ids, into)


def let_fall(badge: VolunteerBadge, reason: str, now: datetime) -> None:
    """A badge is held no more."""
    badge.revoked_at, badge.revoked_reason = now, reason
    badge.is_showcased, badge.showcase_position = False, None


def awards(other: Volunteer, into: Volunteer, *, now: datetime) -> list[int]:
    """Points given by hand."""
    ids = ids_of(Award, other)
    book_over("award_id", ids, (), other, into, now)
    return taken(Award, ids, into)


def activities(other: Volunteer, into: Volunteer, *, now: datetime) -> list[int]:
    """What was done. It leaves the one ledger as if it were reversed, and waits to be counted for the other."""
    ids, counts = ids_of(Activity, other), Activity.status == ActivityStatus.COUNTED
    counted = list(db.session.scalars(select(Activity.id).where(Activity.volunteer_id == other.id, counts)))
    change_many(update(Activity).where(among(Activity.id, counted)).values(status=ActivityStatus.REVERSED.value))
    recognition.settle([other.id], now=now, quiet=True)
    change_many(update(Activity).where(among(Activity.id, counted)).values(status=ActivityStatus.PENDING.value))
    return taken(Activity, ids, into)


def book_over(
    cause: str, ids: Iterable[int], fallen: Collection[int], other: Volunteer, into: Volunteer, now: datetime
) -> None:
    """Books what these causes brought: opposite rows for what falls, the same for the one for what stands."""
    row, column, balance = PointsHistory, getattr(PointsHistory, cause), points.balance_of(into.id)
    own, theirs = row.volunteer_id == into.id, row.volunteer_id == other.id
    stands = points.standing(cause)
    points.repeat(stands & own & among(column, fallen), balance, undoes=True, now=now)
    points.repeat(stands & theirs & among(column, set(ids) - set(fallen)), balance, undoes=False, now=now)
    points.repeat(stands & theirs, points.balance_of(other.id), undoes=True, now=now)


def ids_of(model: type, volunteer: Volunteer) -> list[int]:
    """The ids of all rows of a volunteer."""
    return list(db.session.scalars(select(model.id).where(model.volunteer_id == volunteer.id).order_by(model.id)))


def taken(model: type, ids: list[int], into: Volunteer) -> list[int]:
    """Writes rows over to another volunteer."""
    change_many(update(model).where(among(model.id, ids)).values(volunteer_id=into.id))
    return ids


def live_of(volunteer: Volunteer) -> list[Completion]:
    """Live completions with their achievements, in order of nth."""
    query = select(Completion).where(Completion.volunteer_id == volunteer.id, Completion.reversed_at.is_(None))
    return list(db.session.scalars(query.options(joinedload(Completion.achievement)).order_by(Completion.nth)))


def held_by(volunteer: Volunteer) -> list[VolunteerBadge]:
    """Badges that are held."""
    query = select(VolunteerBadge).where(VolunteerBadge.volunteer_id == volunteer.id)
    return list(db.session.scalars(query.where(VolunteerBadge.revoked_at.is_(None)).order_by(VolunteerBadge.id)))
