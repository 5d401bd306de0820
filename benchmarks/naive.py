"""The naive way of recognition, to compare with: one activity, one ORM transaction, every achievement looked at.

It is written as one would write it first, with the models and rules of the portal and its indexes, and books the same
points, completions and badges. It leaves out what makes it safe: locks, fingerprints, references, days over 24 hours.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import func, select

from portal.domain import points
from portal.domain.achievements import Achievement, Completion, VolunteerAchievement
from portal.domain.achievements.kinds import kind_of
from portal.domain.activities import Activity, ActivityStatus
from portal.domain.badges import VolunteerBadge
from portal.domain.points import PointRule, PointsEventType, VolunteerPoints
from portal.domain.streaks import run_lengths, streak
from portal.domain.volunteers import Volunteer
from portal.extensions import db

TYPES = {
    "projects_required": "project_completed",
    "tasks_required": "task_completed",
    "trainings_required": "training_completed",
    "skills_required": "skill_certified",
    "volunteers_required": "volunteer_referred",
}


def take(row: Mapping[str, str], now: datetime) -> None:
    """Records one row of a file, counts it and commits."""
    volunteer, balance = find_or_make(row, now)
    seen = select(Activity).where(Activity.source == "csv", Activity.external_id == row["external_id"])
    if db.session.scalar(seen) is None:
        activity = record(row, volunteer, now)
        pay(balance, price_of_day(activity), activity.event_type, activity, now, activity_id=activity.id)
        bring_up_to_date(balance)
        for achievement in db.session.scalars(select(Achievement).order_by(Achievement.id)):
            look_at(achievement, balance, activity, now)
    db.session.commit()


def find_or_make(row: Mapping[str, str], now: datetime) -> tuple[Volunteer, VolunteerPoints]:
    """The volunteer with this e-mail and their balance, new ones if there is none."""
    volunteer = db.session.scalar(select(Volunteer).where(Volunteer.email == row["volunteer_email"]))
    if volunteer is not None:
        return volunteer, db.session.scalars(select(VolunteerPoints).filter_by(volunteer_id=volunteer.id)).one()
    volunteer = Volunteer(name=row["volunteer_name"], email=row["volunteer_email"], time_zone="UTC", joined_at=now)
    balance = VolunteerPoints(
        volunteer=volunteer,
        **dict.fromkeys(("total_points", "current_points", "total_projects"), 0),
        **dict.fromkeys(("current_streak_days", "longest_streak_days"), 0),
        total_hours=Decimal(0),
        updated_at=now,
    )
    db.session.add_all((volunteer, balance))
    db.session.flush()
    return volunteer, balance


def record(row: Mapping[str, str], volunteer: Volunteer, now: datetime) -> Activity:
    """A row as an activity that counts."""
    rule = db.session.get_one(PointRule, row["event_type"])
    quantity = Decimal(row["quantity"])
    occurred_at = datetime.fromisoformat(row["occurred_at"]).astimezone(UTC)
    activity = Activity(
        volunteer=volunteer,
        event_type=row["event_type"],
        quantity=quantity,
        occurred_at=occurred_at,
        occurred_on=occurred_at.astimezone(volunteer.zone).date(),
        reference_type="",
        certified=True,
        source="csv",
        external_id=row["external_id"],
        content_hash=hashlib.sha256(repr(row).encode()).digest(),
        exact=rule.price(quantity),
        day_cap=rule.daily_cap,
        status=ActivityStatus.COUNTED,
        booked=True,
        recorded_at=now,
        counted_at=now,
    )
    db.session.add(activity)
    db.session.flush()
    return activity


def price_of_day(activity: Activity) -> int:
    """What this activity adds to its day, in points."""
    same_day = select(Activity).where(
        *(Activity.volunteer_id == activity.volunteer_id, Activity.event_type == activity.event_type),
        *(Activity.occurred_on == activity.occurred_on, Activity.status == ActivityStatus.COUNTED),
    )
    day = list(db.session.scalars(same_day))
    return points_of(day) - points_of([one for one in day if one is not activity])


def points_of(day: list[Activity]) -> int:
    """What a day pays: the floor of the sum, within the greatest cap."""
    exact, caps = sum(one.exact for one in day), [one.day_cap for one in day]
    return int(min(exact, max(caps)) if caps and None not in caps else exact)


def pay(balance: VolunteerPoints, change: int, event_type: str, what, now: datetime, **cause: int) -> None:
    """Adds a row to the ledger, unless it would be for nothing. `what` has the dates."""
    if change:
        at, on = dates_of(what)
        points.post(balance, change, event_type=PointsEventType(event_type), effective=(at, on), now=now, **cause)


def dates_of(what) -> tuple:
    """When an activity happened, or a completion was reached."""
    if isinstance(what, Activity):
        return what.occurred_at, what.occurred_on
    return what.completed_at, what.completed_on


def bring_up_to_date(balance: VolunteerPoints) -> None:
    """Hours, projects and streak anew from all that counts."""
    hours, projects = total(balance, "hours_logged"), number(balance, "project_completed")
    runs = streak(days(balance))
    balance.total_hours, balance.total_projects = hours, projects
    balance.current_streak_days, balance.longest_streak_days = runs.last, runs.longest
    balance.last_activity_date = runs.last_day


def total(balance: VolunteerPoints, event_type: str) -> Decimal:
    """The sum of quantities of a type."""
    query = select(func.sum(Activity.quantity)).where(*theirs(balance), Activity.event_type == event_type)
    return db.session.scalar(query) or Decimal(0)


def number(balance: VolunteerPoints, event_type: str) -> int:
    """How many activities there are of a type."""
    query = select(func.count()).select_from(Activity).where(*theirs(balance), Activity.event_type == event_type)
    return db.session.scalar(query) or 0


def days(balance: VolunteerPoints) -> list:
    """The distinct dates, ascending."""
    query = select(Activity.occurred_on).where(*theirs(balance)).distinct().order_by(Activity.occurred_on)
    return list(db.session.scalars(query))


def theirs(balance: VolunteerPoints) -> tuple:
    """What counts of a volunteer's activities."""
    return (Activity.volunteer_id == balance.volunteer_id, Activity.status == ActivityStatus.COUNTED)


