"""Televisions: each shows what its admin chose, by a link that nobody can guess."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import JSON, ForeignKey, String, Update, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Id, UTCDateTime
from portal.domain import audit
from portal.domain.accounts import User, fingerprint
from portal.extensions import Model, db

SEEN_EVERY = timedelta(minutes=1)
"""How exactly it is kept when a display was last seen."""


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

    def unnoticed(self, now: datetime) -> bool:
        """Whether it is time to note again that this display was seen."""
        return self.last_seen_at is None or now - self.last_seen_at >= SEEN_EVERY


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
        db.session.flush()


def with_secret(secret: str) -> Display | None:
    """The display with this secret, also if its link was ended: then `revoked_at` says so."""
    return db.session.scalar(select(Display).where(Display.token_hash == fingerprint(secret)))


def seen(display_id: int, now: datetime) -> Update:
    """What writes down that a display was seen, unless that was done a moment ago. Worth no waiting."""
    last = Display.last_seen_at
    long_ago = or_(last.is_(None), last <= now - SEEN_EVERY)
    return update(Display).where(Display.id == display_id, long_ago).values(last_seen_at=now)


def live() -> dict[str, Display]:
    """The displays whose links hold, by what is kept of their secrets; for reading, whoever keeps them for a while."""
    found = {one.token_hash: one for one in db.session.scalars(select(Display).where(Display.revoked_at.is_(None)))}
    for display in found.values():
        db.session.expunge(display)
    return found


def every() -> list[Display]:
    """All displays, the newest first."""
    return list(db.session.scalars(select(Display).order_by(Display.id.desc())))
