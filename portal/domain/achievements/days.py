"""Criteria of consecutive days: the longest run ever; repeated ones count in every run."""

from collections.abc import Iterator
from dataclasses import dataclass

from portal.domain.achievements.criteria import Progress, hundredths, number, refuse_other_keys
from portal.domain.streaks import GrowingRuns
from portal.domain.tally import Done, Least, Tally

KEY = "days_required"


@dataclass(frozen=True, slots=True)
class Running:
    """So many days in a row. Values and targets are in hundredths of a day, as everywhere."""

    def check(self, criteria: object) -> None:
        """Raises CriteriaRefused unless these criteria can be saved."""
        refuse_other_keys(criteria, {KEY})
        number(criteria, KEY, whole=True)

    def target(self, criteria: dict) -> int:
        """The days in a row that are to be reached."""
        return hundredths(criteria, KEY)

    def types(self, criteria: dict) -> None:
        """Whatever somebody did matters, and on which days."""

    def least(self, criteria: dict) -> list[Least]:
        """Whoever has as many days has done as many things."""
        return [Least(None, self.target(criteria))]

    def progress(self, criteria: dict, tally: Tally) -> Progress | None:
        """The longest run so far; None for nothing."""
        everything = tally.everything()
        if everything is None:
            return None
        return Progress(max(tally.runs) * 100, everything.first_at, everything.last_at)

    def times(self, criteria: dict, tally: Tally) -> int:
        """How often the target is in the runs, each for itself."""
        target = self.target(criteria) // 100
        return sum(length // target for length in tally.runs)

    def reached(self, criteria: dict, tally: Tally) -> Iterator[Done]:
        """The activities with which the target was reached, for the first time, the second, and so on."""
        runs, times = GrowingRuns(self.target(criteria) // 100, tally.paused), 0
        for done in tally.history or ():
            before, times = times, runs.add(done.occurred_on)
            for _nth in range(before, times):
                yield done


DAYS = Running()
