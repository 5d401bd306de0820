"""Mails about signing in that wait to be sent: at once, whatever somebody chose about news (docs/rules.md, section 9).

They hold no secrets. A mail that carries a link makes it when it is written, so that none lies about before; one that
is tried again carries a new one. What was sent is gone from here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Index, String, delete, select, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Id, UTCDateTime, among, one_of, word
from portal.extensions import Model, change_many, db

TRIES_AGAIN = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=20))
LEASE = timedelta(minutes=2)
"""For so long a worker has a mail to itself; if it died meanwhile, another takes it."""
KEPT = timedelta(days=7)


class Occasion(StrEnum):
    """Why somebody gets a mail."""

    INVITED = "invited"
    FORGOT_PASSWORD = "forgot_password"  # noqa: S105 - an occasion
    PASSWORD_LINK = "password_link"  # noqa: S105 - an occasion
    ASKED_TO_JOIN = "asked_to_join"
    LET_IN = "let_in"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - an occasion
    SECOND_FACTOR_RESET = "second_factor_reset"


class DoorMail(Model):
    """One of them. `about_id` is of an invitation, a sign-up or a user, by its occasion."""

    __tablename__ = "door_mails"
    __table_args__ = (
        one_of("occasion", Occasion),
        Index(
            "ix_door_mails_waiting",
            "due_at",
            "id",
            sqlite_where=text("failed_at IS NULL"),
            postgresql_where=text("failed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    occasion: Mapped[str] = mapped_column(word())
    address: Mapped[str] = mapped_column(String(254))
    about_id: Mapped[int | None] = mapped_column(Id)
    language: Mapped[str | None] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    failed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail that a worker has to itself."""

    id: int
    occasion: Occasion
    address: str
    about_id: int | None
    language: str | None
    attempts: int


def add(
    occasion: Occasion, address: str, *, now: datetime, about_id: int | None = None, language: str | None = None
) -> None:
    """Has a mail sent, once this is committed."""
    one = DoorMail(occasion=occasion, address=address, about_id=about_id, language=language)
    one.created_at = one.due_at = now
    db.session.add(one)
    db.session.flush()


def take(now: datetime) -> Taken | None:
    """The next mail that is due; nobody else takes it for a while."""
    one = DoorMail
    query = select(one).where(one.due_at <= now, one.failed_at.is_(None)).order_by(one.due_at, one.id).limit(1)
    found = db.session.scalar(query.with_for_update(skip_locked=True).execution_options(populate_existing=True))
    if found is None:
        return None
    found.attempts, found.due_at = found.attempts + 1, now + LEASE
    db.session.flush()
    about = found.about_id, found.language, found.attempts
    return Taken(found.id, Occasion(found.occasion), found.address, *about)


def done(taken: Taken) -> None:
    """It was sent, or there is nothing to say any more."""
    change_many(delete(DoorMail).where(DoorMail.id == taken.id))


def later(taken: Taken, now: datetime) -> None:
    """It was not sent: it is tried again in a while, and in the end not any more."""
    one = db.session.get(DoorMail, taken.id)
    if one is not None and taken.attempts > len(TRIES_AGAIN):
        one.failed_at = now
    elif one is not None:
        one.due_at = now + TRIES_AGAIN[taken.attempts - 1]


def forget(emails: Iterable[str]) -> None:
    """Throws away what was to go to these addresses."""
    change_many(delete(DoorMail).where(among(DoorMail.address, emails)))


def forget_old(now: datetime) -> None:
    """Throws away what could not be sent for a week."""
    change_many(delete(DoorMail).where(DoorMail.created_at < now - KEPT))
