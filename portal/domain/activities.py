"""FACT what volunteers did (docs/rules.md, section 2): added, never edited; their status only moves forward."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, func, select, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.database import Id, Scaled, UTCDateTime, one_of, word
from portal.domain.accounts import User
from portal.domain.volunteers import Volunteer
from portal.extensions import Model, db


class EventType(StrEnum):
    """The kinds of activity; each has its point rule."""

    HOURS_LOGGED = "hours_logged"
    TASK_COMPLETED = "task_completed"
    PROJECT_COMPLETED = "project_completed"
    TRAINING_COMPLETED = "training_completed"
    SKILL_CERTIFIED = "skill_certified"
    VOLUNTEER_REFERRED = "volunteer_referred"


class ActivityStatus(StrEnum):
    """How far an activity has come. Awaiting review and pending may still be rejected; counted only reversed."""

    AWAITING_REVIEW = "awaiting_review"
    PENDING = "pending"
    COUNTED = "counted"
    REVERSED = "reversed"
    REJECTED = "rejected"


class BatchKind(StrEnum):
    """What brought several activities at once."""

    IMPORT = "import"
    GROUP = "group"


class Batch(Model):
    """Several activities that came together, with how far they are: shown while it works, undone as one."""

    __tablename__ = "batches"
    __table_args__ = (one_of("kind", BatchKind),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(word())
    name: Mapped[str] = mapped_column(String(200), default="")
    source: Mapped[str] = mapped_column(String(64))
    quiet: Mapped[bool] = mapped_column(default=False)
    recorded_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    failure: Mapped[str | None] = mapped_column(Text)
    rows: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    accepted: Mapped[int] = mapped_column(default=0)
    same: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)


def group(name: str, *, size: int, by: User, now: datetime) -> Batch:
    """A batch for what a coordinator does for several people in one step; all of it is there at once."""
    batch = Batch(kind=BatchKind.GROUP, name=name[:200], source="desk", recorded_by_id=by.id, created_at=now)
    batch.finished_at, batch.rows, batch.done, batch.accepted = now, size, size, size
    db.session.add(batch)
    db.session.flush()
    return batch


ONCE_A_DAY = (
    EventType.TASK_COMPLETED,
    EventType.PROJECT_COMPLETED,
    EventType.TRAINING_COMPLETED,
    EventType.SKILL_CERTIFIED,
)
"""Types of which one live activity a volunteer, reference and date may stand; of a referral one in all."""

BOUNDS = """
    (event_type = 'hours_logged' AND quantity > 0 AND quantity <= 2400)
    OR (event_type = 'task_completed' AND quantity IN (100, 200, 300, 400, 500))
    OR (event_type NOT IN ('hours_logged', 'task_completed') AND quantity = 100)
"""
IS_LIVE = "reference_id IS NOT NULL AND status NOT IN ('reversed', 'rejected')"
ONE_A_DAY = f"{IS_LIVE} AND event_type NOT IN ('hours_logged', 'volunteer_referred')"
ONE_IN_ALL = f"{IS_LIVE} AND event_type = 'volunteer_referred'"
TO_SETTLE = "status = 'pending' OR (status = 'reversed' AND booked)"


def partial(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index over the rows that `where` names, on both databases."""
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))


class Activity(Model):
    """Something a volunteer did. `booked` says whether the ledger reflects it; `settle` alone changes that."""

    __tablename__ = "activities"
    __table_args__ = (
        one_of("event_type", EventType),
        one_of("status", ActivityStatus),
        CheckConstraint(BOUNDS, name="quantity"),
        CheckConstraint("exact >= 0", name="exact"),
        CheckConstraint("status <> 'counted' OR (booked AND counted_at IS NOT NULL)", name="counted"),
        CheckConstraint("status IN ('counted', 'reversed') OR NOT booked", name="booked"),
        Index("uq_activities_source_external_id", "source", "external_id", unique=True),
        Index("ix_activities_volunteer_id_occurred_on", "volunteer_id", "occurred_on", "event_type"),
        Index("ix_activities_event_type_occurred_on", "event_type", "occurred_on"),
        Index("ix_activities_batch_id", "batch_id"),
        partial("ix_activities_unsettled", "volunteer_id", "id", where=TO_SETTLE),
        partial("ix_activities_awaiting_review", "recorded_at", where="status = 'awaiting_review'"),
        partial(
            "uq_activities_reference_a_day",
            *("volunteer_id", "event_type", "reference_type", "reference_id", "occurred_on"),
            where=ONE_A_DAY,
            unique=True,
        ),
        partial("uq_activities_referral", "reference_type", "reference_id", where=ONE_IN_ALL, unique=True),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    volunteer_id: Mapped[int] = mapped_column(Id, ForeignKey("volunteers.id"))
    event_type: Mapped[str] = mapped_column(word())
    quantity: Mapped[Decimal] = mapped_column(Scaled(2))
    occurred_at: Mapped[datetime] = mapped_column(UTCDateTime)
    occurred_on: Mapped[date]
    reference_type: Mapped[str] = mapped_column(String(64), default="")
    reference_id: Mapped[str | None] = mapped_column(String(200))
    reference_name: Mapped[str | None] = mapped_column(String(300))
    description: Mapped[str | None] = mapped_column(Text)
    certified: Mapped[bool] = mapped_column(default=True)
    tags: Mapped[list | None] = mapped_column(JSON(none_as_null=True))
    source: Mapped[str] = mapped_column(String(64))
    external_id: Mapped[str] = mapped_column(String(200))
    content_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    exact: Mapped[Decimal] = mapped_column(Scaled(4))
    day_cap: Mapped[Decimal | None] = mapped_column(Scaled(4))
    status: Mapped[str] = mapped_column(word())
    booked: Mapped[bool] = mapped_column(default=False)
    batch_id: Mapped[int | None] = mapped_column(Id, ForeignKey("batches.id"))
    recorded_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("users.id"))
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    reviewed_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("users.id"))
    reviewed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    counted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reversed_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("users.id"))
    reversed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reason: Mapped[str | None] = mapped_column(Text)

    volunteer: Mapped[Volunteer] = relationship()
    recorded_by: Mapped[User | None] = relationship(foreign_keys=[recorded_by_id])


LIVE = Activity.status.not_in(("reversed", "rejected"))
"""What stands: neither taken back nor turned down."""

IS_UNSETTLED = text(f"({TO_SETTLE})")
"""What `settle` still has to do: count what is pending, take back what was reversed.

In the very words of the index: with a parameter in them a database cannot know that the index holds all such rows.
"""

ADDS_UP = Activity.status.in_(("pending", "counted"))
"""What adds up once settled."""


def unsettled_volunteers(limit: int) -> list[int]:
    """Ids of at most `limit` volunteers who have something to settle; whose waits longest comes first, so that nobody
    is passed over again and again while others bring more than can be counted."""
    query = select(Activity.volunteer_id).where(IS_UNSETTLED).group_by(Activity.volunteer_id)
    return list(db.session.scalars(query.order_by(func.min(Activity.id)).limit(limit)))
