"""The pictures that people have of themselves here (docs/rules.md, section 1). They lie in the database, so that a
backup has them. Who may see one is for `privacy` to say; `volunteers.avatar` is the name of the one that holds."""

from collections.abc import Iterable
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, LargeBinary, String, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Id, UTCDateTime, among
from portal.domain import audit, points
from portal.domain.accounts import User
from portal.domain.portraits import FIELD, LARGE, NAME, SMALL, Portrait
from portal.domain.refusals import FieldRefused
from portal.domain.volunteers import Status, Volunteer
from portal.extensions import Model, change_many, db


class Avatar(Model):
    """The picture of a volunteer, in both sizes, as WebP."""

    __tablename__ = "avatars"

    volunteer_id: Mapped[int] = mapped_column(Id, ForeignKey("volunteers.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME))
    small: Mapped[bytes] = mapped_column(LargeBinary)
    large: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


SIZES = {SMALL: Avatar.small, LARGE: Avatar.large}


def keep(volunteer: Volunteer, portrait: Portrait, *, by: User, now: datetime) -> None:
    """From now on this is their picture. Raises FieldRefused for an entry that was merged or forgotten meanwhile."""
    lock(volunteer)
    if volunteer.avatar == portrait.name:
        return
    row = {"name": portrait.name, "small": portrait.small, "large": portrait.large, "created_at": now}
    db.session.merge(Avatar(volunteer_id=volunteer.id, **row))
    name_it(volunteer, portrait.name, by, now)


def take_away(volunteer: Volunteer, *, by: User, now: datetime) -> None:
    """From now on they have none."""
    lock(volunteer)
    if volunteer.avatar is not None:
        forget([volunteer.id])
        name_it(volunteer, None, by, now)


def lock(volunteer: Volunteer) -> None:
    """Two of one person's windows come one after the other."""
    points.lock([volunteer.id])
    db.session.refresh(volunteer)
    if volunteer.status not in (Status.ACTIVE, Status.INACTIVE):
        raise FieldRefused(FIELD, _("Your entry was put together with another just now. Send it again."))


def name_it(volunteer: Volunteer, name: str | None, by: User, now: datetime) -> None:
    """Which picture holds; the audit says only that it changed."""
    volunteer.avatar = name
    audit.note("change", volunteer, at=now, by=by, after={"fields": ["avatar"]})
    db.session.flush()


def shown(volunteer: Volunteer, name: str, size: int) -> bytes | None:
    """The picture with this name in this size, if it is theirs and holds; one look-up."""
    if volunteer.avatar != name or size not in SIZES:
        return None
    query = select(SIZES[size]).where(Avatar.volunteer_id == volunteer.id, Avatar.name == name)
    return db.session.scalar(query)


def hand_over(other: Volunteer, into: Volunteer) -> None:
    """What `other` has becomes the picture of the one, where they have none; otherwise it goes."""
    theirs = Avatar.volunteer_id == other.id
    if into.avatar is None and other.avatar is not None:
        change_many(update(Avatar).where(theirs).values(volunteer_id=into.id))
        into.avatar = other.avatar
    else:
        forget([other.id])
    other.avatar = None
    db.session.flush()


def forget(volunteer_ids: Iterable[int]) -> None:
    """Their pictures go for good."""
    change_many(delete(Avatar).where(among(Avatar.volunteer_id, volunteer_ids)))
