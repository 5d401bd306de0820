"""Who may sign in, as what, from where: users, their sign-ins as rows, and tokens for other systems."""

import hashlib
import re
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from flask_babel import gettext as _
from flask_login import UserMixin
from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Update, bindparam, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from portal.database import Id, UTCDateTime, among, one_of, word
from portal.domain import organisation, passwords
from portal.domain.volunteers import Volunteer
from portal.extensions import Model, db

REMEMBERED, FORGOTTEN = timedelta(days=30), timedelta(hours=12)
"""How long a sign-in lasts in a browser that one's own is, and in any other; there it ends with the browser, too."""
HALF_LASTS = timedelta(minutes=10)
SEEN_EVERY = timedelta(minutes=5)
"""How exactly it is known when a browser was seen last."""
USED_EVERY = timedelta(minutes=1)
"""How exactly it is known when a token was used last."""
SHORTEST_PASSWORD = passwords.SHORTEST
NOBODY = "nobody"
"""What `second_factor_from` says instead of a role where it is up to everybody."""
E_MAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+")


class Role(StrEnum):
    """What a user may do; each role may do all that the one before it may."""

    VOLUNTEER = "volunteer"
    COORDINATOR = "coordinator"
    ADMIN = "admin"


class Scope(StrEnum):
    """What a token may do; never more than its owner."""

    READ = "read"
    RECORD = "record"
    AWARD = "award"
    DEFINE = "define"
    ADMIN = "admin"


ROLE_SCOPES = {
    Role.VOLUNTEER: {Scope.READ},
    Role.COORDINATOR: {Scope.READ, Scope.RECORD, Scope.AWARD},
    Role.ADMIN: set(Scope),
}


class User(UserMixin, Model):
    """Somebody who signs in. Points to the volunteer they are, or to none."""

    __tablename__ = "users"
    __table_args__ = (CheckConstraint("email = lower(email)", name="email_lower"), one_of("role", Role))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str] = mapped_column(String(300))
    role: Mapped[str] = mapped_column(word(), default=Role.VOLUNTEER)
    volunteer_id: Mapped[int | None] = mapped_column(Id, ForeignKey("volunteers.id"), unique=True)
    active: Mapped[bool] = mapped_column(default=True)
    language: Mapped[str | None] = mapped_column(String(16))
    second_factor_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    volunteer: Mapped[Volunteer | None] = relationship(lazy="joined")

    @validates("email")
    def _lower(self, _key, email: str) -> str:
        return email.strip().lower()

    def may(self, role: str) -> bool:
        """Whether this user has that role or a higher one."""
        ranks = list(Role)
        return ranks.index(Role(self.role)) >= ranks.index(Role(role))

    @property
    def comes_in(self) -> bool:
        """Whether they may sign in and have accepted to: an invitation that waits has no password yet."""
        return self.active and len(self.password_hash) > 1

    def set_password(self, password: str) -> None:
        """Keeps the password as a hash. ValueError, in words, for one that a stranger would try."""
        passwords.refuse(password, about=(self.email, self.name, organisation.setting("organisation_name")))
        self.password_hash = passwords.hashed(password)

    @property
    def has_password(self) -> bool:
        """Whether they chose one; who comes in by another way may have none."""
        return passwords.is_hash(self.password_hash)

    @property
    def owes_second_factor(self) -> bool:
        """Whether the organisation asks for a second factor that this user has not set up."""
        return self.second_factor_since is None and second_factor_asked_of(self.role)


def second_factor_asked_of(role: str) -> bool:
    """Whether the organisation wants everybody with this role to have a second factor."""
    least = organisation.setting("second_factor_from")
    ranks = list(Role)
    return least != NOBODY and ranks.index(Role(role)) >= ranks.index(Role(least))


