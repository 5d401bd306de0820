"""Where somebody is signed in: each browser by itself, and how one ends it from another."""

from datetime import datetime

from sqlalchemy import select

from portal.domain import accounts, audit
from portal.domain.accounts import SignIn, User
from portal.extensions import db

SHOWN = 50


def of(user: User, now: datetime) -> list[SignIn]:
    """The sign-ins that open something, whoever was seen last first."""
    one = SignIn
    query = select(one).where(one.user_id == user.id, one.ended_at.is_(None), one.expires_at > now, one.half.is_(False))
    return list(db.session.scalars(query.order_by(one.last_seen_at.desc(), one.id.desc()).limit(SHOWN)))


def end(row: SignIn, *, by: User, now: datetime) -> None:
    """Ends one of one's own, at once."""
    if row.ended_at is None:
        row.ended_at = now
        audit.note("end_sign_in", row, at=now, by=by)
        db.session.flush()


def end_others(user: User, *, but: SignIn | None, now: datetime) -> None:
    """Ends all but this one."""
    accounts.end_sign_ins(user, now, but=but)
    audit.note("end_sign_ins", user, at=now, by=user)
    db.session.flush()
