"""What a volunteer did, day by day: for their calendar, their weeks in a row, and what they write down next."""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import BigInteger, bindparam, case, func, select

from portal.database import from_units, units
from portal.domain import streaks
from portal.domain.activities import Activity, ActivityStatus, EventType
from portal.extensions import db, rows

COUNTED = Activity.status == ActivityStatus.COUNTED


class Day(NamedTuple):
    """A date on which something counted: hours, and how many activities in all."""

    on: date
    hours: Decimal
    activities: int


did = Activity.__table__.c
DAYS = (
    select(
        did.occurred_on,
        func.sum(case((did.event_type == EventType.HOURS_LOGGED, units(did.quantity)), else_=0)),
        func.count(),
    )
    .where(did.volunteer_id == bindparam("whose", type_=BigInteger), did.status == ActivityStatus.COUNTED)
    .where(did.occurred_on >= bindparam("first"))
    .group_by(did.occurred_on)
    .order_by(did.occurred_on)
)


def days_since(volunteer_id: int, first: date) -> list[Day]:
    """The days with something that counted, from `first` on, in order."""
    found = rows(DAYS, whose=volunteer_id, first=first)
    return [Day(on, from_units(int(hours), 2), number) for on, hours, number in found]


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
