"""People who would like to join: they say who they are, show that the e-mail is theirs, and somebody says yes or no."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from flask_babel import gettext as _
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, delete, func, select, text
from sqlalchemy.orm import Mapped, mapped_column, validates

from portal.database import Id, UTCDateTime, among, one_of, word
from portal.domain import accounts, admitting, audit, inviting, one_time, organisation, passwords, recording, volunteers
from portal.domain.accounts import User
from portal.domain.one_time import OneTime
from portal.domain.refusals import NotPossible
from portal.domain.volunteers import Status, Volunteer
from portal.extensions import Model, change_many, db

CONFIRMED_WITHIN = timedelta(days=3)
WAITS = "confirmed_at IS NOT NULL AND decision IS NULL"
LONGEST_WHY, LONGEST_CODE = 500, 64
SHOWN = 50
ELSEWHERE = "elsewhere"
"""What stands for the password of who comes in by another sign-in."""


class Decision(StrEnum):
    """What became of it."""

    APPROVED = "approved"
    TURNED_DOWN = "turned_down"


class SignUp(OneTime, Model):
    """One of them. Once it is decided, nothing in it says who it was. Who comes by another sign-in (OpenID Connect) has
    no password here."""

    __tablename__ = "sign_ups"
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_lower"),
        CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name="decided_at"),
        one_of("decision", Decision),
        Index("ix_sign_ups_waiting", "id", sqlite_where=text(WAITS), postgresql_where=text(WAITS)),
        Index("ix_sign_ups_email", "email"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str] = mapped_column(String(300))
    why: Mapped[str] = mapped_column(String(LONGEST_WHY))
    referral_code: Mapped[str | None] = mapped_column(String(LONGEST_CODE))
    language: Mapped[str | None] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decision: Mapped[str | None] = mapped_column(word())
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("users.id"))
    user_id: Mapped[int | None] = mapped_column(Id, ForeignKey("users.id"))

    @property
    def has_shown_address(self) -> bool:
        """Whether they have shown that the e-mail is theirs: by a link, or where they signed in elsewhere."""
        return self.used_at is not None or self.password_hash == ELSEWHERE

    @validates("email")
    def _lower(self, _key, email: str) -> str:
        return email.strip().lower()


def are_open() -> bool:
    """Whether people may ask to join by themselves."""
    return bool(organisation.setting("sign_up"))


def ask(
    *, email: str, name: str, password: str | None, why: str, code: str | None, confirmed: bool, now: datetime
) -> SignUp:
    """Somebody asks to join. Says nothing of whether there is a sign-in with that e-mail. ValueError for a password
    that will not do; without one they come in by another way."""
    if password is not None:
        passwords.refuse(password, about=(email, name, organisation.setting("organisation_name")))
    kept = ELSEWHERE if password is None else passwords.hashed(password)
    one = SignUp(email=email, name=name, password_hash=kept, why=why, referral_code=code, created_at=now)
    one.confirmed_at = now if confirmed else None
    db.session.add(one)
    db.session.flush()
    return one


def link_for(sign_up: SignUp, now: datetime) -> str | None:
    """The secret with which they show that the e-mail is theirs; None if somebody signs in with it already."""
    if accounts.by_email(sign_up.email) is not None:
        return None
    secret = sign_up.new_secret(now + CONFIRMED_WITHIN)
    db.session.flush()
    return secret


def confirm(secret: str, now: datetime) -> SignUp:
    """Their e-mail is theirs; others who gave it and did not show that are out. Raises LinkOver."""
    one = one_time.claim(SignUp, secret, now)
    one.confirmed_at = now
    others = delete(SignUp).where(SignUp.email == one.email, SignUp.id != one.id, SignUp.decision.is_(None))
    db.session.flush()
    change_many(others)
    return one


def waiting() -> list[SignUp]:
    """Who waits for a yes or no, the longest first."""
    one = SignUp
    query = select(one).where(one.confirmed_at.is_not(None), one.decision.is_(None)).order_by(one.id).limit(SHOWN)
    return list(db.session.scalars(query))


def waits(email: str) -> bool:
    """Whether somebody with this address waits already."""
    one = SignUp
    query = select(one.id).where(one.email == email, one.confirmed_at.is_not(None), one.decision.is_(None)).limit(1)
    return db.session.scalar(query) is not None


def number_waiting() -> int:
    """How many wait."""
    one = SignUp
    query = select(func.count()).where(one.confirmed_at.is_not(None), one.decision.is_(None))
    return db.session.scalar(query) or 0


def known_by_email(sign_ups: Iterable[SignUp]) -> dict[str, tuple[Volunteer | None, User | None]]:
    """Who is there already with these addresses: the volunteer, and the user. Nobody is guessed by name."""
    emails = {one.email for one in sign_ups}
    entries = {one.email: one for one in volunteers.named(emails=emails)}
    behind = volunteers.with_those_behind(entries.values())
    users = {one.email: one for one in db.session.scalars(select(User).where(among(User.email, emails)))}
    found = {}
    for email in emails:
        entry = entries.get(email)
        found[email] = (entry and volunteers.standing_for(behind[entry.id]), users.get(email))
    return found


def approve(sign_up: SignUp, *, joining: bool, by: User, now: datetime) -> User:
    """Makes them a volunteer who signs in. `joining` says that the volunteer with this e-mail is them; without it there
    must be none. Raises NotPossible."""
    lock(sign_up)
    volunteer, user = known_by_email([sign_up])[sign_up.email]
    if user is not None:
        raise NotPossible(_("Somebody signs in with this e-mail already."))
    if volunteer is not None and not joining:
        raise NotPossible(_("There is a volunteer with this e-mail. Say that it is them, or turn this down."))
    if volunteer is not None and volunteer.status != Status.ACTIVE:
        raise NotPossible(_("The volunteer with this e-mail is not active any more."))
    volunteer = volunteer or recording.found_or_made(email=sign_up.email, name=sign_up.name, now=now)
    user = admitting.add_with_hash(
        email=sign_up.email,
        name=sign_up.name,
        password_hash=sign_up.password_hash,
        volunteer=volunteer,
        by=by,
        now=now,
    )
    if (friend := inviting.invited_by(sign_up.referral_code)) is not None:
        inviting.record_referral(volunteer, by=friend, now=now)
    decide(sign_up, Decision.APPROVED, by=by, now=now, user=user)
    return user


def turn_down(sign_up: SignUp, *, by: User, now: datetime) -> None:
    """Says no. Raises NotPossible if that was decided meanwhile."""
    lock(sign_up)
    decide(sign_up, Decision.TURNED_DOWN, by=by, now=now)


def lock(sign_up: SignUp) -> None:
    """Has it to ourselves. Raises NotPossible if it was decided meanwhile, or does not wait yet."""
    db.session.refresh(sign_up, with_for_update=True)
    if sign_up.decision is not None or sign_up.confirmed_at is None:
        raise NotPossible(_("This was decided meanwhile."))


def decide(sign_up: SignUp, decision: Decision, *, by: User, now: datetime, user: User | None = None) -> None:
    """Writes down what was decided, and empties the rest: what is needed stands with the user now."""
    sign_up.decision, sign_up.decided_at, sign_up.decided_by_id = decision, now, by.id
    sign_up.user_id = user and user.id
    sign_up.email = sign_up.name = sign_up.why = ""
    sign_up.password_hash, sign_up.token_hash = "-", None
    audit.note("decide", sign_up, at=now, by=by, after={"decision": decision.value, "user_id": sign_up.user_id})
    db.session.flush()


def forget(emails: Iterable[str]) -> None:
    """Throws away what people with these addresses asked."""
    change_many(delete(SignUp).where(among(SignUp.email, emails), SignUp.decision.is_(None)))


def forget_unconfirmed(now: datetime) -> None:
    """Throws away what nobody confirmed in time."""
    late = SignUp.created_at < now - CONFIRMED_WITHIN
    change_many(delete(SignUp).where(SignUp.confirmed_at.is_(None), SignUp.decision.is_(None), late))
