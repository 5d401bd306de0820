"""News for volunteers: the inbox that they read, and the outbox from which mail goes (docs/rules.md, section 9)."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, String, func, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Id, UTCDateTime, among, bulk_insert, draw_ids, one_of, word
from portal.domain.activities import partial
from portal.extensions import Model, db


class News(StrEnum):
    """What can be news to a volunteer."""

    ACHIEVEMENT = "achievement"
    BADGE = "badge"
    STREAK = "streak"
    RANK = "rank"
    POINTS = "points"
    CORRECTION = "correction"
    HOURS_CONFIRMED = "hours_confirmed"
    HOURS_TURNED_DOWN = "hours_turned_down"
    NEW_TO_EARN = "new_to_earn"


class Notification(Model):
    """One piece of news in a volunteer's inbox. `key` names the fact, so that it is news once; `data` holds ids."""

    __tablename__ = "notifications"
    __table_args__ = (
        one_of("kind", News),
        Index("uq_notifications_key", "volunteer_id", "key", unique=True),
        Index("ix_notifications_volunteer_id", "volunteer_id", "id"),
        partial("ix_notifications_unread", "volunteer_id", where="read_at IS NULL"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    volunteer_id: Mapped[int] = mapped_column(Id, ForeignKey("volunteers.id"))
    kind: Mapped[str] = mapped_column(word())
    key: Mapped[str] = mapped_column(String(100))
    data: Mapped[dict] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class OutboxRow(Model):
    """That a piece of news still has to leave the house. Written in the transaction of the fact itself."""

    __tablename__ = "outbox"
    __table_args__ = (partial("ix_outbox_waiting", "id", where="sent_at IS NULL"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    notification_id: Mapped[int] = mapped_column(Id, ForeignKey("notifications.id"), unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


def tell(rows: Sequence[tuple[int, str, str, dict]], now: datetime) -> None:
    """Writes news into inboxes, each with its outbox row: (volunteer, kind, key, data); nothing twice."""
    rows = untold(rows)
    connection = db.session.connection()
    ids = draw_ids(connection, Notification.__table__, len(rows)) if rows else ()
    inbox = [(new_id, who, kind, key, data, now) for new_id, (who, kind, key, data) in zip(ids, rows, strict=True)]
    bulk_insert(connection, Notification.__table__, ("id", "volunteer_id", "kind", "key", "data", "created_at"), inbox)
    outbox = [(new_id, now, 0) for new_id in ids]
    bulk_insert(connection, OutboxRow.__table__, ("notification_id", "created_at", "attempts"), outbox)


def untold(rows: Sequence[tuple[int, str, str, dict]]) -> Sequence[tuple[int, str, str, dict]]:
    """Those that are not in an inbox yet: a run of days can fall back and pass its milestone again."""
    if not rows:
        return rows
    one = Notification
    query = select(one.volunteer_id, one.key)
    query = query.where(among(one.volunteer_id, {row[0] for row in rows}), among(one.key, {row[2] for row in rows}))
    told = {tuple(row) for row in db.session.execute(query)}
    return [row for row in rows if (row[0], row[2]) not in told]


def tell_one(volunteer_id: int, kind: News, key: str, data: dict, now: datetime) -> None:
    """Writes one piece of news."""
    tell([(volunteer_id, kind.value, key, data)], now)


def unread(volunteer_id: int) -> int:
    """How many pieces of news this volunteer has not read."""
    query = select(func.count()).where(Notification.volunteer_id == volunteer_id, Notification.read_at.is_(None))
    return db.session.scalar(query) or 0
