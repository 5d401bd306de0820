"""The television: a page that runs for months, and the part of it that it asks for again and again.

The link's secret becomes a cookie and leaves the address; where a television keeps no cookies, the address stays and
everything works by it. Ended, it is over at the next poll.
"""

from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import gettext as _

from portal.access import anyone
from portal.domain import displays, organisation, screens
from portal.domain.accounts import fingerprint
from portal.domain.displays import Look, Viewer
from portal.extensions import limiter
from portal.web import pairing, walls, words
from portal.web.pairing import goodbye, how_to, message
from portal.web.pictures import drawn, in_words, speaking
from portal.web.polls import COOKIE, HOW
from portal.web.walls import Drawing
from portal.writing import note

screen = Blueprint("tv", __name__)
pairing.as_television(screen)

LASTS = timedelta(days=400)
"""As long as browsers keep a cookie at most; each night's loading renews it."""
ASKS_EVERY = 1
GUESSES = "60 per minute"


@screen.get("/tv/<token>")
@limiter.limit(GUESSES, deduct_when=lambda response: response.status_code == 404)
@anyone
def enter(token: str):
    """The page, by its link; leaves the secret in a cookie, after which the address can go."""
    viewer = displays.with_secret(token)
    if viewer is None:
        return message(_("This link leads nowhere"), how_to(), 404)
    if viewer.ended:
        return farewell(viewer)
    return page(viewer, token, url_for("tv.boards_by_link", token=token))


@screen.get("/tv")
@anyone
def show():
    """The page, for who has its cookie; or where one types a code."""
    secret = request.cookies.get(COOKIE, "")
    viewer = displays.with_secret(secret) if secret else None
    if viewer is None:
        return message(_("A board for your hall"), how_to(), 200)
    return farewell(viewer) if viewer.ended else page(viewer, secret, url_for("tv.boards"))


@screen.get("/tv/boards")
@limiter.exempt
@anyone
def boards():
    """The part that changes; 304 while it does not. 410 tells the page to say goodbye."""
    return newest(request.cookies.get(COOKIE, ""))


@screen.get("/tv/<token>/boards")
@limiter.exempt
@anyone
def boards_by_link(token: str):
    """The same for televisions that keep no cookies."""
    return newest(token)


def newest(secret: str) -> Response:
    """What a screen asks for that is not told already before it comes here, by portal.web.polls."""
    now = datetime.now(UTC)
    wall = walls.current(now)
    viewer = wall.viewers.get(fingerprint(secret))
    if viewer is None:
        return Response(_("This link has ended."), 410, {"X-Display": "ended"}, mimetype="text/plain")
    return answer(drawn(wall, viewer.look, now), viewer.look)


def farewell(viewer: Viewer) -> Response:
    """What a screen says whose display has ended, in its language."""
    with speaking(walls.spoken(viewer.look)):
        return goodbye()


def page(viewer: Viewer, secret: str, url: str) -> Response:
    """The page of a screen, with its secret in a cookie."""
    now = datetime.now(UTC)
    if screens.unnoticed(viewer.last_seen_at, now):
        note(screens.seen([viewer.screen_id], now))
    response = whole(walls.spoken(viewer.look), url, now, home=url_for("tv.show"))
    keep_secret(response, secret)
    return response


def whole(look: Look, url: str, now: datetime, *, home: str = "") -> Response:
    """The page that shows what a look is now, and asks at `url` from then on; where its cookie was kept, its address
    becomes `home`."""
    wall = walls.current(now, look.panels)
    drawing = drawn(wall, look, now)
    with speaking(look):
        given = about(url, drawing, look, now) | {"home": home} | in_words(drawing.picture, look, now)
        response = make_response(render_template("tv/show.html", **given))
    response.headers["Content-Language"] = look.language
    return response


def answer(drawing: Drawing, look: Look) -> Response:
    """The bytes, or that they are the same as before."""
    etag = walls.etag(drawing, look)
    if request.headers.get("If-None-Match") == etag:
        response = Response(status=304)
    else:
        squeezes = "gzip" in request.accept_encodings
        response = Response(drawing.squeezed if squeezes else drawing.body, mimetype="text/html")
        if squeezes:
            response.content_encoding = "gzip"
    response.vary.add("Accept-Encoding")
    response.headers.update({"ETag": etag, HOW: walls.how(look), "Content-Language": look.language})
    return response


def keep_secret(response: Response, secret: str) -> None:
    """Puts the secret where only this browser sends it from, and only here."""
    path = request.script_root + "/tv"
    keeps = {"httponly": True, "samesite": "Lax", "secure": request.is_secure, "path": path}
    response.set_cookie(COOKIE, secret, max_age=LASTS, **keeps)


def about(url: str, drawing: Drawing, look: Look, now: datetime) -> dict:
    """What the page around the boards is told."""
    return {
        "url": url,
        "by_cookie": url_for("tv.boards"),
        "every": ASKS_EVERY,
        "zone": str(organisation.zone()),
        "etag": walls.etag(drawing, look),
        "look": look,
        "time": words.clock(now, organisation.zone()),
    }
