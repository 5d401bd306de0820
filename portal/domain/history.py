"""What happened to a volunteer, line by line: the ledger with its explanations put on when read, and what brought
nothing or does not count yet (docs/rules.md, section 3). A completion and its badge are one line with their sum.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    CompoundSelect,
    Row,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased, joinedload

from portal.database import UTCDateTime, among
from portal.domain.accounts import User
from portal.domain.achievements import Achievement, Completion
from portal.domain.activities import Activity, EventType
from portal.domain.badges import VolunteerBadge
from portal.domain.periods import ALL_TIME, Period
from portal.domain.points import CAUSES, Award, PointsEventType, PointsHistory
from portal.extensions import db, rows


class Kind(StrEnum):
    """Which lines one wants to see."""

    HOURS = "hours"
    WORK = "work"
    EARNED = "earned"
    GIVEN = "given"


TYPES = {
    Kind.HOURS: (EventType.HOURS_LOGGED,),
    Kind.WORK: tuple(kind for kind in EventType if kind != EventType.HOURS_LOGGED),
    Kind.EARNED: (PointsEventType.ACHIEVEMENT_EARNED, PointsEventType.BADGE_EARNED),
    Kind.GIVEN: (PointsEventType.MANUAL_ADJUSTMENT,),
}


AT_A_TIME = 500


class Place(NamedTuple):
    """Where a line stands in its order: the instant, whether it is of the ledger (1) or an activity (0), its id."""

    at: datetime
    source: int
    id: int


@dataclass(slots=True)
class Line:
    """A line with what explains it. `points` is None for what does not count, or not yet."""

    place: Place
    on: date
    event_type: str
    points: int | None
    undoes: bool = False
    activity: Row | None = None
    completion: Completion | None = None
    badge: VolunteerBadge | None = None
    badge_points: int = 0
    award: Award | None = None
    by: User | None = None


def page(
    volunteer_id: int,
    *,
    kind: Kind | None = None,
    during: Period = ALL_TIME,
    older: Place | None = None,
    newer: Place | None = None,
    limit: int = 30,
) -> list[Line]:
    """Lines of a volunteer, the newest first: the first ones, or those next to a place, on its older or newer side."""
    behind, way = newer or older, None if newer is older else newer is None
    place = {f"than_{key}": one for key, one in behind._asdict().items()} if behind else {}
    query = _page(kind, during != ALL_TIME, way)
    found = rows(query, whose=volunteer_id, limit=limit, **place, **_dates(during))
    places = [(Place(*key), day) for *key, day in found]
    return explained(places[::-1] if newer is not None else places)


# The queries of this page are written once: it takes longer to write them than to ask them.
@lru_cache
def _page(kind: Kind | None, dated: bool, older: bool | None) -> Select:
    """The places of a page, from the newest on, or those older, or newer, than the place `than_...`."""
    lines = _lines(kind, dated).subquery().c
    keys = (lines.at, lines.source, lines.id)
    query = select(*keys, lines.day).limit(bindparam("limit"))
    query = query.order_by(*(key.asc() if older is False else key.desc() for key in keys))
    return query if older is None else query.where(_beyond(keys, older=older))


def _beyond(keys: Sequence, *, older: bool):
    """Whether a row comes after the place `than_...`, in either direction."""
    at, source, _id = keys
    names = (("at", UTCDateTime), ("source", BigInteger), ("id", BigInteger))
    values = [bindparam(f"than_{name}", type_=kind) for name, kind in names]
    beyond = [column < value if older else column > value for column, value in zip(keys, values, strict=True)]
    same = (at == values[0], source == values[1])
    return or_(beyond[0], and_(same[0], beyond[1]), and_(*same, beyond[2]))


def all_of(volunteer_id: int, *, kind: Kind | None = None, during: Period = ALL_TIME) -> Iterator[Line]:
    """All lines of a volunteer, the newest first, fetched as they are read."""
    last = None
    while found := page(volunteer_id, kind=kind, during=during, older=last, limit=AT_A_TIME):
        yield from found
        last = found[-1].place


def count(volunteer_id: int, kind: Kind | None = None, during: Period = ALL_TIME) -> int:
    """How many lines there are."""
    return rows(_count(kind, during != ALL_TIME), whose=volunteer_id, **_dates(during))[0][0]


@lru_cache
def _count(kind: Kind | None, dated: bool) -> Select:
    return select(func.count()).select_from(_lines(kind, dated).subquery())


def _dates(during: Period) -> dict[str, date | None]:
    """The dates that a query is bound to."""
    return {} if during == ALL_TIME else {"first": during.start, "after": during.end}


def first_day(volunteer_id: int) -> date | None:
    """The date of somebody's first line; None where there is none."""
    days = [select(func.min(column)).where(whose == bindparam("whose")) for column, whose in DAYS_AND_WHOSE]
    return min((row[0] for row in rows(union_all(*days), whose=volunteer_id) if row[0] is not None), default=None)


