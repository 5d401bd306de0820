"""What volunteers should have earned, less what they have; knows no database (docs/rules.md, sections 4, 5 and 7)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import islice

from sqlalchemy import Row

from portal.domain.achievements import Achievement
from portal.domain.achievements.by_hand import BY_HAND
from portal.domain.achievements.criteria import Progress
from portal.domain.achievements.kinds import Kind, kind_of
from portal.domain.badges import Badge
from portal.domain.books import Books
from portal.domain.tally import Done, Tally, tally_of

SOME_TIME = Done(0, "", 0, True, datetime.min.replace(tzinfo=UTC), date.min)
"""The activity with which something was reached, where nobody asks which one that was."""


@dataclass(slots=True, eq=False)
class Earned:
    """A completion that is to be booked; its id is drawn when it is."""

    achievement: Achievement
    nth: int
    done: Done
    id: int = 0


@dataclass(slots=True, eq=False)
class Granted:
    """A badge that is to be given for a completion: one just earned, or one that stood already."""

    badge: Badge
    completion: "Earned | Row"
    id: int = 0

    @property
    def at(self) -> datetime:
        """When it was earned."""
        return self.completion.done.occurred_at if isinstance(self.completion, Earned) else self.completion.completed_at

    @property
    def on(self) -> date:
        """The date of that, by the volunteer's calendar."""
        return self.completion.done.occurred_on if isinstance(self.completion, Earned) else self.completion.completed_on


@dataclass(slots=True)
class Standing:
    """How one volunteer stands with one achievement: what stands, what falls, which are due."""

    achievement: Achievement
    kind: Kind
    reached: Progress | None
    standing: list[Row]
    fallen: list[Row]
    due: list[int]


@dataclass(slots=True)
class Earnings:
    """What settling changes in what a volunteer has earned."""

    earned: list[Earned] = field(default_factory=list)
    fallen: list[Row] = field(default_factory=list)
    granted: list[Granted] = field(default_factory=list)
    revoked: list[Row] = field(default_factory=list)
    progress: dict[int, tuple] = field(default_factory=dict)


def compare(books: Books, achievements: Sequence[Achievement]) -> list[Standing]:
    """Each achievement against the facts: which completions stand by the criteria kept in them, which are missing."""
    return [standing(books, one) for one in achievements]


def standing(books: Books, achievement: Achievement) -> Standing:
    """One achievement against the facts."""
    kind, tally = kind_of(achievement), tally_since(books, achievement.counts_from)
    live = books.completions.get(achievement.id, [])
    stands = [row for row in live if still_reached(kind, row, books)]
    fallen = [row for row in live if row not in stands]
    return Standing(
        achievement,
        kind,
        progress(kind, achievement, tally, stands),
        stands,
        sorted(fallen, key=lambda row: -row.nth),
        missing(kind, achievement, tally, {row.nth for row in stands}),
    )


def tally_since(books: Books, since: datetime | None) -> Tally:
    """The tally that counts: of everything, or of what happened since an instant."""
    if since is None:
        return books.tally
    history = books.tally.history or ()
    return tally_of([done for done in history if done.occurred_at >= since], books.tally.paused)


def still_reached(kind: Kind, completion: Row, books: Books) -> bool:
    """Whether the facts still reach the criteria, and from the start, under which a completion was earned."""
    if kind is BY_HAND:
        return completion.reversed_by_id is None  # whoever takes it back says so first
    return kind.times(completion.criteria, tally_since(books, completion.counts_from)) >= completion.nth


def progress(kind: Kind, achievement: Achievement, tally: Tally, stands: Sequence[Row]) -> Progress | None:
    """How far; what is given by hand has come as far as it was given."""
    if kind is not BY_HAND:
        return kind.progress(achievement.criteria, tally)
    if not stands:
        return None
    moments = [row.completed_at for row in stands]
    return Progress(100 * len(stands), min(moments), max(moments))


