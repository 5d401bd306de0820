"""The boards: podium, places page by page, oneself always in sight with neighbours, and search by name."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from flask import Blueprint, abort, render_template, request
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import Row

from portal.access import volunteers
from portal.domain import earlier, leaderboards, places, teams
from portal.domain.leaderboards import LeaderboardType, Timeframe
from portal.domain.periods import Board
from portal.domain.places import Place
from portal.web import board_words, standing_rows
from portal.web.addresses import url_for
from portal.web.asked import is_part
from portal.web.page import Link
from portal.web.standing_rows import PODIUM, drawn, medals_in, parted, with_shared

screen = Blueprint("leaderboards", __name__)
standing_rows.offer(screen)
ROWS = 50


@screen.get("/leaderboards")
@screen.get("/leaderboards/<kind>/<timeframe>")
@volunteers
def show(kind: str = LeaderboardType.POINTS, timeframe: str = Timeframe.MONTHLY):
    """A board; the first one is this month's, which newcomers can win."""
    which, now = existing_board(kind, timeframe), datetime.now(UTC)
    given = everything(places.board(which.type, which.timeframe), now)
    return render_template("leaderboards/_standings.html" if is_part() else "leaderboards/show.html", **given)


def existing_board(kind: str, timeframe: str) -> Board:
    """The board of this address; 404 for no board, and where people are not compared."""
    if kind not in set(LeaderboardType) or timeframe not in set(Timeframe) or not leaderboards.people_are_compared():
        abort(404)
    return Board(LeaderboardType(kind), Timeframe(timeframe))


def everything(board: Row, now: datetime) -> dict:
    """What the page is given."""
    query = " ".join(request.args.get("q", "").split())[:100]
    mine = places.of(current_user.volunteer, board) if current_user.volunteer else None
    given = found(board, query, now) if query else leafed(board, mine, now)
    return given | {
        "medals": medals_in(given["above"], given["below"]),
        "heading": board_words.heading(board),
        "lede": board_words.lede(board),
        "figures": board_words.figures(board),
        "boards": kinds(board.leaderboard_type, board.timeframe),
        "timeframes": timeframes(board.leaderboard_type, board.timeframe),
        "results": results_link(board),
        "unit": board_words.unit(board),
        "unit_words": board_words.unit_small(board),
        "query": query,
        "find_url": address(board),
        "not_yet": None if mine or query or current_user.volunteer is None else board_words.not_yet(board),
    }


def address(board: Row, **more) -> str:
    """The address of a board."""
    return url_for("leaderboards.show", kind=board.leaderboard_type, timeframe=board.timeframe, **more)


def kinds(chosen: str | None, timeframe: str) -> list[Link]:
    """Points, hours, projects, where people are compared; and teams, where there is one with figures. None is chosen
    where one looks at teams."""
    links = []
    if leaderboards.people_are_compared():
        links += [
            Link(
                board_words.unit_of(kind),
                url_for("leaderboards.show", kind=kind, timeframe=timeframe),
                current=kind == chosen,
            )
            for kind in LeaderboardType
        ]
    if chosen is None or teams.any_shown():
        url = url_for("team_boards.show", kind=chosen or LeaderboardType.POINTS, timeframe=timeframe)
        links.append(Link(_("Teams"), url, current=chosen is None))
    return links


def timeframes(kind: str, chosen: str | None) -> list[Link]:
    """This week, this month, all time."""
    frames = (Timeframe.WEEKLY, Timeframe.MONTHLY, Timeframe.ALL_TIME)
    return [
        Link(board_words.frame(one), url_for("leaderboards.show", kind=kind, timeframe=one), current=one == chosen)
        for one in frames
    ]


def results_link(board: Row) -> Link | None:
    """The way to the weeks or months before."""
    if board.timeframe == Timeframe.ALL_TIME:
        return None
    url = url_for("results.index", kind=board.leaderboard_type, timeframe=board.timeframe)
    return Link(board_words.all_earlier(board), url)


def found(board: Row, query: str, now: datetime) -> dict:
    """Who was searched for."""
    people = places.search(board, query)
    text = _("Everybody whose name, or a part of it, begins with “%(query)s”.", query=query)
    if len(query) < places.SEARCH_AT_LEAST:
        text = _("Type at least %(n)s letters of a name.", n=places.SEARCH_AT_LEAST)
    elif len(people) == places.FOUND_AT_MOST:
        text = _("The first %(n)s whose name begins with “%(query)s”. Type more of it.", n=len(people), query=query)
    return {
        "podium": [],
        "above": drawn(people, earlier.day_before(board, now)),
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
    people = [*on_podium, *(place for place, _gap in rows)]
    ahead = board_words.ahead(board, mine) if mine in people else ""
    everybody = drawn(people, earlier.day_before(board, now), ahead=ahead)
    under = zip(everybody[len(on_podium) :], rows, strict=True)
    table = [replace(row, gap=True) if gap else row for row, (_place, gap) in under]
    return {
        "podium": with_shared(everybody[: len(on_podium)], shown),
        **parted(table),
        "words": board_words.where(board, first, last, mine, now) if shown else board_words.as_of(board, now),
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
