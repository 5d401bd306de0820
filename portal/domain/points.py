"""FACT the ledger of points, the rules that price activities, and balances (docs/rules.md, section 3)."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Row,
    String,
    Text,
    and_,
    bindparam,
    exists,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column, relationship

from portal.database import Id, Scaled, UTCDateTime, among, bulk_insert, one_of, word
from portal.domain.accounts import User
from portal.domain.activities import EventType, partial
from portal.domain.streaks import Streak
from portal.domain.volunteers import Volunteer
from portal.extensions import Model, db, rows


class PointsEventType(StrEnum):
    """What a row of the ledger is for."""

    HOURS_LOGGED = "hours_logged"
    TASK_COMPLETED = "task_completed"
    PROJECT_COMPLETED = "project_completed"
    TRAINING_COMPLETED = "training_completed"
    SKILL_CERTIFIED = "skill_certified"
    VOLUNTEER_REFERRED = "volunteer_referred"
    ACHIEVEMENT_EARNED = "achievement_earned"
    BADGE_EARNED = "badge_earned"
    MANUAL_ADJUSTMENT = "manual_adjustment"


class PointRule(Model):
    """What a type of activity brings: points a unit, and limits that may be empty. Holds for what is recorded next."""

    __tablename__ = "point_rules"
    __table_args__ = (
        one_of("event_type", EventType),
        CheckConstraint("per_unit >= 0 AND minimum >= 0 AND maximum >= 0 AND daily_cap >= 0", name="not_negative"),
        CheckConstraint("minimum <= maximum", name="minimum_maximum"),
    )

    event_type: Mapped[str] = mapped_column(word(), primary_key=True)
    per_unit: Mapped[Decimal] = mapped_column(Scaled(2))
    minimum: Mapped[Decimal | None] = mapped_column(Scaled(2))
    maximum: Mapped[Decimal | None] = mapped_column(Scaled(2))
    daily_cap: Mapped[Decimal | None] = mapped_column(Scaled(2))

    def price(self, quantity: Decimal, *, certified: bool = True) -> Decimal:
        """The unrounded price in points of so many units, clipped to the limits; 0 for an uncertified skill."""
        if self.event_type == EventType.SKILL_CERTIFIED and not certified:
            return Decimal(0)
        price = self.per_unit * quantity
        if self.minimum is not None:
            price = max(price, self.minimum)
        return price if self.maximum is None else min(price, self.maximum)

    def day(self, prices: Sequence[Decimal]) -> int:
        """Whole points that a day of these prices pays, all of them recorded under this rule."""
        exact = sum(prices, Decimal(0))
        return int(exact if self.daily_cap is None else min(exact, self.daily_cap))


class VolunteerPoints(Model):
    """PROJECTION what a volunteer has. Also the row that is locked while anything of theirs is recorded or settled."""

    __tablename__ = "volunteer_points"
    __table_args__ = (
        CheckConstraint("longest_streak_days >= current_streak_days AND current_streak_days >= 0", name="streaks"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    volunteer_id: Mapped[int] = mapped_column(Id, ForeignKey("volunteers.id"), unique=True)
    total_points: Mapped[int] = mapped_column(default=0, index=True)
    current_points: Mapped[int] = mapped_column(default=0)
    total_hours: Mapped[Decimal] = mapped_column(Scaled(2), default=Decimal(0))
    total_projects: Mapped[int] = mapped_column(default=0)
    rank: Mapped[int | None] = mapped_column(index=True)
    rank_percentile: Mapped[Decimal | None] = mapped_column(Scaled(1))
    current_streak_days: Mapped[int] = mapped_column(default=0)
    longest_streak_days: Mapped[int] = mapped_column(default=0)
    last_activity_date: Mapped[date | None]
    streak_until: Mapped[date | None]
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)

    volunteer: Mapped[Volunteer] = relationship()


class Award(Model):
    """Points given or taken by hand, and why."""

    __tablename__ = "awards"
    __table_args__ = (
        Index("ix_awards_volunteer_id", "volunteer_id"),
        partial("ix_awards_batch_id", "batch_id", where="batch_id IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    volunteer_id: Mapped[int] = mapped_column(Id, ForeignKey("volunteers.id"))
    points: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text, default="")
    awarded_by_id: Mapped[int] = mapped_column(Id, ForeignKey("users.id"))
    batch_id: Mapped[int | None] = mapped_column(Id, ForeignKey("batches.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


CAUSES = ("activity_id", "completion_id", "volunteer_badge_id", "award_id")


class PointsHistory(Model):
    """The ledger: one change of a volunteer's points. Rows are added, never changed or deleted; triggers refuse it.

    `effective_at` and `effective_on` say when it was deserved, `created_at` when it was written. A row that undoes
    another has `undoes` true and the other's type, cause and dates.
    """

    __tablename__ = "points_history"
    __table_args__ = (
        one_of("event_type", PointsEventType),
        CheckConstraint("points_change <> 0", name="points_change"),
        CheckConstraint(
            " + ".join(f"CASE WHEN {cause} IS NULL THEN 0 ELSE 1 END" for cause in CAUSES) + " = 1", name="one_cause"
        ),
        Index("ix_points_history_volunteer_id", "volunteer_id", "id"),
        Index("ix_points_history_effective_on", "effective_on", "volunteer_id"),
        *(
            partial(
                f"uq_points_history_{cause}", cause, "volunteer_id", "undoes", where=f"{cause} IS NOT NULL", unique=True
            )
            for cause in CAUSES
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    volunteer_points_id: Mapped[int] = mapped_column(Id, ForeignKey("volunteer_points.id"), index=True)
    volunteer_id: Mapped[int] = mapped_column(Id, ForeignKey("volunteers.id"))
    points_change: Mapped[int]
    event_type: Mapped[str] = mapped_column(word(), index=True)
    description: Mapped[str] = mapped_column(String(200), default="")
    reference_type: Mapped[str | None] = mapped_column(String(64))
    reference_id: Mapped[str | None] = mapped_column(String(200))
    balance_after: Mapped[int]
    awarded_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("users.id"))
    activity_id: Mapped[int | None] = mapped_column(Id, ForeignKey("activities.id"))
    completion_id: Mapped[int | None] = mapped_column(Id, ForeignKey("completions.id"))
    volunteer_badge_id: Mapped[int | None] = mapped_column(Id, ForeignKey("volunteer_badges.id"))
    award_id: Mapped[int | None] = mapped_column(Id, ForeignKey("awards.id"))
    undoes: Mapped[bool] = mapped_column(default=False)
    effective_at: Mapped[datetime] = mapped_column(UTCDateTime)
    effective_on: Mapped[date]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)


def lock(volunteer_ids: Iterable[int], *, skip_locked: bool = False) -> list[int]:
    """Locks the balances of these volunteers in ascending order of id, and returns whose are locked now.

    Whoever records, settles or corrects holds this lock; on SQLite the transaction itself is the lock. With
    `skip_locked` those that somebody else holds are left to them.
    """
    query = (
        select(VolunteerPoints.volunteer_id)
        .where(among(VolunteerPoints.volunteer_id, volunteer_ids))
        .order_by(VolunteerPoints.volunteer_id)
        .with_for_update(skip_locked=skip_locked)
    )
    return list(db.session.scalars(query))


def lock_owner(row) -> None:
    """Locks the volunteer whose row this is, and reads it anew; whoever is merged meanwhile hands it on to another."""
    owner = None
    while owner != row.volunteer_id:
        owner = row.volunteer_id
        lock([owner])
        db.session.refresh(row)


def last_balances(volunteer_ids: Sequence[int]) -> list[tuple[int, int]]:
    """(volunteer, balance in points) after the last row that each of these has in the ledger; 0 if there is none."""
    ledger = PointsHistory
    last = (
        select(ledger.balance_after)
        .where(ledger.volunteer_id == VolunteerPoints.volunteer_id)
        .order_by(ledger.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = select(VolunteerPoints.volunteer_id, func.coalesce(last, 0))
    query = query.where(among(VolunteerPoints.volunteer_id, volunteer_ids))
    return [(volunteer_id, balance) for volunteer_id, balance in db.session.execute(query)]


def rules() -> dict[str, PointRule]:
    """The rules in force, by type of activity."""
    return {rule.event_type: rule for rule in db.session.scalars(select(PointRule))}


def open_balances(volunteer_ids: Sequence[int], now: datetime) -> None:
    """Gives new volunteers their balance: nothing yet."""
    columns = ("volunteer_id", "total_points", "current_points", "total_hours", "total_projects")
    streaks = ("current_streak_days", "longest_streak_days", "updated_at")
    rows = [(volunteer_id, 0, 0, 0, 0, 0, 0, now) for volunteer_id in volunteer_ids]
    bulk_insert(db.session.connection(), VolunteerPoints.__table__, columns + streaks, rows)


BALANCE = (
    select(VolunteerPoints)
    .where(VolunteerPoints.volunteer_id == bindparam("whose"))
    .execution_options(populate_existing=True)
)


def balance_of(volunteer_id: int) -> VolunteerPoints:
    """The balance as it is in the database now. Raises NoResultFound for a volunteer who has none."""
    return db.session.scalars(BALANCE, {"whose": volunteer_id}).one()


def streak_of(balance: VolunteerPoints) -> Streak:
    """The streak as it is stored; a run that is over is still there, and says until when it went on."""
    days = (balance.current_streak_days, balance.longest_streak_days)
    return Streak(*days, balance.last_activity_date, balance.streak_until)


def find_balance(volunteer_id: int | None) -> VolunteerPoints | None:
    """The balance of a volunteer; None for nobody."""
    return balance_of(volunteer_id) if volunteer_id else None


def post(
    balance: VolunteerPoints,
    points: int,
    *,
    event_type: PointsEventType,
    effective: tuple[datetime, date],
    now: datetime,
    by: User | None = None,
    undoes: bool = False,
    **cause: int,
) -> PointsHistory | None:
    """Writes one row for something done by hand, and the balance with it; None for no points.

    The volunteer is locked. `effective` is (instant, date); `cause` is one of the columns in CAUSES.
    """
    if not points:
        return None
    balance.total_points += points
    balance.current_points += points
    balance.updated_at = now
    row = PointsHistory(
        volunteer_points_id=balance.id,
        volunteer_id=balance.volunteer_id,
        points_change=points,
        event_type=event_type,
        description=describe(event_type, undoes=undoes),
        balance_after=balance.total_points,
        awarded_by_id=by and by.id,
        undoes=undoes,
        effective_at=effective[0],
        effective_on=effective[1],
        created_at=now,
        **cause,
    )
    db.session.add(row)
    db.session.flush()
    return row


def paid_for(cause: str, ids: Iterable[int]) -> list[PointsHistory]:
    """The rows that were paid for these causes (a column of CAUSES) and stand."""
    query = select(PointsHistory).where(standing(cause), among(getattr(PointsHistory, cause), ids))
    return list(db.session.scalars(query.order_by(PointsHistory.id)))


def standing(cause: str) -> ColumnElement[bool]:
    """Which rows with this cause (a column of CAUSES) stand: no row of the same volunteer undoes them."""
    undone = aliased(PointsHistory)
    same = getattr(undone, cause) == getattr(PointsHistory, cause)
    undoing = exists().where(same, undone.volunteer_id == PointsHistory.volunteer_id, undone.undoes)
    return and_(getattr(PointsHistory, cause).is_not(None), PointsHistory.undoes.is_(False), ~undoing)


COPIED = (
    *("event_type", "reference_type", "reference_id", "awarded_by_id", *CAUSES),
    *("effective_at", "effective_on"),
)


def repeat(these: ColumnElement[bool], balance: VolunteerPoints, *, undoes: bool, now: datetime) -> None:
    """Writes rows that stand once more, into this balance: as they are, or their opposites, the last one first.

    The volunteer is locked, and `balance` is up to date when this is done.
    """
    row, turn = PointsHistory, -1 if undoes else 1
    change, order = turn * row.points_change, turn * row.id
    running = balance.total_points + func.sum(change).over(order_by=order)
    description = row.description + ", corrected" if undoes else row.description
    columns = ("volunteer_points_id", "volunteer_id", "points_change", "balance_after", "description")
    rows = select(
        *(literal(balance.id), literal(balance.volunteer_id), change, running, description),
        *(getattr(row, name) for name in COPIED),
        *(literal(undoes), literal(now, UTCDateTime)),
    )
    written = insert(row.__table__).from_select(
        (*columns, *COPIED, "undoes", "created_at"), rows.where(these).order_by(order)
    )
    db.session.execute(written)
    ((_, total),) = last_balances([balance.volunteer_id])
    balance.total_points = balance.current_points = total
    balance.updated_at = now
    db.session.flush()


LATEST_AWARD = (
    select(*(Award.__table__.c[name] for name in ("points", "reason", "note")), *User.__table__.c["name", "role"])
    .join_from(Award.__table__, User.__table__, User.id == Award.awarded_by_id)
    .where(Award.volunteer_id == bindparam("whose"), Award.points > 0)
    .order_by(Award.id.desc())
    .limit(1)
)


def latest_award(volunteer_id: int) -> Row | None:
    """The last points given by hand, with `name` and `role` of who gave them; points that were taken are no thanks."""
    return next(iter(rows(LATEST_AWARD, whose=volunteer_id)), None)


DESCRIPTIONS = {
    PointsEventType.HOURS_LOGGED: "Hours logged",
    PointsEventType.TASK_COMPLETED: "Task completed",
    PointsEventType.PROJECT_COMPLETED: "Project completed",
    PointsEventType.TRAINING_COMPLETED: "Training completed",
    PointsEventType.SKILL_CERTIFIED: "Skill certified",
    PointsEventType.VOLUNTEER_REFERRED: "Volunteer referred",
    PointsEventType.ACHIEVEMENT_EARNED: "Achievement earned",
    PointsEventType.BADGE_EARNED: "Badge earned",
    PointsEventType.MANUAL_ADJUSTMENT: "Points by hand",
}


def describe(event_type: str, *, undoes: bool) -> str:
    """What a ledger row says by itself: no names and no free words; those stand in what it points to."""
    return DESCRIPTIONS[PointsEventType(event_type)] + (", corrected" if undoes else "")
