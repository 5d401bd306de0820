"""Leaving by oneself (docs/rules.md, section 1): for a while, or for good.

For a while means inactive: seen by nobody, until one comes back. For good means forgotten, as an admin would do it; it
is about nobody but oneself, so nobody else has to allow it.
"""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select

from portal.domain import accounts, admitting, audit, forgetting, particulars, points, recognition, reviewing
from portal.domain.accounts import Role, User
from portal.domain.activities import Activity, ActivityStatus
from portal.domain.audit import AuditRecord
from portal.domain.refusals import NotPossible
from portal.domain.volunteers import Status, Volunteer
from portal.extensions import db

PAUSED, BACK = "pause_account", "come_back"


def leave(user: User, *, now: datetime) -> None:
    """Forgets whoever asks for it. What they logged and nobody confirmed is withdrawn; what is being counted, counts.

    Raises NotPossible for the last admin.
    """
    refuse_last_admin(user)
    volunteer = user.volunteer
    if volunteer is None:
        audit.note("leave", user, at=now, by=user)
        forgetting.forget_user(user, now)
        db.session.flush()
        return
    points.lock([volunteer.id])
    db.session.refresh(volunteer)
    if volunteer.status not in (Status.ACTIVE, Status.INACTIVE):
        raise NotPossible(_("Your entry was put together with another just now. Load the page again."))
    withdraw_what_waits(volunteer, user, now)
    recognition.settle([volunteer.id], now=now, quiet=True)
    forgetting.take_out(volunteer, "leave", by=user, now=now)


def refuse_last_admin(user: User) -> None:
    """Raises NotPossible for the only one who may let people in; locks those who may."""
    admins = admitting.lock_admins()
    db.session.refresh(user)
    if user.role == Role.ADMIN:
        admitting.refuse_last(user, admins)


def withdraw_what_waits(volunteer: Volunteer, user: User, now: datetime) -> None:
    """Takes back hours that wait for review."""
    waits = select(Activity).where(Activity.status == ActivityStatus.AWAITING_REVIEW)
    for activity in db.session.scalars(waits.where(Activity.volunteer_id == volunteer.id)).all():
        reviewing.withdraw(activity, by=user, now=now)


def pause(user: User, *, now: datetime) -> None:
    """Others don't see them any more, on no board nor page; every sign-in ends. Figures, medals and streak stay."""
    if set_status(user, Status.ACTIVE, Status.INACTIVE, PAUSED, now):
        accounts.end_sign_ins(user, now)


def come_back(user: User, *, now: datetime) -> None:
    """Ends a pause of the account. Raises NotPossible for who did not take it by themself."""
    if user.volunteer is not None and user.volunteer.status == Status.INACTIVE and not is_own_pause(user.volunteer):
        raise NotPossible(_("A coordinator has to let you in again."))
    set_status(user, Status.INACTIVE, Status.ACTIVE, BACK, now)


def set_status(user: User, before: Status, after: Status, action: str, now: datetime) -> bool:
    """Goes from one to the other; whether there was something to do."""
    volunteer = user.volunteer
    if volunteer is None:
        return False
    points.lock([volunteer.id])
    db.session.refresh(volunteer)
    if volunteer.status != before:
        return False
    volunteer.status = after
    particulars.touch_boards(now)
    audit.note(action, volunteer, at=now, by=user, before={"status": before.value}, after={"status": after.value})
    db.session.flush()
    return True


def is_own_pause(volunteer: Volunteer) -> bool:
    """Whether they are inactive because they said so."""
    one = AuditRecord
    about = (one.subject_type == Volunteer.__tablename__, one.subject_id == volunteer.id)
    last = select(one.action).where(*about, one.action.in_((PAUSED, BACK))).order_by(one.id.desc()).limit(1)
    return db.session.scalar(last) == PAUSED
