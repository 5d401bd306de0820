"""Inviting friends: a link of one's own, and whoever joins by it counts as brought along (docs/rules.md, section 2).

Whoever approves people asks `invited_by` with the code of the link that somebody came by (`/join/<code>`) and calls
`record_referral` with the volunteer who was made, in the same transaction; once that is committed, it rings for
counting. A code lets nobody in and tells nothing, so that it is kept as it is: its owner finds it again.
"""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Id, UTCDateTime, among
from portal.domain import audit, organisation, points, recording, volunteers
from portal.domain.accounts import User
from portal.domain.activities import EventType
from portal.domain.judging import Accepted
from portal.domain.submissions import Submission
from portal.domain.volunteers import Status, Volunteer
from portal.extensions import Model, change_many, db

SOURCE = "friend link"
LONGEST_CODE = 32
NEW = timedelta(minutes=5)
"""Who was here for longer was not brought along: otherwise everybody could bring the organisation's own people."""


class FriendLink(Model):
    """The link of a volunteer."""

    __tablename__ = "friend_links"

    volunteer_id: Mapped[int] = mapped_column(Id, ForeignKey("volunteers.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(LONGEST_CODE), unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


def newcomers_may_ask() -> bool:
    """Whether people may ask to join by themselves; otherwise a link would lead nowhere."""
    return bool(organisation.setting("sign_up"))


def code_of(volunteer: Volunteer) -> str | None:
    """The code of somebody's link; None if they have none yet."""
    return db.session.scalar(select(FriendLink.code).where(FriendLink.volunteer_id == volunteer.id))


def new_code(volunteer: Volunteer, *, by: User, now: datetime) -> str:
    """A new link; the one before leads nowhere any more."""
    points.lock([volunteer.id])
    code = secrets.token_urlsafe(12)
    db.session.merge(FriendLink(volunteer_id=volunteer.id, code=code, created_at=now))
    audit.note_of("define", FriendLink.__tablename__, volunteer.id, at=now, by=by)
    db.session.flush()
    return code


def invited_by(code: str | None) -> Volunteer | None:
    """Whose link this is, if they still help here; an entry that was merged stands for the other."""
    if not code or len(code) > LONGEST_CODE or not code.isprintable():
        return None
    query = select(Volunteer).join(FriendLink, FriendLink.volunteer_id == Volunteer.id).where(FriendLink.code == code)
    entry = db.session.scalar(query)
    friend = entry and volunteers.standing_for(entry)
    return friend if friend is not None and friend.status == Status.ACTIVE else None


def record_referral(new: Volunteer, *, by: Volunteer, now: datetime) -> int | None:
    """Records that `by` brought `new` along, once in all; the activity's id, which then waits to be counted.

    None where nobody was brought: who was here before, oneself, who was brought by somebody already. The record names
    nobody: how much of their name others see is for the newcomer to say.
    """
    if new.id == by.id or new.joined_at < now - NEW:
        return None
    row = Submission(
        event_type=EventType.VOLUNTEER_REFERRED,
        occurred_at=now.isoformat(),
        volunteer_id=str(by.id),
        external_id=str(new.id),
        reference_type="volunteer",
        reference_id=new.email or str(new.id),
    )
    (verdict,) = recording.record([row], source=SOURCE, now=now)
    return verdict.activity_id if isinstance(verdict, Accepted) else None


def forget(volunteer_ids: list[int]) -> None:
    """Their links lead nowhere any more."""
    change_many(delete(FriendLink).where(among(FriendLink.volunteer_id, volunteer_ids)))
