"""What a television shows: standings and the latest medals, as anybody may see them who walks through the hall.

No secret badge, nobody who is unlisted or inactive, of minors the first name and an initial (docs/rules.md, sections 1,
5 and 8). Plain values, so that two pictures can be compared.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from sqlalchemy import Row, func, select, tuple_

from portal.database import among
from portal.domain import goals, organisation, team_boards, volunteers
from portal.domain.badges import Badge, Rarity, VolunteerBadge
from portal.domain.goals import Progress
from portal.domain.leaderboards import Leaderboard, LeaderboardType, Timeframe, people_are_compared
from portal.domain.volunteers import Status, Visibility, Volunteer, public_name
from portal.extensions import db

ROWS = 10
LOOKED_AT = 40
"""Stored places that are looked at: some may belong to people who are no longer to be seen."""
LATEST = 3
REMEMBERS = timedelta(days=8)
EVERY_BOARD = tuple(f"{kind}/{frame}" for kind in LeaderboardType for frame in Timeframe)
TEAMS, PER_HEAD = "teams/", "/per-head"
EVERY_TEAM_BOARD = tuple(
    f"{TEAMS}{kind}/{frame}{way}"
    for kind in (LeaderboardType.POINTS, LeaderboardType.HOURS)
    for frame in (Timeframe.MONTHLY, Timeframe.ALL_TIME)
    for way in ("", PER_HEAD)
)
GOALS, MEDALS, JOIN = "goals", "medals", "join"
TURNING = (*EVERY_BOARD, *EVERY_TEAM_BOARD, GOALS)
"""What a display is for; of these it shows at least one. Boards take turns, and so do goals, below them."""
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
    value: int | float | Decimal
    name: str
    medal: Medal | None


@dataclass(frozen=True, slots=True)
class ShownBoard:
    """One board with its first rows; `name` is the panel's, `as_of` when it was last rebuilt."""

    name: str
    type: str
    timeframe: str
    period_start: date | None
    standings: tuple[Standing, ...]
    as_of: datetime

    @property
    def of_teams(self) -> bool:
        """Whether teams stand on it, by sum or by head."""
        return self.name.startswith(TEAMS)

    @property
    def per_head(self) -> bool:
        """Whether teams stand on it by what they brought by head."""
        return self.name.endswith(PER_HEAD)


@dataclass(frozen=True, slots=True)
class Latest:
    """Somebody and what they earned last."""

    name: str
    badge: Medal


@dataclass(frozen=True, slots=True)
class Picture:
    """All that televisions show; `latest` is None where nobody shows medals. `joins`: whether people may ask to."""

    boards: tuple[ShownBoard, ...]
    latest: tuple[Latest, ...] | None
    goals: tuple[Progress, ...] = ()
    joins: bool = False

    def only(self, panels: Sequence[str]) -> "Picture":
        """What a display with these panels shows of it, in their order."""
        found = {one.name: one for one in self.boards}
        boards = tuple(found[name] for name in panels if name in found)
        shown = self.goals if GOALS in panels else ()
        return Picture(boards, self.latest if MEDALS in panels else None, shown, self.joins and JOIN in panels)

    @property
    def as_of(self) -> datetime | None:
        """When its boards were last rebuilt."""
        return max((one.as_of for one in self.boards), default=None)


def picture(panels: Sequence[str], now: datetime) -> Picture:
    """What displays with these panels ('points/monthly', 'medals') show now, in a fixed number of statements."""
    today = organisation.today(now)
    found = current(panels)
    shown = [found[name] for name in panels if name in found]
    visible_people = visible({row["volunteer_id"] for one in shown for row in one.rankings[:LOOKED_AT]})
    names = {row.id: public_name(row, today) for row in visible_people}
    places, medals = places_before(shown, today), best_medals(names)
    people = (board(one, names, places.get(key(one), {}), medals) for one in shown)
    return Picture(
        boards=(*people, *boards_of_teams(panels)),
        latest=latest(today) if MEDALS in panels else None,
        goals=tuple(one for one in goals.running(now) if one.value is not None) if GOALS in panels else (),
        joins=JOIN in panels and bool(organisation.setting("sign_up")),
    )


def boards_of_teams(panels: Sequence[str]) -> list[ShownBoard]:
    """The boards of teams among these panels, in one statement."""
    wanted = [name for name in panels if name in EVERY_TEAM_BOARD]
    best = team_boards.best(ROWS) if wanted else {}
    return [board_of_teams(name, best) for name in wanted if plain_name(name) in best]


def board_of_teams(name: str, best: Mapping[str, team_boards.Best]) -> ShownBoard:
    """A board of teams with its first rows."""
    found, per_head = best[plain_name(name)], name.endswith(PER_HEAD)
    first = found.by_head if per_head else found.by_sum
    standings = tuple(Standing(one.team_id, one.place, None, one.figure, one.name, None) for one in first)
    kind, frame = plain_name(name).split("/")
    return ShownBoard(name, kind, frame, found.period_start, standings, found.as_of)


def plain_name(name: str) -> str:
    """'teams/points/monthly/per-head' as 'points/monthly'."""
    return name.removeprefix(TEAMS).removesuffix(PER_HEAD)


def key(snapshot) -> tuple:
    """What makes two snapshots comparable: type, timeframe, first date."""
    return (snapshot.leaderboard_type, snapshot.timeframe, snapshot.period_start)


def board(one: Leaderboard, names: Mapping[int, str], before: Mapping[int, int], medals: Mapping) -> ShownBoard:
    """The first rows of a snapshot, without those who may not be seen."""
    rows = [row for row in one.rankings[:LOOKED_AT] if row["volunteer_id"] in names][:ROWS]
    standings = tuple(standing(row, names, before, medals) for row in rows)
    return ShownBoard(f"{one.leaderboard_type}/{one.timeframe}", *key(one), standings, one.generated_at)


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
