"""What a television shows: standings and the latest medals, as anybody may see them who walks through the hall.

No secret badge, nobody who is unlisted or inactive, of minors the first name and an initial (docs/rules.md, sections 1,
5 and 8). Plain values, so that two pictures can be compared.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Row, func, select, tuple_

from portal.database import among
from portal.domain import organisation, volunteers
from portal.domain.badges import Badge, Rarity, VolunteerBadge
from portal.domain.leaderboards import Leaderboard, LeaderboardType, Timeframe, people_are_compared
from portal.domain.volunteers import Status, Visibility, Volunteer, public_name
from portal.extensions import db

ROWS = 10
LOOKED_AT = 40
"""Stored places that are looked at: some may belong to people who are no longer to be seen."""
LATEST = 3
REMEMBERS = timedelta(days=8)
EVERY_BOARD = tuple(f"{kind}/{frame}" for kind in LeaderboardType for frame in Timeframe)
MEDALS, JOIN = "medals", "join"
TURNING = EVERY_BOARD
"""What takes turns on a display; of these it shows at least one."""
EVERY_PANEL = (*TURNING, MEDALS, JOIN)
"""What a display may show, as its `panels` name it."""


@dataclass(frozen=True, slots=True)
class Medal:
    """A badge, as far as it is drawn."""

    name: str
    category: str
    rarity: str
    color: str | None
    icon: str | None
    picture: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """One row of a board. `change` counts places since the day before, up is above 0; None if there was none."""

    id: int
    rank: int
    change: int | None
    value: int | float
    name: str
    medal: Medal | None


@dataclass(frozen=True, slots=True)
class ShownBoard:
    """One board with its first rows; `as_of` is when it was last rebuilt."""

    type: str
    timeframe: str
    period_start: date | None
    standings: tuple[Standing, ...]
    as_of: datetime

    @property
    def name(self) -> str:
        """'points/monthly'."""
        return f"{self.type}/{self.timeframe}"


@dataclass(frozen=True, slots=True)
class Latest:
    """Somebody and what they earned last."""

    name: str
    badge: Medal


@dataclass(frozen=True, slots=True)
class Picture:
    """All that televisions show; `latest` is None where nobody shows medals."""

    boards: tuple[ShownBoard, ...]
    latest: tuple[Latest, ...] | None

    def only(self, panels: Sequence[str]) -> "Picture":
        """What a display with these panels shows of it, in their order."""
        found = {one.name: one for one in self.boards}
        boards = tuple(found[name] for name in panels if name in found)
        return Picture(boards, self.latest if MEDALS in panels else None)

    @property
    def as_of(self) -> datetime | None:
        """When its boards were last rebuilt."""
        return max((one.as_of for one in self.boards), default=None)


def picture(panels: Sequence[str], now: datetime) -> Picture:
    """What displays with these panels ('points/monthly', 'medals') show now, in a fixed number of statements."""
    today = organisation.today(now)
    found = current(panels)
    shown = [found[name] for name in panels if name in found]
    people = visible({row["volunteer_id"] for one in shown for row in one.rankings[:LOOKED_AT]})
    names = {row.id: public_name(row, today) for row in people}
    places, medals = places_before(shown, today), best_medals(names)
    return Picture(
        boards=tuple(board(one, names, places.get(key(one), {}), medals) for one in shown),
        latest=latest(today) if MEDALS in panels else None,
    )


def key(snapshot) -> tuple:
    """What makes two snapshots comparable: type, timeframe, first date."""
    return (snapshot.leaderboard_type, snapshot.timeframe, snapshot.period_start)


def board(one: Leaderboard, names: Mapping[int, str], before: Mapping[int, int], medals: Mapping) -> ShownBoard:
    """The first rows of a snapshot, without those who may not be seen."""
    rows = [row for row in one.rankings[:LOOKED_AT] if row["volunteer_id"] in names][:ROWS]
    standings = tuple(standing(row, names, before, medals) for row in rows)
    return ShownBoard(*key(one), standings, one.generated_at)


def standing(row: Mapping, names: Mapping[int, str], before: Mapping[int, int], medals: Mapping) -> Standing:
    """A stored place with the name put on."""
    who, rank = row["volunteer_id"], row["rank"]
    change = before[who] - rank if who in before else None
    return Standing(who, rank, change, row["value"], names[who], medals.get(who))


def current(boards: Collection[str]) -> dict[str, Leaderboard]:
    """The current snapshots of these boards, by 'type/timeframe'; none where people are not compared."""
    if not people_are_compared():
        return {}
    query = select(Leaderboard).where(Leaderboard.is_current).execution_options(populate_existing=True)
    found = {f"{one.leaderboard_type}/{one.timeframe}": one for one in db.session.scalars(query)}
    return {name: one for name, one in found.items() if name in boards}


def visible(ids: Iterable[int]) -> list[Volunteer]:
    """Those of these volunteers whom others may see, as they are now."""
    return [one for one in volunteers.by_ids(ids).values() if one.listed]


def places_before(shown: Sequence[Leaderboard], today: date) -> dict[tuple, dict[int, int]]:
    """Who stood where at the end of the day before, by board; boards that are new today are left out."""
    midnight = datetime.combine(today, time.min, tzinfo=organisation.zone())
    then, made = Leaderboard, Leaderboard.generated_at
    kept = select(func.max(then.id)).where(made < midnight, made >= midnight - REMEMBERS)
    last = kept.group_by(then.leaderboard_type, then.timeframe, then.period_start)
    pairs = {(one.leaderboard_type, one.timeframe) for one in shown}
    query = select(then).where(then.id.in_(last), tuple_(then.leaderboard_type, then.timeframe).in_(sorted(pairs)))
    rest = {key(one) for one in shown}
    return {
        key(one): {row["volunteer_id"]: row["rank"] for row in one.rankings}
        for one in db.session.scalars(query)
        if key(one) in rest
    }


DRAWN = (Badge.name, Badge.category, Badge.rarity, Badge.color, Badge.icon)


def best_medals(ids: Iterable[int]) -> dict[int, Medal]:
    """The medal beside each name that has one: the first of the showcase, else the rarest."""
    held = VolunteerBadge
    query = (
        select(held.volunteer_id, held.showcase_position, held.earned_at, *DRAWN)
        .join(Badge, Badge.id == held.badge_id)
        .where(among(held.volunteer_id, ids), held.revoked_at.is_(None), Badge.is_secret.is_(False))
        .order_by(held.earned_at, held.id)
    )
    return {row.volunteer_id: medal(row) for row in sorted(db.session.execute(query), key=worth)}


def worth(row: Row) -> tuple:
    """Orders medals by how much they say, the most last."""
    return (-(row.showcase_position or 99), list(Rarity).index(Rarity(row.rarity)), row.earned_at)


def medal(row: Row) -> Medal:
    """A badge as it is drawn."""
    return Medal(row.name, row.category, row.rarity, row.color, row.icon)


def latest(today: date) -> tuple[Latest, ...]:
    """The medals that were earned last."""
    held = VolunteerBadge
    query = (
        select(Volunteer, *DRAWN)
        .join(held, held.volunteer_id == Volunteer.id)
        .join(Badge, Badge.id == held.badge_id)
        .where(held.revoked_at.is_(None), Badge.is_secret.is_(False))
        .where(Volunteer.status == Status.ACTIVE, Volunteer.visibility != Visibility.UNLISTED)
        .order_by(held.earned_at.desc(), held.id.desc())
        .limit(LATEST)
        .execution_options(populate_existing=True)
    )
    return tuple(Latest(public_name(row.Volunteer, today), medal(row)) for row in db.session.execute(query))
