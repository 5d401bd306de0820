"""What a process knows of its televisions: who may look, what there is to see, and how it was drawn.

It is looked at again at most once a second, for all of them together, and drawn anew only where it changed: a poll
costs next to nothing, however many televisions there are and however often they ask.
"""

import gzip
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from flask import Flask, current_app

from portal import languages
from portal.domain import displays, organisation, screens, showing
from portal.domain.displays import Look, Viewer
from portal.domain.showing import Picture
from portal.writing import note

FRESH = 1.0
"""Seconds after which one looks again."""
STALE = 2.0
"""Seconds for which what is known may do while somebody is looking again."""
KEPT = 500
"""How many drawings are kept: one for each choice of panels, by the address under which it is asked for."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """What screens are sent that show the same, and what it was drawn from."""

    scene: Picture
    picture: Picture
    today: date
    body: bytes
    squeezed: bytes
    etag: str


@dataclass
class Wall:
    """All that is known, as of `looked_at` (seconds since 1970); `seen` are the screens that have asked since then."""

    looked_at: float = 0
    panels: frozenset[str] = frozenset()
    viewers: dict[str, Viewer] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    scene: Picture = field(default_factory=lambda: Picture((), None))
    today: date = date.min
    drawings: OrderedDict[tuple, Drawing] = field(default_factory=OrderedDict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def age(self, now: float) -> float:
        """How many seconds ago one looked. A clock that was set back makes it old as well."""
        return abs(now - self.looked_at)

    def drawn(self, which: tuple) -> Drawing | None:
        """What was drawn, if it still is what there is to see."""
        kept = self.drawings.get(which)
        return kept if kept is not None and kept.scene is self.scene and kept.today == self.today else None

    def keep(self, which: tuple, drawing: Drawing) -> Drawing:
        """Keeps a drawing; the one that nobody has wanted for longest goes."""
        self.drawings[which] = drawing
        self.drawings.move_to_end(which)
        while len(self.drawings) > KEPT:
            self.drawings.popitem(last=False)
        return drawing


def known(app: Flask) -> Wall:
    """The wall of this process."""
    return app.extensions.get("wall") or app.extensions.setdefault("wall", Wall())


def current(now: datetime, panels: tuple[str, ...] = ()) -> Wall:
    """The wall as of a second ago or less, with these panels on it."""
    wall = known(current_app)
    with wall.lock:
        if wall.age(now.timestamp()) >= FRESH or not wall.panels.issuperset(panels):
            look_again(wall, now, panels)
    return wall


def look_again(wall: Wall, now: datetime, panels: tuple[str, ...] = ()) -> None:
    """Asks the database, in a fixed number of statements, whoever looks and whatever they see."""
    viewers = {secret: replace(one, look=spoken(one.look)) for secret, one in displays.live().items()}
    wanted = {panel for one in viewers.values() for panel in one.look.panels} | set(panels)
    scene = showing.picture(sorted(wanted), now)
    wall.viewers, wall.panels, wall.today = note_seen(wall, viewers, now), frozenset(wanted), organisation.today(now)
    if scene != wall.scene:
        wall.scene = scene
    wall.looked_at = now.timestamp()


def note_seen(wall: Wall, viewers: dict[str, Viewer], now: datetime) -> dict[str, Viewer]:
    """Writes down which of these were seen, if that is worth it, in one statement for all of them."""
    asked, wall.seen = wall.seen, set()
    due = {
        key: replace(one, last_seen_at=now)
        for key, one in viewers.items()
        if one.screen_id in asked and screens.unnoticed(one.last_seen_at, now)
    }
    if due:
        note(screens.seen([one.screen_id for one in due.values()], now))
    return viewers | due


def spoken(look: Look) -> Look:
    """A look with the language that it is shown in, which may be the organisation's."""
    return replace(look, language=languages.of_display(look.language))


def place(look: Look, environ: Mapping) -> tuple:
    """Under which a drawing is kept: what is on it, and for its QR code where it was asked for."""
    here = environ["wsgi.url_scheme"], environ.get("HTTP_HOST", ""), environ.get("SCRIPT_NAME", "")
    return look.panels, look.language, *here


def drawing(wall: Wall, picture: Picture, html: str) -> Drawing:
    """The bytes of a picture that is on the wall now."""
    body = html.encode()
    etag = hashlib.sha256(body).hexdigest()[:20]
    return Drawing(wall.scene, picture, wall.today, body, gzip.compress(body, compresslevel=6, mtime=0), etag)


def how(look: Look) -> str:
    """What screens that show the same do each in their own way: seconds and colours."""
    return f"{look.seconds} {look.theme}"


def etag(drawing: Drawing, look: Look) -> str:
    """By which a screen says what it has."""
    return f'W/"{drawing.etag}-{look.seconds}-{look.theme}"'
