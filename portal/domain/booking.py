"""Writing down what settling found: ledger, completions, badges, projections, news, in bulk and in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import bindparam, delete, update
from sqlalchemy.dialects import postgresql, sqlite

from portal.database import among, bulk_insert, draw_ids, from_units
from portal.domain import announcing, leaderboards, points
from portal.domain.achievements import Completion, VolunteerAchievement
from portal.domain.achievements.kinds import kind_of
from portal.domain.activities import Activity
from portal.domain.badges import VolunteerBadge
from portal.domain.books import Books
from portal.domain.earning import Earned, Earnings
from portal.domain.leaderboards import LeaderboardType
from portal.domain.points import PointsHistory, VolunteerPoints
from portal.domain.streaks import Streak
from portal.extensions import db


class Cause(StrEnum):
    """What a ledger row is for, by the column that names it."""

    ACTIVITY = "activity_id"
    COMPLETION = "completion_id"
    BADGE = "volunteer_badge_id"
    AWARD = "award_id"


@dataclass(slots=True)
class Entry:
    """A ledger row that is to be written. `cause_of` is whatever has the cause's id by then."""

    points: int
    event_type: str
    cause: Cause
    cause_of: object
    effective_at: datetime
    effective_on: date
    undoes: bool = False
    reference_type: str | None = None
    reference_id: str | None = None

    @property
    def cause_id(self) -> int:
        """The id of the cause."""
        return self.cause_of.id


@dataclass(slots=True)
class Outcome:
    """What is to be written for one volunteer."""

    books: Books
    earnings: Earnings
    streak: Streak
    entries: list[Entry]


def book(outcomes: Sequence[Outcome], *, now: datetime, quiet: bool = False) -> None:
    """Writes these outcomes; the volunteers are locked. Facts first, then projections, then news."""
    outcomes = [one for one in outcomes if changes_anything(one)]
    if not outcomes:
        return
    undo_paid(outcomes)
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
    booked = any((books.unsettled, one.entries, earnings.fallen, earnings.earned, earnings.granted, earnings.revoked))
    return booked or earnings.progress != books.progress or one.streak != books.streak


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
        days = [entry for entry in one.entries if entry.cause is Cause.ACTIVITY]
        one.entries = [*days, *entries, *one.entries[len(days) :]]


def fall_order(entry: Entry, order: dict[int, int]) -> tuple:
    """A reward and its badge's points fall together, the highest n first."""
    completion_id = entry.cause_of.completion_id if entry.cause is Cause.BADGE else entry.cause_of.id
    return (order.get(completion_id, len(order)), entry.cause is Cause.BADGE)


def opposite(paid: PointsHistory, cause: Cause, row) -> Entry:
    """The row that undoes another: its type, cause and dates, the points turned round."""
    return Entry(-paid.points_change, paid.event_type, cause, row, paid.effective_at, paid.effective_on, undoes=True)


def mark_settled(outcomes: Sequence[Outcome], now: datetime) -> None:
    """What was pending is counted, what was reversed is off the books. Raises if something slipped in between."""
    rows = [row for one in outcomes for row in one.books.unsettled]
    ids = [one.books.volunteer_id for one in outcomes if one.books.unsettled]
    counted = update(Activity).where(Activity.status == "pending").values(status="counted", booked=True, counted_at=now)
    off = update(Activity).where(Activity.status == "reversed", Activity.booked).values(booked=False)
    for verb, status in ((counted, "pending"), (off, "reversed")):
        expected = sum(row.status == status for row in rows)
        if expected:
            done = db.session.execute(
                verb.where(among(Activity.volunteer_id, ids)), execution_options={"synchronize_session": False}
            )
            if done.rowcount != expected:
                raise RuntimeError(f"{done.rowcount} activities were {status}, {expected} were expected")


def write_completions(outcomes: Sequence[Outcome], now: datetime) -> None:
    """Completions that fall are reversed, those that were earned are added."""
    connection = db.session.connection()
    fallen = [row.id for one in outcomes for row in one.earnings.fallen]
    if fallen:
        db.session.execute(
            update(Completion)
            .where(among(Completion.id, fallen))
            .values(reversed_at=now, reversed_reason="no longer reached"),
            execution_options={"synchronize_session": False},
        )
    earned = [(one.books.volunteer_id, new) for one in outcomes for new in one.earnings.earned]
    give_ids(Completion, [new for _, new in earned])
    columns = (
        *("id", "volunteer_id", "achievement_id", "nth", "criteria", "target"),
        *("completed_at", "completed_on", "activity_id", "created_at"),
    )
    rows = [completion_row(volunteer_id, new, now) for volunteer_id, new in earned]
    bulk_insert(connection, Completion.__table__, columns, rows)


