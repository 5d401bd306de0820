"""What happened to a volunteer, line by line: the ledger with its explanations put on when read, and what brought
nothing or does not count yet (docs/rules.md, section 3). A completion and its badge are one line with their sum.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import BigInteger, Select, Subquery, and_, bindparam, exists, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased, joinedload

from portal.database import UTCDateTime, among
from portal.domain.accounts import User
from portal.domain.achievements import Achievement, Completion
from portal.domain.activities import Activity, EventType
from portal.domain.badges import VolunteerBadge
from portal.domain.points import Award, PointsEventType, PointsHistory
from portal.extensions import db


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
    activity: Activity | None = None
    completion: Completion | None = None
    badge: VolunteerBadge | None = None
    badge_points: int = 0
    award: Award | None = None
    by: User | None = None


def page(
    volunteer_id: int,
    *,
    kind: Kind | None = None,
    older: Place | None = None,
    newer: Place | None = None,
    limit: int = 30,
) -> list[Line]:
    """Lines of a volunteer, the newest first: the first ones, or those next to a place, on its older or newer side."""
    rows = _rows(kind)
    keys = (rows.c.at, rows.c.source, rows.c.id)
    query = select(*keys, rows.c.day).limit(limit).params(whose=volunteer_id)
    if newer is not None:
        query = query.where(_beyond(keys, newer, older=False)).order_by(*(key.asc() for key in keys))
    else:
        query = query.order_by(*(key.desc() for key in keys))
        query = query if older is None else query.where(_beyond(keys, older, older=True))
    found = [(Place(*key), day) for *key, day in db.session.execute(query)]
    return explained(found[::-1] if newer is not None else found)


def _beyond(keys: Sequence, place: Place, *, older: bool):
    """Whether a row comes after a place, in either direction."""
    at, source, id_ = keys
    moment = literal(place.at, UTCDateTime)
    steps = ((at, moment), (source, place.source), (id_, place.id))
    beyond = [column < value if older else column > value for column, value in steps]
    return or_(beyond[0], and_(at == moment, beyond[1]), and_(at == moment, source == place.source, beyond[2]))


def count(volunteer_id: int, kind: Kind | None = None) -> int:
    """How many lines there are."""
    query = select(func.count()).select_from(_rows(kind)).params(whose=volunteer_id)
    return db.session.scalar(query) or 0


@lru_cache
def _rows(kind: Kind | None) -> Subquery:
    """The places of all lines of the volunteer `whose`: rows of the ledger, and activities that have none. Written
    once: it takes longer to write than to ask."""
    volunteer_id = bindparam("whose", type_=BigInteger)
    paid = select(
        *(PointsHistory.effective_at.label("at"), literal(1).label("source")),
        *(PointsHistory.id.label("id"), PointsHistory.effective_on.label("day")),
    ).where(PointsHistory.volunteer_id == volunteer_id, ~_is_told_with_its_completion())
    row = aliased(PointsHistory)
    has_row = exists().where(row.activity_id == Activity.id, row.volunteer_id == volunteer_id, row.undoes.is_(False))
    unpaid = select(Activity.occurred_at, literal(0), Activity.id, Activity.occurred_on).where(
        Activity.volunteer_id == volunteer_id, ~has_row
    )
    if kind is not None:
        paid = paid.where(PointsHistory.event_type.in_(TYPES[kind]))
        unpaid = unpaid.where(Activity.event_type.in_(TYPES[kind]))
    return union_all(paid, unpaid).subquery()


def _is_told_with_its_completion():
    """Whether a row is that of a badge whose completion has a row of its own: then they are one line."""
    row = aliased(PointsHistory)
    return and_(
        PointsHistory.volunteer_badge_id.is_not(None),
        exists()
        .where(VolunteerBadge.id == PointsHistory.volunteer_badge_id, row.completion_id == VolunteerBadge.completion_id)
        .where(row.volunteer_id == PointsHistory.volunteer_id, row.undoes == PointsHistory.undoes),
    )


def points_by_day(volunteer_id: int, first: date, after: date, kind: Kind | None = None) -> dict[date, int]:
    """What the ledger says of each date from `first` to the day before `after`."""
    query = (
        select(PointsHistory.effective_on, func.sum(PointsHistory.points_change))
        .where(PointsHistory.volunteer_id == volunteer_id)
        .where(PointsHistory.effective_on >= first, PointsHistory.effective_on < after)
        .group_by(PointsHistory.effective_on)
    )
    if kind is not None:
        query = query.where(PointsHistory.event_type.in_(TYPES[kind]))
    return {day: int(points) for day, points in db.session.execute(query)}


def written_at(volunteer_id: int, moment: datetime) -> tuple[list[Line], list[PointsHistory]]:
    """What one settling wrote: its lines, the first first, and all its rows of the ledger."""
    query = select(PointsHistory).where(PointsHistory.volunteer_id == volunteer_id, PointsHistory.created_at == moment)
    rows = list(db.session.scalars(query.order_by(PointsHistory.id)))
    told = set(db.session.scalars(query.with_only_columns(PointsHistory.id).where(_is_told_with_its_completion())))
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
    definition = joinedload(Completion.achievement)
    completion = _found(select(Completion).options(definition), Completion, filter(None, [held.completion_id]))
    line = Line(Place(held.earned_at, 1, held.id), held.earned_at.date(), PointsEventType.BADGE_EARNED, 0, badge=held)
    line.points = sum(row.points_change for row in rows)
    line.badge_points = sum(row.points_change for row in rows if row.volunteer_badge_id)
    line.completion = completion.get(held.completion_id)
    line.activity = (
        db.session.get(Activity, line.completion.activity_id)
        if line.completion and line.completion.activity_id
        else None
    )
    giver = held.awarded_by_id or (line.completion and line.completion.given_by_id)
    line.by = db.session.get(User, giver) if giver else None
    return line


def explained(places: Sequence[tuple[Place, date]]) -> list[Line]:
    """The lines at these places, with all that explains them, in a number of statements that does not grow."""
    rows = {row.id: row for row in _by_id(select(PointsHistory), PointsHistory, (p.id for p, _ in places if p.source))}
    causes = Causes(rows.values(), [place.id for place, _ in places if not place.source])
    return [
        causes.ledger_line(place, day, rows[place.id]) if place.source else causes.activity_line(place, day)
        for place, day in places
    ]


class Causes:
    """What rows of the ledger point to."""

    def __init__(self, rows: Iterable[PointsHistory], activity_ids: Sequence[int]):
        rows = list(rows)
        self.activities = _found(select(Activity), Activity, [*activity_ids, *_ids(rows, "activity_id")])
        definition = joinedload(Completion.achievement).joinedload(Achievement.badge)
        self.completions = _found(select(Completion).options(definition), Completion, _ids(rows, "completion_id"))
        self.told = self._badges_of(self.completions)
        badge_ids = [*_ids(rows, "volunteer_badge_id"), *(row.volunteer_badge_id for row in self.told)]
        given = select(VolunteerBadge).options(joinedload(VolunteerBadge.badge))
        self.badges = _found(given, VolunteerBadge, badge_ids)
        behind = {one.completion_id for one in self.badges.values() if one.completion_id} - self.completions.keys()
        self.completions |= _found(select(Completion).options(definition), Completion, behind)
        self.awards = _found(select(Award), Award, _ids(rows, "award_id"))
        self.users = _found(select(User), User, _ids(rows, "awarded_by_id"))

    @staticmethod
    def _badges_of(completions: Iterable[int]) -> list[PointsHistory]:
        """The rows of badges that are told in the lines of these completions."""
        query = select(PointsHistory).join(VolunteerBadge, VolunteerBadge.id == PointsHistory.volunteer_badge_id)
        completions = list(completions)
        found = query.where(among(VolunteerBadge.completion_id, completions)).order_by(PointsHistory.id)
        return list(db.session.scalars(found)) if completions else []

    def ledger_line(self, place: Place, day: date, row: PointsHistory) -> Line:
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


def _ids(rows: Iterable[PointsHistory], column: str) -> list[int]:
    return [value for row in rows if (value := getattr(row, column)) is not None]


def _by_id(query: Select, model, ids: Iterable[int]) -> list:
    ids = list(ids)
    return list(db.session.scalars(query.where(among(model.id, ids)))) if ids else []


def _found(query: Select, model, ids: Iterable[int]) -> dict:
    return {one.id: one for one in _by_id(query, model, ids)}
