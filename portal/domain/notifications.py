"""News for volunteers: the inbox that they read, and the outbox from which mail goes (docs/rules.md, section 9)."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, bindparam, func, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Id, UTCDateTime, among, bulk_insert, draw_ids, one_of, word
from portal.domain.activities import partial
from portal.extensions import Model, db, rows

MANY = 100
"""Unread messages of which the bell says no more than that they are many."""


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
        Index("ix_notifications_volunteer_id", "volunteer_id", "created_at", "id"),
        partial("ix_notifications_unread", "volunteer_id", "created_at", where="read_at IS NULL"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    volunteer_id: Mapped[int] = mapped_column(Id, ForeignKey("volunteers.id"))
    kind: Mapped[str] = mapped_column(word())
    key: Mapped[str] = mapped_column(String(100))
    data: Mapped[dict] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


def as_soon_as_written(context) -> datetime:
    """When a row is due for which nothing else is said."""
    return context.get_current_parameters()["created_at"]


class OutboxRow(Model):
    """That a piece of news still has to leave the house. Written in the transaction of the fact itself.

    When it is due, it goes into a letter, waits for a better hour, or is closed, since nobody wants it by mail.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        partial("ix_outbox_waiting", "due_at", "id", where="letter_id IS NULL AND closed_at IS NULL"),
        CheckConstraint("letter_id IS NULL OR closed_at IS NULL", name="one_end"),
        Index("ix_outbox_letter_id", "letter_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    notification_id: Mapped[int] = mapped_column(Id, ForeignKey("notifications.id"), unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime, default=as_soon_as_written)
    letter_id: Mapped[int | None] = mapped_column(Id, ForeignKey("letters.id"))
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


def tell(news: Sequence[tuple[int, str, str, dict]], now: datetime) -> None:
    """Writes news into inboxes, each with its outbox row: (volunteer, kind, key, data); nothing twice."""
    news = untold(news)
    connection = db.session.connection()
    ids = draw_ids(connection, Notification.__table__, len(news)) if news else ()
    inbox = [(new_id, who, kind, key, data, now) for new_id, (who, kind, key, data) in zip(ids, news, strict=True)]
    bulk_insert(connection, Notification.__table__, ("id", "volunteer_id", "kind", "key", "data", "created_at"), inbox)
    outbox = [(new_id, now, now) for new_id in ids]
    bulk_insert(connection, OutboxRow.__table__, ("notification_id", "created_at", "due_at"), outbox)


def untold(news: Sequence[tuple[int, str, str, dict]]) -> Sequence[tuple[int, str, str, dict]]:
    """Those that are not in an inbox yet: a run of days can fall back and pass its milestone again."""
    if not news:
        return news
    one = Notification
    query = select(one.volunteer_id, one.key)
    query = query.where(among(one.volunteer_id, {row[0] for row in news}), among(one.key, {row[2] for row in news}))
    told = {tuple(row) for row in db.session.execute(query)}
    return [row for row in news if (row[0], row[2]) not in told]


def tell_one(volunteer_id: int, kind: News, key: str, data: dict, now: datetime) -> None:
    """Writes one piece of news."""
    tell([(volunteer_id, kind.value, key, data)], now)


UNREAD = (
    select(Notification.created_at)
    .where(Notification.volunteer_id == bindparam("whose"), Notification.read_at.is_(None))
    .where(Notification.kind != bindparam("unsaid"))
    .distinct()
    .limit(MANY)
    .subquery()
)


def unread(volunteer_id: int, *, unsaid: News | None = None) -> int:
    """How many messages this volunteer has not read: what came together is one. No more than MANY are counted, and none
    of the kind that is not said here."""
    return rows(select(func.count()).select_from(UNREAD), whose=volunteer_id, unsaid=unsaid or "")[0][0]
