"""What activities add up to, for many volunteers in a few queries: sums for progress, histories for dates."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, case, func, literal, select, true

from portal.database import among, unindexed, units
from portal.domain.activities import ADDS_UP, Activity
from portal.domain.pauses import paused_days
from portal.domain.streaks import NEVER, run_lengths
from portal.extensions import db


@dataclass(slots=True)
class Sum:
    """Activities of one kind together: how many, how much (hundredths), the first and the last of them."""

    count: int
    quantity: int
    first_at: datetime
    last_at: datetime

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(
            self.count + other.count,
            self.quantity + other.quantity,
            min(self.first_at, other.first_at),
            max(self.last_at, other.last_at),
        )


class Least(NamedTuple):
    """Without how much of a type of activity (of any, if that is None) something cannot be reached, in hundredths: of
    their quantity, or of their number."""

    event_type: str | None
    amount: int
    by_quantity: bool = False


class Done(NamedTuple):
    """One activity, as far as it matters for when something was reached. `quantity` is in hundredths."""

    id: int
    event_type: str
    quantity: int
    certified: bool
    occurred_at: datetime
    occurred_on: date
    tags: Sequence[str] | None = None


@dataclass(slots=True)
class Tally:
    """What one volunteer's activities add up to: a Sum by (event_type, certified), and distinct dates, ascending.

    `paused` are the days on which they took a pause; `history` is what they did one by one, None while that was not
    asked for.
    """

    sums: dict[tuple[str, bool], Sum] = field(default_factory=dict)
    days: Sequence[date] = ()
    paused: Collection[date] = NEVER
    history: Sequence[Done] | None = None
    _runs: list[int] | None = None

    @property
    def runs(self) -> list[int]:
        """The lengths of the runs of days, in their order; worked out once."""
        if self._runs is None:
            self._runs = run_lengths(self.days, self.paused)
        return self._runs

    def of(self, event_type: str, *, certified_only: bool = False) -> Sum | None:
        """All activities of a type together; None if there is none."""
        certified = self.sums.get((event_type, True))
        other = None if certified_only else self.sums.get((event_type, False))
        return certified + other if certified and other else certified or other

    def everything(self) -> Sum | None:
        """All activities together, of whatever type; None if there is none."""
        found = list(self.sums.values())
        return sum(found[1:], found[0]) if found else None


def tallies(volunteer_ids: Sequence[int], types: Collection[str] | None = None) -> dict[int, Tally]:
    """The tally of each of these volunteers, pending activities included: of everything, or of these types alone and
    then without days."""
    found = {volunteer_id: Tally(days=[]) for volunteer_id in volunteer_ids}
    for volunteer_id, event_type, certified, *figures in db.session.execute(_sums(volunteer_ids, types)):
        count, quantity, first_at, last_at = figures
        found[volunteer_id].sums[(event_type, certified)] = Sum(count, int(quantity), first_at, last_at)
    for volunteer_id, day in db.session.execute(_days(volunteer_ids)) if types is None else ():
        found[volunteer_id].days.append(day)
    for volunteer_id, days in paused_days(volunteer_ids).items():
        found[volunteer_id].paused = days
    return found


def _sums(volunteer_ids: Sequence[int], types: Collection[str] | None):
    return (
        select(
            *(Activity.volunteer_id, Activity.event_type, Activity.certified),
            *(func.count(), func.sum(units(Activity.quantity))),
            *(func.min(Activity.occurred_at), func.max(Activity.occurred_at)),
        )
        .where(among(Activity.volunteer_id, volunteer_ids), ADDS_UP, is_of(types))
        .group_by(Activity.volunteer_id, Activity.event_type, Activity.certified)
    )


def is_of(types: Collection[str] | None) -> ColumnElement[bool]:
    """That an activity is of one of these types; of any, if that is None."""
    return true() if types is None else unindexed(Activity.event_type.in_(sorted(types)))


def within_reach(least: Sequence[Least], volunteer_ids: Sequence[int]) -> list[int]:
    """Those of these volunteers, who come in order of id, who have done at least so much of everything that is named.

    Asked from the first to the last: PostgreSQL takes twice as long over thousands of single ids.
    """
    types = {one.event_type for one in least} or {None}
    query = (
        select(Activity.volunteer_id)
        .where(Activity.volunteer_id.between(volunteer_ids[0], volunteer_ids[-1]), ADDS_UP)
        .where(is_of(None if None in types else types))
        .group_by(Activity.volunteer_id)
        .having(and_(true(), *(_has(one, alone=len(least) == 1) for one in least)))
        .order_by(Activity.volunteer_id)
    )
    asked = set(volunteer_ids)
    return [volunteer_id for volunteer_id in db.session.scalars(query) if volunteer_id in asked]


def _has(least: Least, *, alone: bool) -> ColumnElement[bool]:
    worth = units(Activity.quantity) if least.by_quantity else literal(100)
    of_type = worth if alone or least.event_type is None else case((Activity.event_type == least.event_type, worth))
    return func.sum(of_type) >= least.amount


def _days(volunteer_ids: Sequence[int]):
    return (
        select(Activity.volunteer_id, Activity.occurred_on)
        .where(among(Activity.volunteer_id, volunteer_ids), ADDS_UP)
        .group_by(Activity.volunteer_id, Activity.occurred_on)
        .order_by(Activity.volunteer_id, Activity.occurred_on)
    )


def histories(
    volunteer_ids: Iterable[int], *, with_tags: bool, types: Collection[str] | None = None
) -> dict[int, list[Done]]:
    """All that these volunteers did (of these types), each in the order in which it happened (then of recording)."""
    tags = (Activity.tags,) if with_tags else ()
    query = (
        select(
            *(Activity.volunteer_id, Activity.id, Activity.event_type, units(Activity.quantity)),
            *(Activity.certified, Activity.occurred_at, Activity.occurred_on, *tags),
        )
        .where(among(Activity.volunteer_id, volunteer_ids), ADDS_UP, is_of(types))
        .order_by(Activity.volunteer_id, Activity.occurred_at, Activity.id)
    )
    found = defaultdict(list)
    for volunteer_id, *done in db.session.execute(query):
        found[volunteer_id].append(Done(*done))
    return found


def tally_of(history: Sequence[Done], paused: Collection[date] = NEVER) -> Tally:
    """The tally of a part of a history, such as what happened since a certain moment."""
    sums: dict[tuple[str, bool], Sum] = {}
    for done in history:
        key = (done.event_type, done.certified)
        one = Sum(1, done.quantity, done.occurred_at, done.occurred_at)
        sums[key] = sums[key] + one if key in sums else one
    return Tally(sums, sorted({done.occurred_on for done in history}), paused, history)
