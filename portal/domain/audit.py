"""FACT who changed what, and when. Records are added, never changed; triggers refuse it.

They hold ids and values, never personal data nor free words: why something was done stands in the row that a record
points to (an award, a badge held, an activity), where forgetting somebody can empty it.
"""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Id, UTCDateTime
from portal.extensions import Model, db


class AuditRecord(Model):
    """One change."""

    __tablename__ = "audit_records"
    __table_args__ = (
        Index("ix_audit_records_subject", "subject_type", "subject_id"),
        Index("ix_audit_records_at", "at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    actor_id: Mapped[int | None] = mapped_column(Id, ForeignKey("users.id"))
    action: Mapped[str] = mapped_column(String(64))
    subject_type: Mapped[str] = mapped_column(String(64))
    subject_id: Mapped[int | None] = mapped_column(Id)
    before: Mapped[object | None] = mapped_column(JSON)
    after: Mapped[object | None] = mapped_column(JSON)


def note(action: str, subject, *, at: datetime, by=None, before=None, after=None) -> None:
    """Writes down that `by` (a user; None for a command or a job) did `action` to `subject` (a row with an id)."""
    note_of(action, subject.__tablename__, subject.id, at=at, by=by, before=before, after=after)


def note_of(
    action: str, subject_type: str, subject_id: int | None, *, at: datetime, by=None, before=None, after=None
) -> None:
    """The same for what has no row with an id of its own, such as a setting."""
    record = AuditRecord(
        at=at,
        actor_id=by and by.id,
        action=action,
        subject_type=subject_type,
        subject_id=subject_id,
        before=before,
        after=after,
    )
    db.session.add(record)
