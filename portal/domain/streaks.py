"""Runs of days, and weeks in a row: arithmetic on dates, no database (docs/rules.md, section 6). A day is a date."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
MILESTONES = (7, 14, 30, 50)


@dataclass(frozen=True, slots=True)
class Streak:
    """The last run of days, whenever that was, and the longest; lengths in days."""

    last: int = 0
    longest: int = 0
    last_day: date | None = None

    def current(self, today: date) -> int:
        """The last run as people see it: nothing once a whole day was missed."""
        return self.last if still_running(self.last_day, today) else 0


def still_running(last_day: date | None, today: date) -> bool:
    """Whether a run that ended on `last_day` can still be continued: it ended yesterday or later."""
    return last_day is not None and last_day >= today - DAY


def run_lengths(days: Sequence[date]) -> list[int]:
    """The lengths of the runs in distinct, ascending dates, in their order."""
    lengths: list[int] = []
    before = None
    for day in days:
        if before is not None and day - before == DAY:
            lengths[-1] += 1
        else:
            lengths.append(1)
        before = day
    return lengths


def streak(days: Sequence[date]) -> Streak:
    """The streak that distinct, ascending dates make."""
    lengths = run_lengths(days)
    return Streak(lengths[-1], max(lengths), days[-1]) if lengths else Streak()


@dataclass(slots=True)
class GrowingRuns:
    """Runs to which dates are added in any order, each as it comes: how long is the run that it made?"""

    ends: dict[date, date] = field(default_factory=dict)

    def add(self, day: date) -> tuple[list[int], int]:
        """The lengths of the runs that this date joined, and of the run that it is in now; (.., 0) if it was there."""
        if day in self.ends:
            return [], 0
        first = self.ends.get(day - DAY, day) if day - DAY in self.ends else day
        last = self.ends.get(day + DAY, day) if day + DAY in self.ends else day
        self.ends[day] = day
        self.ends[first], self.ends[last] = last, first
        joined = [(day - first).days, (last - day).days]
        return [length for length in joined if length], (last - first).days + 1


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


def weeks_in_a_row(days: Iterable[date], today: date) -> int:
    """How many weeks, Monday to Sunday, up to now had a day in them; the present week is not missed yet."""
    weeks = {monday(day) for day in days}
    week = monday(today)
    if week not in weeks:
        week -= WEEK
    count = 0
    while week in weeks:
        count += 1
        week -= WEEK
    return count
