"""The choice of a language at the foot of public pages, kept in a cookie; who is signed in has it among their settings.

Also what answers say of it: each is in one language, and whoever keeps answers must not give one for another.
"""

from dataclasses import dataclass

from babel import Locale
from flask import Blueprint, Flask, Response, redirect, request
from flask_babel import get_locale

from portal import catalogues, languages
from portal.access import anyone, own_path
from portal.web.static import A_YEAR

screen = Blueprint("language", __name__)
DEPENDS_ON = "Accept-Language"


@dataclass(frozen=True, slots=True)
class Choice:
    """A language that can be chosen, by its own name and in its own direction."""

    code: str
    name: str
    current: bool


@screen.post("/language")
@anyone
def update():
    """Keeps the choice and goes back to where it was made."""
    response = redirect(own_path(request.form.get("next")))
    if chosen := catalogues.known(request.form.get("language")):
        response.set_cookie(languages.COOKIE, chosen, max_age=A_YEAR, samesite="Lax")
    return response


def choices() -> list[Choice]:
    """The languages to choose from; none where there is only one."""
    now = language()
    found = [Choice(code, catalogues.own_name(code), code == now) for code in catalogues.offered()]
    return found if len(found) > 1 else []


def language() -> str:
    """The language of now, as HTML says it."""
    return str(get_locale() or catalogues.SOURCE).replace("_", "-")


def direction() -> str:
    """'rtl' for languages that are read from the right, else 'ltr'."""
    return direction_of(get_locale())


def direction_of(locale: Locale | None) -> str:
    """The same for any language."""
    return getattr(locale, "text_direction", "ltr")


def say(response: Response) -> Response:
    """Says which language a page is in."""
    if response.mimetype == "text/html" and response.status_code != 304:
        response.headers.setdefault("Content-Language", language())
    return response


def register(app: Flask) -> None:
    """Binds this to the application."""
    app.jinja_env.globals |= {"languages": choices}
    app.after_request(say)
