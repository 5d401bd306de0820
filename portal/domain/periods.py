"""The nine boards, and the periods that they go by (docs/rules.md, section 8)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from portal.domain.leaderboards import BoardTouch, LeaderboardType, Timeframe


class Period(NamedTuple):
    """A range of dates, the end not included; both None for all time."""

    start: date | None
    end: date | None

    def overlaps(self, touch: BoardTouch) -> bool:
        """Whether something that was touched lies in this period."""
        return self.start is None or (touch.first_on < self.end and touch.last_on >= self.start)


ALL_TIME = Period(None, None)


@dataclass(frozen=True, slots=True)
class Board:
    """One of the nine: what is compared, over which dates."""

    type: LeaderboardType
    timeframe: Timeframe


BOARDS = [Board(kind, frame) for kind in LeaderboardType for frame in Timeframe]


def board_of(snapshot) -> Board:
    """Which board a snapshot is of."""
    return Board(LeaderboardType(snapshot.leaderboard_type), Timeframe(snapshot.timeframe))


def period_of(timeframe: str, day: date) -> Period:
    """The week (Monday to Sunday) or month around a date; all time for the rest."""
    if timeframe == Timeframe.WEEKLY:
        start = day - timedelta(days=day.weekday())
        return Period(start, start + timedelta(days=7))
    if timeframe == Timeframe.MONTHLY:
        start = day.replace(day=1)
        return Period(start, (start + timedelta(days=31)).replace(day=1))
    return ALL_TIME


def periods_until(timeframe: str, first: Period, today: date) -> Iterator[Period]:
    """From `first` on, one after the other, those that are over on that date; none of all time."""
    period = first
    while period.end is not None and period.end <= today:
        yield period
        period = period_of(timeframe, period.end)
