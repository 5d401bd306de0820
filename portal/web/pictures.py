"""What televisions are sent: the picture of a display in words, and its bytes.

A picture is looked at again at most once a second, and drawn only when it changed, so that a poll costs next to nothing
however many televisions there are.
"""

import gzip
import hashlib
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from flask import current_app, render_template, request
from flask_babel import format_date, format_decimal, get_locale
from flask_babel import gettext as _

from portal.domain import organisation, showing
from portal.domain.displays import Display
from portal.domain.leaderboards import Timeframe
from portal.domain.showing import Picture, ShownBoard, Standing
from portal.web import moments
from portal.web.displays import qr_code

FRESH = timedelta(seconds=1)
"""How old a picture may be: many televisions ask, and each may ask often."""
KEPT = 50
"""How many pictures are kept: one for each choice of boards."""


@dataclass(frozen=True)
class Kept:
    """A picture and its bytes; `looked_at` is when it was last compared with the database."""

    picture: Picture
    as_of: str
    looked_at: datetime
    body: bytes
    squeezed: bytes
    etag: str


def kept_picture(display: Display, now: datetime) -> Kept:
    """The picture of a display with its bytes, looked at again if it is older than a second."""
    album = current_app.extensions.setdefault("pictures", OrderedDict())
    which = (tuple(display.boards), request.scheme, request.host, request.script_root, get_locale())
    kept = album.pop(which, None)
    if kept is None or abs(now - kept.looked_at) >= FRESH:
        kept = looked_again(kept, display, now)
    album[which] = kept
    while len(album) > KEPT:
        album.popitem(last=False)
    return kept


def looked_again(kept: Kept | None, display: Display, now: datetime) -> Kept:
    """The picture as it is now; drawn anew only if it is another one."""
    picture = showing.picture(display.boards, now)
    seen = in_words(picture, now)
    if kept is not None and (kept.picture, kept.as_of) == (picture, seen["as_of"]):
        return replace(kept, looked_at=now)
    drawn = render_template("tv/_boards.html", **seen).encode()
    squeezed = gzip.compress(drawn, compresslevel=6, mtime=0)
    return Kept(picture, seen["as_of"], now, drawn, squeezed, hashlib.sha256(drawn).hexdigest()[:20])


def in_words(picture: Picture, now: datetime) -> dict:
    """A picture as the template shows it."""
    as_of = moments.clock(picture.as_of, now, organisation.zone()) if picture.as_of else None
    return {
        "boards": [board_in_words(one) for one in worth_showing(picture.boards)],
        "latest": picture.latest,
        "goal": None,
        "join": join(),
        "as_of": _("As of %(time)s", time=as_of) if as_of else "",
        "since": _("No connection."),
    }


def worth_showing(boards: tuple[ShownBoard, ...]) -> tuple[ShownBoard, ...]:
    """The boards with somebody on them; if there is none, the first, which says so."""
    return tuple(one for one in boards if one.standings) or boards[:1]


def board_in_words(board: ShownBoard) -> dict:
    """A board with its heading."""
    return {"heading": heading(board), "standings": [row(one) for one in board.standings]}


def row(one: Standing) -> dict:
    """A row as people read it."""
    words = {"rank": one.rank, "change": one.change, "value": format_decimal(one.value), "name": one.name}
    return words | {"id": one.id, "medal": one.medal, "other_script": not is_latin(one.name)}


def is_latin(name: str) -> bool:
    """Whether our typefaces have every letter of it."""
    return all(letter < "\u0250" or "\u1e00" <= letter < "\u1f00" or "\u2000" <= letter < "\u2070" for letter in name)


def heading(board: ShownBoard) -> str:
    """'November, by points', 'This week, by hours', 'All time, by projects'."""
    if board.timeframe == Timeframe.MONTHLY:
        when = month(board.period_start)
    else:
        when = _("This week") if board.timeframe == Timeframe.WEEKLY else _("All time")
    return {
        "points": _("%(when)s, by points", when=when),
        "hours": _("%(when)s, by hours", when=when),
        "projects": _("%(when)s, by projects", when=when),
    }[board.type]


def month(first: date | None) -> str:
    """'November'."""
    name = format_date(first, "LLLL")
    return name[:1].upper() + name[1:]


def join() -> dict:
    """The way to one's own page, for a phone."""
    return {
        "title": _("Your own medals"),
        "words": _("Point your phone here"),
        "code": qr_code(request.url_root),
    }
