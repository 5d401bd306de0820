"""Runs of days, and weeks in a row: arithmetic on dates, no database (docs/rules.md, section 6). A day is a date.

Paused days are a set of dates. One without activity is passed over; one with activity counts like any other.
"""

from bisect import insort
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
MILESTONES = (7, 14, 30, 50)
NEVER: frozenset[date] = frozenset()
"""The paused days of whoever takes no pause."""


@dataclass(frozen=True, slots=True)
class Streak:
    """The last run, whenever that was, and the longest, in days; it can be continued `until` that day."""

    last: int = 0
    longest: int = 0
    last_day: date | None = None
    until: date | None = None

    def current(self, today: date) -> int:
        """The last run as people see it: nothing once a whole day was missed."""
        return self.last if self.until is not None and self.until >= today else 0


def follows(before: date, day: date, paused: Collection[date] = NEVER) -> bool:
    """Whether a run that has `before` goes on with `day`, which is later: all days between them are paused."""
    between = (day - before).days - 1
    if between == 0 or not paused:
        return between == 0
    return all(before + number * DAY in paused for number in range(1, between + 1))


def run_lengths(days: Sequence[date], paused: Collection[date] = NEVER) -> list[int]:
    """The lengths of the runs in distinct, ascending dates, in their order."""
    lengths: list[int] = []
    before = due = None
    for day in days:
        if day == due or (before is not None and paused and follows(before, day, paused)):
            lengths[-1] += 1
        else:
            lengths.append(1)
        before, due = day, day + DAY
    return lengths


def streak(days: Sequence[date], paused: Collection[date] = NEVER, lengths: Sequence[int] = ()) -> Streak:
    """The streak that distinct, ascending dates make; `lengths` are those of their runs, where they are known."""
    if not days:
        return Streak()
    lengths, until = lengths or run_lengths(days, paused), days[-1] + DAY
    while until in paused:
        until += DAY
    return Streak(lengths[-1], max(lengths), days[-1], until)


@dataclass(slots=True)
class GrowingRuns:
    """Runs to which dates are added as they come, mostly in order: how often is `target` in them, each for itself?"""

    target: int
    paused: Collection[date] = NEVER
    days: list[date] = field(default_factory=list)
    closed: int = 0
    last: int = 0

    def add(self, day: date) -> int:
        """How often the target is in the runs, this date among them."""
        before = self.days[-1] if self.days else None
        if before is None or day > before:
            self.days.append(day)
            self.go_on(goes_on=before is not None and follows(before, day, self.paused))
        elif day != before and day not in self.days:  # rare: whoever moved to another time zone
            insort(self.days, day)
            lengths = run_lengths(self.days, self.paused)
            self.closed, self.last = sum(one // self.target for one in lengths[:-1]), lengths[-1]
        return self.closed + self.last // self.target

    def go_on(self, *, goes_on: bool) -> None:
        """The last run grows, or a new one begins."""
        if not goes_on:
            self.closed, self.last = self.closed + self.last // self.target, 0
        self.last += 1


def milestone(before: int, after: int) -> int | None:
    """The greatest milestone that a run passes when it grows from `before` to `after` days; None for none."""
    passed = [step for step in MILESTONES if before < step <= after]
    hundreds = after // 100 * 100
    if hundreds > before and hundreds >= 100:
        passed.append(hundreds)
    return max(passed, default=None)


def monday(day: date) -> date:
    """The Monday of that date's week."""
    return day - timedelta(days=day.weekday())


def weeks(days: Iterable[date]) -> set[date]:
    """The Mondays of the weeks in which these dates are."""
    return {monday(day) for day in days}


def weeks_in_a_row(days: Iterable[date], today: date, paused: Collection[date] = NEVER) -> int:
    """How many weeks, Monday to Sunday, up to now had a day in them; the present week is not missed yet."""
    helped, skipped = weeks(days), weeks(paused)
    if not helped:
        return 0
    week, first, count = monday(today), min(helped), 0
    if week not in helped:
        week -= WEEK
    while week >= first and (week in helped or week in skipped):
        count += week in helped
        week -= WEEK
    return count


def longest_weeks(days: Iterable[date], paused: Collection[date] = NEVER) -> int:
    """The most weeks in a row that ever had a day in them."""
    return max(week_runs(sorted(weeks(days)), weeks(paused)), default=0)


def week_runs(mondays: Sequence[date], skipped: Collection[date]) -> list[int]:
    """The lengths of the runs in distinct, ascending weeks, in their order."""
    runs: list[int] = []
    before = None
    for week in mondays:
        if before is not None and week_follows(before, week, skipped):
            runs[-1] += 1
        else:
            runs.append(1)
        before = week
    return runs


def week_follows(before: date, week: date, skipped: Collection[date]) -> bool:
    """Whether a run of weeks goes on with a later one: a pause touches all weeks between them."""
    between = (week - before) // WEEK - 1
    return between == 0 or all(before + number * WEEK in skipped for number in range(1, between + 1))
