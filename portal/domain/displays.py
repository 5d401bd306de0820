"""Displays: what televisions show, in which order, how long, by day or by night, as their admins chose."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Id, UTCDateTime, one_of, word
from portal.domain import audit, screens
from portal.domain.accounts import User, fingerprint
from portal.domain.screens import Screen
from portal.extensions import Model, db, rows

SHORTEST, LONGEST = 5, 600
"""Seconds that each thing may stay."""


class Theme(StrEnum):
    """The colours of the hall."""

    DARK = "dark"
    LIGHT = "light"


class Display(Model):
    """What some televisions show. `panels` are names of showing.EVERY_PANEL in their order; `seconds` is how long each
    that turns stays; no `language` is the portal's own; a pairing code holds until `code_until`."""

    __tablename__ = "displays"
    __table_args__ = (one_of("theme", Theme),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    panels: Mapped[list] = mapped_column(JSON)
    seconds: Mapped[int] = mapped_column(default=20)
    theme: Mapped[str] = mapped_column(word(), default=Theme.DARK)
    language: Mapped[str | None] = mapped_column(String(16))
    code_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    code_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


CHOSEN = ("name", "panels", "seconds", "theme", "language")
"""What an admin chooses of a display."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a screen is to show, and how."""

    panels: tuple[str, ...]
    seconds: int
    theme: str
    language: str | None


@dataclass(frozen=True, slots=True)
class Viewer:
    """A screen that asks: whose display it shows, whether it may, and when it was last seen."""

    screen_id: int
    display_id: int
    look: Look
    ended: bool
    last_seen_at: datetime | None


def add(
    name: str, panels: list[str], seconds: int, *, theme: str = Theme.DARK, language: str | None = None, by, now
) -> tuple[Display, str]:
    """A new display and the secret of its link, which is shown once."""
    chosen = {"name": name, "panels": panels, "seconds": seconds, "theme": theme, "language": language}
    display = Display(**chosen, created_by_id=by and by.id, created_at=now)
    db.session.add(display)
    db.session.flush()
    _link, secret = screens.admit(display.id, by_link=True, now=now)
    audit.note("define", display, at=now, by=by, after=chosen)
    return display, secret


def change(display: Display, chosen: dict, *, by: User, now: datetime) -> bool:
    """Gives a display other values for what is CHOSEN, which running screens follow; whether anything changed."""
    before = {name: getattr(display, name) for name in chosen}
    changed = {name: value for name, value in chosen.items() if value != before[name]}
    for name, value in changed.items():
        setattr(display, name, value)
    if changed:
        old = {name: before[name] for name in changed}
        audit.note("define", display, at=now, by=by, before=old, after=changed)
        db.session.flush()
    return bool(changed)


def renew_link(display: Display, *, by: User, now: datetime) -> str:
    """The secret of a new link; the old one ends. Screens that were paired by a code stay."""
    screens.end_links(display.id, now)
    _link, secret = screens.admit(display.id, by_link=True, now=now)
    audit.note("renew link", display, at=now, by=by, after={"link": "new"})
    return secret


def revoke(display: Display, *, by: User, now: datetime) -> None:
    """Ends a display at once: its link, and every screen that shows it."""
    if display.revoked_at is None:
        display.revoked_at, display.code_hash, display.code_until = now, None, None
        audit.note("revoke", display, at=now, by=by, after={"revoked": True})
        db.session.flush()


SHOWN, SEEN = Display.__table__.c, Screen.__table__.c
VIEWERS = select(
    *(SEEN.id, SEEN.display_id, SEEN.token_hash, SEEN.last_seen_at, SEEN.revoked_at),
    *(SHOWN.panels, SHOWN.seconds, SHOWN.theme, SHOWN.language, SHOWN.revoked_at.label("display_revoked_at")),
).join_from(Screen.__table__, Display.__table__)


def with_secret(secret: str) -> Viewer | None:
    """Whose secret this is, also if it does not hold any more: then it says so."""
    found = rows(VIEWERS.where(SEEN.token_hash == fingerprint(secret)))
    return viewer(found[0]) if found else None


def live() -> dict[str, Viewer]:
    """Whoever may look, by what is kept of their secrets."""
    query = VIEWERS.where(SEEN.revoked_at.is_(None), SHOWN.revoked_at.is_(None))
    return {row.token_hash: viewer(row) for row in rows(query)}


def viewer(row) -> Viewer:
    """A row of VIEWERS."""
    ended = row.revoked_at is not None or row.display_revoked_at is not None
    return Viewer(row.id, row.display_id, look(row), ended, row.last_seen_at)


def look(display) -> Look:
    """How a display looks."""
    return Look(tuple(display.panels), display.seconds, display.theme, display.language)


def every() -> list[Display]:
    """All displays, the newest first."""
    return list(db.session.scalars(select(Display).order_by(Display.id.desc())))
