"""Who stands where on a current board: pages of it, one's own place and neighbours, and what is missing to the next
place (docs/rules.md, section 8). Numbers come from standings; names are put on here.

Each question is one look-up in an index, among a million too. Ranks help: a rank is the position of the first who has
it, so the place ahead of rank 12 ends at position 11, and nobody has to be counted.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Row, Select, bindparam, select

from portal.database import InOrder, from_units
from portal.domain import names
from portal.domain.leaderboards import Leaderboard, LeaderboardType, Standing, Timeframe
from portal.domain.names import NameBeginning
from portal.domain.periods import Period, board_of
from portal.domain.privacy import LISTED
from portal.domain.ranking import values
from portal.domain.volunteers import Volunteer
from portal.extensions import db, rows

HUNDREDTH = Decimal("0.01")
SEARCH_AT_LEAST = 2
"""Letters that a search needs."""

FOUND_AT_MOST = 50


@dataclass(frozen=True, slots=True)
class Place:
    """Somebody's place. `position` orders equal ranks; it is None for one who is in no ranking and sees only this."""

    volunteer_id: int
    shown_name: str
    rank: int
    value: Decimal
    position: int | None
    avatar: str | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """What parts somebody from the next other value: how much, whose place that is, and who stands there."""

    missing: Decimal
    rank: int
    shown_name: str


# Written once: it takes longer to write a query than to ask it.
shot, who, stands = Leaderboard.__table__.c, Volunteer.__table__.c, Standing.__table__.c
BOARD = select(*(column for column in shot if column.name != "rankings")).where(
    shot.leaderboard_type == bindparam("kind"), shot.timeframe == bindparam("timeframe"), shot.is_current
)
PLACES = (
    select(who.id, who.shown_name, stands.rank, stands.value, stands.position, who.avatar)
    .join_from(Volunteer.__table__, Standing.__table__, stands.volunteer_id == who.id)
    .where(stands.leaderboard_id == bindparam("board"), LISTED)
)
AFTER = PLACES.where(stands.position > bindparam("after")).order_by(stands.position).limit(bindparam("number"))
BEFORE = PLACES.where(stands.position < bindparam("before")).order_by(stands.position.desc()).limit(bindparam("number"))
NEXT_VALUE = (
    select(stands.rank, stands.value)
    .where(stands.leaderboard_id == bindparam("board"), stands.value <= bindparam("value"))
    .order_by(stands.value.desc())
    .limit(1)
)
OWN = select(stands.rank, stands.value, stands.position).where(
    stands.leaderboard_id == bindparam("board"), stands.volunteer_id == bindparam("whose")
)
begins = NameBeginning.__table__.c
NAMES = InOrder(NameBeginning.__table__, Volunteer.__table__, begins.volunteer_id == who.id)
FOUND = (
    select(*PLACES.selected_columns)
    .select_from(InOrder(NAMES, Standing.__table__, stands.volunteer_id == who.id))
    .where(stands.leaderboard_id == bindparam("board"), LISTED)
    .where(begins.beginning >= bindparam("text"), begins.beginning < bindparam("behind"))
    .order_by(begins.beginning, begins.volunteer_id)
    .limit(bindparam("number"))
)


def board(kind: LeaderboardType, timeframe: Timeframe) -> Row:
    """The current snapshot, a row of leaderboards without its first hundred."""
    (found,) = rows(BOARD, kind=kind, timeframe=timeframe)
    return found


def page(shown: Row, *, after: int = 0, before: int | None = None, limit: int = 50) -> list[Place]:
    """Places in their order: those after a position, or the last ones before one."""
    if before is None:
        return _read(AFTER, board=shown.id, after=after, number=limit)
    return _read(BEFORE, board=shown.id, before=before, number=limit)[::-1]


def search(shown: Row, words: str, limit: int = FOUND_AT_MOST) -> list[Place]:
    """Places of people whose shown name, from one of its words on, begins like this, whatever the case and accents;
    in the order of the alphabet."""
    text = names.plain(words)
    if len(text) < SEARCH_AT_LEAST:
        return []
    found = _read(FOUND, board=shown.id, text=text, behind=names.after_all(text), number=limit)
    return list(dict.fromkeys(found))


def _read(query: Select, **values) -> list[Place]:
    return [Place(*row) for row in rows(query, **values)]


def of(volunteer: Volunteer, shown: Row) -> Place | None:
    """A volunteer's own place, whether or not others see it: 1 + the number of listed people with more."""
    oneself = (volunteer.id, volunteer.shown_name)
    if volunteer.listed:
        for standing in rows(OWN, board=shown.id, whose=volunteer.id):
            return Place(*oneself, *standing, volunteer.avatar)
    value = own_value(volunteer, shown)
    return None if value is None else Place(*oneself, _rank_of(value, shown), value, None, volunteer.avatar)


def _rank_of(value: Decimal, shown: Row) -> int:
    """1 + the number of listed people with more."""
    for rank, _value in rows(NEXT_VALUE, board=shown.id, value=value):
        return rank
    return shown.total_participants + 1


def own_value(volunteer: Volunteer, shown: Row) -> Decimal | None:
    """What a volunteer has on a board, straight from their own facts; None for nothing."""
    query = values(board_of(shown), Period(shown.period_start, shown.period_end))
    row = db.session.execute(query.where(query.selected_columns.volunteer_id == volunteer.id)).first()
    return from_units(int(row.value), 2) if row else None


def to_next(place: Place, shown: Row) -> Gap | None:
    """What is missing to the next place; None for whoever has most."""
    return _gap(place, page(shown, before=place.rank, limit=1))


def to_pursuer(place: Place, shown: Row) -> Gap | None:
    """How far the next one behind is; None where nobody is."""
    return _gap(place, page(shown, after=with_as_much(place, shown), limit=1))


def _gap(place: Place, others: list[Place]) -> Gap | None:
    for other in others:
        return Gap(abs(other.value - place.value), other.rank, other.shown_name)
    return None


def with_as_much(place: Place, shown: Row) -> int:
    """How many listed people have at least as much."""
    for rank, _value in rows(NEXT_VALUE, board=shown.id, value=place.value - HUNDREDTH):
        return rank - 1
    return shown.total_participants


def shares(place: Place, shown: Row) -> bool:
    """Whether somebody else has the same place."""
    return with_as_much(place, shown) >= place.rank + (place.position is not None)


def share(place: Place, shown: Row) -> int:
    """In which part of all one is, in per cent, rounded up: who shares a place with many has them all beside oneself.

    The third of four is in the first 75 %; of a hundred who have the same, each is in the first 100 %.
    """
    unseen = place.position is None
    number, all_ = with_as_much(place, shown) + unseen, shown.total_participants + unseen
    return -(-100 * number // all_)


def neighbours(place: Place, shown: Row, reach: int = 2) -> tuple[list[Place], list[Place]]:
    """Who stands right above and right below."""
    if place.position is None:
        return page(shown, before=place.rank, limit=reach), page(shown, after=place.rank - 1, limit=reach)
    return page(shown, before=place.position, limit=reach), page(shown, after=place.position, limit=reach)


def ids(places: Iterable[Place]) -> list[int]:
    """Whose places these are."""
    return [place.volunteer_id for place in places]
