"""Screens: each opens one display by a secret of its own, the one that its link holds or one that it got by a code."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, String, Update, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Id, UTCDateTime, among
from portal.domain.accounts import fingerprint
from portal.extensions import Model, change_many, db

SEEN_EVERY = timedelta(minutes=1)
"""How exactly it is kept when a screen was last seen."""
ON_FOR = timedelta(minutes=2)
"""Who was seen within this time is on."""


class Screen(Model):
    """One television; or, `by_link`, all that opened the link of a display, which share its secret."""

    __tablename__ = "screens"
    __table_args__ = (Index("ix_screens_display_id", "display_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    display_id: Mapped[int] = mapped_column(Id, ForeignKey("displays.id"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    by_link: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_seen_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


def admit(display_id: int, *, by_link: bool, now: datetime) -> tuple[Screen, str]:
    """A new screen of a display and its secret, which is said once and kept as a hash."""
    secret = secrets.token_urlsafe(24)
    screen = Screen(display_id=display_id, token_hash=fingerprint(secret), by_link=by_link, created_at=now)
    db.session.add(screen)
    db.session.flush()
    return screen, secret


def end_links(display_id: int, now: datetime) -> None:
    """Whoever opened a display by its link is out; screens that came by a code stay."""
    ours = (Screen.display_id == display_id, Screen.by_link, Screen.revoked_at.is_(None))
    change_many(update(Screen).where(*ours).values(revoked_at=now))


def seen(ids: Iterable[int], now: datetime) -> Update:
    """What writes down that these screens were seen, unless that was done a moment ago. Worth no waiting."""
    last = Screen.last_seen_at
    long_ago = or_(last.is_(None), last <= now - SEEN_EVERY)
    return update(Screen).where(among(Screen.id, ids), long_ago).values(last_seen_at=now)


def unnoticed(last_seen_at: datetime | None, now: datetime) -> bool:
    """Whether it is time to note again that a screen was seen."""
    return last_seen_at is None or now - last_seen_at >= SEEN_EVERY


def by_display() -> dict[int, list[Screen]]:
    """All screens that may still look, by their display's id."""
    found: dict[int, list[Screen]] = {}
    for one in db.session.scalars(select(Screen).where(Screen.revoked_at.is_(None)).order_by(Screen.id)):
        found.setdefault(one.display_id, []).append(one)
    return found


def on(those: Sequence[Screen], now: datetime) -> int:
    """How many of these are on now."""
    return sum(one.last_seen_at is not None and now - one.last_seen_at <= ON_FOR for one in those)