def value_of(achievement: Achievement, balance: VolunteerPoints) -> Decimal:
    """How far the volunteer has come with it."""
    (key,) = (key for key in achievement.criteria if key != "certified")
    if key == "hours_required":
        return total(balance, "hours_logged")
    if key == "days_required":
        return Decimal(max(run_lengths(days(balance))))
    return Decimal(number(balance, TYPES[key])) if key in TYPES else Decimal(0)


def look_at(achievement: Achievement, balance: VolunteerPoints, activity: Activity, now: datetime) -> None:
    """Brings the progress with one achievement up to date, and completes it if that is reached now."""
    value = value_of(achievement, balance)
    if not value:
        return
    target = Decimal(kind_of(achievement).target(achievement.criteria)) / 100
    key = {"volunteer_id": balance.volunteer_id, "achievement_id": achievement.id}
    progress = db.session.scalar(select(VolunteerAchievement).filter_by(**key))
    if progress is None:
        progress = VolunteerAchievement(**key, times_completed=0, started_at=activity.occurred_at, is_completed=False)
        db.session.add(progress)
    progress.current_progress, progress.target_progress = min(value, target), target
    progress.last_progress_at = activity.occurred_at
    if value >= target and not progress.is_completed:
        progress.is_completed, progress.times_completed, progress.completed_at = True, 1, activity.occurred_at
        complete(achievement, balance, activity, now)
    db.session.flush()


def complete(achievement: Achievement, balance: VolunteerPoints, activity: Activity, now: datetime) -> None:
    """A completion with its reward and its badge."""
    completion = Completion(
        volunteer_id=balance.volunteer_id,
        achievement_id=achievement.id,
        nth=1,
        criteria=achievement.criteria,
        target=Decimal(kind_of(achievement).target(achievement.criteria)) / 100,
        completed_at=activity.occurred_at,
        completed_on=activity.occurred_on,
        activity_id=activity.id,
        created_at=now,
    )
    db.session.add(completion)
    db.session.flush()
    pay(balance, achievement.points_reward, "achievement_earned", completion, now, completion_id=completion.id)
    if achievement.badge is not None and not holds(balance, achievement.badge_id):
        give(achievement, completion, balance, now)


def holds(balance: VolunteerPoints, badge_id: int) -> bool:
    """Whether the volunteer holds a badge."""
    key = {"volunteer_id": balance.volunteer_id, "badge_id": badge_id, "revoked_at": None}
    return db.session.scalar(select(VolunteerBadge).filter_by(**key)) is not None


def give(achievement: Achievement, completion: Completion, balance: VolunteerPoints, now: datetime) -> None:
    """The badge of a completion, and its points."""
    held = VolunteerBadge(
        volunteer_id=balance.volunteer_id,
        badge_id=achievement.badge_id,
        earned_at=completion.completed_at,
        completion_id=completion.id,
        created_at=now,
    )
    db.session.add(held)
    db.session.flush()
    pay(balance, achievement.badge.points_value, "badge_earned", completion, now, volunteer_badge_id=held.id)
