"""Everybody, as coordinators look them up: by a part of the name, by e-mail or by id, page by page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select, tuple_

from portal.domain.points import VolunteerPoints
from portal.domain.volunteers import Status, Visibility, Volunteer
from portal.extensions import db

LONGEST = 100
SOME = 8


@dataclass(frozen=True, slots=True)
class Found:
    """A page of people with what they have, and whether there is more before and after it."""

    people: list[tuple[Volunteer, VolunteerPoints]]
    earlier: bool
    later: bool


def matching(text: str) -> ColumnElement[bool]:
    """Those in whose name each of these words stands, or whose e-mail or id begins with the whole."""
    text = " ".join(text.split())[:LONGEST]
    words = [named_like(word) for word in text.split()]
    begins = (column.ilike(escaped(text) + "%", escape="\\") for column in (Volunteer.email, Volunteer.external_id))
    return or_(and_(*words), *begins)


def named_like(word: str) -> ColumnElement[bool]:
    """Names that hold a word in whatever case: SQLite by itself knows that only of the letters A to Z."""
    ways = {word, word.lower(), word.capitalize(), word.upper()}
    return or_(*(Volunteer.name.ilike(f"%{escaped(way)}%", escape="\\") for way in sorted(ways)))


def escaped(text: str) -> str:
    """Text that LIKE takes as it stands."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def suggested(text: str, *, but: Iterable[int] = ()) -> list[Volunteer]:
    """A few active volunteers who fit what was typed, by name; nobody for nothing."""
    if not text.strip():
        return []
    query = (
        select(Volunteer)
        .where(matching(text), Volunteer.status == Status.ACTIVE, Volunteer.id.not_in(list(but)))
        .order_by(Volunteer.name, Volunteer.id)
        .limit(SOME)
    )
    return list(db.session.scalars(query))


def by_ids(volunteer_ids: Sequence[int]) -> list[Volunteer]:
    """These volunteers, in this order; ids of nobody are left out."""
    found = {one.id: one for one in db.session.scalars(select(Volunteer).where(Volunteer.id.in_(volunteer_ids)))}
    return [found[volunteer_id] for volunteer_id in volunteer_ids if volunteer_id in found]


def page(
    *,
    text: str = "",
    status: str = "",
    unlisted: bool = False,
    after: Volunteer | None = None,
    before: Volunteer | None = None,
    size: int = 50,
) -> Found:
    """People by name: those after or before somebody. `status` empty means active and inactive ones."""
    query = select(Volunteer, VolunteerPoints).join(VolunteerPoints, VolunteerPoints.volunteer_id == Volunteer.id)
    query = query.where(Volunteer.status == status if status else Volunteer.status.in_(("active", "inactive")))
    if text.strip():
        query = query.where(matching(text))
    if unlisted:
        query = query.where(Volunteer.visibility == Visibility.UNLISTED)
    here = tuple_(Volunteer.name, Volunteer.id)
    if before is not None:
        query = query.where(here < tuple_(before.name, before.id)).order_by(Volunteer.name.desc(), Volunteer.id.desc())
    else:
        query = query.order_by(Volunteer.name, Volunteer.id)
    if after is not None:
        query = query.where(here > tuple_(after.name, after.id))
    rows = [(one, balance) for one, balance in db.session.execute(query.limit(size + 1))]
    more, rows = len(rows) > size, rows[:size]
    if before is not None:
        return Found(rows[::-1], earlier=more, later=True)
    return Found(rows, earlier=after is not None, later=more)


def new_since(moment: datetime, limit: int = 4) -> list[tuple[Volunteer, VolunteerPoints]]:
    """Active volunteers who joined since then, the newest first, with what they have."""
    query = (
        select(Volunteer, VolunteerPoints)
        .join(VolunteerPoints, VolunteerPoints.volunteer_id == Volunteer.id)
        .where(Volunteer.joined_at >= moment, Volunteer.status == Status.ACTIVE)
        .order_by(Volunteer.joined_at.desc(), Volunteer.id.desc())
        .limit(limit)
    )
    return [(one, balance) for one, balance in db.session.execute(query)]
