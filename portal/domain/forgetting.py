"""Forgetting somebody: their name, how to reach them and all free words about them go; the figures stay, under "former
volunteer" (docs/rules.md, section 1). There is no way back."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import delete, func, or_, select, update

from portal.database import among
from portal.domain import (
    accounts,
    audit,
    avatars,
    door_mails,
    invitations,
    inviting,
    leaderboards,
    members,
    organisation,
    password_links,
    points,
    second_factors,
    sign_ups,
    volunteers,
)
from portal.domain.accounts import Role, Token, User
from portal.domain.achievements import Completion
from portal.domain.activities import Activity, ActivityStatus
from portal.domain.audit import AuditRecord
from portal.domain.badges import VolunteerBadge
from portal.domain.leaderboards import LeaderboardType
from portal.domain.letters import Letter
from portal.domain.names import folded
from portal.domain.notifications import Notification, OutboxRow
from portal.domain.points import Award
from portal.domain.problems import RejectedRow
from portal.domain.refusals import NotPossible
from portal.domain.volunteers import Status, Visibility, Volunteer
from portal.extensions import change_many, db

WAITING = (ActivityStatus.AWAITING_REVIEW, ActivityStatus.PENDING)


def forget(volunteer: Volunteer, *, by: User, now: datetime) -> None:
    """Empties what tells who somebody was, in this entry and those merged into it, and lets nobody sign in as them.

    Raises NotPossible for oneself, for who is forgotten already, for an entry that was merged, for who still has a
    part in running things, and while something of theirs waits.
    """
    points.lock([volunteer.id])
    db.session.refresh(volunteer)
    refuse(volunteer, by)
    take_out(volunteer, "forget", by=by, now=now)


def take_out(volunteer: Volunteer, action: str, *, by: User, now: datetime) -> None:
    """Does it to somebody who is locked and has nothing that waits; the audit has it as `action`."""
    entries = entries_of(volunteer)
    emails = {one.email for one in entries if one.email}
    names = {one.name for one in entries if one.name}
    forget_mentions(emails, names)
    forget_rows(emails | names, {one.external_id for one in entries if one.external_id})
    ids, users = [one.id for one in entries], users_of([one.id for one in entries])
    forget_at_the_door(ids, emails | {one.email for one in users})
    for one in entries:
        empty(one)
    volunteer.status = Status.FORGOTTEN
    members.leave_all(ids)
    empty_words(ids)
    for user in users:
        forget_user(user, now)
    for board in LeaderboardType:
        leaderboards.touch(board, [organisation.today(now)], now)
    audit.note(action, volunteer, at=now, by=by, after={"entries": [one.id for one in entries]})
    db.session.flush()


def refuse(volunteer: Volunteer, by: User) -> None:
    """Raises NotPossible for whom that cannot be done."""
    if by.volunteer_id == volunteer.id:
        raise NotPossible(_("Somebody else has to do this."))
    if volunteer.status == Status.FORGOTTEN:
        raise NotPossible(_("This is a former volunteer already."))
    if volunteer.status == Status.MERGED:
        raise NotPossible(_("This entry was merged. Go to the one that it leads to."))
    user = db.session.scalar(select(User).where(User.volunteer_id == volunteer.id))
    if user is not None and user.active and user.role != Role.VOLUNTEER:
        raise NotPossible(_("They still help to run this. Change their role or deactivate them first."))
    waits = select(func.count()).where(Activity.volunteer_id == volunteer.id, Activity.status.in_(WAITING))
    if db.session.scalar(waits):
        raise NotPossible(_("Something of theirs still waits for review or is being counted. See to that first."))


def entries_of(volunteer: Volunteer) -> list[Volunteer]:
    """This entry and all that were merged into it."""
    return [volunteer, *volunteers.leading_to([volunteer.id])]


def users_of(ids: list[int]) -> list[User]:
    """Who signs in as one of these, and whose sign-in ended when two of them were merged, as the audit knows."""
    merges = select(AuditRecord.after).where(AuditRecord.action == "merge", AuditRecord.subject_type == "volunteers")
    records = db.session.scalars(merges.where(among(AuditRecord.subject_id, ids)))
    ended = [after["user_ended"] for after in records if isinstance(after, dict)]
    gone = among(User.id, filter(None, ended)) & User.volunteer_id.is_(None) & ~User.active
    return list(db.session.scalars(select(User).where(or_(among(User.volunteer_id, ids), gone))))


def empty(one: Volunteer) -> None:
    """Takes out of an entry who it was."""
    one.name = ""
    one.email = one.external_id = one.nickname = one.birth_date = one.avatar = None
    one.language = one.mail_choices = None
    one.visibility = Visibility.UNLISTED


def empty_words(ids: list[int]) -> None:
    """Takes free words out of what they did and were given; a reference that is an e-mail goes too."""
    words = {"reference_name": None, "description": None, "tags": None, "reason": None}
    change_many(update(Activity).where(among(Activity.volunteer_id, ids)).values(**words))
    address = Activity.reference_id.contains("@")
    change_many(update(Activity).where(among(Activity.volunteer_id, ids), address).values(reference_id=None))
    change_many(update(Award).where(among(Award.volunteer_id, ids)).values(reason="", note=""))
    reasons = {"earned_reason": None, "revoked_reason": None}
    change_many(update(VolunteerBadge).where(among(VolunteerBadge.volunteer_id, ids)).values(**reasons))
    shown = {"is_showcased": False, "showcase_position": None}
    change_many(update(VolunteerBadge).where(among(VolunteerBadge.volunteer_id, ids)).values(**shown))
    reasons = {"reason": None, "reversed_reason": None}
    change_many(update(Completion).where(among(Completion.volunteer_id, ids)).values(**reasons))
    theirs = select(Notification.id).where(among(Notification.volunteer_id, ids))
    change_many(delete(OutboxRow).where(OutboxRow.notification_id.in_(theirs)))
    change_many(delete(Notification).where(among(Notification.volunteer_id, ids)))
    change_many(delete(Letter).where(among(Letter.volunteer_id, ids)))
    avatars.forget(ids)
    inviting.forget(ids)


def forget_mentions(emails: set[str], names: set[str]) -> None:
    """Takes them out of what others did: whom they brought along, by name or e-mail."""
    referrals = update(Activity).where(Activity.event_type == "volunteer_referred")
    change_many(referrals.where(Activity.reference_name.in_(names)).values(reference_name=None, description=None))
    of_theirs = update(Activity).where(func.lower(Activity.reference_id).in_(emails))
    change_many(of_theirs.values(reference_id=None, reference_name=None, description=None))


def forget_rows(names: set[str], numbers: set[str]) -> None:
    """Drops rows of imports that did not stand and say who they were: by e-mail or name in a cell, however it is
    spaced and capitalised, or by their number in its column. No database folds all letters, so this is done here."""
    names = {folded(one) for one in names}
    kept = db.session.execute(select(RejectedRow.id, RejectedRow.cells).execution_options(yield_per=1000))
    gone = [
        row_id
        for row_id, cells in kept
        if not names.isdisjoint(map(folded, cells.values()))
        or cells.get("volunteer_external_id", "").strip() in numbers
    ]
    change_many(delete(RejectedRow).where(among(RejectedRow.id, gone)))


def forget_at_the_door(ids: list[int], emails: set[str]) -> None:
    """Throws away how they were invited or asked to join, and mails about it that wait."""
    invitations.forget(ids, emails)
    sign_ups.forget(emails)
    door_mails.forget(emails)


def forget_user(user: User, now: datetime) -> None:
    """Takes out of a user who it was; nobody signs in as them any more."""
    user.email, user.name, user.password_hash, user.active = f"forgotten-{user.id}@invalid", "", "-", False
    user.volunteer_id = user.second_factor_since = None
    accounts.end_sign_ins(user, now)
    password_links.end_all(user, now)
    second_factors.forget(user)
    change_many(
        update(Token).where(Token.user_id == user.id).values(name="", revoked_at=func.coalesce(Token.revoked_at, now))
    )
    change_many(update(accounts.SignIn).where(accounts.SignIn.user_id == user.id).values(browser=""))
