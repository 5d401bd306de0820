"""Mails of news on their way, each sent once (docs/rules.md, sections 9 and 13).

A letter is taken with a lease, so that another worker takes it if this one dies. Just before its text is handed to the
mail server it is marked: whoever finds a letter that was marked and never finished cannot know whether it arrived, and
does not send it again. `attempts` tells workers apart: who was frozen and woke up too late does nothing any more.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, select, update
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Id, UTCDateTime, one_of, word
from portal.domain import accounts, leaderboards
from portal.domain.accounts import User
from portal.domain.activities import partial
from portal.domain.daytime import by_day, is_day, next_morning
from portal.domain.mail_choices import Way, way_of
from portal.domain.notifications import Notification, OutboxRow
from portal.domain.volunteers import Status, Volunteer
from portal.extensions import Model, change_many, db

LEASE = timedelta(minutes=2)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)
GIVEN_UP_AFTER = timedelta(days=2)
PERHAPS = "The worker ended while the mail server had it: perhaps it was sent. It is not sent again."
UNWANTED = "Nobody wants it any more."


class Letter(Model):
    """A mail of one or more pieces of news. Open until it is sent, or has failed for good with a reason."""

    __tablename__ = "letters"
    __table_args__ = (
        one_of("way", Way),
        CheckConstraint("sent_at IS NULL OR failed_at IS NULL", name="one_end"),
        CheckConstraint("sent_at IS NULL OR handed_at IS NOT NULL", name="handed_at"),
        CheckConstraint("(failed_at IS NULL) = (failure IS NULL)", name="failure"),
        Index("ix_letters_volunteer_id", "volunteer_id"),
        partial("ix_letters_waiting", "due_at", "id", where="sent_at IS NULL AND failed_at IS NULL"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    volunteer_id: Mapped[int] = mapped_column(Id, ForeignKey("volunteers.id"))
    way: Mapped[str] = mapped_column(word())
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    handed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    failed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    failure: Mapped[str | None] = mapped_column(String(300))


OPEN = (Letter.sent_at.is_(None), Letter.failed_at.is_(None))


@dataclass(frozen=True, slots=True)
class Taken:
    """A letter that is ours for a while, for whom it is and where it goes, and what it tells."""

    id: int
    attempt: int
    way: Way
    to: Volunteer
    address: str
    news: Sequence[Notification]


def reader_of(volunteer: Volunteer, users: Iterable[User]) -> User | None:
    """Who may get mail for a volunteer: whoever signs in as them, has accepted that, and is still here."""
    if volunteer.status != Status.ACTIVE:
        return None
    return next((one for one in users if one.volunteer_id == volunteer.id and one.comes_in), None)


def take(now: datetime) -> Taken | None:
    """The next letter that is due, for this worker alone until its lease ends; None if there is none.

    On the way, letters are closed that nobody may get any more, and those wait for whom it is night. Who calls it
    commits.
    """
    query = select(Letter).where(*OPEN, Letter.due_at <= now).order_by(Letter.due_at, Letter.id).limit(1)
    while (letter := db.session.scalar(query.with_for_update(skip_locked=True))) is not None:
        if (taken := looked_at(letter, now)) is not None:
            return taken
        db.session.flush()
    return None


def looked_at(letter: Letter, now: datetime) -> Taken | None:
    """Takes a letter; None if it waits for the morning, or has come to its end."""
    if letter.handed_at is not None:
        letter.failed_at, letter.failure = now, PERHAPS
        return None
    to = db.session.get_one(Volunteer, letter.volunteer_id, populate_existing=True)
    user = reader_of(to, accounts.of_volunteers([to.id]))
    news = [one for one in news_of(letter) if way_of(to, one.kind) != Way.NEVER and one.kind != leaderboards.unsaid()]
    if user is None or not news:
        letter.failed_at, letter.failure = now, UNWANTED
        return None
    if not is_day(now, to.zone):
        letter.due_at = next_morning(now, to.zone)
        return None
    letter.attempts, letter.due_at = letter.attempts + 1, now + LEASE
    db.session.flush()
    return Taken(letter.id, letter.attempts, Way(letter.way), to, user.email, news)


def news_of(letter: Letter) -> list[Notification]:
    """What a letter tells, in order."""
    query = select(Notification).join(OutboxRow, OutboxRow.notification_id == Notification.id)
    query = query.where(OutboxRow.letter_id == letter.id).order_by(Notification.created_at, Notification.id)
    return list(db.session.scalars(query))


def hand_over(taken: Taken, now: datetime) -> bool:
    """Marks a letter just before its text goes to the mail server; False if it is not ours any more."""
    mine = (*OPEN, Letter.handed_at.is_(None), Letter.due_at > now)
    return change(taken, *mine, handed_at=now, due_at=now + LEASE)


def sent(taken: Taken, now: datetime) -> None:
    """The mail server has it, whatever was thought meanwhile."""
    change(taken, sent_at=now, handed_at=now, failed_at=None, failure=None)


def refused(taken: Taken, failure: str, now: datetime) -> None:
    """The mail server will never take it."""
    change(taken, *OPEN, failed_at=now, failure=short(failure))


def in_doubt(taken: Taken, now: datetime) -> None:
    """The mail server had its text and did not say what it did with it."""
    change(taken, *OPEN, failed_at=now, failure=PERHAPS)


def later(taken: Taken, failure: str, now: datetime) -> None:
    """The mail server does not take it now: another time, by day; after two days not any more."""
    created_at = db.session.scalar(select(Letter.created_at).where(Letter.id == taken.id))
    if created_at is not None and now - created_at >= GIVEN_UP_AFTER:
        refused(taken, failure, now)
        return
    pause = min(FIRST_PAUSE * 2 ** min(taken.attempt - 1, 20), LONGEST_PAUSE)
    change(taken, *OPEN, handed_at=None, due_at=by_day(now + pause, taken.to.zone))


def all_later(taken: Taken, failure: str, now: datetime) -> None:
    """There is no mail server: nobody's letter is tried before a while; those of two days are given up."""
    later(taken, failure, now)
    waits = (*OPEN, Letter.handed_at.is_(None), Letter.due_at <= now)
    old = Letter.created_at <= now - GIVEN_UP_AFTER
    change_many(update(Letter).where(*waits, old).values(failed_at=now, failure=short(failure)))
    change_many(update(Letter).where(*waits).values(due_at=now + FIRST_PAUSE))


def change(taken: Taken, *only, **values) -> bool:
    """Writes something down about a letter, if it is still ours; says whether it is."""
    mine = (Letter.id == taken.id, Letter.attempts == taken.attempt, *only)
    done = db.session.execute(update(Letter).where(*mine).values(**values).returning(Letter.id)).all()
    return bool(done)


def short(failure: str) -> str:
    """A reason as it is kept."""
    return " ".join(failure.split())[:300] or "-"
