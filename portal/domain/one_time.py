"""What links have in common that work once: a secret that is kept as a hash alone, an end, and what became of them."""

import secrets
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import UTCDateTime
from portal.domain.accounts import fingerprint
from portal.domain.refusals import NotPossible
from portal.extensions import Model, db


class State(StrEnum):
    """What a link is good for."""

    GOOD = "good"
    UNKNOWN = "unknown"
    USED = "used"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class LinkOver(NotPossible):
    """A link works no more; `state` says why."""

    def __init__(self, state: State):
        super().__init__(state.value)
        self.state = state


class OneTime:
    """Columns of what a link opens once. Without a hash no link was made yet: the mail that carries it makes it."""

    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    def new_secret(self, expires_at: datetime) -> str:
        """A secret for a link; the one before is worth nothing any more."""
        secret = secrets.token_urlsafe(32)
        self.token_hash, self.expires_at = fingerprint(secret), expires_at
        return secret

    def state(self, now: datetime) -> State:
        """What its link is good for."""
        if self.used_at is not None:
            return State.USED
        if self.withdrawn_at is not None:
            return State.WITHDRAWN
        return State.GOOD if self.expires_at is not None and now < self.expires_at else State.EXPIRED


Row = TypeVar("Row", bound=Model)


def with_secret(model: type[Row], secret: str) -> Row | None:
    """The row whose link has this secret."""
    return db.session.scalar(select(model).where(model.token_hash == fingerprint(secret)))


def state_of(row, now: datetime) -> State:
    """What the link of a row is good for, or of none."""
    return State.UNKNOWN if row is None else row.state(now)


def claim(model: type[Row], secret: str, now: datetime) -> Row:
    """The row whose link this is, used from now on; of many at once one gets it. Raises LinkOver."""
    query = select(model).where(model.token_hash == fingerprint(secret)).with_for_update(of=model)
    row = db.session.scalar(query.execution_options(populate_existing=True))
    if (state := state_of(row, now)) != State.GOOD:
        raise LinkOver(state)
    row.used_at = now
    return row
