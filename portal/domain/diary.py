"""What a volunteer did, day by day: for their calendar, their weeks in a row, and what they write down next."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import case, func, select

from portal.database import from_units, units
from portal.domain import streaks
from portal.domain.activities import Activity, ActivityStatus, EventType
from portal.extensions import db

COUNTED = Activity.status == ActivityStatus.COUNTED


@dataclass(frozen=True, slots=True)
class Day:
    """A date on which something counted: hours, and how many activities in all."""

    on: date
    hours: Decimal
    activities: int


def days_since(volunteer_id: int, first: date) -> list[Day]:
    """The days with something that counted, from `first` on, in order."""
    hours = case((Activity.event_type == EventType.HOURS_LOGGED, units(Activity.quantity)), else_=0)
    query = (
        select(Activity.occurred_on, func.sum(hours), func.count())
        .where(Activity.volunteer_id == volunteer_id, COUNTED, Activity.occurred_on >= first)
        .group_by(Activity.occurred_on)
        .order_by(Activity.occurred_on)
    )
    return [Day(on, from_units(int(sum_), 2), number) for on, sum_, number in db.session.execute(query)]


def weeks_in_a_row(
    volunteer_id: int, days: Sequence[Day], first: date, today: date, paused: Collection[date] = streaks.NEVER
) -> int:
    """Weeks in a row up to now. `days` are those since `first`; only a run that is longer looks further back."""
    weeks = streaks.weeks_in_a_row([day.on for day in days], today, paused)
    if today - (weeks + len(streaks.weeks(paused)) + 1) * streaks.WEEK > first:
        return weeks
    query = select(Activity.occurred_on).where(Activity.volunteer_id == volunteer_id, COUNTED).distinct()
    return streaks.weeks_in_a_row(db.session.scalars(query), today, paused)


def recent_names(volunteer_id: int, limit: int = 8) -> list[str]:
    """What this volunteer's hours were about lately, the latest first."""
    query = (
        select(Activity.reference_name)
        .where(Activity.volunteer_id == volunteer_id, Activity.event_type == EventType.HOURS_LOGGED)
        .where(Activity.reference_name.is_not(None))
        .group_by(Activity.reference_name)
        .order_by(func.max(Activity.occurred_at).desc())
        .limit(limit)
    )
    return [name for name in db.session.scalars(query) if name]


def own(volunteer_id: int | None, activity_id: int) -> Activity | None:
    """One of a volunteer's own activities, as it is now."""
    query = select(Activity).where(Activity.id == activity_id, Activity.volunteer_id == volunteer_id)
    return db.session.scalar(query.execution_options(populate_existing=True))