def balance_before(volunteer_id: int, day: date) -> int:
    """The sum of what the ledger says of all dates before this one."""
    return int(rows(BALANCE_BEFORE, whose=volunteer_id, day=day)[0][0])


@lru_cache
def _lines(kind: Kind | None, dated: bool) -> CompoundSelect:
    """The places of all lines of the volunteer `whose`: rows of the ledger, and activities that have none."""
    volunteer_id = bindparam("whose", type_=BigInteger)
    paid = select(
        *(PointsHistory.effective_at.label("at"), literal(1).label("source")),
        *(PointsHistory.id.label("id"), PointsHistory.effective_on.label("day")),
    ).where(PointsHistory.volunteer_id == volunteer_id, ~_is_told_with_its_completion(volunteer_id))
    row = aliased(PointsHistory)
    has_row = exists().where(row.activity_id == Activity.id, row.volunteer_id == volunteer_id, row.undoes.is_(False))
    unpaid = select(Activity.occurred_at, literal(0), Activity.id, Activity.occurred_on).where(
        Activity.volunteer_id == volunteer_id, ~has_row
    )
    if kind is not None:
        paid = paid.where(PointsHistory.event_type.in_(TYPES[kind]))
        unpaid = unpaid.where(Activity.event_type.in_(TYPES[kind]))
    if dated:
        paid = paid.where(_is_during(PointsHistory.effective_on))
        unpaid = unpaid.where(_is_during(Activity.occurred_on))
    return union_all(paid, unpaid)


def _is_during(day):
    return and_(day >= bindparam("first"), day < bindparam("after"))


def _is_told_with_its_completion(volunteer_id):
    """Whether a row of this volunteer is that of a badge whose completion has a row of its own: then they are one line.
    Both rows are theirs, which is said outright: PostgreSQL would look through the whole ledger for it first."""
    row = aliased(PointsHistory)
    return and_(
        PointsHistory.volunteer_badge_id.is_not(None),
        exists()
        .where(VolunteerBadge.id == PointsHistory.volunteer_badge_id, row.completion_id == VolunteerBadge.completion_id)
        .where(row.volunteer_id == volunteer_id, row.undoes == PointsHistory.undoes),
    )


def points_by_day(volunteer_id: int, first: date, after: date, kind: Kind | None = None) -> dict[date, int]:
    """What the ledger says of each date from `first` to the day before `after`."""
    found = rows(_by_day(kind), whose=volunteer_id, first=first, after=after)
    return {day: int(points) for day, points in found}


@lru_cache
def _by_day(kind: Kind | None) -> Select:
    row = PointsHistory.__table__.c
    query = (
        select(row.effective_on, func.sum(row.points_change))
        .where(row.volunteer_id == bindparam("whose"))
        .where(row.effective_on >= bindparam("first"), row.effective_on < bindparam("after"))
        .group_by(row.effective_on)
    )
    return query if kind is None else query.where(row.event_type.in_(TYPES[kind]))


def written_at(volunteer_id: int, moment: datetime) -> tuple[list[Line], list[PointsHistory]]:
    """What one settling wrote: its lines, the first first, and all its rows of the ledger."""
    query = select(PointsHistory).where(PointsHistory.volunteer_id == volunteer_id, PointsHistory.created_at == moment)
    rows = list(db.session.scalars(query.order_by(PointsHistory.id)))
    elsewhere = _is_told_with_its_completion(volunteer_id)
    told = set(db.session.scalars(query.with_only_columns(PointsHistory.id).where(elsewhere)))
    places = [(Place(row.effective_at, 1, row.id), row.effective_on) for row in rows if row.id not in told]
    return explained(places), rows


def of_badge(held: VolunteerBadge) -> Line:
    """How a badge came to its holder, and what it brought together with its completion."""
    one = PointsHistory
    cause = or_(
        one.volunteer_badge_id == held.id, and_(one.completion_id.is_not(None), one.completion_id == held.completion_id)
    )
    rows = list(
        db.session.scalars(select(one).where(one.volunteer_id == held.volunteer_id, cause, one.undoes.is_(False)))
    )
    completion = _found(COMPLETIONS, filter(None, [held.completion_id]))
    line = Line(Place(held.earned_at, 1, held.id), held.earned_at.date(), PointsEventType.BADGE_EARNED, 0, badge=held)
    line.points = sum(row.points_change for row in rows)
    line.badge_points = sum(row.points_change for row in rows if row.volunteer_badge_id)
    line.completion = completion.get(held.completion_id)
    activity_id = line.completion and line.completion.activity_id
    line.activity = _rows_of(ACTIVITIES, [activity_id] if activity_id else []).get(activity_id)
    giver = held.awarded_by_id or (line.completion and line.completion.given_by_id)
    line.by = db.session.get(User, giver) if giver else None
    return line


