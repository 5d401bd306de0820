"""The television: a page that runs for months, and the part of it that it asks for again and again.

The link's secret becomes a cookie and leaves the address. Ended, it is over at the next poll.
"""

from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from portal.access import anyone
from portal.domain import displays, organisation
from portal.domain.accounts import fingerprint
from portal.domain.displays import Display
from portal.domain.showing import Medal
from portal.extensions import limiter
from portal.web import words
from portal.web.pictures import FRESH, Kept, in_words, kept_picture
from portal.writing import note

screen = Blueprint("tv", __name__)

COOKIE = "display"
LASTS = timedelta(days=400)
"""As long as browsers keep a cookie at most; each night's loading renews it."""
ASKS_EVERY = 2


@screen.get("/tv/<token>")
@limiter.limit("60 per minute")
@anyone
def enter(token: str):
    """Takes the secret out of the address and into a cookie."""
    display = displays.with_secret(token)
    if display is None:
        return message(_("This link leads nowhere"), how_to(), 404)
    if display.revoked_at is not None:
        return goodbye()
    response = redirect(url_for("tv.show"))
    keep_secret(response, token)
    return response


@screen.get("/tv")
@anyone
def show():
    """The page; or how to get a link, or a goodbye."""
    now, secret = datetime.now(UTC), request.cookies.get(COOKIE, "")
    display = displays.with_secret(secret) if secret else None
    if display is None:
        return message(_("A board for your hall"), how_to(), 200)
    if display.revoked_at is not None:
        return goodbye()
    note_seen(display, now)
    kept = kept_picture(display, now)
    page = render_template("tv/show.html", **about(display, kept, now), **in_words(kept.picture, now))
    response = make_response(page)
    keep_secret(response, secret)
    return response


@screen.get("/tv/boards")
@limiter.exempt
@anyone
def boards():
    """The part that changes; 304 while it does not. 410 tells the page to say goodbye."""
    now = datetime.now(UTC)
    display = known(request.cookies.get(COOKIE, ""), now)
    if display is None:
        return Response(_("This link has ended."), 410, {"X-Display": "ended"}, mimetype="text/plain")
    note_seen(display, now)
    return answer(kept_picture(display, now))


def known(secret: str, now: datetime) -> Display | None:
    """The display with this secret, if its link holds. Who that is for, is read for all of them once a second: each
    asks often, and an end is noticed in time for the next poll."""
    roster = current_app.extensions.get("roster")
    if roster is None or abs(now - roster[0]) >= FRESH:
        roster = current_app.extensions["roster"] = (now, displays.live())
    display = roster[1].get(fingerprint(secret))
    if display is None and secret:
        display = displays.with_secret(secret)
    return None if display is None or display.revoked_at is not None else display


def answer(kept: Kept) -> Response:
    """The bytes, or that they are the same as before."""
    if request.if_none_match.contains_weak(kept.etag):
        response = Response(status=304)
    else:
        squeezes = "gzip" in request.accept_encodings
        response = Response(kept.squeezed if squeezes else kept.body, mimetype="text/html")
        if squeezes:
            response.content_encoding = "gzip"
        response.vary.add("Accept-Encoding")
    response.set_etag(kept.etag, weak=True)
    return response


def keep_secret(response: Response, secret: str) -> None:
    """Puts the secret where only this browser sends it from, and only here."""
    path = request.script_root + "/tv"
    keeps = {"httponly": True, "samesite": "Lax", "secure": request.is_secure, "path": path}
    response.set_cookie(COOKIE, secret, max_age=LASTS, **keeps)


def note_seen(display: Display, now: datetime) -> None:
    """Writes down that it was seen, if that is worth it."""
    if display.unnoticed(now):
        note(displays.seen(display.id, now))


def about(display: Display, kept: Kept, now: datetime) -> dict:
    """What the page around the boards is told."""
    return {
        "url": url_for("tv.boards"),
        "every": ASKS_EVERY,
        "turn": display.seconds,
        "zone": str(organisation.zone()),
        "etag": f'W/"{kept.etag}"',
        "time": words.clock(now, organisation.zone()),
    }


def how_to() -> str:
    """How one gets a link."""
    return _("An admin makes a link for this screen, under Displays. Open it here, and the boards appear.")


def goodbye() -> Response:
    """What a screen shows whose link was ended."""
    return message(_("Thank you for watching"), _("The link of this screen has ended. ") + how_to(), 410)


def message(title: str, words: str, status: int) -> Response:
    """A calm page with a few words."""
    thanks = Medal("", "leadership", "rare", "#4CAF50", "hand-heart")
    return make_response(render_template("tv/message.html", title=title, words=words, medal=thanks), status)
