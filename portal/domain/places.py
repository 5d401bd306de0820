"""Who stands where on a current board: pages of it, one's own place and neighbours, what is missing to the next place,
and how places changed (docs/rules.md, section 8). Numbers come from standings and snapshots; names are put on here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import defer

from portal.database import from_units
from portal.domain import organisation
from portal.domain.leaderboards import Leaderboard, LeaderboardType, Standing, Timeframe
from portal.domain.privacy import LISTED
from portal.domain.snapshots import Board, Period, values
from portal.domain.volunteers import Volunteer
from portal.extensions import db

SEARCH_AT_LEAST = 2
"""Letters that a search needs."""


@dataclass(frozen=True, slots=True)
class Place:
    """Somebody's place. `position` orders equal ranks; it is None for one who is in no ranking and sees only this."""

    volunteer: Volunteer
    rank: int
    value: Decimal
    position: int | None


@dataclass(frozen=True, slots=True)
class Gap:
    """What parts somebody from the next other value: how much, whose place that is, and who stands there."""

    missing: Decimal
    rank: int
    volunteer: Volunteer


def board(kind: LeaderboardType, timeframe: Timeframe) -> Leaderboard:
    """The current snapshot, without its first hundred."""
    query = select(Leaderboard).where(
        Leaderboard.leaderboard_type == kind, Leaderboard.timeframe == timeframe, Leaderboard.is_current
    )
    return db.session.scalars(query.options(defer(Leaderboard.rankings))).one()


def page(shown: Leaderboard, *, after: int = 0, before: int | None = None, limit: int = 50) -> list[Place]:
    """Places in their order: those after a position, or the last ones before one."""
    query = _places(shown).limit(limit)
    if before is None:
        return _read(query.where(Standing.position > after).order_by(Standing.position))
    return _read(query.where(Standing.position < before).order_by(Standing.position.desc()))[::-1]


def search(shown: Leaderboard, words: str, limit: int = 50) -> list[Place]:
    """Places of people in whose shown name this stands."""
    if len(words) < SEARCH_AT_LEAST:
        return []
    found = Volunteer.shown_name.icontains(words, autoescape=True)
    return _read(_places(shown).where(found).order_by(Standing.position).limit(limit))


def _places(shown: Leaderboard):
    return (
        select(Volunteer, Standing.rank, Standing.value, Standing.position)
        .join(Standing, Standing.volunteer_id == Volunteer.id)
        .where(Standing.leaderboard_id == shown.id, LISTED)
    )


def _read(query) -> list[Place]:
    return [Place(*row) for row in db.session.execute(query)]


def of(volunteer: Volunteer, shown: Leaderboard) -> Place | None:
    """A volunteer's own place, whether or not others see it: 1 + the number of listed people with more."""
    if volunteer.listed:
        standing = db.session.get(Standing, (shown.id, volunteer.id))
        if standing is not None:
            return Place(volunteer, standing.rank, standing.value, standing.position)
    value = own_value(volunteer, shown)
    if value is None:
        return None
    more = select(func.count()).where(Standing.leaderboard_id == shown.id, Standing.value > value)
    return Place(volunteer, 1 + (db.session.scalar(more) or 0), value, None)


def own_value(volunteer: Volunteer, shown: Leaderboard) -> Decimal | None:
    """What a volunteer has on a board, straight from their own facts; None for nothing."""
    kind, timeframe = LeaderboardType(shown.leaderboard_type), Timeframe(shown.timeframe)
    query = values(Board(kind, timeframe), Period(shown.period_start, shown.period_end))
    row = db.session.execute(query.where(query.selected_columns.volunteer_id == volunteer.id)).first()
    return from_units(int(row.value), 2) if row else None


def to_next(place: Place, shown: Leaderboard) -> Gap | None:
    """What is missing to the next place; None for whoever has most."""
    query = _places(shown).where(Standing.value > place.value).order_by(Standing.value, Standing.position.desc())
    return _gap(query, place)


def to_pursuer(place: Place, shown: Leaderboard) -> Gap | None:
    """How far the next one behind is; None where nobody is."""
    query = _places(shown).where(Standing.value < place.value)
    return _gap(query.order_by(Standing.value.desc(), Standing.position), place)


def _gap(query, place: Place) -> Gap | None:
    other = next(iter(_read(query.limit(1))), None)
    return None if other is None else Gap(abs(other.value - place.value), other.rank, other.volunteer)


def shares(place: Place, shown: Leaderboard) -> bool:
    """Whether somebody else has the same place."""
    query = select(func.count()).where(Standing.leaderboard_id == shown.id, Standing.value == place.value)
    return (db.session.scalar(query) or 0) > (place.position is not None)


def neighbours(place: Place, shown: Leaderboard, reach: int = 2) -> tuple[list[Place], list[Place]]:
    """Who stands right above and right below."""
    position = place.position
    if position is None:
        last = select(func.count()).where(Standing.leaderboard_id == shown.id, Standing.value > place.value)
        position = (db.session.scalar(last) or 0) + 1
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


def day_before(shown: Leaderboard, now: datetime) -> Before | None:
    """How the board stood at the end of the day before, within the same period; None if it did not exist."""
    query = (
        select(Leaderboard)
        .where(Leaderboard.leaderboard_type == shown.leaderboard_type, Leaderboard.timeframe == shown.timeframe)
        .where(Leaderboard.period_start.is_not_distinct_from(shown.period_start))
        .where(Leaderboard.generated_at < midnight(organisation.today(now)))
        .order_by(Leaderboard.generated_at.desc(), Leaderboard.id.desc())
        .limit(1)
    )
    found = db.session.scalar(query)
    if found is None or not found.total_participants:
        return None
    return Before({row["volunteer_id"]: row["rank"] for row in found.rankings}, found.total_participants)


def midnight(day: date) -> datetime:
    """When a day of the organisation's calendar begins."""
    return datetime.combine(day, time(), tzinfo=organisation.zone()).astimezone(UTC)


def ids(places: Iterable[Place]) -> list[int]:
    """Whose places these are."""
    return [place.volunteer.id for place in places]
