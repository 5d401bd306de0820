"""Links with which one sets a new password: one's own by mail, or made by an admin. They work once, for an hour."""

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, delete, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.database import Id, UTCDateTime
from portal.domain import accounts, audit, one_time
from portal.domain.accounts import User
from portal.domain.one_time import OneTime, State
from portal.extensions import Model, change_many, db

LASTS = timedelta(hours=1)
FRESH = timedelta(minutes=10)
"""So soon after one mail there is no other: whoever asks again and again fills nobody's inbox."""
KEPT = timedelta(days=30)


class PasswordLink(OneTime, Model):
    """One of them."""

    __tablename__ = "password_links"
    __table_args__ = (Index("ix_password_links_user_id", "user_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(Id, ForeignKey("users.id"))
    made_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    user: Mapped[User] = relationship(lazy="joined", foreign_keys=[user_id], innerjoin=True)

    def state(self, now: datetime) -> State:
        """What it is good for; nobody comes in by it who may not."""
        state = super().state(now)
        return State.WITHDRAWN if state == State.GOOD and not self.user.active else state


def make(user: User, *, by: User | None, now: datetime) -> str:
    """The secret of a new link; those before are worth nothing any more. `by` is None for who asked for it by mail."""
    end_all(user, now)
    link = PasswordLink(user_id=user.id, made_by_id=by and by.id, created_at=now)
    secret = link.new_secret(now + LASTS)
    db.session.add(link)
    audit.note("make_password_link", user, at=now, by=by)
    db.session.flush()
    return secret


def make_by_mail(email: str, now: datetime) -> tuple[User, str] | None:
    """Who signs in with this address, and the secret for their mail. None for nobody, and if one is in the inbox."""
    user = accounts.by_email(email)
    if user is None or not user.active or is_fresh(user, now):
        return None
    return user, make(user, by=None, now=now)


def is_fresh(user: User, now: datetime) -> bool:
    """Whether a link was sent a moment ago, and still works."""
    one = PasswordLink
    query = select(one.id).where(one.user_id == user.id, one.made_by_id.is_(None), one.created_at > now - FRESH)
    return db.session.scalar(query.where(one.used_at.is_(None), one.withdrawn_at.is_(None)).limit(1)) is not None


def end_all(user: User, now: datetime) -> None:
    """Ends the links of somebody that are open."""
    one = PasswordLink
    for link in db.session.scalars(select(one).where(one.user_id == user.id, one.used_at.is_(None))):
        link.withdrawn_at = link.withdrawn_at or now


def use(secret: str, password: str, *, now: datetime) -> User:
    """Sets the password of whoever has this link, and ends their sign-ins. Raises LinkOver, and ValueError for a
    password that will not do: the link is then as good as before."""
    link = one_time.claim(PasswordLink, secret, now)
    user = link.user
    user.set_password(password)
    accounts.end_sign_ins(user, now)
    end_all(user, now)
    audit.note("change_password", user, at=now, by=user, after={"by_link": link.id})
    db.session.flush()
    return user


def forget_old(now: datetime) -> None:
    """Throws links away that have been over for a month."""
    change_many(delete(PasswordLink).where(PasswordLink.created_at < now - KEPT))
