"""Letting people and systems in: users, their roles and passwords, tokens. Each change ends what it has to end, and
is written down. Somebody who may do this is always left. Who calls this commits.
"""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import exists, select

from portal.domain import accounts, audit, password_links
from portal.domain.accounts import Role, SignIn, Token, User
from portal.domain.refusals import NotPossible
from portal.domain.volunteers import Volunteer
from portal.extensions import db


def add(
    *, email: str, name: str, password: str, role: str, by: User, now: datetime, volunteer: Volunteer | None = None
) -> User:
    """A new user. Raises NotPossible if the volunteer signs in already, ValueError as accounts.add_user does."""
    refuse_second(volunteer)
    given = {"email": email, "name": name, "volunteer": volunteer, "now": now}
    return noted(accounts.add_user(**given, password=password, role=role), by, now)


def add_with_hash(*, email: str, name: str, password_hash: str, by: User, now: datetime, volunteer: Volunteer) -> User:
    """The same for a volunteer who chose a password before they were let in."""
    refuse_second(volunteer)
    given = {"email": email, "name": name, "volunteer": volunteer, "now": now}
    return noted(accounts.add_hashed(**given, password_hash=password_hash), by, now)


def refuse_second(volunteer: Volunteer | None) -> None:
    """Raises NotPossible if this volunteer signs in already."""
    if volunteer is not None and db.session.scalar(select(exists().where(User.volunteer_id == volunteer.id))):
        raise NotPossible(_("This volunteer signs in already, with another e-mail."))


def noted(user: User, by: User, now: datetime) -> User:
    """A new user, written down."""
    audit.note("add", user, at=now, by=by, after={"role": user.role, "volunteer_id": user.volunteer_id})
    return user


def change_role(user: User, role: str, *, by: User, now: datetime) -> None:
    """Gives another role and ends this person's sign-ins. Raises NotPossible for the last admin."""
    admins = lock_admins()
    db.session.refresh(user)
    before, role = user.role, Role(role)
    if before == role:
        return
    if before == Role.ADMIN:
        refuse_last(user, admins)
    user.role = role
    accounts.end_sign_ins(user, now)
    audit.note("change_role", user, at=now, by=by, before={"role": before}, after={"role": role.value})
    db.session.flush()


def deactivate(user: User, *, by: User, now: datetime) -> None:
    """Keeps somebody out from now on, sign-ins and tokens too. Raises NotPossible for oneself and the last admin."""
    if user.id == by.id:
        raise NotPossible(_("You cannot deactivate yourself. Another admin can."))
    refuse_last(user, lock_admins())
    db.session.refresh(user)
    if user.active:
        user.active = False
        accounts.end_sign_ins(user, now)
        audit.note("deactivate", user, at=now, by=by, before={"active": True}, after={"active": False})
        db.session.flush()


def reactivate(user: User, *, by: User, now: datetime) -> None:
    """Lets somebody in again; sign-ins that were open before stay closed."""
    if not user.active:
        user.active = True
        accounts.end_sign_ins(user, now)
        audit.note("reactivate", user, at=now, by=by, before={"active": False}, after={"active": True})
        db.session.flush()


def change_password(user: User, password: str, *, by: User, now: datetime, but: SignIn | None = None) -> None:
    """Sets a new password and ends this person's sign-ins, but for one. ValueError if it will not do."""
    user.set_password(password)
    accounts.end_sign_ins(user, now, but=but)
    password_links.end_all(user, now)
    audit.note("change_password", user, at=now, by=by)
    db.session.flush()


def lock_admins() -> list[int]:
    """The ids of the active admins, who stay that until the transaction ends: two may be at the same list."""
    query = select(User.id).where(User.role == Role.ADMIN, User.active).order_by(User.id)
    return list(db.session.scalars(query.with_for_update()))


def refuse_last(user: User, admins: Sequence[int]) -> None:
    """Raises NotPossible if this is the only active admin."""
    if list(admins) == [user.id]:
        raise NotPossible(_("This is the last admin. Make somebody else admin first."))


def everybody() -> list[User]:
    """All users but forgotten ones: who may come in first, then by name."""
    query = select(User).where(User.name != "").order_by(User.active.desc(), User.name, User.id)
    return list(db.session.scalars(query))


def add_token(
    owner: User, *, name: str, scopes: Sequence[str], days: int | None, by: User, now: datetime
) -> tuple[Token, str]:
    """A new token and its secret, which is shown once. ValueError as accounts.add_token raises it."""
    token, secret = accounts.add_token(owner, name=name, scopes=list(scopes), now=now, days=days)
    after = {"user_id": owner.id, "scopes": token.scopes, "days": days}
    audit.note("define", token, at=now, by=by, after=after)
    return token, secret


def revoke_token(token: Token, *, by: User, now: datetime) -> None:
    """Ends a token at once."""
    if token.revoked_at is None:
        token.revoked_at = now
        audit.note("revoke", token, at=now, by=by, after={"revoked": True})
        db.session.flush()


def every_token() -> list[Token]:
    """All tokens with their owners, the newest first."""
    return list(db.session.scalars(select(Token).order_by(Token.id.desc())))
