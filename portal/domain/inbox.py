"""A volunteer's news to be read: messages, the newest first, and what stands behind each of them now.

News holds ids. What they stand for is looked up when somebody reads, so that nothing is told that they may not know of
any more. What came together (one settling, one thing done by hand) was written at one instant and is one message.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.orm import joinedload

from portal.database import among
from portal.domain import definitions, leaderboards, notifications, organisation, undoing
from portal.domain.accounts import User
from portal.domain.achievements import Achievement, Completion
from portal.domain.activities import Activity
from portal.domain.badges import Badge, VolunteerBadge
from portal.domain.notifications import News, Notification
from portal.domain.points import CAUSES, Award, PointsHistory
from portal.extensions import change_many, db

MESSAGES = 50
MOST_AT_ONCE = 12
"""Pieces of news that a message shows; of more it says how many there are."""


@dataclass(slots=True)
class Message:
    """What came together: when, how much it is, whether some of it is unread, and the first pieces of news in it."""

    at: datetime
    total: int
    unread: bool
    news: list[Notification] = field(default_factory=list)


def page(volunteer_id: int, *, before: datetime | None = None, limit: int = MESSAGES) -> list[Message]:
    """The messages of a volunteer before an instant, the newest first, in two queries."""
    one = Notification
    theirs = [*said_to(volunteer_id), *([one.created_at < before] if before else [])]
    unread = func.count() - func.count(one.read_at)
    heads = select(one.created_at, func.count().label("total"), unread.label("unread")).where(*theirs)
    heads = heads.group_by(one.created_at).order_by(one.created_at.desc()).limit(limit)
    found = {row.created_at: Message(row.created_at, row.total, row.unread > 0) for row in db.session.execute(heads)}
    for news in first_of_each(volunteer_id, found):
        found[news.created_at].news.append(news)
    return list(found.values())


def said_to(volunteer_id: int) -> list[ColumnElement[bool]]:
    """What a volunteer is told."""
    one, unsaid = Notification, leaderboards.unsaid()
    return [one.volunteer_id == volunteer_id, *([one.kind != unsaid] if unsaid else [])]


def unread(volunteer_id: int) -> int:
    """How many of their messages a volunteer has not read; no more than notifications.MANY."""
    return notifications.unread(volunteer_id, unsaid=leaderboards.unsaid())


def first_of_each(volunteer_id: int, moments: Iterable[datetime]) -> Sequence[Notification]:
    """The first pieces of news of each of these moments, in order."""
    moments = sorted(moments)
    if not moments:
        return ()
    one = Notification
    number = func.row_number().over(partition_by=one.created_at, order_by=one.id).label("number")
    within = (*said_to(volunteer_id), one.created_at >= moments[0], one.created_at <= moments[-1])
    numbered = select(one.id, number).where(*within).subquery()
    query = select(one).join(numbered, numbered.c.id == one.id).where(numbered.c.number <= MOST_AT_ONCE)
    return db.session.scalars(query.order_by(one.created_at, one.id)).all()


def mark_read(volunteer_id: int, *, newest: datetime, oldest: datetime | None, now: datetime) -> None:
    """Marks what a volunteer was told from `oldest` (or from the beginning) to `newest` as read."""
    one = Notification
    these = update(one).where(one.volunteer_id == volunteer_id, one.read_at.is_(None), one.created_at <= newest)
    change_many((these.where(one.created_at >= oldest) if oldest else these).values(read_at=now))


class Facts:
    """What stands behind pieces of news of one volunteer, in a number of queries that does not grow with them."""

    def __init__(self, volunteer_id: int, news: Sequence[Notification]):
        ids = ids_in(news)
        self.completions = found(COMPLETIONS, Completion, ids["completion_id"])
        self.held = found(HELD, VolunteerBadge, ids["volunteer_badge_id"])
        self.awards = found(select(Award), Award, ids["award_id"])
        self.activities = found(select(Activity), Activity, ids["activity_id"] | ids["logged_activity_id"])
        self.undone = undoing.reasons([*ids["batch_id"], *(one.batch_id for one in self.awards.values())])
        self.users = found(select(User), User, givers([*self.completions.values(), *self.held.values()], self.awards))
        self.points = paid(volunteer_id, ids)
        self.holds = holding(volunteer_id, self.badges()) if self.badges() else set()
        self.new = made_on({one.data["on"] for one in news if one.kind == News.NEW_TO_EARN})

    def badges(self) -> set[int]:
        """The badges that this is about."""
        carried = {one.achievement.badge_id for one in self.completions.values()} - {None}
        return {one.badge_id for one in self.held.values()} | carried

    def knows(self, badge: Badge | None) -> bool:
        """Whether a badge exists for this volunteer: secret ones only while they hold them."""
        return badge is not None and (not badge.is_secret or badge.id in self.holds)

    def brought(self, cause: str, number: int | None, *, undoes: bool = False) -> int:
        """What the ledger says that a cause (a column of CAUSES) brought, or took again."""
        return self.points.get((cause, number, undoes), 0)


def ids_in(news: Iterable[Notification]) -> dict[str, set[int]]:
    """The ids that pieces of news hold, by what they are of."""
    ids: dict[str, set[int]] = defaultdict(set)
    for one in news:
        for name, value in one.data.items():
            if name.endswith("_id") and value is not None:
                ids[name].add(value)
    return ids


COMPLETIONS = select(Completion).options(joinedload(Completion.achievement).joinedload(Achievement.badge))
HELD = select(VolunteerBadge).options(joinedload(VolunteerBadge.badge))


def found(query: Select, model: type, ids: Iterable[int]) -> dict:
    """Rows by their ids; no query for none."""
    ids = list(ids)
    return {one.id: one for one in db.session.scalars(query.where(among(model.id, ids)))} if ids else {}


def givers(given: Iterable, awards: dict[int, Award]) -> set[int]:
    """Who gave or took back any of these by hand."""
    names: tuple[str, ...] = ("given_by_id", "awarded_by_id", "revoked_by_id")
    rows = [*given, *awards.values()]
    return {value for row in rows for name in names if (value := getattr(row, name, None)) is not None}


def paid(volunteer_id: int, ids: dict[str, set[int]]) -> dict[tuple[str, int, bool], int]:
    """What the ledger says of these causes: by the cause's column, its id, and whether the row undoes another."""
    row, points = PointsHistory, {}
    for cause in CAUSES:
        if ids[cause]:
            column = getattr(row, cause)
            query = select(column, row.undoes, row.points_change).where(among(column, ids[cause]))
            found = db.session.execute(query.where(row.volunteer_id == volunteer_id))
            points |= {(cause, number, undoes): change for number, undoes, change in found}
    return points


def holding(volunteer_id: int, badge_ids: Iterable[int]) -> set[int]:
    """Which of these badges a volunteer holds now."""
    one = VolunteerBadge
    query = select(one.badge_id).where(one.volunteer_id == volunteer_id, one.revoked_at.is_(None))
    return set(db.session.scalars(query.where(among(one.badge_id, badge_ids))))


def made_on(days: Iterable[str]) -> Callable[[str], list[Achievement]]:
    """Says what was new to earn on each of these days and still is, by the organisation's calendar."""
    zone, by_day = organisation.zone(), defaultdict(set)
    wanted = sorted(map(date.fromisoformat, days))
    if wanted:
        first, last = (datetime.combine(day, datetime.min.time(), zone) for day in (wanted[0], wanted[-1]))
        made = Achievement.created_at
        query = select(Achievement.id, made).where(made >= first, made < last + timedelta(days=2))
        for number, at in db.session.execute(query):
            by_day[f"{at.astimezone(zone).date()}"].add(number)
    known = [one for one in definitions.achievements() if one.is_active and not one.is_secret] if by_day else []
    return lambda day: [one for one in known if one.id in by_day[day]]
