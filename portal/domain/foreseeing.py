"""Who would earn an achievement today, before it is saved: by the very code that awards, and nothing is written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from portal.domain import books as loading
from portal.domain import earning, recognition
from portal.domain.achievements import Achievement
from portal.domain.achievements.kinds import kind_of
from portal.domain.tally import within_reach
from portal.domain.volunteers import Status, Volunteer
from portal.extensions import db

AT_ONCE = 5000
"""Volunteers who are looked at together."""


@dataclass(frozen=True, slots=True)
class Earner:
    """Somebody who would earn it today: how many times more, and the points of it and its medal."""

    volunteer_id: int
    times: int
    points: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """Earners among the volunteers up to `last_id`; `looked_at` of them; finished once that was everybody."""

    earners: list[Earner]
    last_id: int
    looked_at: int
    finished: bool


def everybody() -> int:
    """How many volunteers there are to look at."""
    return db.session.scalar(select(func.count()).where(Volunteer.status == Status.ACTIVE)) or 0


def look(draft: Achievement, *, after: int, enough: Callable[[], bool]) -> Outlook:
    """Looks at active volunteers in order of id, behind `after`, until that is enough. `draft` is in no session; of one
    that exists it has the id."""
    found, last_id, looked_at = [], after, 0
    while ids := following(last_id):
        found += earners(draft, ids)
        last_id, looked_at = ids[-1], looked_at + len(ids)
        if enough():
            break
    return Outlook(found, last_id, looked_at, not following(last_id))


def following(after: int) -> Sequence[int]:
    """The next ids of active volunteers."""
    query = select(Volunteer.id).where(Volunteer.status == Status.ACTIVE, Volunteer.id > after)
    return db.session.scalars(query.order_by(Volunteer.id).limit(AT_ONCE)).all()


def earners(draft: Achievement, volunteer_ids: Sequence[int]) -> list[Earner]:
    """Who of these would earn it: looked for among those who have done enough to reach it at all."""
    enough = within_reach(kind_of(draft).least(draft.criteria), volunteer_ids)
    books = loading.open_pages(enough, [draft])
    due = {one.volunteer_id: found for one in books.values() if (found := earning.compare(one, [draft]))[0].due}
    return [earner(earning.earn(books[who], found, dated=False), who) for who, found in due.items()]


def earner(earnings: earning.Earnings, volunteer_id: int) -> Earner:
    """What earning it would bring somebody."""
    points = sum(entry.points for entry in recognition.earned_entries(earnings))
    return Earner(volunteer_id, len(earnings.earned), points)
