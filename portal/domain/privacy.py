"""What somebody who is signed in sees of whom (docs/rules.md, section 1): the one place that decides it."""

from sqlalchemy import and_

from portal.domain import volunteers
from portal.domain.accounts import Role, User
from portal.domain.volunteers import Status, Visibility, Volunteer
from portal.extensions import db

LISTED = and_(Volunteer.status == Status.ACTIVE, Volunteer.visibility != Visibility.UNLISTED)
"""Whom others may know of; the same as Volunteer.listed, in SQL."""


def is_oneself(viewer: User, volunteer: Volunteer) -> bool:
    """Whether somebody looks at their own."""
    return viewer.volunteer_id == volunteer.id


def may_see(viewer: User, volunteer: Volunteer) -> bool:
    """Whether this volunteer exists for whoever looks: oneself does, and for coordinators everybody does."""
    return volunteer.listed or is_oneself(viewer, volunteer) or viewer.may(Role.COORDINATOR)


def seen_by(viewer: User, volunteer_id: int) -> Volunteer | None:
    """The volunteer with this id, as far as they exist for whoever looks; an entry that was merged finds the other."""
    entry = db.session.get(Volunteer, volunteer_id)
    if entry is None:
        return None
    volunteer = volunteers.standing_for(entry)
    return volunteer if may_see(viewer, volunteer) else None
