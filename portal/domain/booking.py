"""Writing down what settling found: ledger, completions, badges, projections, news, in bulk and in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, bindparam, case, delete, func, insert, literal, null, select, update

from portal.database import UTCDateTime, among, bulk_insert, bulk_update, draw_ids
from portal.domain import announcing, leaderboards, points, pricing
from portal.domain.achievements import Completion, VolunteerAchievement
from portal.domain.achievements.kinds import kind_of
from portal.domain.activities import IS_UNSETTLED, Activity, EventType
from portal.domain.badges import VolunteerBadge
from portal.domain.books import Books, Figures
from portal.domain.earning import Earned, Earnings
from portal.domain.leaderboards import LeaderboardType
from portal.domain.points import PointsHistory, VolunteerPoints
from portal.extensions import db


class Cause(StrEnum):
    """What a ledger row is for, by the column that names it."""

    ACTIVITY = "activity_id"
    COMPLETION = "completion_id"
    BADGE = "volunteer_badge_id"
    AWARD = "award_id"


@dataclass(slots=True)
class Entry:
    """A ledger row for something earned or lost. `cause_of` is whatever has the cause's id by then."""

    points: int
    event_type: str
    cause: Cause
    cause_of: object
    effective_at: datetime
    effective_on: date
    undoes: bool = False

    @property
    def cause_id(self) -> int:
        """The id of the cause."""
        return self.cause_of.id


@dataclass(slots=True)
class Outcome:
    """What is to be written for one volunteer, after what their unsettled activities change in their days."""

    books: Books
    earnings: Earnings
    figures: Figures
    entries: list[Entry]

    def gained(self) -> int:
        """The points that it would bring, those of the days included; asks the database."""
        return pricing.points(self.books.volunteer_id) + sum(entry.points for entry in self.entries)


def book(outcomes: Sequence[Outcome], *, now: datetime, quiet: bool = False) -> None:
    """Writes these outcomes; the volunteers are locked. Facts first, then projections, then news."""
    outcomes = [one for one in outcomes if changes_anything(one)]
    if not outcomes:
        return
    undo_paid(outcomes)
    write_days(outcomes, now)
    mark_settled(outcomes, now)
    write_completions(outcomes, now)
    write_badges(outcomes, now)
    write_ledger(outcomes, now)
    write_balances(outcomes, now)
    write_progress(outcomes)
    if not quiet:
        announcing.announce(outcomes, now)
    touch_boards(outcomes, now)


def changes_anything(one: Outcome) -> bool:
    """Whether this outcome differs from what is booked."""
    earnings, books = one.earnings, one.books
    booked = any((earnings.fallen, earnings.earned, earnings.granted, earnings.revoked))
    return booked or changes_balance(one) or earnings.progress != books.progress


def changes_balance(one: Outcome) -> bool:
    """Whether the balance is another one afterwards, or may be."""
    return bool(one.books.unsettled or one.entries) or one.figures != one.books.figures


def undo_paid(outcomes: Sequence[Outcome]) -> None:
    """Puts opposite rows for what was paid for completions and badges that fall, before what is newly earned."""
    lost = {
        Cause.COMPLETION: {row.id: (one, row) for one in outcomes for row in one.earnings.fallen},
        Cause.BADGE: {row.id: (one, row) for one in outcomes for row in one.earnings.revoked},
    }
    order = {row.id: place for one in outcomes for place, row in enumerate(one.earnings.fallen)}
    undone: dict[int, list[Entry]] = {}
    for cause, rows in lost.items():
        for paid in points.paid_for(cause, rows) if rows else ():
            one, row = rows[getattr(paid, cause)]
            undone.setdefault(one.books.volunteer_id, []).append(opposite(paid, cause, row))
    for one in outcomes:
        entries = undone.get(one.books.volunteer_id, [])
        entries.sort(key=lambda entry: fall_order(entry, order))
        one.entries = [*entries, *one.entries]


def fall_order(entry: Entry, order: dict[int, int]) -> tuple:
    """A reward and its badge's points fall together, the highest n first."""
    completion_id = entry.cause_of.completion_id if entry.cause is Cause.BADGE else entry.cause_of.id
    return (order.get(completion_id, len(order)), entry.cause is Cause.BADGE)


def opposite(paid: PointsHistory, cause: Cause, row) -> Entry:
    """The row that undoes another: its type, cause and dates, the points turned round."""
    return Entry(-paid.points_change, paid.event_type, cause, row, paid.effective_at, paid.effective_on, undoes=True)


