"""Two entries that are the same person: one is emptied into the other (docs/rules.md, section 1).

What the other did, was given and completed goes over with its dates; the later of two that collide falls. Its ledger is
closed by opposite rows, and both are settled. It stays as a pointer, so that its e-mail and ids find the person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import delete, func, select, update

from portal.database import among
from portal.domain import (
    accounts,
    audit,
    avatars,
    colliding,
    handing_over,
    leaderboards,
    members,
    notifications,
    organisation,
    points,
    recognition,
    undoing,
)
from portal.domain.accounts import User
from portal.domain.activities import Activity, ActivityStatus
from portal.domain.leaderboards import LeaderboardType
from portal.domain.letters import Letter
from portal.domain.notifications import News, Notification, OutboxRow
from portal.domain.pauses import Pause
from portal.domain.points import PointsHistory
from portal.domain.refusals import NotPossible
from portal.domain.volunteers import Status, Visibility, Volunteer
from portal.extensions import change_many, db

PERSONAL = ("email", "birth_date", "nickname", "language", "mail_choices")
"""What the one who stays takes over where they have nothing of their own."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What merging comes to: how many activities went over and how many of both fell, and what the person then has.

    `ends` is the sign-in that ends, since one person needs one; None for none.
    """

    moved: int
    fallen: int
    points: int
    hours: Decimal
    badges: int
    ends: User | None


def merge(other: Volunteer, *, into: Volunteer, by: User, now: datetime) -> Merged:
    """Empties `other` into `into` and settles both. Raises NotPossible for whom that cannot be done."""
    points.lock([other.id, into.id])
    for one in (other, into):
        db.session.refresh(one)
    refuse(other, into, by)
    recognition.settle([other.id, into.id], now=now)  # what waits comes first, and is news of its own
    fallen = let_fall(colliding.activities([into, other]), now)
    moved = {
        "completions": handing_over.completions(other, into, now=now),
        "badges": handing_over.badges(other, into, now=now),
        "awards": handing_over.awards(other, into, now=now),
        "activities": handing_over.activities(other, into, now=now),
        "teams": members.hand_over(other, into),
    }
    ends = join_users(other, into, by, now)
    before = {"status": other.status}
    join_entries(other, into)
    join_news(other, into)
    recognition.settle([into.id], now=now, quiet=True)
    touch_boards(other, now)
    notifications.tell_one(into.id, News.CORRECTION, f"merged:{other.id}", {"merged_id": other.id}, now)
    after = {"into": into.id, "reversed": fallen, "user_ended": ends and ends.id} | moved
    audit.note("merge", other, at=now, by=by, before=before, after=after)
    db.session.flush()
    return so_much(into, len(moved["activities"]), len(fallen), ends)


def preview(other: Volunteer, *, into: Volunteer, by: User, now: datetime) -> Merged:
    """What `merge` would come to, worked out by doing it; afterwards nothing of it is left. Raises what it raises."""
    attempt = db.session.begin_nested()
    try:
        return merge(other, into=into, by=by, now=now)
    finally:
        attempt.rollback()
        db.session.expire_all()


def refuse(other: Volunteer, into: Volunteer, by: User) -> None:
    """Raises NotPossible for one and the same, for oneself, for who is no entry any more, and for a sign-in that would
    end though it may do more than the other, or than whoever asks."""
    if other.id == into.id:
        raise NotPossible(_("Choose two different entries."))
    if by.volunteer_id in (other.id, into.id):
        raise NotPossible(_("Somebody else has to merge your own entries."))
    for one in (other, into):
        if one.status not in (Status.ACTIVE, Status.INACTIVE):
            raise NotPossible(_("One of them was merged or forgotten meanwhile."))
    if undoing.under_way():
        raise NotPossible(_("Something is being undone just now. Try again in a moment."))
    theirs, own = user_of(other), user_of(into)
    if theirs is not None and own is not None and theirs.active and not (own.may(theirs.role) and by.may(theirs.role)):
        raise NotPossible(_("Both sign in, and the one that would end may do more. An admin has to change that first."))


def so_much(into: Volunteer, moved: int, fallen: int, ends: User | None) -> Merged:
    """What it came to."""
    balance = points.balance_of(into.id)
    return Merged(moved, fallen, balance.total_points, balance.total_hours, len(handing_over.held_by(into)), ends)


def let_fall(ids: Sequence[int], now: datetime) -> list[int]:
    """Takes back what cannot stand beside the rest; what had not counted yet is turned down. The record of the merge
    says by whom."""
    these, reason = among(Activity.id, ids), "The same person's, and recorded before."
    counted = Activity.status == ActivityStatus.COUNTED
    taken = {"status": ActivityStatus.REVERSED.value, "reversed_at": now}
    turned_down = {"status": ActivityStatus.REJECTED.value, "reviewed_at": now}
    for which, values in ((~counted, turned_down), (counted, taken)):
        change_many(update(Activity).where(these, which).values(reason=reason, **values))
    return list(ids)


def user_of(volunteer: Volunteer) -> User | None:
    """Who signs in as this entry."""
    return db.session.scalar(select(User).where(User.volunteer_id == volunteer.id))


def join_users(other: Volunteer, into: Volunteer, by: User, now: datetime) -> User | None:
    """Whoever signs in as the other signs in as the one from now on; where both do, the other's sign-in ends, and is
    returned."""
    theirs, own = user_of(other), user_of(into)
    if theirs is None:
        return None
    theirs.volunteer_id = into.id if own is None else None
    if own is None:
        return None
    if theirs.active:
        theirs.active = False
        accounts.end_sign_ins(theirs, now)
        audit.note("deactivate", theirs, at=now, by=by, before={"active": True}, after={"active": False})
    return theirs


def join_entries(other: Volunteer, into: Volunteer) -> None:
    """Makes the other a pointer. Who hid in either of them hides; who is active in either of them is."""
    taken = {name: getattr(other, name) for name in PERSONAL if not getattr(into, name) and getattr(other, name)}
    if "email" in taken:
        other.email = None
        db.session.flush()
    for name, value in taken.items():
        setattr(into, name, value)
    avatars.hand_over(other, into)
    into.joined_at = min(into.joined_at, other.joined_at)
    if other.visibility == Visibility.UNLISTED:
        into.visibility = Visibility.UNLISTED
    if other.status == Status.ACTIVE:
        into.status = Status.ACTIVE
    other.status, other.merged_into_id = Status.MERGED, into.id
    db.session.flush()
    change_many(update(Volunteer).where(Volunteer.merged_into_id == other.id).values(merged_into_id=into.id))
    change_many(update(Pause).where(Pause.volunteer_id == other.id).values(volunteer_id=into.id))


def join_news(other: Volunteer, into: Volunteer) -> None:
    """Puts the news of both into one inbox; what both were told stands there once."""
    told = select(Notification.key).where(Notification.volunteer_id == into.id)
    twice = select(Notification.id).where(Notification.volunteer_id == other.id, Notification.key.in_(told))
    ids = list(db.session.scalars(twice))
    change_many(delete(OutboxRow).where(among(OutboxRow.notification_id, ids)))
    change_many(delete(Notification).where(among(Notification.id, ids)))
    change_many(update(Notification).where(Notification.volunteer_id == other.id).values(volunteer_id=into.id))
    change_many(update(Letter).where(Letter.volunteer_id == other.id).values(volunteer_id=into.id))


def touch_boards(other: Volunteer, now: datetime) -> None:
    """Whoever was merged is gone from all boards."""
    first, last = func.min(PointsHistory.effective_on), func.max(PointsHistory.effective_on)
    days = db.session.execute(select(first, last).where(PointsHistory.volunteer_id == other.id)).one()
    for board in LeaderboardType:
        leaderboards.touch(board, [*filter(None, days), organisation.today(now)], now)