def completion_row(volunteer_id: int, new: Earned, now: datetime) -> tuple:
    """A completion as it is stored, with the criteria under which it was earned."""
    achievement, done = new.achievement, new.done
    target = kind_of(achievement).target(achievement.criteria)
    dates = (done.occurred_at, done.occurred_on, done.id, now)
    return (new.id, volunteer_id, achievement.id, new.nth, achievement.criteria, target, *dates)


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
    *("volunteer_points_id", "volunteer_id", "points_change", "event_type", "description", "reference_type"),
    *("reference_id", "balance_after", "activity_id", "completion_id", "volunteer_badge_id", "award_id", "undoes"),
    *("effective_at", "effective_on", "created_at"),
)


def write_ledger(outcomes: Sequence[Outcome], now: datetime) -> None:
    """Adds the rows, each with the balance after it. The locks stand before ids are drawn: their order is true."""
    rows = []
    for one in outcomes:
        balance = one.books.total
        for entry in one.entries:
            balance += entry.points
            rows.append(ledger_row(one.books, entry, balance, now))
    bulk_insert(db.session.connection(), PointsHistory.__table__, LEDGER_COLUMNS, rows)


def ledger_row(books: Books, entry: Entry, balance: int, now: datetime) -> tuple:
    """A ledger row as it is stored."""
    causes = tuple(entry.cause_id if entry.cause is cause else None for cause in Cause)
    text = points.describe(entry.event_type, undoes=entry.undoes)
    what = (entry.points, entry.event_type, text, entry.reference_type, entry.reference_id, balance)
    when = (entry.effective_at, entry.effective_on, now)
    return (books.balance_id, books.volunteer_id, *what, *causes, entry.undoes, *when)


def write_balances(outcomes: Sequence[Outcome], now: datetime) -> None:
    """The balances as they are now."""
    rows = [balance_row(one, now) for one in outcomes]
    upsert(VolunteerPoints, rows, key=("volunteer_id",))


def balance_row(one: Outcome, now: datetime) -> dict:
    """A balance as it is stored."""
    total = one.books.total + sum(entry.points for entry in one.entries)
    hours, projects = one.books.tally.of("hours_logged"), one.books.tally.of("project_completed")
    return {
        "volunteer_id": one.books.volunteer_id,
        "total_points": total,
        "current_points": total,
        "total_hours": from_units(hours.quantity if hours else 0, 2),
        "total_projects": projects.count if projects else 0,
        "current_streak_days": one.streak.last,
        "longest_streak_days": one.streak.longest,
        "last_activity_date": one.streak.last_day,
        "updated_at": now,
    }


def write_progress(outcomes: Sequence[Outcome]) -> None:
    """The progress that changed, and away with what is nothing any more."""
    gone, rows = [], []
    for one in outcomes:
        who, before, after = one.books.volunteer_id, one.books.progress, one.earnings.progress
        gone.extend((who, achievement_id) for achievement_id in before.keys() - after.keys())
        rows.extend(progress_values(who, key, row) for key, row in after.items() if before.get(key) != row)
    if gone:
        drop_progress(gone)
    upsert(VolunteerAchievement, rows, key=("volunteer_id", "achievement_id"))


PROGRESS_FIELDS = (
    *("current_progress", "target_progress", "is_completed", "completed_at"),
    *("times_completed", "started_at", "last_progress_at"),
)


def progress_values(volunteer_id: int, achievement_id: int, row: tuple) -> dict:
    """A row of progress as it is stored."""
    current, target, *rest = row
    values = (from_units(current, 2), from_units(target, 2), *rest)
    return {"volunteer_id": volunteer_id, "achievement_id": achievement_id} | dict(
        zip(PROGRESS_FIELDS, values, strict=True)
    )


def drop_progress(gone: Sequence[tuple[int, int]]) -> None:
    """Deletes rows of progress by (volunteer, achievement)."""
    table = VolunteerAchievement.__table__
    one = delete(table).where(table.c.volunteer_id == bindparam("who"), table.c.achievement_id == bindparam("what"))
    db.session.connection().execute(one, [{"who": who, "what": what} for who, what in gone])


def upsert(model, rows: Sequence[dict], *, key: Sequence[str]) -> None:
    """Inserts rows of a projection, or brings those with the same key up to date."""
    if not rows:
        return
    dialect = postgresql if db.session.connection().dialect.name == "postgresql" else sqlite
    insert = dialect.insert(model.__table__)
    changed = {name: insert.excluded[name] for name in rows[0] if name not in key}
    db.session.connection().execute(insert.on_conflict_do_update(index_elements=key, set_=changed), rows)


def touch_boards(outcomes: Sequence[Outcome], now: datetime) -> None:
    """Notes which boards changed, on which dates."""
    paid = [entry.effective_on for one in outcomes for entry in one.entries]
    leaderboards.touch(LeaderboardType.POINTS, paid, now)
    for board, event_type in (
        (LeaderboardType.HOURS, "hours_logged"),
        (LeaderboardType.PROJECTS, "project_completed"),
    ):
        done = [row.occurred_on for one in outcomes for row in one.books.unsettled if row.event_type == event_type]
        leaderboards.touch(board, done, now)
