"""What is there about volunteers when they are settled: loaded for a whole batch in a fixed number of statements.

For one achievement, and volunteers for whom nothing waits, it is enough to open a page of their books.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, case, false, func, or_, select
from sqlalchemy.orm import joinedload

from portal.database import among, unindexed, units
from portal.domain.achievements import Achievement, Completion, VolunteerAchievement
from portal.domain.achievements.conditions import asks_for_tags, looks_back
from portal.domain.achievements.kinds import kind_of
from portal.domain.activities import IS_UNSETTLED, Activity, Batch
from portal.domain.badges import VolunteerBadge
from portal.domain.points import VolunteerPoints
from portal.domain.streaks import Streak, streak
from portal.domain.tally import Tally, histories, tallies
from portal.domain.volunteers import Volunteer
from portal.extensions import db


class Figures(NamedTuple):
    """What stands in a balance beside the points: hours (in hundredths), number of projects, streak."""

    hours: int
    projects: int
    streak: Streak


NOTHING = Figures(0, 0, Streak())


@dataclass(slots=True)
class Books:
    """All that settling one volunteer needs to know; rows are plain, in units as they are stored.

    `figures` are as they are written down. `unsettled` says by type how much waits. `quiet` are ids of it, told only
    where some of it is quiet and some is not. Of a page, the tally is of these `types` alone, or of all (None).
    """

    volunteer_id: int
    balance_id: int = 0
    total: int = 0
    figures: Figures = NOTHING
    zone: tzinfo = UTC
    is_page: bool = False
    types: Collection[str] | None = None
    unsettled: list[Row] = field(default_factory=list)
    quiet: set[int] = field(default_factory=set)
    tally: Tally = field(default_factory=Tally)
    completions: dict[int, list[Row]] = field(default_factory=lambda: defaultdict(list))
    badges: dict[int, list[Row]] = field(default_factory=lambda: defaultdict(list))
    progress: dict[int, tuple] = field(default_factory=dict)

    def figures_now(self) -> Figures:
        """The figures by the tally; a page leaves them as they are."""
        if self.is_page:
            return self.figures
        hours, projects = self.tally.of("hours_logged"), self.tally.of("project_completed")
        run = streak(self.tally.days, self.tally.paused, self.tally.runs)
        return Figures(hours.quantity if hours else 0, projects.count if projects else 0, run)

    def waiting(self, *kinds: str) -> int:
        """How many activities are unsettled: "pending", "reversed", or, of both, "quiet"."""
        return sum(getattr(row, kind) for row in self.unsettled for kind in kinds or ("pending", "reversed"))


def definitions(only: Achievement | None = None) -> list[Achievement]:
    """Every achievement, retired ones too, with its badge; or only this one, and those that bring the same badge."""
    query = select(Achievement).options(joinedload(Achievement.badge)).order_by(Achievement.id)
    if only is not None:
        brings = Achievement.badge_id == only.badge_id if only.badge_id else false()
        query = query.where(or_(Achievement.id == only.id, brings))
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def open_books(volunteer_ids: Sequence[int], achievements: Sequence[Achievement]) -> dict[int, Books]:
    """The books of these volunteers, whose balances are locked. Histories only where a definition needs them."""
    books = {volunteer_id: Books(volunteer_id) for volunteer_id in volunteer_ids}
    learn_balances(books.values())
    for row in db.session.execute(_unsettled(volunteer_ids)):
        books[row.volunteer_id].unsettled.append(row)
    _learn_quiet(books)
    for volunteer_id, found in tallies(volunteer_ids).items():
        books[volunteer_id].tally = found
    _learn_earned(books, volunteer_ids)
    _learn_what_looks_back(books, achievements)
    return books


def open_pages(volunteer_ids: Sequence[int], achievements: Sequence[Achievement]) -> dict[int, Books]:
    """The page of these achievements in the books of these volunteers: what they and their badges need, no more, and
    without balances. For whom something is unsettled the whole book is needed, if anything is to be written into it.
    """
    books = {volunteer_id: Books(volunteer_id, is_page=True) for volunteer_id in volunteer_ids}
    _learn_earned(books, volunteer_ids, achievements)
    types = _types(books, achievements)
    for volunteer_id, found in tallies(volunteer_ids, types).items():
        books[volunteer_id].tally, books[volunteer_id].types = found, types
    _learn_what_looks_back(books, achievements)
    return books


def _kept(books: dict[int, Books]) -> Iterator[Row]:
    """The completions that stand in these books, each with the terms under which it was earned."""
    return (row for one in books.values() for rows in one.completions.values() for row in rows)


def _types(books: dict[int, Books], achievements: Sequence[Achievement]) -> Collection[str] | None:
    """Of which types activities matter for these achievements, as they are and as they were when earned; None: all."""
    kinds = {one.id: kind_of(one) for one in achievements}
    terms = [(one.id, one.criteria) for one in achievements]
    terms += [(row.achievement_id, row.criteria) for row in _kept(books)]
    found = [kinds[achievement_id].types(criteria) for achievement_id, criteria in terms]
    return None if None in found else frozenset().union(*found)


def _learn_what_looks_back(books: dict[int, Books], achievements: Sequence[Achievement]) -> None:
    """Histories, where sums are not enough for an achievement or a completion that stands."""
    terms = [*achievements, *_kept(books)]
    if any(one.counts_from or looks_back(one.criteria) for one in terms):
        learn_histories(books.values(), with_tags=any(asks_for_tags(one.criteria) for one in terms))


def learn_histories(books: Iterable[Books], *, with_tags: bool = False) -> None:
    """Loads what these volunteers did one by one, where that is not known yet."""
    missing = [one for one in books if one.tally.history is None]
    if missing:
        found = histories([one.volunteer_id for one in missing], with_tags=with_tags, types=missing[0].types)
        for one in missing:
            one.tally.history = found[one.volunteer_id]


def learn_balances(books: Iterable[Books]) -> None:
    """Loads points and figures as they are written down, and where the days of these volunteers begin."""
    of = {one.volunteer_id: one for one in books}
    for row in db.session.execute(_balances(list(of))) if of else ():
        one = of[row.volunteer_id]
        run = Streak(row.current_streak_days, row.longest_streak_days, row.last_activity_date, row.streak_until)
        one.figures = Figures(row.hours, row.total_projects, run)
        one.balance_id, one.total, one.zone = row.id, row.total_points, ZoneInfo(row.time_zone)


def _balances(volunteer_ids: Sequence[int]):
    balance = VolunteerPoints
    return (
        select(
            *(balance.id, balance.volunteer_id, balance.total_points),
            *(units(balance.total_hours).label("hours"), balance.total_projects),
            *(balance.current_streak_days, balance.longest_streak_days),
            *(balance.last_activity_date, balance.streak_until),
            Volunteer.time_zone,
        )
        .join(Volunteer, Volunteer.id == balance.volunteer_id)
        .where(among(balance.volunteer_id, volunteer_ids))
    )


def _unsettled(volunteer_ids: Sequence[int]):
    one = Activity
    return (
        select(
            *(one.volunteer_id, one.event_type, func.min(one.occurred_on).label("first_on")),
            *(func.max(one.occurred_on).label("last_on"), _number(one.status == "pending").label("pending")),
            *(_number(one.status == "reversed").label("reversed"), _number(Batch.quiet).label("quiet")),
        )
        .outerjoin(Batch, Batch.id == one.batch_id)
        .where(among(one.volunteer_id, volunteer_ids), IS_UNSETTLED)
        .group_by(one.volunteer_id, one.event_type)
    )


def _number(condition):
    """How many rows a condition holds for."""
    return func.count(case((condition, 1)))


def _learn_quiet(books: dict[int, Books]) -> None:
    """What came quietly, of those volunteers for whom something else waits that may be news."""
    mixed = [volunteer_id for volunteer_id, one in books.items() if 0 < one.waiting("quiet") < one.waiting()]
    if not mixed:
        return
    query = (
        select(Activity.volunteer_id, Activity.id)
        .join(Batch, Batch.id == Activity.batch_id)
        .where(among(Activity.volunteer_id, mixed), IS_UNSETTLED, Batch.quiet)
    )
    for volunteer_id, activity_id in db.session.execute(query):
        books[volunteer_id].quiet.add(activity_id)


def _learn_earned(
    books: dict[int, Books], volunteer_ids: Sequence[int], only: Sequence[Achievement] | None = None
) -> None:
    """Live completions, badges given and taken, and progress as it is written down; or only of some achievements."""
    those = None if only is None else {one.id for one in only}
    theirs = None if only is None else {one.badge_id for one in only} - {None}
    for row in db.session.execute(_of(_completions(volunteer_ids), Completion.achievement_id, those)):
        books[row.volunteer_id].completions[row.achievement_id].append(row)
    for row in db.session.execute(_of(_badges(volunteer_ids), VolunteerBadge.badge_id, theirs)):
        books[row.volunteer_id].badges[row.badge_id].append(row)
    progress = _of(_progress(volunteer_ids), VolunteerAchievement.achievement_id, those)
    for volunteer_id, achievement_id, *rest in db.session.execute(progress):
        books[volunteer_id].progress[achievement_id] = tuple(rest)


def _of(query: Select, column, ids: Collection[int] | None) -> Select:
    """A query narrowed to these achievements or badges; None narrows nothing."""
    return query if ids is None else query.where(unindexed(column.in_(sorted(ids))))


def _completions(volunteer_ids: Sequence[int]):
    one = Completion
    return (
        select(
            *(one.id, one.volunteer_id, one.achievement_id, one.nth, one.criteria, one.counts_from),
            *(one.completed_at, one.completed_on, one.activity_id, one.created_at, one.reversed_by_id),
        )
        .where(among(one.volunteer_id, volunteer_ids), one.reversed_at.is_(None))
        .order_by(one.volunteer_id, one.achievement_id, one.nth)
    )


def _badges(volunteer_ids: Sequence[int]):
    one = VolunteerBadge
    return (
        select(one.id, one.volunteer_id, one.badge_id, one.completion_id, one.revoked_at, one.revoked_by_id)
        .where(among(one.volunteer_id, volunteer_ids))
        .order_by(one.id)
    )


def _progress(volunteer_ids: Sequence[int]):
    one = VolunteerAchievement
    return select(
        *(one.volunteer_id, one.achievement_id, units(one.current_progress), units(one.target_progress)),
        *(one.is_completed, one.completed_at, one.times_completed, one.started_at, one.last_progress_at),
    ).where(among(one.volunteer_id, volunteer_ids))
