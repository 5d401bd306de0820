"""THE STORY. settle(volunteers): what they should have from the facts, less what is booked, is booked.

Counting, reversing, assessing a new achievement, merging and previewing all come here. Load a batch (`books`), decide
in plain functions (`pricing`, `earning`, `streaks`), write in bulk (`booking`): the number of statements grows neither
with the batch nor with the definitions. Who calls it commits.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from portal.domain import books as loading
from portal.domain import points
from portal.domain.achievements import Achievement
from portal.domain.booking import Cause, Entry, Outcome, book
from portal.domain.books import Books
from portal.domain.earning import Earnings, compare, earn
from portal.domain.points import PointsEventType


def settle(
    volunteer_ids: Iterable[int],
    *,
    now: datetime,
    skip_locked: bool = False,
    quiet: bool = False,
    only: Achievement | None = None,
) -> list[int]:
    """Settles these volunteers under their locks, and returns who was settled. Nothing is news if it is `quiet`.

    With `skip_locked` those whom another worker is at are left to it. Run twice it changes nothing the second time.
    Where nothing is unsettled and an achievement was defined anew, it is enough to look at that: `only`.
    """
    locked = points.lock(volunteer_ids, skip_locked=skip_locked)
    if locked:
        book(work_out(locked, only), now=now, quiet=quiet)
    return locked


def work_out(volunteer_ids: Sequence[int], only: Achievement | None = None) -> list[Outcome]:
    """What settling these volunteers, who are locked, would book. Writes nothing: previews stop here."""
    achievements = loading.definitions(only)
    read = loading.open_books if only is None else loading.open_pages
    books = read(volunteer_ids, achievements)
    standings = {volunteer_id: compare(one, achievements) for volunteer_id, one in books.items()}
    due = [books[volunteer_id] for volunteer_id, found in standings.items() if any(one.due for one in found)]
    loading.learn_histories(due)
    if only is not None:
        moved = [books[who] for who, found in standings.items() if any(one.due or one.fallen for one in found)]
        loading.learn_balances(moved)
    return [outcome(one, earn(one, standings[volunteer_id])) for volunteer_id, one in books.items()]


def outcome(books: Books, earnings: Earnings) -> Outcome:
    """What is to be written for one volunteer, beside what its days change."""
    return Outcome(books, earnings, books.figures_now(), earned_entries(earnings))


def earned_entries(earnings: Earnings) -> list[Entry]:
    """The ledger rows of completions and badges: each reward followed by its badge's points; none for 0 points.

    What the days change, and what falls, is written by `booking`: the first from `pricing`, the second from what was
    paid for it.
    """
    grants = {id(grant.completion): grant for grant in earnings.granted}
    entries = [badge_entry(grant) for grant in earnings.granted if grant.completion not in earnings.earned]
    for earned in earnings.earned:
        entries.append(reward_entry(earned))
        if id(earned) in grants:
            entries.append(badge_entry(grants[id(earned)]))
    return [entry for entry in entries if entry.points]


def reward_entry(earned) -> Entry:
    """The ledger row of a completion's reward."""
    return Entry(
        points=earned.achievement.points_reward,
        event_type=PointsEventType.ACHIEVEMENT_EARNED.value,
        cause=Cause.COMPLETION,
        cause_of=earned,
        effective_at=earned.done.occurred_at,
        effective_on=earned.done.occurred_on,
    )


def badge_entry(grant) -> Entry:
    """The ledger row of a badge's points."""
    return Entry(
        points=grant.badge.points_value,
        event_type=PointsEventType.BADGE_EARNED.value,
        cause=Cause.BADGE,
        cause_of=grant,
        effective_at=grant.at,
        effective_on=grant.on,
    )