def missing(kind: Kind, achievement: Achievement, tally: Tally, stands: set[int]) -> list[int]:
    """Which completions (first, second, ...) are reached and not booked; none of a retired achievement."""
    if not achievement.is_active or (stands and not achievement.is_repeatable):
        return []
    times = kind.times(achievement.criteria, tally)
    times = times if achievement.is_repeatable else min(times, 1)
    return [nth for nth in range(1, times + 1) if nth not in stands]


def earn(books: Books, standings: Sequence[Standing], *, dated: bool = True) -> Earnings:
    """What is to be booked for a volunteer: what falls first, then what was earned, in the order in which it was.

    Who only wants to know what, and not when, asks for it not `dated`: that needs no history.
    """
    result = Earnings()
    for one in standings:
        result.fallen.extend(one.fallen)
        result.earned.extend(date_completions(books, one) if dated else undated(one))
    result.earned.sort(key=lambda one: (one.done.occurred_at, one.achievement.id, one.nth))
    hand_over_badges(books, standings, result)
    for one in standings:
        row = progress_row(one, [earned for earned in result.earned if earned.achievement is one.achievement])
        if row is not None:
            result.progress[one.achievement.id] = row
    return result


def date_completions(books: Books, one: Standing) -> Iterator[Earned]:
    """The missing completions, each with the activity with which it was really reached."""
    if not one.due:
        return
    tally = tally_since(books, one.achievement.counts_from)
    reached = list(islice(one.kind.reached(one.achievement.criteria, tally), one.due[-1]))
    for nth in one.due:
        yield Earned(one.achievement, nth, reached[nth - 1])


def undated(one: Standing) -> Iterator[Earned]:
    """The missing completions, whenever they were reached."""
    return (Earned(one.achievement, nth, SOME_TIME) for nth in one.due)


def hand_over_badges(books: Books, standings: Sequence[Standing], result: Earnings) -> None:
    """Takes back badges that fall with their completion, and gives those that a standing or new one brings."""
    held = {badge_id: row for badge_id, rows in books.badges.items() for row in rows if row.revoked_at is None}
    fallen = {row.id for row in result.fallen}
    for badge_id, row in list(held.items()):
        if row.completion_id in fallen:
            result.revoked.append(row)
            del held[badge_id]
            for grant in carried_on(books, standings, badge_id):
                result.granted.append(grant)
                held[badge_id] = grant
    for earned in result.earned:
        badge = earned.achievement.badge
        if badge is not None and badge.is_active and badge.id not in held:
            result.granted.append(grant := Granted(badge, earned))
            held[badge.id] = grant


def carried_on(books: Books, standings: Sequence[Standing], badge_id: int) -> list[Granted]:
    """The badge anew, if a standing completion carries it too that is not older than its last revocation by hand."""
    by_hand = [row.revoked_at for row in books.badges[badge_id] if row.revoked_by_id is not None]
    since = max(by_hand, default=None)
    carriers = [
        (row, one.achievement.badge)
        for one in standings
        if one.achievement.badge_id == badge_id
        for row in one.standing
        if since is None or row.created_at >= since
    ]
    carriers.sort(key=lambda carrier: (carrier[0].completed_at, carrier[0].id))
    return [Granted(badge, row) for row, badge in carriers[:1]]


def progress_row(one: Standing, earned: Sequence[Earned]) -> tuple | None:
    """The projection of one achievement: (current, target, completed?, at, times, started, last); None for nothing."""
    moments = {row.nth: row.completed_at for row in one.standing} | {new.nth: new.done.occurred_at for new in earned}
    if one.reached is None and not moments:
        return None
    target, times = one.kind.target(one.achievement.criteria), len(moments)
    value = one.reached.value if one.reached else 0
    left = max(0, value - target * times) if one.achievement.is_repeatable else value
    completed_at = moments[min(moments)] if moments else None
    began, last = (one.reached.first_at, one.reached.last_at) if one.reached else (completed_at, completed_at)
    return (min(target, left), target, bool(times), completed_at, times, began, last)
