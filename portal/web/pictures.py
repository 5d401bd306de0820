"""What televisions are sent: the picture of a display in words and drawings."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime

from flask import render_template, request
from flask_babel import force_locale
from flask_babel import gettext as _

from portal.catalogues import SOURCE
from portal.domain import organisation, showing
from portal.domain.displays import Look
from portal.domain.goals import Progress
from portal.domain.leaderboards import Timeframe
from portal.domain.showing import Picture, ShownBoard, Standing
from portal.web import language, moments, walls, words
from portal.web.addresses import url_for
from portal.web.qr import qr_code
from portal.web.walls import Drawing, Wall

LONG_NAME = 26
"""Letters; a longer name is written smaller, in two lines if need be."""


def drawn(wall: Wall, look: Look, now: datetime) -> Drawing:
    """What a screen with this look is sent now; drawn only if it is another picture than before."""
    which = walls.place(look, request.environ)
    with wall.lock:
        if (kept := wall.drawn(which)) is not None:
            return kept
        picture, old = wall.scene.only(look.panels), wall.drawings.get(which)
        if old is not None and (old.picture, old.today) == (picture, wall.today):
            return wall.keep(which, replace(old, scene=wall.scene))
        with speaking(look):
            html = render_template("tv/_boards.html", **in_words(picture, look, now))
        return wall.keep(which, walls.drawing(wall, picture, html))


@contextmanager
def speaking(look: Look) -> Generator[None]:
    """In the language of a display, see walls.spoken."""
    with force_locale(look.language or SOURCE):
        yield


def in_words(picture: Picture, look: Look, now: datetime) -> dict:
    """A picture as the template shows it."""
    as_of = moments.clock(picture.as_of, now, organisation.zone()) if picture.as_of else None
    return {
        "boards": [board_in_words(one) for one in worth_showing(picture.boards)],
        "beside": [name for name in look.panels if name in (showing.MEDALS, showing.JOIN)],
        "latest": picture.latest,
        "join": join(picture),
        "goals": [goal_in_words(one) for one in picture.goals],
        "direction": language.direction(),
        "language": language.language(),
        "as_of": _("As of %(time)s", time=as_of) if as_of else "",
        "since": _("Not updating since %(time)s", time="{time}"),
    }


def worth_showing(boards: tuple[ShownBoard, ...]) -> tuple[ShownBoard, ...]:
    """The boards with somebody on them; if there is none, the first, which says so."""
    return tuple(one for one in boards if one.standings) or boards[:1]


def board_in_words(board: ShownBoard) -> dict:
    """A board with its heading."""
    return {"name": board.name, "heading": heading(board), "standings": [row(one) for one in board.standings]}


def row(one: Standing) -> dict:
    """A row as people read it."""
    said = {"rank": one.rank, "change": one.change, "value": words.number(one.value), "name": one.name}
    return said | {
        "id": one.id,
        "medal": one.medal,
        "other_script": not is_latin(one.name),
        "long": len(one.name) > LONG_NAME,
    }


def is_latin(name: str) -> bool:
    """Whether our typefaces have every letter of it."""
    return all(letter < "\u0250" or "\u1e00" <= letter < "\u1f00" or "\u2000" <= letter < "\u2070" for letter in name)


def heading(board: ShownBoard) -> str:
    """'November, by points', 'This week, by hours', 'All time, by projects'."""
    if board.timeframe == Timeframe.MONTHLY:
        when = month(board.period_start)
    else:
        when = _("This week") if board.timeframe == Timeframe.WEEKLY else _("All time")
    if board.of_teams:
        return teams_heading(board, when)
    return {
        "points": _("%(when)s, by points", when=when),
        "hours": _("%(when)s, by hours", when=when),
        "projects": _("%(when)s, by projects", when=when),
    }[board.type]


def teams_heading(board: ShownBoard, when: str) -> str:
    """'November, teams by points', 'November, teams by points per head'."""
    if board.per_head:
        by_points = _("%(when)s, teams by points per head", when=when)
        return by_points if board.type == "points" else _("%(when)s, teams by hours per head", when=when)
    by_points = _("%(when)s, teams by points", when=when)
    return by_points if board.type == "points" else _("%(when)s, teams by hours", when=when)


def goal_in_words(goal: Progress) -> dict:
    """A shared goal as the template shows it."""
    value = goal.value or 0
    return {
        "title": goal.title,
        "team": goal.team_name,
        "value": min(value, goal.target),
        "target": goal.target,
        "value_text": words.number(value),
        "target_text": words.number(goal.target),
    }


def month(first: date | None) -> str:
    """'November'."""
    name = words.month_alone(first)
    return name[:1].upper() + name[1:]


def join(picture: Picture) -> dict:
    """The way in, for a phone: where people may ask to join, to that; otherwise to one's own page."""
    if picture.joins:
        code = qr_code(url_for("joining.new", _external=True))
        return {"title": _("Join us"), "words": _("Point your phone here"), "code": code}
    return {"title": _("Your own medals"), "words": _("Point your phone here"), "code": qr_code(request.url_root)}
