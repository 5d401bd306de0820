"""A year of days for the calendar: 53 weeks up to today, each day with how much and in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from flask_babel import format_date, ngettext
from flask_babel import gettext as _

from portal.domain.diary import Day
from portal.domain.streaks import WEEK, monday, run_lengths
from portal.web import words

WEEKS = 53
STEPS = (Decimal(1), Decimal(2), Decimal(4))
"""Hours from which on a day is drawn a step darker."""


@dataclass(frozen=True, slots=True)
class Square:
    """A day as it is drawn."""

    level: int
    words: str = ""


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days from Monday on; `month` on the first week of a month."""

    month: str | None
    days: list[Square | None]


@dataclass(frozen=True, slots=True)
class Year:
    """See components/calendar.html."""

    weeks: list[Week]
    title: str
    summary: str


def first_day(today: date) -> date:
    """The Monday with which the year begins."""
    return monday(today) - (WEEKS - 1) * WEEK


def year(days: Sequence[Day], today: date) -> Year:
    """The calendar of these days."""
    by_date = {day.on: day for day in days}
    start = first_day(today)
    weeks = [week(start + number * WEEK, by_date, today) for number in range(WEEKS)]
    longest = max(run_lengths(list(by_date)), default=0)
    active = ngettext("%(n)s day", "%(n)s days", len(days), n=words.number(len(days)))
    summary = _("%(days)s, longest run %(run)s", days=active, run=longest)
    return Year(weeks, _("Your year: %(summary)s", summary=summary), summary)


def week(start: date, by_date: dict[date, Day], today: date) -> Week:
    """One column."""
    dates = [start + timedelta(days=number) for number in range(7)]
    first = next((day for day in dates if day.day == 1), None)
    month = format_date(first, "MMM") if first and first <= today else None
    return Week(month, [None if day > today else square(by_date.get(day), day) for day in dates])


def square(done: Day | None, day: date) -> Square:
    """One day."""
    if done is None:
        return Square(0)
    what = words.hours(done.hours) if done.hours else activities(done.activities)
    return Square(level(done), _("%(day)s: %(what)s", day=words.week_day(day), what=what))


def level(done: Day) -> int:
    """How dark: from 1, for a little or for what is not counted in hours, to 4."""
    return 1 + sum(done.hours > step for step in STEPS)


def activities(number: int) -> str:
    """'2 activities'."""
    return ngettext("%(n)s activity", "%(n)s activities", number, n=number)
