"""Which language somebody is spoken to in; the one place that decides it.

Who is signed in chose one, or did not. Who did not, or is not known, has a cookie from the choice at the foot of public
pages; else the browser says what its owner reads; else it is the organisation's, and English if that is not there.
"""

from flask import has_request_context, request
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError

from portal import catalogues
from portal.catalogues import known
from portal.domain import accounts, organisation
from portal.domain.accounts import User
from portal.domain.volunteers import Volunteer

COOKIE = "language"
API = "/api/"


def of_request() -> str:
    """The language of whoever asks; outside of requests the organisation's. flask-babel asks once a request."""
    if not has_request_context():
        return of_organisation()
    if request.path.startswith(API):
        return as_browser_says() or catalogues.SOURCE
    try:
        return chosen() or without_a_choice() or of_organisation()
    except SQLAlchemyError:  # that the database is away is said, too, in some language
        return without_a_choice() or catalogues.SOURCE


def without_a_choice() -> str | None:
    """What can be known of somebody without asking the database: the cookie, or what the browser says."""
    return known(request.cookies.get(COOKIE)) or as_browser_says()


def chosen() -> str | None:
    """What somebody who is signed in chose."""
    return of_user(current_user) if current_user.is_authenticated else None


def of_user(user: User) -> str | None:
    """What a user chose for themselves: their volunteer's word, or that of the sign-in."""
    volunteer = user.volunteer
    return known(volunteer.language if volunteer is not None else None) or known(user.language)


def as_browser_says() -> str | None:
    """The first of those that the browser asks for which is there, if not as Austria's then as German; or None."""
    for asked, quality in request.accept_languages:
        first, _, _more = asked.partition("-")
        if quality and (found := known(asked.replace("-", "_")) or known(first.lower())):
            return found
    return None


def of_organisation() -> str:
    """The organisation's own: for televisions, letters to who did not choose, and what nobody asked for."""
    return known(organisation.setting("language")) or catalogues.SOURCE


def of_reader(reader: Volunteer | User | None) -> str:
    """For what is written to somebody who is not here now; None is nobody in particular."""
    if isinstance(reader, Volunteer):
        chosen = known(reader.language) or next(map(of_user, accounts.of_volunteers([reader.id])), None)
    else:
        chosen = of_user(reader) if reader is not None else None
    return chosen or of_organisation()


def of_display(language: str | None) -> str:
    """What a television speaks: what its display says, or what the organisation does."""
    return known(language) or of_organisation()
