"""What a day pays: each day is priced as a whole, and an activity brings the difference it makes
(docs/rules.md, section 3). Plain arithmetic in whole ten-thousandths of a point; knows no database."""

from collections.abc import Iterable
from dataclasses import dataclass

POINT = 10_000
"""Prices are whole ten-thousandths of a point."""


@dataclass(slots=True)
class Day:
    """What a volunteer's counted activities of one type and date add up to.

    `exact` is the sum of their prices. `caps` counts how many of them carry each daily cap (None for no cap), so that
    the greatest is known when one of them is taken back.
    """

    exact: int = 0
    caps: dict[int | None, int] | None = None

    def put(self, exact: int, cap: int | None, times: int = 1) -> None:
        """Adds an activity (or `times` of one cap that add up to `exact`); takes it back with negative figures."""
        self.exact += exact
        if self.caps is None:
            self.caps = {}
        self.caps[cap] = self.caps.get(cap, 0) + times

    def points(self) -> int:
        """Whole points that this day pays: the floor of the sum, or of the greatest cap if that is less."""
        caps = [cap for cap, times in (self.caps or {}).items() if times > 0]
        if not caps:
            return 0
        payable = self.exact if None in caps else min(self.exact, max(cap for cap in caps if cap is not None))
        return payable // POINT


def differences(day: Day, steps: Iterable[tuple[int, int | None, int]]) -> list[int]:
    """What each step changes in the points of the day, in order; a step is (exact, cap, 1 to add, -1 to take back)."""
    changes = []
    before = day.points()
    for exact, cap, sign in steps:
        day.put(sign * exact, cap, sign)
        after = day.points()
        changes.append(after - before)
        before = after
    return changes
