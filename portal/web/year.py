"""A year of days for the calendar: 53 weeks up to today, each day with how much and in words."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from portal.domain.diary import Day
from portal.domain.streaks import NEVER, WEEK, monday, run_lengths
from portal.web import words

WEEKS = 53
SQUARE = Markup('<rect class="h{}" x="0" y="{}" width="8.4" height="8.4" rx="1.8">{}</rect>')
ITEM = Markup("<li>{}</li>\n")
STEPS = (Decimal(1), Decimal(2), Decimal(4))
"""Hours from which on a day is drawn a step darker."""


class Square(NamedTuple):
    """A day as it is drawn."""

    level: int
    words: str = ""


EMPTY = Square(0)


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days from Monday on, None for those to come, how they are drawn, and as items of a list; `month` on the
    first week of one."""

    month: str | None
    days: tuple[Square | None, ...]
    drawing: Markup
    items: Markup


@dataclass(frozen=True, slots=True)
class Year:
    """See components/calendar.html."""

    weeks: list[Week]
    title: str
    summary: str


def first_day(today: date) -> date:
    """The Monday with which the year begins."""
    return monday(today) - (WEEKS - 1) * WEEK


def year(days: Sequence[Day], today: date, paused: Collection[date] = NEVER) -> Year:
    """The calendar of these days; a pause does not end a run."""
    by_date = {day.on: day for day in days}
    start = first_day(today)
    weeks = [week(start + number * WEEK, by_date, today) for number in range(WEEKS)]
    longest = max(run_lengths(list(by_date), paused), default=0)
    active = ngettext("%(n)s day", "%(n)s days", len(days), n=words.number(len(days)))
    summary = _("%(days)s, longest run %(run)s", days=active, run=words.number(longest))
    return Year(weeks, _("Your year: %(summary)s", summary=summary), summary)


def week(start: date, by_date: dict[date, Day], today: date) -> Week:
    """One column."""
    dates = dates_from(start)
    return column(dates, tuple(map(by_date.get, dates)), min(today, dates[-1]))


@lru_cache(maxsize=4 * WEEKS)
def dates_from(start: date) -> tuple[date, ...]:
    """The seven days of the week that starts there."""
    return tuple(start + timedelta(days=number) for number in range(7))


@words.by_language
def column(dates: Sequence[date], done: Sequence[Day | None], last: date) -> Week:
    """The days of a week up to the last, with what was done on them; whoever comes back sees the same ones."""
    first = next((day for day in dates if day.day == 1), None)
    month = words.short_month(first) if first and first <= last else None
    days = tuple(None if day > last else square(one, day) for day, one in zip(dates, done, strict=True))
    items = Markup().join(ITEM.format(day.words) for day in days if day and day.level)
    return Week(month, days, drawn(days), items)


@lru_cache(maxsize=words.KEPT)
def drawn(days: tuple[Square | None, ...]) -> Markup:
    """The squares of a week, one below the other; most weeks of most people look alike."""
    return Markup().join(SQUARE.format(day.level, 11 + 10 * row, title(day)) for row, day in enumerate(days) if day)


def title(day: Square) -> Markup:
    """What a square says where one points at it."""
    return Markup("<title>{}</title>").format(day.words) if day.level else Markup()


def square(done: Day | None, day: date) -> Square:
    """One day."""
    if done is None:
        return EMPTY
    return Square(level(done), said(day, done.hours, done.activities))


@words.by_language
def said(day: date, hours: Decimal, number: int) -> str:
    """'Saturday 14 November: 3 hours'."""
    what = words.hours(hours) if hours else activities(number)
    return _("%(day)s: %(what)s", day=words.week_day(day), what=what)


def level(done: Day) -> int:
    """How dark: from 1, for a little or for what is not counted in hours, to 4."""
    return 1 + sum(done.hours > step for step in STEPS)


def activities(number: int) -> str:
    """'2 activities'."""
    return ngettext("%(n)s activity", "%(n)s activities", number, n=number)
