"""Pairing a screen with a display: eight digits, typed on the television, that are good for ten minutes and once."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import select, update
from sqlalchemy.engine import CursorResult

from portal.domain import audit, screens
from portal.domain.accounts import User
from portal.domain.displays import Display
from portal.extensions import db

DIGITS = 8
HOLDS = timedelta(minutes=10)


def offer(display: Display, *, by: User, now: datetime) -> str:
    """A new code for one more screen of this display; an earlier one that nobody typed ends."""
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    display.code_hash, display.code_until = kept(code), now + HOLDS
    audit.note("offer code", display, at=now, by=by)
    db.session.flush()
    return code


def pair(code: str, *, now: datetime) -> str | None:
    """The secret of a new screen, for who types the code of a display; None if it is nobody's, over, or used."""
    display = db.session.scalar(select(Display).where(Display.code_hash == kept(code)).with_for_update())
    if display is None or display.code_until <= now or display.revoked_at is not None or not take(display):
        return None
    screen, secret = screens.admit(display.id, by_link=False, now=now)
    audit.note("pair", display, at=now, after={"screen": screen.id})
    return secret


def take(display: Display) -> bool:
    """Whether this very transaction uses the code up."""
    ours = (Display.id == display.id, Display.code_hash == display.code_hash)
    done = db.session.execute(update(Display).where(*ours).values(code_hash=None, code_until=None))
    return isinstance(done, CursorResult) and done.rowcount == 1


def kept(code: str) -> str:
    """What is kept of a code: so few digits would be guessed from a plain hash."""
    key = current_app.config["SECRET_KEY"].encode()
    return hmac.new(key, b"pairing" + code.encode(), hashlib.sha256).hexdigest()