def mark_settled(outcomes: Sequence[Outcome], now: datetime) -> None:
    """What was pending is counted, what was reversed is off the books. Raises if something slipped in between."""
    ids = [one.books.volunteer_id for one in outcomes if one.books.unsettled]
    first = func.coalesce(Activity.counted_at, now)  # what a merge brought over counted long ago
    counted = update(Activity).values(status="counted", booked=True, counted_at=first)
    off = update(Activity).values(booked=False)
    for verb, status in ((counted, "pending"), (off, "reversed")):
        expected = sum(one.books.waiting(status) for one in outcomes)
        if expected:
            these = verb.where(among(Activity.volunteer_id, ids), IS_UNSETTLED, Activity.status == status)
            done = db.session.execute(these, execution_options={"synchronize_session": False})
            if done.rowcount != expected:
                raise RuntimeError(f"{done.rowcount} activities were {status}, {expected} were expected")


def write_days(outcomes: Sequence[Outcome], now: datetime) -> None:
    """Adds a ledger row for each unsettled activity that changes what its day pays: first what is taken back.

    The database does it by itself: years of imported activity need not travel here and back.
    """
    moved = {one.books.volunteer_id: one.books for one in outcomes if one.books.unsettled}
    if not moved:
        return
    change = pricing.changes(list(moved)).subquery("change")
    turn = case((change.c.undoes, -change.c.id), else_=change.c.id)  # the last one is taken back first
    order = (change.c.volunteer_id, change.c.undoes.desc(), turn)
    running = func.sum(change.c.change).over(partition_by=order[0], order_by=order[1:])
    rows = (
        select(
            *(VolunteerPoints.id, change.c.volunteer_id, change.c.change, change.c.event_type, description(change.c)),
            *(func.nullif(Activity.reference_type, ""), without_e_mail(Activity.reference_id)),
            *(VolunteerPoints.total_points + running, change.c.id, change.c.undoes),
            *(Activity.occurred_at, Activity.occurred_on, literal(now, UTCDateTime)),
        )
        .join(Activity, Activity.id == change.c.id)
        .join(VolunteerPoints, VolunteerPoints.volunteer_id == change.c.volunteer_id)
        .where(change.c.change != 0)
        .order_by(*order)
    )
    db.session.execute(insert(PointsHistory.__table__).from_select(DAY_COLUMNS, rows))
    for volunteer_id, balance in points.last_balances(list(moved)):
        moved[volunteer_id].total = balance


DAY_COLUMNS = (
    *("volunteer_points_id", "volunteer_id", "points_change", "event_type", "description"),
    *("reference_type", "reference_id", "balance_after", "activity_id", "undoes"),
    *("effective_at", "effective_on", "created_at"),
)


def description(change) -> ColumnElement[str]:
    """What the ledger row of an activity says by itself."""
    plain, undone = (
        case({kind.value: points.describe(kind, undoes=undoes) for kind in EventType}, value=change.event_type)
        for undoes in (False, True)
    )
    return case((change.undoes, undone), else_=plain)


def without_e_mail(reference_id) -> ColumnElement[str | None]:
    """A reference, unless it names a person: the ledger knows no e-mails."""
    return case((reference_id.contains("@"), null()), else_=reference_id)


def write_completions(outcomes: Sequence[Outcome], now: datetime) -> None:
    """Completions that fall are reversed, those that were earned are added."""
    connection = db.session.connection()
    fallen = [row.id for one in outcomes for row in one.earnings.fallen]
    if fallen:
        db.session.execute(
            update(Completion)
            .where(among(Completion.id, fallen))
            .values(reversed_at=now, reversed_reason=func.coalesce(Completion.reversed_reason, "no longer reached")),
            execution_options={"synchronize_session": False},
        )
    earned = [(one.books.volunteer_id, new) for one in outcomes for new in one.earnings.earned]
    give_ids(Completion, [new for _, new in earned])
    columns = (
        *("id", "volunteer_id", "achievement_id", "nth", "criteria", "target", "counts_from"),
        *("completed_at", "completed_on", "activity_id", "created_at"),
    )
    rows = [completion_row(volunteer_id, new, now) for volunteer_id, new in earned]
    bulk_insert(connection, Completion.__table__, columns, rows)


def completion_row(volunteer_id: int, new: Earned, now: datetime) -> tuple:
    """A completion as it is stored, with the criteria under which it was earned."""
    achievement, done = new.achievement, new.done
    target = kind_of(achievement).target(achievement.criteria)
    dates = (done.occurred_at, done.occurred_on, done.id, now)
    terms = (achievement.criteria, target, achievement.counts_from)
    return (new.id, volunteer_id, achievement.id, new.nth, *terms, *dates)


def write_badges(outcomes: Sequence[Outcome], now: datetime) -> None:
    """Badges that fall are revoked, those that were earned are given."""
    revoked = [row.id for one in outcomes for row in one.earnings.revoked]
    if revoked:
        nothing_shown = {"is_showcased": False, "showcase_position": None}
        db.session.execute(
            update(VolunteerBadge)
            .where(among(VolunteerBadge.id, revoked))
            .values(revoked_at=now, revoked_reason="its achievement is no longer reached", **nothing_shown),
            execution_options={"synchronize_session": False},
        )
    granted = [(one.books.volunteer_id, new) for one in outcomes for new in one.earnings.granted]
    give_ids(VolunteerBadge, [new for _, new in granted])
    columns = ("id", "volunteer_id", "badge_id", "earned_at", "completion_id", "is_showcased", "created_at")
    rows = [(new.id, who, new.badge.id, new.at, new.completion.id, False, now) for who, new in granted]
    bulk_insert(db.session.connection(), VolunteerBadge.__table__, columns, rows)


