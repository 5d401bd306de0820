"""When a mail may come: between 8 and 20 of a volunteer's own day, whatever that day's clock does."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

OPENS, CLOSES = 8, 20
DAY = timedelta(days=1)


def is_day(moment: datetime, zone: ZoneInfo) -> bool:
    """Whether it is day there."""
    return OPENS <= moment.astimezone(zone).hour < CLOSES


def next_morning(moment: datetime, zone: ZoneInfo) -> datetime:
    """The next time that the clock there shows eight, after `moment`, in UTC. A date that a zone left out has none."""
    day = moment.astimezone(zone).date()
    while True:
        morning = datetime.combine(day, time(OPENS), zone).astimezone(UTC)
        if morning > moment and morning.astimezone(zone).date() == day:
            return morning
        day += DAY


def by_day(moment: datetime, zone: ZoneInfo) -> datetime:
    """`moment` if it is day there, else the next morning."""
    return moment if is_day(moment, zone) else next_morning(moment, zone)
