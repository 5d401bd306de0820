"""What somebody shows besides their password: a code from an app, a passkey, or a backup code, each code once.

The secret of an app's codes is kept nowhere: it is made of a seed in the database and of SECRET_KEY, so that a stolen
database shows no codes. Backup codes are hashed. `users.second_factor_since` says at a glance whether there is any.
"""

import hmac
import secrets
from datetime import datetime
from enum import StrEnum

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import ForeignKey, Index, LargeBinary, String, delete, select, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Id, UTCDateTime, one_of, word
from portal.domain import accounts, audit, organisation, time_codes
from portal.domain.accounts import SignIn, User, fingerprint
from portal.domain.refusals import NotPossible
from portal.extensions import Model, change_many, db

BACKUP_CODES, LETTERS = 10, "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters and digits that nobody takes for one another."""
MOST_ATTEMPTS = 5
"""After so many wrong codes one begins with the password again."""
MOST_PASSKEYS = 10


class Kind(StrEnum):
    """What it is."""

    APP = "app"
    PASSKEY = "passkey"


class SecondFactor(Model):
    """An app or a passkey of somebody. An app counts from when its first code was typed."""

    __tablename__ = "second_factors"
    __table_args__ = (
        one_of("kind", Kind),
        Index(
            "uq_second_factors_app",
            "user_id",
            unique=True,
            sqlite_where=text("kind = 'app'"),
            postgresql_where=text("kind = 'app'"),
        ),
        Index("ix_second_factors_user_id", "user_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(Id, ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(word())
    name: Mapped[str] = mapped_column(String(100))
    seed: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    last_step: Mapped[int] = mapped_column(Id, default=0)  # of an app: its last code; of a passkey: when it was asked
    credential_id: Mapped[str | None] = mapped_column(String(1400), unique=True)
    public_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(Id, default=0)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class BackupCode(Model):
    """One of the codes on paper."""

    __tablename__ = "backup_codes"
    __table_args__ = (Index("ix_backup_codes_user_id", "user_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(Id, ForeignKey("users.id"))
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


def of(user: User) -> list[SecondFactor]:
    """Those of somebody that count."""
    one = SecondFactor
    query = select(one).where(one.user_id == user.id, one.confirmed_at.is_not(None)).order_by(one.id)
    return list(db.session.scalars(query))


def app_of(user: User) -> SecondFactor | None:
    """Their app, also one whose first code is still to come."""
    return db.session.scalar(select(SecondFactor).where(SecondFactor.user_id == user.id, SecondFactor.kind == Kind.APP))


def secret_of(app: SecondFactor) -> bytes:
    """The secret of an app's codes: known to nobody who has the database alone."""
    key = hmac.digest((current_app.secret_key or "").encode(), b"second factor", "sha256")
    return hmac.digest(key, app.seed or b"", "sha256")[:20]


def address_of(app: SecondFactor, user: User) -> str:
    """What the QR code says that an app reads."""
    return time_codes.address(
        secret_of(app), who=user.email, organisation=organisation.setting("organisation_name").replace(":", " ")
    )


def begin_app(user: User, now: datetime) -> SecondFactor:
    """An app whose first code is still to come. Raises NotPossible if there is one that counts."""
    app = app_of(user)
    if app is not None and app.confirmed_at is not None:
        raise NotPossible(_("You have an app already. Remove it first."))
    if app is None:
        app = SecondFactor(user_id=user.id, kind=Kind.APP, name="", seed=secrets.token_bytes(32), created_at=now)
        db.session.add(app)
        db.session.flush()
    return app


def confirm_app(user: User, typed: str, *, now: datetime) -> bool:
    """Whether the first code of their app was right; then it counts."""
    app = app_of(lock(user))
    if app is None or app.confirmed_at is not None or not right_code(app, typed, now):
        return False
    app.confirmed_at = now
    begin(user, app, now)
    return True


def begin(user: User, one: SecondFactor, now: datetime) -> None:
    """It counts from now on."""
    user.second_factor_since = user.second_factor_since or now
    audit.note("add_second_factor", user, at=now, by=user, after={"kind": one.kind})
    db.session.flush()


def right_code(app: SecondFactor, typed: str, now: datetime) -> bool:
    """Whether a code is one of about now that was not used before; it is now."""
    step = time_codes.step_shown(secret_of(app), typed, now, after=app.last_step)
    if step is None:
        return False
    app.last_step, app.last_used_at = step, now
    return True


def lock(user: User) -> User:
    """Has somebody's second factors to ourselves: of two who send the same code at once, one was first."""
    return db.session.scalars(
        select(User).where(User.id == user.id).with_for_update(of=User).execution_options(populate_existing=True)
    ).one()


def shown(user: User, typed: str, now: datetime) -> bool:
    """Whether this is a code of theirs: of the app or on paper, not used before. It is now."""
    lock(user)
    plain = "".join(typed.split()).replace("-", "").lower()
    app = app_of(user)
    if app is not None and app.confirmed_at is not None:
        db.session.refresh(app)
        if right_code(app, plain, now):
            return True
    return use_backup_code(user, plain, now)


def use_backup_code(user: User, plain: str, now: datetime) -> bool:
    """Whether this is one of their codes on paper that was not used; it is now."""
    one = BackupCode
    query = select(one).where(one.user_id == user.id, one.code_hash == kept(user, plain), one.used_at.is_(None))
    code = db.session.scalar(query.with_for_update())
    if code is None:
        return False
    code.used_at = now
    audit.note("use_backup_code", user, at=now, by=user)
    return True


def kept(user: User, plain: str) -> str:
    """What is kept of a code on paper: with SECRET_KEY in it, for 49 bits alone could be guessed from a hash."""
    key = hmac.digest((current_app.secret_key or "").encode(), b"backup codes", "sha256")
    return fingerprint(hmac.digest(key, f"{user.id}:{plain}".encode(), "sha256").hex())


def new_backup_codes(user: User, *, now: datetime) -> list[str]:
    """Ten new codes on paper, shown once; those before are worth nothing any more."""
    change_many(delete(BackupCode).where(BackupCode.user_id == user.id))
    made = ["".join(secrets.choice(LETTERS) for _letter in range(BACKUP_CODES)) for _number in range(BACKUP_CODES)]
    db.session.add_all(BackupCode(user_id=user.id, code_hash=kept(user, code)) for code in made)
    audit.note("make_backup_codes", user, at=now, by=user)
    db.session.flush()
    return [f"{code[:5]}-{code[5:]}" for code in made]


def backup_codes_left(user: User) -> int:
    """How many codes on paper are left."""
    query = select(BackupCode.id).where(BackupCode.user_id == user.id, BackupCode.used_at.is_(None))
    return len(db.session.scalars(query).all())


def passkeys_of(user: User) -> list[SecondFactor]:
    """The passkeys of somebody."""
    return [one for one in of(user) if one.kind == Kind.PASSKEY]


def with_credential(credential_id: str) -> SecondFactor | None:
    """The passkey with this id."""
    return db.session.scalar(select(SecondFactor).where(SecondFactor.credential_id == credential_id))


def add_passkey(
    user: User, *, credential_id: str, public_key: bytes, sign_count: int, name: str, now: datetime
) -> SecondFactor:
    """One more passkey. Raises NotPossible if there are too many, or somebody has this one already."""
    lock(user)
    if len(passkeys_of(user)) >= MOST_PASSKEYS:
        raise NotPossible(_("You have ten passkeys already. Remove one first."))
    if with_credential(credential_id) is not None:
        raise NotPossible(_("This passkey is here already."))
    one = SecondFactor(user_id=user.id, kind=Kind.PASSKEY, name=name, created_at=now, confirmed_at=now)
    one.credential_id, one.public_key, one.sign_count = credential_id, public_key, sign_count
    db.session.add(one)
    db.session.flush()
    begin(user, one, now)
    return one


def passkey_shown(one: SecondFactor, *, sign_count: int, asked_at: int, now: datetime) -> bool:
    """Whether what a passkey signed is good: an answer to a question that was asked (milliseconds since 1970) after the
    last one it answered. So a copied answer is worth nothing."""
    db.session.refresh(one, with_for_update=True)
    if asked_at <= one.last_step:
        return False
    one.last_step, one.sign_count, one.last_used_at = asked_at, sign_count, now
    db.session.flush()
    return True


def remove(user: User, one: SecondFactor, *, now: datetime) -> None:
    """Takes one away. Raises NotPossible for the last one of who has to have one."""
    lock(user)
    rest = [other for other in of(user) if other.id != one.id]
    if not rest and accounts.second_factor_asked_of(user.role):
        raise NotPossible(_("Your organisation asks for a second factor: add another one before you remove this."))
    db.session.delete(one)
    db.session.flush()
    audit.note("remove_second_factor", user, at=now, by=user, before={"kind": one.kind})
    if not rest:
        end_all(user)


def reset(user: User, *, by: User | None, now: datetime) -> None:
    """Takes all of them away from somebody who lost theirs, and ends their sign-ins. Raises NotPossible for oneself.
    `by` is None for a command."""
    if by is not None and user.id == by.id:
        raise NotPossible(_("Another admin has to do this for you."))
    lock(user)
    before = [one.kind for one in of(user)]
    change_many(delete(SecondFactor).where(SecondFactor.user_id == user.id))
    end_all(user)
    accounts.end_sign_ins(user, now)
    audit.note("reset_second_factor", user, at=now, by=by, before={"kinds": before})
    db.session.flush()


def end_all(user: User) -> None:
    """There is none any more: neither are there codes on paper."""
    change_many(delete(BackupCode).where(BackupCode.user_id == user.id))
    user.second_factor_since = None
    db.session.flush()


def forget(user: User) -> None:
    """Throws away what a user who is forgotten had."""
    change_many(delete(SecondFactor).where(SecondFactor.user_id == user.id))
    change_many(delete(BackupCode).where(BackupCode.user_id == user.id))


def tried(row: SignIn, typed: str, now: datetime) -> bool:
    """Whether the code for a sign-in that waits was right. Wrong ones are counted, however many come at once; after
    some of them it is over."""
    lock(row.user)
    db.session.refresh(row)
    if row.ended_at is not None:
        return False
    if shown(row.user, typed, now):
        return True
    row.attempts += 1
    if row.attempts >= MOST_ATTEMPTS:
        row.ended_at = now
    return False