def give_ids(model, new: Sequence) -> None:
    """Draws ids for new rows, in their order."""
    ids = draw_ids(db.session.connection(), model.__table__, len(new)) if new else ()
    for one, new_id in zip(new, ids, strict=True):
        one.id = new_id


LEDGER_COLUMNS = (
    *("volunteer_points_id", "volunteer_id", "points_change", "event_type", "description", "balance_after"),
    *("activity_id", "completion_id", "volunteer_badge_id", "award_id", "undoes"),
    *("effective_at", "effective_on", "created_at"),
)


def write_ledger(outcomes: Sequence[Outcome], now: datetime) -> None:
    """Adds what was earned and lost after the days. The locks stand before ids are drawn: their order is true."""
    rows = []
    for one in outcomes:
        for entry in one.entries:
            one.books.total += entry.points
            rows.append(ledger_row(one.books, entry, now))
    bulk_insert(db.session.connection(), PointsHistory.__table__, LEDGER_COLUMNS, rows)


def ledger_row(books: Books, entry: Entry, now: datetime) -> tuple:
    """A ledger row as it is stored."""
    causes = tuple(entry.cause_id if entry.cause is cause else None for cause in Cause)
    text = points.describe(entry.event_type, undoes=entry.undoes)
    what = (entry.points, entry.event_type, text, books.total)
    when = (entry.effective_at, entry.effective_on, now)
    return (books.balance_id, books.volunteer_id, *what, *causes, entry.undoes, *when)


def write_balances(outcomes: Sequence[Outcome], now: datetime) -> None:
    """The balances that changed."""
    rows = [(one.books.volunteer_id, *balance_row(one, now)) for one in outcomes if changes_balance(one)]
    bulk_update(db.session.connection(), VolunteerPoints.__table__, ("volunteer_id",), BALANCE_COLUMNS, rows)


BALANCE_COLUMNS = (
    *("total_points", "current_points", "total_hours", "total_projects"),
    *("current_streak_days", "longest_streak_days"),
    *("last_activity_date", "streak_until", "updated_at"),
)


def balance_row(one: Outcome, now: datetime) -> tuple:
    """A balance as it is stored."""
    hours, projects, run = one.figures
    total = one.books.total
    return (total, total, hours, projects, run.last, run.longest, run.last_day, run.until, now)


def write_progress(outcomes: Sequence[Outcome]) -> None:
    """The progress that changed, and away with what is nothing any more."""
    gone, changed, new = [], [], []
    for one in outcomes:
        who, before, after = one.books.volunteer_id, one.books.progress, one.earnings.progress
        gone.extend((who, key) for key in before.keys() - after.keys())
        changed.extend((who, key, *row) for key, row in after.items() if before.get(key, row) != row)
        new.extend((who, key, *row) for key, row in after.items() if key not in before)
    drop_progress(gone)
    connection, table = db.session.connection(), VolunteerAchievement.__table__
    bulk_update(connection, table, PROGRESS_KEY, PROGRESS_COLUMNS, changed)
    bulk_insert(connection, table, PROGRESS_KEY + PROGRESS_COLUMNS, new)


PROGRESS_KEY = ("volunteer_id", "achievement_id")
PROGRESS_COLUMNS = (
    *("current_progress", "target_progress", "is_completed", "completed_at"),
    *("times_completed", "started_at", "last_progress_at"),
)


def drop_progress(gone: Sequence[tuple[int, int]]) -> None:
    """Deletes rows of progress by (volunteer, achievement)."""
    table = VolunteerAchievement.__table__
    one = delete(table).where(table.c.volunteer_id == bindparam("who"), table.c.achievement_id == bindparam("what"))
    if gone:
        db.session.connection().execute(one, [{"who": who, "what": what} for who, what in gone])


def touch_boards(outcomes: Sequence[Outcome], now: datetime) -> None:
    """Notes which boards changed, on which dates."""
    unsettled = [row for one in outcomes for row in one.books.unsettled]
    days = [day for row in unsettled for day in (row.first_on, row.last_on)]
    earned = [entry.effective_on for one in outcomes for entry in one.entries]
    leaderboards.touch(LeaderboardType.POINTS, [*days, *earned], now)
    for board, event_type in (
        (LeaderboardType.HOURS, "hours_logged"),
        (LeaderboardType.PROJECTS, "project_completed"),
    ):
        done = [day for row in unsettled if row.event_type == event_type for day in (row.first_on, row.last_on)]
        leaderboards.touch(board, done, now)
