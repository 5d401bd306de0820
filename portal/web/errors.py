"""What is said when something goes wrong: what happened, what was kept, what to do. Never a stack trace."""

import secrets

from flask import Flask, Response, current_app, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.exceptions import HTTPException, InternalServerError, SecurityError

from portal.access import problem
from portal.database import is_busy
from portal.extensions import db
from portal.web.page import Link

API = "/api/"


def register(app: Flask) -> None:
    """Answers every error in the project's own words."""
    app.register_error_handler(CSRFError, expired)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(OperationalError, database_error)
    app.register_error_handler(DataError, not_storable)
    app.register_error_handler(OverflowError, not_storable)
    app.register_error_handler(Exception, unexpected)


def answer(status: int, heading: str, happened: str, **more) -> Response:
    """An error as a page, or for the API as problem details."""
    if request.path.startswith(API):
        return problem(status, heading, happened)
    home = [Link(label=_("Go to the first page"), url=url_for("dashboard.show"))]
    more = {"kept": None, "todo": None, "actions": home, "reference": None} | more
    page = render_template("errors/error.html", code=status, heading=heading, happened=happened, **more)
    return Response(page, status=status)


def http_error(error: HTTPException) -> Response:
    """What Flask or a route refuses."""
    if isinstance(error, SecurityError):
        return unknown_host()
    status = error.code or 500
    heading, happened = words(status)
    response = answer(status, heading, happened)
    if status == 429:
        response.headers["Retry-After"] = "60"
    if status == 405 and getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(error.valid_methods)
    return response


def unknown_host() -> Response:
    """What whoever asks under a name that is none of ours is told; there are no links to such a place."""
    happened = _("This portal does not answer under this name.")
    if request.path.startswith(API):
        return problem(400, _("That did not work"), happened)
    return Response(happened, 400, mimetype="text/plain")


def words(status: int) -> tuple[str, str]:
    """A heading and what happened, for a status."""
    known = {
        400: (
            _("That did not work"),
            _("The request was not complete. Go back, look at what you typed, and try again."),
        ),
        403: (_("This is not for you"), _("Your account may not do this. A coordinator or an admin can.")),
        404: (_("Nothing is here"), _("This page does not exist, or it is not for you to see.")),
        405: (_("That did not work"), _("This address does not take that kind of request.")),
        413: (_("That is too much"), _("What you sent is larger than this takes.")),
        429: (_("A little slower, please"), _("That was too often in a short time. Wait a minute and try again.")),
    }
    return known.get(status, (_("Something went wrong"), _("We could not do that. Nothing was changed.")))


def expired(_error: CSRFError) -> Response:
    """A form whose token is missing or too old."""
    return answer(
        400,
        _("This form has expired"),
        _("It was open for too long, or you signed in again meanwhile."),
        kept=_("Nothing was changed."),
        todo=_("Go back, load the page again, and send it once more."),
    )


def database_error(error: OperationalError) -> Response:
    """The database is busy or away."""
    db.session.rollback()
    if not is_busy(error):
        current_app.logger.exception("the database is away", exc_info=error)
    response = answer(
        503,
        _("One moment, please"),
        _("The portal is very busy just now."),
        kept=_("Nothing was changed."),
        todo=_("Try again in a few seconds."),
    )
    response.headers["Retry-After"] = "5"
    return response


def not_storable(_error: Exception) -> Response:
    """Something was asked for that no database holds: a number or date beyond all bounds, a text that is none."""
    db.session.rollback()
    heading, happened = words(400)
    return answer(400, heading, happened)


def unexpected(error: Exception) -> Response:
    """A mistake of ours: told to the log with a reference, and to the person without details."""
    db.session.rollback()
    reference = secrets.token_hex(4)
    current_app.logger.exception("unexpected error %s", reference, exc_info=error)
    heading, happened = words(InternalServerError.code)
    return answer(500, heading, happened, todo=_("Try again; if it stays, tell your admin."), reference=reference)