def explained(places: Sequence[tuple[Place, date]]) -> list[Line]:
    """The lines at these places, with all that explains them, in a number of statements that does not grow."""
    paid = _rows_of(LEDGER, [place.id for place, _ in places if place.source])
    causes = Causes(paid.values(), [place.id for place, _ in places if not place.source])
    return [
        causes.ledger_line(place, day, paid[place.id]) if place.source else causes.activity_line(place, day)
        for place, day in places
    ]


class Causes:
    """What rows of the ledger point to."""

    def __init__(self, rows: Iterable[Row], activity_ids: Sequence[int]):
        rows = list(rows)
        self.activities = _rows_of(ACTIVITIES, [*activity_ids, *_ids(rows, "activity_id")])
        self.completions = _found(COMPLETIONS, _ids(rows, "completion_id"))
        self.told = self._badges_of(self.completions)
        badge_ids = [*_ids(rows, "volunteer_badge_id"), *(row.volunteer_badge_id for row in self.told)]
        self.badges = _found(BADGES, badge_ids)
        behind = {one.completion_id for one in self.badges.values() if one.completion_id} - self.completions.keys()
        self.completions |= _found(COMPLETIONS, behind)
        self.awards = _found(AWARDS, _ids(rows, "award_id"))
        self.users = _found(USERS, _ids(rows, "awarded_by_id"))

    @staticmethod
    def _badges_of(completions: Iterable[int]) -> list[PointsHistory]:
        """The rows of badges that are told in the lines of these completions."""
        completions = list(completions)
        return list(db.session.scalars(TOLD_BADGES, {"ids": completions})) if completions else []

    def ledger_line(self, place: Place, day: date, row: Row) -> Line:
        """A line of the ledger."""
        line = Line(place, day, row.event_type, row.points_change, row.undoes)
        line.activity = self.activities.get(row.activity_id)
        line.award, line.by = self.awards.get(row.award_id), self.users.get(row.awarded_by_id)
        line.badge = self.badges.get(row.volunteer_badge_id)
        line.badge_points = row.points_change if row.volunteer_badge_id else 0
        line.completion = self.completions.get(row.completion_id or (line.badge and line.badge.completion_id))
        if row.completion_id:
            self._add_badge(line)
        return line

    def _add_badge(self, line: Line) -> None:
        """Puts the badge that came, or fell, with a completion into its line."""
        for row in self.told:
            badge = self.badges[row.volunteer_badge_id]
            if badge.completion_id == line.completion.id and row.undoes == line.undoes:
                line.badge, line.badge_points = badge, line.badge_points + row.points_change
                line.points += row.points_change

    def activity_line(self, place: Place, day: date) -> Line:
        """A line for an activity without a row of its own."""
        activity = self.activities[place.id]
        points = 0 if activity.status in ("counted", "reversed") else None
        return Line(place, day, activity.event_type, points, activity=activity)


DAYS_AND_WHOSE = (
    (PointsHistory.effective_on, PointsHistory.volunteer_id),
    (Activity.occurred_on, Activity.volunteer_id),
)
BALANCE_BEFORE = (
    select(func.coalesce(func.sum(PointsHistory.points_change), 0))
    .where(PointsHistory.volunteer_id == bindparam("whose"))
    .where(PointsHistory.effective_on < bindparam("day"))
)


def _by_number(model, *names: str) -> Select:
    columns = model.__table__.c
    return select(columns.id, *(columns[name] for name in names)).where(among(columns.id, "ids"))


LEDGER = _by_number(PointsHistory, "event_type", "points_change", "undoes", "awarded_by_id", *CAUSES)
ACTIVITIES = _by_number(
    *(Activity, "event_type", "status", "quantity", "certified"),
    *("exact", "day_cap", "reason", "reference_name"),
)
COMPLETIONS = (
    select(Completion)
    .options(joinedload(Completion.achievement).joinedload(Achievement.badge))
    .where(among(Completion.id, "ids"))
)
BADGES = select(VolunteerBadge).options(joinedload(VolunteerBadge.badge)).where(among(VolunteerBadge.id, "ids"))
AWARDS = select(Award).where(among(Award.id, "ids"))
USERS = select(User).where(among(User.id, "ids"))
TOLD_BADGES = (
    select(PointsHistory)
    .join(VolunteerBadge, VolunteerBadge.id == PointsHistory.volunteer_badge_id)
    .where(among(VolunteerBadge.completion_id, "ids"))
    .order_by(PointsHistory.id)
)


def _rows_of(query: Select, ids: Sequence[int]) -> Mapping[int, Row]:
    return {row.id: row for row in rows(query, ids=ids)} if ids else {}


def _ids(rows: Iterable[Row], column: str) -> list[int]:
    return [value for row in rows if (value := getattr(row, column)) is not None]


def _found(query: Select, ids: Iterable[int]) -> dict:
    ids = list(ids)
    return {one.id: one for one in db.session.scalars(query, {"ids": ids})} if ids else {}
