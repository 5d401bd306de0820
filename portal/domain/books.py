"""What is there about volunteers when they are settled: loaded for a whole batch in a fixed number of statements."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from sqlalchemy import Row, case, func, select
from sqlalchemy.orm import joinedload

from portal.database import among, units
from portal.domain.achievements import Achievement, Completion, VolunteerAchievement
from portal.domain.achievements.conditions import asks_for_tags, looks_back
from portal.domain.activities import IS_UNSETTLED, Activity, Batch
from portal.domain.badges import VolunteerBadge
from portal.domain.points import VolunteerPoints
from portal.domain.streaks import Streak
from portal.domain.tally import Tally, histories, tallies
from portal.domain.volunteers import Volunteer
from portal.extensions import db


@dataclass(slots=True)
class Books:
    """All that settling one volunteer needs to know; rows are plain, in units as they are stored.

    `unsettled` says by type how much waits. `quiet` are ids of it, told only where some of it is quiet and some is not.
    """

    balance_id: int
    volunteer_id: int
    total: int
    streak: Streak
    zone: ZoneInfo
    unsettled: list[Row] = field(default_factory=list)
    quiet: set[int] = field(default_factory=set)
    tally: Tally = field(default_factory=Tally)
    completions: dict[int, list[Row]] = field(default_factory=lambda: defaultdict(list))
    badges: dict[int, list[Row]] = field(default_factory=lambda: defaultdict(list))
    progress: dict[int, tuple] = field(default_factory=dict)

    def waiting(self, *kinds: str) -> int:
        """How many activities are unsettled: "pending", "reversed", or, of both, "quiet"."""
        return sum(getattr(row, kind) for row in self.unsettled for kind in kinds or ("pending", "reversed"))


def definitions() -> list[Achievement]:
    """Every achievement, retired ones too, with its badge."""
    query = select(Achievement).options(joinedload(Achievement.badge)).order_by(Achievement.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def open_books(volunteer_ids: Sequence[int], achievements: Sequence[Achievement]) -> dict[int, Books]:
    """The books of these volunteers, whose balances are locked. Histories only where a definition needs them."""
    books = {row.volunteer_id: _balance(row) for row in db.session.execute(_balances(volunteer_ids))}
    for row in db.session.execute(_unsettled(volunteer_ids)):
        books[row.volunteer_id].unsettled.append(row)
    _learn_quiet(books)
    for volunteer_id, found in tallies(volunteer_ids).items():
        books[volunteer_id].tally = found
    _learn_earned(books, volunteer_ids)
    terms = [*achievements, *(row for one in books.values() for rows in one.completions.values() for row in rows)]
    if any(one.counts_from or looks_back(one.criteria) for one in terms):
        learn_histories(books.values(), with_tags=any(asks_for_tags(one.criteria) for one in terms))
    return books


def learn_histories(books: Iterable[Books], *, with_tags: bool = False) -> None:
    """Loads what these volunteers did one by one, where that is not known yet."""
    missing = [one for one in books if one.tally.history is None]
    if missing:
        found = histories([one.volunteer_id for one in missing], with_tags=with_tags)
        for one in missing:
            one.tally.history = found[one.volunteer_id]


def _balance(row: Row) -> Books:
    streak = Streak(row.current_streak_days, row.longest_streak_days, row.last_activity_date, row.streak_until)
    return Books(row.id, row.volunteer_id, row.total_points, streak, ZoneInfo(row.time_zone))


def _balances(volunteer_ids: Sequence[int]):
    balance = VolunteerPoints
    return (
        select(
            *(balance.id, balance.volunteer_id, balance.total_points),
            *(balance.current_streak_days, balance.longest_streak_days),
            *(balance.last_activity_date, balance.streak_until),
            Volunteer.time_zone,
        )
        .join(Volunteer, Volunteer.id == balance.volunteer_id)
        .where(among(balance.volunteer_id, volunteer_ids))
        .order_by(balance.volunteer_id)
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


def _learn_earned(books: dict[int, Books], volunteer_ids: Sequence[int]) -> None:
    """Live completions, badges given and taken, and progress as it is written down."""
    for row in db.session.execute(_completions(volunteer_ids)):
        books[row.volunteer_id].completions[row.achievement_id].append(row)
    for row in db.session.execute(_badges(volunteer_ids)):
        books[row.volunteer_id].badges[row.badge_id].append(row)
    for volunteer_id, achievement_id, *rest in db.session.execute(_progress(volunteer_ids)):
        books[volunteer_id].progress[achievement_id] = tuple(rest)


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