class SignIn(Model):
    """One browser that is signed in. Ending the row ends it at once, whatever cookie somebody kept. A `half` one knew
    the password and has not shown the second factor: it opens nothing."""

    __tablename__ = "sign_ins"
    __table_args__ = (Index("ix_sign_ins_user_id", "user_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(Id, ForeignKey("users.id"))
    browser: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    remembered: Mapped[bool] = mapped_column(default=False)
    half: Mapped[bool] = mapped_column(default=False)
    attempts: Mapped[int] = mapped_column(default=0)
    last_seen_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    user: Mapped[User] = relationship(lazy="joined")


BY_SECRET = select(SignIn).where(SignIn.token_hash == bindparam("secret"))


class Token(Model):
    """What another system signs in with: shown once, kept as a hash, with scopes, expiring, revocable."""

    __tablename__ = "tokens"
    __table_args__ = (Index("ix_tokens_user_id", "user_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(Id, ForeignKey("users.id"))
    scopes: Mapped[list] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    user: Mapped[User] = relationship(lazy="joined")

    def allows(self, scope: str) -> bool:
        """Whether it has this scope and its owner still has the role for it."""
        return scope in self.scopes and Scope(scope) in ROLE_SCOPES[Role(self.user.role)]


def fingerprint(secret: str) -> str:
    """What is kept of a secret that we made ourselves: long and random, so that a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def add_user(
    *, email: str, name: str, password: str, role: str, now: datetime, volunteer: Volunteer | None = None
) -> User:
    """A new user. ValueError if the password will not do or the e-mail is taken or none."""
    refuse_email(email)
    user = User(email=email, name=name, role=Role(role), volunteer_id=volunteer and volunteer.id, created_at=now)
    user.set_password(password)
    db.session.add(user)
    db.session.flush()
    return user


def add_hashed(*, email: str, name: str, password_hash: str, now: datetime, volunteer: Volunteer) -> User:
    """The same for a volunteer whose password is a hash already, or none yet."""
    refuse_email(email)
    user = User(email=email, name=name, role=Role.VOLUNTEER, volunteer_id=volunteer.id, created_at=now)
    user.password_hash = password_hash
    db.session.add(user)
    db.session.flush()
    return user


def refuse_email(email: str) -> None:
    """Raises ValueError for what is no e-mail address, or one that signs in already."""
    if not E_MAIL.fullmatch(email.strip()):
        raise ValueError(_("%(email)s is not an e-mail address.", email=email))
    if by_email(email) is not None:
        raise ValueError(_("%(email)s signs in already.", email=email))


def by_email(email: str) -> User | None:
    """The user with that e-mail, in whatever case it is typed."""
    return db.session.scalar(select(User).where(User.email == email.strip().lower()))


def active(user_id: int) -> User | None:
    """The user with this id, if they may come in."""
    user = db.session.get(User, user_id)
    return user if user is not None and user.active else None


def of_volunteers(ids: Iterable[int]) -> list[User]:
    """Who signs in as one of these volunteers."""
    return list(db.session.scalars(select(User).where(among(User.volunteer_id, ids))))


def check_password(email: str, password: str) -> User | None:
    """The active user whom these belong to. Takes as long whether or not there is such a user."""
    user = by_email(email)
    right = passwords.matches(password, user and user.password_hash)
    return user if user and right and user.active else None


def hash_anew(user: User, password: str) -> None:
    """Keeps a password that was right as it is done today, if it was hashed in an older way."""
    if passwords.is_outdated(user.password_hash):
        user.password_hash = passwords.hashed(password)


def sign_in(user: User, *, browser: str, now: datetime, remembered: bool = False, half: bool = False) -> str:
    """Starts a sign-in and returns its secret, which only the browser's cookie keeps."""
    secret = secrets.token_urlsafe(32)
    lasts = HALF_LASTS if half else REMEMBERED if remembered else FORGOTTEN
    row = SignIn(
        user_id=user.id,
        token_hash=fingerprint(secret),
        browser=browser[:200],
        created_at=now,
        expires_at=now + lasts,
        remembered=remembered,
        half=half,
        last_seen_at=now,
    )
    db.session.add(row)
    return secret


def live_sign_in(secret: str, now: datetime, *, half: bool = False) -> SignIn | None:
    """The sign-in with this secret, if it was neither ended nor is over, and its user may still come in."""
    row = db.session.scalar(BY_SECRET, {"secret": fingerprint(secret)})
    if row is None or row.half != half or row.ended_at is not None or row.expires_at <= now or not row.user.active:
        return None
    return row


def sign_in_seen(row: SignIn, now: datetime) -> Update | None:
    """What writes down that a browser was seen, unless that was done a moment ago. Worth no waiting."""
    if row.last_seen_at is not None and now - row.last_seen_at < SEEN_EVERY:
        return None
    return update(SignIn).where(SignIn.id == row.id).values(last_seen_at=now)


def end_sign_ins(user: User, now: datetime, *, but: SignIn | None = None) -> None:
    """Ends every sign-in of this user, but for one if given; for a new password, a new role, somebody leaving."""
    for row in db.session.scalars(select(SignIn).where(SignIn.user_id == user.id, SignIn.ended_at.is_(None))):
        if row is not but:
            row.ended_at = now


def add_token(user: User, *, name: str, scopes: list[str], now: datetime, days: int | None) -> tuple[Token, str]:
    """A new token and its secret, which is shown once. ValueError for a scope that its owner's role does not have."""
    for scope in scopes:
        if scope not in ROLE_SCOPES[Role(user.role)]:
            raise ValueError(_("With the role %(role)s, %(scope)s is not possible.", role=user.role, scope=scope))
    secret = "laurels_" + secrets.token_urlsafe(32)
    expires_at = now + timedelta(days=days) if days else None
    token = Token(
        name=name,
        token_hash=fingerprint(secret),
        user_id=user.id,
        scopes=sorted(scopes),
        created_at=now,
        expires_at=expires_at,
    )
    db.session.add(token)
    db.session.flush()
    return token, secret


def live_token(secret: str, now: datetime) -> Token | None:
    """The token with this secret, unless it was revoked, is over, or its owner may not come in any more."""
    token = db.session.scalar(select(Token).where(Token.token_hash == fingerprint(secret)))
    if token is None or token.revoked_at is not None or not token.user.active:
        return None
    return token if token.expires_at is None or token.expires_at > now else None


def token_used(token: Token, now: datetime) -> Update | None:
    """What writes down that a token was used, unless that was done a moment ago. Worth no waiting."""
    if token.last_used_at is not None and now - token.last_used_at < USED_EVERY:
        return None
    return update(Token).where(Token.id == token.id).values(last_used_at=now)


def nobody_yet() -> bool:
    """Whether nobody can sign in: the portal waits for its first admin."""
    return db.session.scalar(select(User.id).limit(1)) is None


def first_link() -> str | None:
    """A new secret for the link of the first admin; the one before is over. None once somebody can sign in."""
    if not nobody_yet():
        return None
    secret = secrets.token_urlsafe(24)
    organisation.remember("first_admin", fingerprint(secret))
    return secret


def is_first_link(secret: str) -> bool:
    """Whether this secret makes the first admin: the newest one, while there is nobody."""
    return nobody_yet() and organisation.remembered("first_admin") == fingerprint(secret)
