"""The boards: podium, places page by page, oneself always in sight with neighbours, and search by name."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache

from babel.support import NullTranslations
from flask import Blueprint, abort, get_template_attribute, render_template, request
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy import Row

from portal.access import volunteers
from portal.domain import catalogue, earlier, places
from portal.domain.badges import Badge
from portal.domain.earlier import Before
from portal.domain.leaderboards import LeaderboardType, Timeframe
from portal.domain.places import Place
from portal.extensions import babel
from portal.web import board_words, words
from portal.web.addresses import url_for
from portal.web.page import Link, Person, initials

screen = Blueprint("leaderboards", __name__)
ROWS = 50
PODIUM = 3
MEDALS = 3
KEPT_ROWS = 2048


@dataclass(frozen=True, slots=True)
class Standing:
    """A row of a board; see components/standing_row.html. `gap` says that places before it are left out."""

    rank: int
    place: str
    change: int | str | None
    value: str
    person: Person
    medals: tuple[Badge, ...]
    mine: bool = False
    words: str = ""
    shared: bool = False
    gap: bool = False


@screen.app_template_filter()
def standing_rows(standings: Sequence[Standing]) -> Markup:
    """Rows as they are drawn, see components/standing_row.html: for everybody who looks the same. Each is kept within
    this process by all that it says; who hides, or is called otherwise, has no row any more, or another."""
    language, root = babel.domain_instance.get_translations(), request.root_path
    return Markup().join(kept_row(language, root, one) for one in standings)


@lru_cache(maxsize=KEPT_ROWS)
def kept_row(_language: NullTranslations, _root: str, standing: Standing) -> Markup:
    """A row in a language, under the folder in which the portal is served."""
    return get_template_attribute("components/standing_row.html", "standing_row")(standing)


@screen.get("/leaderboards")
@screen.get("/leaderboards/<kind>/<timeframe>")
@volunteers
def show(kind: str = LeaderboardType.POINTS, timeframe: str = Timeframe.MONTHLY):
    """A board; the first one is this month's, which newcomers can win."""
    if kind not in set(LeaderboardType) or timeframe not in set(Timeframe):
        abort(404)
    now, board = datetime.now(UTC), places.board(LeaderboardType(kind), Timeframe(timeframe))
    part = request.headers.get("HX-Request") == "true"
    given = everything(board, now)
    return render_template("leaderboards/_standings.html" if part else "leaderboards/show.html", **given)


def everything(board: Row, now: datetime) -> dict:
    """What the page is given."""
    query = " ".join(request.args.get("q", "").split())[:100]
    mine = places.of(current_user.volunteer, board) if current_user.volunteer else None
    given = found(board, query, now) if query else leafed(board, mine, now)
    return given | {
        "medals": list({medal.id: medal for row in given["above"] + given["below"] for medal in row.medals}.values()),
        "heading": board_words.heading(board),
        "lede": board_words.lede(board),
        "boards": kinds(board),
        "timeframes": timeframes(board),
        "unit": board_words.unit(board),
        "unit_words": board_words.unit_small(board),
        "query": query,
        "find_url": address(board),
        "not_yet": None if mine or query or current_user.volunteer is None else board_words.not_yet(board),
    }


def address(board: Row, **more) -> str:
    """The address of a board."""
    return url_for("leaderboards.show", kind=board.leaderboard_type, timeframe=board.timeframe, **more)


def kinds(board: Row) -> list[Link]:
    """Points, hours, projects."""
    return [
        Link(
            board_words.unit_of(kind),
            url_for("leaderboards.show", kind=kind, timeframe=board.timeframe),
            current=kind == board.leaderboard_type,
        )
        for kind in LeaderboardType
    ]


def timeframes(board: Row) -> list[Link]:
    """This week, this month, all time."""
    labels = {
        Timeframe.WEEKLY: _("This week"),
        Timeframe.MONTHLY: _("This month"),
        Timeframe.ALL_TIME: _("All time"),
    }
    return [
        Link(
            label,
            url_for("leaderboards.show", kind=board.leaderboard_type, timeframe=frame),
            current=frame == board.timeframe,
        )
        for frame, label in labels.items()
    ]


def found(board: Row, query: str, now: datetime) -> dict:
    """Who was searched for."""
    people = places.search(board, query)
    text = _("Everybody in whose name “%(query)s” stands.", query=query)
    if len(query) < places.SEARCH_AT_LEAST:
        text = _("Type at least %(n)s letters of a name.", n=places.SEARCH_AT_LEAST)
    return {
        "podium": [],
        "above": drawn(people, board, now, None),
        "mine": None,
        "below": [],
        "words": text,
        "previous_url": address(board),
        "previous_label": _("The whole board"),
        "next_url": None,
        "next_label": None,
        "refresh_url": None,
    }


