"""Inviting somebody by e-mail: a link that works once, for two weeks. A sign-in there is only once it was accepted."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, delete, or_, select, text
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from portal.database import Id, UTCDateTime, among, one_of, word
from portal.domain import accounts, admitting, audit, one_time, recording, volunteers
from portal.domain.accounts import Role, User
from portal.domain.one_time import LinkOver, OneTime, State
from portal.domain.refusals import NotPossible
from portal.domain.volunteers import Status, Volunteer
from portal.extensions import Model, change_many, db

LASTS = timedelta(days=14)
OPEN = "used_at IS NULL AND withdrawn_at IS NULL"


class Invitation(OneTime, Model):
    """One of them: whom, as what, by whom. `joins` says that they volunteer."""

    __tablename__ = "invitations"
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_lower"),
        one_of("role", Role),
        Index("uq_invitations_open", "email", unique=True, sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
        Index("ix_invitations_volunteer_id", "volunteer_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(word())
    joins: Mapped[bool]
    volunteer_id: Mapped[int | None] = mapped_column(Id, ForeignKey("volunteers.id"))
    invited_by_id: Mapped[int] = mapped_column(Id, ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    invited_by: Mapped[User] = relationship(lazy="joined", innerjoin=True)

    @validates("email")
    def _lower(self, _key, email: str) -> str:
        return email.strip().lower()

    def state(self, now: datetime) -> State:
        """What it is good for; it lasts no longer than whoever invited may invite."""
        state, by = super().state(now), self.invited_by
        may = by.active and may_invite(by, self.role)
        return state if may or state != State.GOOD else State.WITHDRAWN


def may_invite(by: User, role: str) -> bool:
    """Coordinators invite volunteers, admins anybody."""
    return by.may(Role.ADMIN) or (by.may(Role.COORDINATOR) and role == Role.VOLUNTEER)


def invite(
    *, email: str, name: str, role: str, joins: bool, by: User, now: datetime, volunteer: Volunteer | None = None
) -> Invitation:
    """Invites somebody; their link is made by `renew`. ValueError for an e-mail that is none or signs in already, and
    NotPossible for who is invited already, for a volunteer who signs in, and for a role that `by` may not give."""
    if not may_invite(by, role):
        raise NotPossible(_("An admin can invite people for this role."))
    accounts.refuse_email(email)
    if volunteer is not None and accounts.of_volunteers([volunteer.id]):
        raise NotPossible(_("This volunteer signs in already."))
    if open_for(email) is not None:
        raise NotPossible(_("They are invited already: send that invitation again."))
    one = Invitation(email=email, name=name, role=Role(role), joins=joins, invited_by_id=by.id, created_at=now)
    one.volunteer_id = volunteer and volunteer.id
    db.session.add(one)
    db.session.flush()
    after = {"role": one.role, "volunteer_id": one.volunteer_id}
    audit.note("invite", one, at=now, by=by, after=after)
    return one


def open_for(email: str) -> Invitation | None:
    """The invitation of this address that was neither accepted nor withdrawn."""
    one = Invitation
    query = select(one).where(one.email == email.strip().lower(), one.used_at.is_(None), one.withdrawn_at.is_(None))
    return db.session.scalar(query)


def renew(invitation: Invitation, *, now: datetime) -> str:
    """The secret of a link for it, good for two weeks from now; one that went before is worth nothing any more."""
    secret = invitation.new_secret(now + LASTS)
    invitation.sent_at = now
    db.session.flush()
    return secret


def send_again(invitation: Invitation, *, by: User, now: datetime) -> None:
    """Writes down that somebody has it sent again, and vouches for it from now on. Raises NotPossible."""
    refuse_over(invitation, by)
    invitation.invited_by_id = by.id
    audit.note("renew", invitation, at=now, by=by)
    db.session.flush()


def withdraw(invitation: Invitation, *, by: User, now: datetime) -> None:
    """Ends an invitation at once. Raises NotPossible if it was accepted meanwhile."""
    refuse_over(invitation, by)
    invitation.withdrawn_at = now
    audit.note("withdraw", invitation, at=now, by=by)
    db.session.flush()


def refuse_over(invitation: Invitation, by: User) -> None:
    """Raises NotPossible for an invitation that is not open, and one for a role that `by` may not give."""
    db.session.refresh(invitation, with_for_update={"of": Invitation})
    if invitation.used_at is not None or invitation.withdrawn_at is not None:
        raise NotPossible(_("This invitation was accepted or withdrawn meanwhile."))
    if not may_invite(by, invitation.role):
        raise NotPossible(_("An admin can do this."))


def accept(secret: str, *, password: str, now: datetime) -> User:
    """The user that whoever has this link becomes. Raises LinkOver, NotPossible if they came in another way meanwhile,
    and ValueError for a password that will not do; the link is then as good as before."""
    one = one_time.claim(Invitation, secret, now)
    accounts.refuse_email(one.email)
    volunteer = whose(one, now)
    given = {"email": one.email, "name": one.name, "password": password, "role": one.role}
    user = admitting.add(**given, volunteer=volunteer, by=one.invited_by, now=now)
    audit.note("accept", one, at=now, by=user, after={"user_id": user.id})
    db.session.flush()
    return user


def whose(invitation: Invitation, now: datetime) -> Volunteer | None:
    """The volunteer that they are: the one who was meant, or by their e-mail; None for who does not volunteer."""
    if not invitation.joins:
        return None
    if invitation.volunteer_id is None:
        return refuse_gone(recording.found_or_made(email=invitation.email, name=invitation.name, now=now))
    return refuse_gone(volunteers.standing_for(db.session.get_one(Volunteer, invitation.volunteer_id)))


def refuse_gone(volunteer: Volunteer) -> Volunteer:
    """Raises LinkOver for who is not with us any more."""
    if volunteer.status != Status.ACTIVE:
        raise LinkOver(State.WITHDRAWN)
    return volunteer


def waiting() -> list[Invitation]:
    """Those that were neither accepted nor withdrawn, the newest first."""
    one = Invitation
    query = select(one).where(one.used_at.is_(None), one.withdrawn_at.is_(None)).order_by(one.id.desc())
    return list(db.session.scalars(query))


def forget(ids: Iterable[int], emails: Iterable[str]) -> None:
    """Throws away invitations of these volunteers and addresses: they hold names."""
    whose = or_(among(Invitation.volunteer_id, ids), among(Invitation.email, emails))
    change_many(delete(Invitation).where(whose))
