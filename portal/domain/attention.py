"""Whom a coordinator might look at this week: who is nearly there, and who has not been thanked for long."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import joinedload

from portal.database import from_units, units
from portal.domain.achievements import Achievement, AchievementType, VolunteerAchievement
from portal.domain.activities import Activity, ActivityStatus, EventType
from portal.domain.aims import Aim
from portal.domain.badges import VolunteerBadge
from portal.domain.points import Award, VolunteerPoints
from portal.domain.volunteers import Status, Volunteer
from portal.extensions import db

NEARLY = 75
"""Percent of the way from which somebody is nearly there."""
LATELY = timedelta(days=45)
UNTHANKED = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Close:
    """Somebody, what they have nearly reached, and the days in a row that they are in."""

    volunteer: Volunteer
    aim: Aim
    run: int


def nearly_there(now: datetime, today: date, limit: int = 3) -> list[Close]:
    """Those who are closest to completing something they moved lately, each with what is closest; one query."""
    found: dict[int, Close] = {}
    for one, volunteer, achievement, run in db.session.execute(_closest(now, today).limit(limit * 8)):
        value, times = one.current_progress, one.times_completed
        aim = Aim(achievement, value, one.target_progress, times, one.completed_at, achievement.badge, times > 0)
        found.setdefault(volunteer.id, Close(volunteer, aim, run))
    return list(found.values())[:limit]


def _closest(now: datetime, today: date):
    """Progress that is nearly complete, the closest first. A run of days counts only while it is going on."""
    one, balance = VolunteerAchievement, VolunteerPoints
    current, target = units(one.current_progress), units(one.target_progress)
    goes_on = and_(current == balance.current_streak_days * 100, balance.streak_until >= today)
    return (
        select(one, Volunteer, Achievement, balance.current_streak_days)
        .join(Volunteer, Volunteer.id == one.volunteer_id)
        .join(balance, balance.volunteer_id == one.volunteer_id)
        .join(Achievement, Achievement.id == one.achievement_id)
        .options(joinedload(Achievement.badge))
        .where(Volunteer.status == Status.ACTIVE, Achievement.is_active, Achievement.tracks_progress)
        .where(or_(one.is_completed.is_(False), Achievement.is_repeatable))
        .where(current < target, current * 100 >= target * NEARLY, one.last_progress_at >= now - LATELY)
        .where(Achievement.achievement_type != AchievementType.CUSTOM)
        .where(or_(Achievement.achievement_type != AchievementType.CONSECUTIVE_DAYS, goes_on))
        .order_by((current * 10_000 / target).desc(), one.last_progress_at.desc(), one.id)
    )


def not_thanked(now: datetime, today: date, limit: int = 3) -> list[tuple[Volunteer, Decimal]]:
    """Who gave most hours in the last 90 days without a word of thanks: no points and no badge by hand. One query."""
    since = now - UNTHANKED
    given = exists().where(Award.volunteer_id == Volunteer.id, Award.points > 0, Award.created_at >= since)
    badge = exists().where(
        VolunteerBadge.volunteer_id == Volunteer.id,
        VolunteerBadge.awarded_by_id.is_not(None),
        VolunteerBadge.created_at >= since,
    )
    hours = func.sum(units(Activity.quantity))
    query = (
        select(Volunteer, hours)
        .join(Activity, Activity.volunteer_id == Volunteer.id)
        .where(Activity.event_type == EventType.HOURS_LOGGED, Activity.status == ActivityStatus.COUNTED)
        .where(Activity.occurred_on > today - UNTHANKED)
        .where(Volunteer.status == Status.ACTIVE, ~given, ~badge)
        .group_by(Volunteer.id)
        .order_by(hours.desc(), Volunteer.id)
        .limit(limit)
    )
    return [(volunteer, from_units(int(sum_), 2)) for volunteer, sum_ in db.session.execute(query)]
