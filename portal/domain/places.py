"""Who stands where on a current board: pages of it, one's own place and neighbours, what is missing to the next place,
and how places changed (docs/rules.md, section 8). Numbers come from standings and snapshots; names are put on here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal

from sqlalchemy import Row, Select, bindparam, func, select

from portal.database import from_units
from portal.domain import organisation
from portal.domain.leaderboards import Leaderboard, LeaderboardType, Standing, Timeframe
from portal.domain.privacy import LISTED
from portal.domain.snapshots import Board, Period, values
from portal.domain.volunteers import Volunteer
from portal.extensions import db, rows

SEARCH_AT_LEAST = 2
"""Letters that a search needs."""


@dataclass(frozen=True, slots=True)
class Place:
    """Somebody's place. `position` orders equal ranks; it is None for one who is in no ranking and sees only this."""

    volunteer_id: int
    shown_name: str
    rank: int
    value: Decimal
    position: int | None


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
    select(who.id, who.shown_name, stands.rank, stands.value, stands.position)
    .join_from(Volunteer.__table__, Standing.__table__)
    .where(stands.leaderboard_id == bindparam("board"), LISTED)
)
AFTER = PLACES.where(stands.position > bindparam("after")).order_by(stands.position).limit(bindparam("number"))
BEFORE = PLACES.where(stands.position < bindparam("before")).order_by(stands.position.desc()).limit(bindparam("number"))
AHEAD = PLACES.where(stands.value > bindparam("value")).order_by(stands.value, stands.position.desc()).limit(1)
BEHIND = PLACES.where(stands.value < bindparam("value")).order_by(stands.value.desc(), stands.position).limit(1)
OWN = select(stands.rank, stands.value, stands.position).where(
    stands.leaderboard_id == bindparam("board"), stands.volunteer_id == bindparam("whose")
)
COUNT = select(func.count()).select_from(Standing.__table__).where(stands.leaderboard_id == bindparam("board"))
WITH_MORE = COUNT.where(stands.value > bindparam("value"))
WITH_AS_MUCH = COUNT.where(stands.value == bindparam("value"))


def board(kind: LeaderboardType, timeframe: Timeframe) -> Row:
    """The current snapshot, a row of leaderboards without its first hundred."""
    (found,) = rows(BOARD, kind=kind, timeframe=timeframe)
    return found


def page(shown: Row, *, after: int = 0, before: int | None = None, limit: int = 50) -> list[Place]:
    """Places in their order: those after a position, or the last ones before one."""
    if before is None:
        return _read(AFTER, board=shown.id, after=after, number=limit)
    return _read(BEFORE, board=shown.id, before=before, number=limit)[::-1]


def search(shown: Row, words: str, limit: int = 50) -> list[Place]:
    """Places of people in whose shown name this stands."""
    if len(words) < SEARCH_AT_LEAST:
        return []
    found = who.shown_name.icontains(words, autoescape=True)
    return _read(PLACES.where(found).order_by(stands.position).limit(limit), board=shown.id)


def _read(query: Select, **values) -> list[Place]:
    return [Place(*row) for row in rows(query, **values)]


def of(volunteer: Volunteer, shown: Row) -> Place | None:
    """A volunteer's own place, whether or not others see it: 1 + the number of listed people with more."""
    oneself = (volunteer.id, volunteer.shown_name)
    if volunteer.listed:
        for standing in rows(OWN, board=shown.id, whose=volunteer.id):
            return Place(*oneself, *standing)
    value = own_value(volunteer, shown)
    return None if value is None else Place(*oneself, 1 + _with_more(value, shown), value, None)


def _with_more(value: Decimal, shown: Row) -> int:
    return rows(WITH_MORE, board=shown.id, value=value)[0][0]


def own_value(volunteer: Volunteer, shown: Row) -> Decimal | None:
    """What a volunteer has on a board, straight from their own facts; None for nothing."""
    kind, timeframe = LeaderboardType(shown.leaderboard_type), Timeframe(shown.timeframe)
    query = values(Board(kind, timeframe), Period(shown.period_start, shown.period_end))
    row = db.session.execute(query.where(query.selected_columns.volunteer_id == volunteer.id)).first()
    return from_units(int(row.value), 2) if row else None


def to_next(place: Place, shown: Row) -> Gap | None:
    """What is missing to the next place; None for whoever has most."""
    return _gap(AHEAD, place, shown)


def to_pursuer(place: Place, shown: Row) -> Gap | None:
    """How far the next one behind is; None where nobody is."""
    return _gap(BEHIND, place, shown)


def _gap(query: Select, place: Place, shown: Row) -> Gap | None:
    other = next(iter(_read(query, board=shown.id, value=place.value)), None)
    return None if other is None else Gap(abs(other.value - place.value), other.rank, other.shown_name)


def shares(place: Place, shown: Row) -> bool:
    """Whether somebody else has the same place."""
    return rows(WITH_AS_MUCH, board=shown.id, value=place.value)[0][0] > (place.position is not None)


def neighbours(place: Place, shown: Row, reach: int = 2) -> tuple[list[Place], list[Place]]:
    """Who stands right above and right below."""
    position = place.position
    if position is None:
        position = _with_more(place.value, shown) + 1
        return page(shown, before=position, limit=reach), page(shown, after=position - 1, limit=reach)
    return page(shown, before=position, limit=reach), page(shown, after=position, limit=reach)


@dataclass(frozen=True, slots=True)
class Before:
    """The last snapshot of an earlier day: ranks of its first hundred, and how many took part."""

    ranks: dict[int, int]
    participants: int

    def change(self, volunteer_id: int, rank: int) -> int | str | None:
        """How far somebody went up since then; None for who is new, '' where that is not known."""
        if volunteer_id in self.ranks:
            return self.ranks[volunteer_id] - rank
        return None if self.participants <= len(self.ranks) else ""


DAY_BEFORE = (
    select(shot.rankings, shot.total_participants)
    .where(shot.leaderboard_type == bindparam("kind"), shot.timeframe == bindparam("timeframe"))
    .where(shot.period_start.is_not_distinct_from(bindparam("start")))
    .where(shot.generated_at < bindparam("midnight"))
    .order_by(shot.generated_at.desc(), shot.id.desc())
    .limit(1)
)


def day_before(shown: Row, now: datetime) -> Before | None:
    """How the board stood at the end of the day before, within the same period; None if it did not exist."""
    which = {"kind": shown.leaderboard_type, "timeframe": shown.timeframe, "start": shown.period_start}
    for rankings, participants in rows(DAY_BEFORE, **which, midnight=midnight(organisation.today(now))):
        if participants:
            return Before({row["volunteer_id"]: row["rank"] for row in rankings}, participants)
    return None


def midnight(day: date) -> datetime:
    """When a day of the organisation's calendar begins."""
    return datetime.combine(day, time(), tzinfo=organisation.zone()).astimezone(UTC)


def ids(places: Iterable[Place]) -> list[int]:
    """Whose places these are."""
    return [place.volunteer_id for place in places]
