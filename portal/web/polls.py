"""Answers televisions that ask whether something is new, before any page is asked.

Hundreds of them ask each second, and nearly always nothing is: from what the process knows already, that is said in a
fraction of the time that a page takes. Whatever is not known, or not any more, goes on to the application.
"""

import time
from collections.abc import Callable, Iterable

from flask import Flask

from portal.catalogues import SOURCE
from portal.domain.accounts import fingerprint
from portal.domain.displays import Look
from portal.web import walls
from portal.web.page import HEADERS
from portal.web.walls import FRESH, STALE, Drawing, Wall

COOKIE = "display"
ENDING = "/boards"
PREFIX = "/tv/"
HOW = "X-Look"
TOLD = {
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
"""What televisions are told besides HEADERS, or instead."""


class Polls:
    """A layer around the application."""

    def __init__(self, app: Flask, inner: Callable):
        self.app, self.inner = app, inner

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        """A WSGI application."""
        path = environ["PATH_INFO"]
        if not (path.endswith(ENDING) and path.startswith(PREFIX) and environ["REQUEST_METHOD"] == "GET"):
            return self.inner(environ, start_response)
        wall = walls.known(self.app)
        viewer = wall.viewers.get(fingerprint(path[len(PREFIX) : -len(ENDING)] or secret_in(environ)))
        if viewer is None:
            return self.inner(environ, start_response)
        wall.seen.add(viewer.screen_id)
        drawing = wall.drawn(walls.place(viewer.look, environ))
        if drawing is None or not may_tell(wall, time.time()):
            return self.inner(environ, start_response)
        return answer(drawing, viewer.look, environ, start_response)


def may_tell(wall: Wall, now: float) -> bool:
    """Whether what is known is new enough, or somebody is looking again just now."""
    age = wall.age(now)
    return age < FRESH or (age < STALE and is_locked(wall))


def is_locked(wall: Wall) -> bool:
    """Whether somebody is looking again."""
    free = wall.lock.acquire(blocking=False)
    if free:
        wall.lock.release()
    return not free


def secret_in(environ: dict) -> str:
    """The secret in the display's cookie; nothing if there is none."""
    for one in environ.get("HTTP_COOKIE", "").split(";"):
        name, _, value = one.strip().partition("=")
        if name == COOKIE:
            return value
    return ""


def answer(drawing: Drawing, look: Look, environ: dict, start_response: Callable) -> list[bytes]:
    """The bytes, or that they are the same as before: as the application's own view answers."""
    etag = walls.etag(drawing, look)
    headers = [*SAME, ("ETag", etag), (HOW, walls.how(look))]
    if etag == environ.get("HTTP_IF_NONE_MATCH"):
        start_response("304 NOT MODIFIED", headers)
        return []
    squeezes = "gzip" in environ.get("HTTP_ACCEPT_ENCODING", "")
    body = drawing.squeezed if squeezes else drawing.body
    headers += [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))]
    headers += [("Content-Language", look.language or SOURCE)]
    start_response("200 OK", headers + ([("Content-Encoding", "gzip")] if squeezes else []))
    return [body]


SAME = [*(HEADERS | TOLD).items(), ("Vary", "HX-Request, Cookie, Accept-Language, Accept-Encoding")]


def register(app: Flask) -> None:
    """Puts the layer around the application."""
    app.wsgi_app = Polls(app, app.wsgi_app)