def leafed(board: Row, mine: Place | None, now: datetime) -> dict:
    """A page of the board, with oneself in sight."""
    after, before = request.args.get("after", 0, type=int), request.args.get("before", type=int)
    shown, more = leaf(board, after, before)
    first, last = (shown[0].position, shown[-1].position) if shown else (after, after)
    on_podium = shown[:PODIUM] if first == 1 and len(shown) >= PODIUM else []
    rows = with_oneself(shown, on_podium, mine, board)
    everybody = drawn([*on_podium, *(place for place, _gap in rows)], board, now, mine)
    under = zip(everybody[len(on_podium) :], rows, strict=True)
    table = [replace(row, gap=True) if gap else row for row, (_place, gap) in under]
    return {
        "podium": with_shared(everybody[: len(on_podium)], shown),
        **parted(table),
        "words": board_words.where(board, first, last, now) if shown else board_words.as_of(board, now),
        "previous_url": address(board, before=first) if first > 1 else None,
        "previous_label": _("Back"),
        "next_url": address(board, after=last) if more else None,
        "next_label": _("Next %(n)s", n=ROWS),
        "refresh_url": None if after or before else address(board),
    }


def leaf(board: Row, after: int, before: int | None) -> tuple[list[Place], bool]:
    """The places of a page, and whether there are more behind it."""
    found = places.page(board, after=after, before=before, limit=ROWS + 1)
    if before:
        return found[-ROWS:], True
    return found[:ROWS], len(found) > ROWS


def parted(rows: Sequence[Standing]) -> dict:
    """The rows above and below oneself, and oneself."""
    number = next((number for number, one in enumerate(rows) if one.mine), len(rows))
    mine = rows[number] if number < len(rows) else None
    return {"above": list(rows[:number]), "mine": mine, "below": list(rows[number + 1 :])}


def with_oneself(
    shown: Sequence[Place], on_podium: Sequence[Place], mine: Place | None, board: Row
) -> list[tuple[Place, bool]]:
    """The places under the podium with one's own among them, and its neighbours where it is elsewhere; each with True
    where it comes after a gap."""
    rows = shown[len(on_podium) :]
    there = {place.volunteer_id for place in shown}
    if mine is None or mine.volunteer_id in {place.volunteer_id for place in rows}:
        return [(place, False) for place in rows]
    above, below = ([], []) if mine.volunteer_id in there else places.neighbours(mine, board)
    around = [mine, *(place for place in (*above, *below) if place.volunteer_id not in there)]
    return joined(rows, around)


def order(place: Place) -> tuple:
    """Where a place stands; one that others don't see stands before equal ones."""
    return (place.rank, place.position or 0)


def joined(shown: Sequence[Place], around: Sequence[Place]) -> list[tuple[Place, bool]]:
    """Both in one order; a gap is marked where places between them are left out."""
    found: list[tuple[Place, bool]] = []
    last, was_around = None, False
    for place in sorted([*shown, *around], key=order):
        is_around, position = place in around, place.position or last
        left_out = last is not None and is_around != was_around and position > last + 1
        found.append((place, left_out))
        last, was_around = position, is_around
    return found


def drawn(people: Sequence[Place], board: Row, now: datetime, mine: Place | None) -> list[Standing]:
    """Places as rows, with names, changes and medals put on."""
    former, me = earlier.day_before(board, now), current_user.volunteer_id
    medals = catalogue.latest_medals(places.ids(people), each=MEDALS) if people else {}
    ahead = board_words.ahead(board, mine) if mine in people else ""
    found = [row(place, former, medals.get(place.volunteer_id, ())) for place in people]
    return [oneself(one, ahead) if one.person.id == me else one for one in found]


def row(place: Place, former: Before | None, medals: Sequence[Badge]) -> Standing:
    """One place as a row, as everybody may see it."""
    who, name = place.volunteer_id, place.shown_name
    return Standing(
        rank=place.rank,
        place=words.number(place.rank),
        change=former.change(who, place.rank) if former and place.position is not None else "",
        value=words.number(place.value),
        person=Person(name, initials(name), url=url_for("profiles.show", volunteer_id=who), id=who),
        medals=tuple(medals),
    )


def oneself(row: Standing, ahead: str) -> Standing:
    """One's own row; `ahead` says what is missing to the next place."""
    return replace(row, person=replace(row.person, name=_("You")), mine=True, words=ahead)


def with_shared(steps: Iterable[Standing], people: Sequence[Place]) -> list[Standing]:
    """The podium, with a word where others have the same place."""
    ranks = [place.rank for place in people]
    return [replace(step, shared=ranks.count(step.rank) > 1) for step in steps]
