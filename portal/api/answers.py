"""How the API says things: instants in UTC, numbers as numbers, lists with what they hold."""

from datetime import UTC, datetime
from decimal import Decimal

from flask import abort, g, url_for

from portal.domain import volunteers
from portal.domain.accounts import Role, User
from portal.domain.volunteers import Volunteer
from portal.extensions import db


def instant(moment: datetime | None) -> str | None:
    """'2026-05-01T16:30:00Z'; None for none."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def number(value: Decimal | None) -> int | float | None:
    """A Decimal as JSON has numbers: whole where it is whole; None for none."""
    if value is None:
        return None
    return int(value) if value == int(value) else float(value)


def reference(text: str | None) -> int | str | None:
    """A sender's id as it was sent: a number where it is one."""
    if text is not None and text.isascii() and text.isdecimal() and str(int(text)) == text:
        return int(text)
    return text


def caller() -> User:
    """Whose token this is."""
    return g.token.user


def sees_all() -> bool:
    """Whether the caller may see everything about everybody."""
    return caller().may(Role.COORDINATOR)


def is_caller(volunteer_id: int) -> bool:
    """Whether this volunteer is the caller."""
    return caller().volunteer_id == volunteer_id


def found(volunteer_id: int) -> Volunteer:
    """The volunteer with this number, if the caller may know of them; otherwise 404. A merged one leads on."""
    volunteer = db.session.get(Volunteer, volunteer_id)
    if volunteer is None:
        abort(404)
    volunteer = volunteers.standing_for(volunteer)
    if not (volunteer.listed or sees_all() or is_caller(volunteer.id)):
        abort(404)
    return volunteer


def found_own(volunteer_id: int) -> Volunteer:
    """The same for what volunteers only see of themselves."""
    volunteer = found(volunteer_id)
    if not (sees_all() or is_caller(volunteer.id)):
        abort(404)
    return volunteer


def picture_url(volunteer_id: int) -> str:
    """Where a volunteer's picture is, for whoever may see it."""
    return url_for("api.avatar", volunteer_id=volunteer_id)
