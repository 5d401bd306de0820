"""Doing a thing once: what was done under a key is answered again, not done again (docs/rules.md, section 7)."""

import hashlib
import json
from datetime import datetime, timedelta

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Id, UTCDateTime
from portal.domain.accounts import User
from portal.extensions import Model, db

KEPT = timedelta(days=7)
LONGEST_KEY = 100


class OtherContent(ValueError):
    """The same key came with something else: a mistake of the sender."""


class IdempotencyKey(Model):
    """That a user's write under this key is done, and what it was answered."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (
        Index("uq_idempotency_keys_key", "user_id", "key", unique=True),
        Index("ix_idempotency_keys_created_at", "created_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(Id, ForeignKey("users.id"))
    key: Mapped[str] = mapped_column(String(LONGEST_KEY))
    content_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    answer: Mapped[object] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


def hashed(content: object) -> bytes:
    """SHA-256 of anything that JSON can say."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).digest()


def answered(key: str, *, by: User, content: object):
    """What this user's write under `key` was answered, or None if it was not done yet.

    Raises OtherContent if it was something else.
    """
    kept = db.session.scalar(
        select(IdempotencyKey).where(IdempotencyKey.user_id == by.id, IdempotencyKey.key == key[:LONGEST_KEY])
    )
    if kept is not None and kept.content_hash != hashed(content):
        raise OtherContent(key)
    return kept and kept.answer


def keep(key: str, *, by: User, content: object, answer, now: datetime) -> None:
    """Writes down the answer, in the transaction of the write itself.

    Raises IntegrityError on flush if another request did the same at the same moment: roll back and ask `answered`.
    """
    kept = IdempotencyKey(
        user_id=by.id, key=key[:LONGEST_KEY], content_hash=hashed(content), answer=answer, created_at=now
    )
    db.session.add(kept)
    db.session.flush()


def forget_old(now: datetime) -> None:
    """Throws away keys that are older than a week."""
    db.session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < now - KEPT))
