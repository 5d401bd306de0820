"""Televisions: each shows what its admin chose, by a link that nobody can guess."""

import secrets
from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Id, UTCDateTime
from portal.domain import audit
from portal.domain.accounts import User, fingerprint
from portal.extensions import Model, db


class Display(Model):
    """A television. `boards` lists 'type/timeframe'; `seconds` is how long each stays."""

    __tablename__ = "displays"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    boards: Mapped[list] = mapped_column(JSON)
    seconds: Mapped[int] = mapped_column(default=20)
    created_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_seen_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


def add(name: str, boards: list[str], seconds: int, *, by: User | None, now: datetime) -> tuple[Display, str]:
    """A new display and the secret of its link, which is shown once."""
    secret = secrets.token_urlsafe(24)
    display = Display(
        name=name,
        token_hash=fingerprint(secret),
        boards=boards,
        seconds=seconds,
        created_by_id=by and by.id,
        created_at=now,
    )
    db.session.add(display)
    db.session.flush()
    audit.note("define", display, at=now, by=by, after={"name": name, "boards": boards, "seconds": seconds})
    return display, secret


def revoke(display: Display, *, by: User, now: datetime) -> None:
    """Ends a display's link at once."""
    if display.revoked_at is None:
        display.revoked_at = now
        audit.note("revoke", display, at=now, by=by, after={"revoked": True})


def live(secret: str) -> Display | None:
    """The display with this secret, unless its link was ended."""
    query = select(Display).where(Display.token_hash == fingerprint(secret), Display.revoked_at.is_(None))
    return db.session.scalar(query)


def every() -> list[Display]:
    """All displays, the newest first."""
    return list(db.session.scalars(select(Display).order_by(Display.id.desc())))
