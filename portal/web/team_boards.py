"""The board of teams: by sum and by head, podium and rows, one's own teams marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Blueprint, abort, render_template, request
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from sqlalchemy import Row

from portal.access import volunteers
from portal.domain import places, team_boards, teams
from portal.domain.leaderboards import LeaderboardType, Timeframe
from portal.domain.team_boards import TeamPlace
from portal.web import board_words, leaderboards, words
from portal.web.addresses import url_for
from portal.web.asked import is_part
from portal.web.page import Link, Person, initials

screen = Blueprint("team_boards", __name__)
ROWS = 50
PODIUM = 3


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A team on the board; see team_boards/_standings.html. The podium knows it as a standing without medals."""

    rank: int
    place: str
    value: str
    person: Person
    sort: str
    members: str
    mine: bool
    shared: bool = False
    notes: tuple[str, ...] = ()
    medals: tuple = ()


@screen.get("/leaderboards/teams/<kind>/<timeframe>")
@volunteers
def show(kind: str, timeframe: str):
    """Teams by their sum."""
    return shown(kind, timeframe, by_head=False)


@screen.get("/leaderboards/teams/<kind>/<timeframe>/per-head")
@volunteers
def per_head(kind: str, timeframe: str):
    """Teams by what they brought by head."""
    return shown(kind, timeframe, by_head=True)


def shown(kind: str, timeframe: str, *, by_head: bool) -> str:
    """The page, or for htmx the standings alone."""
    if kind not in set(LeaderboardType) or timeframe not in set(Timeframe):
        abort(404)
    board = places.board(LeaderboardType(kind), Timeframe(timeframe))
    given = everything(board, by_head, datetime.now(UTC))
    return render_template("team_boards/_standings.html" if is_part() else "team_boards/show.html", **given)


def everything(board: Row, by_head: bool, now: datetime) -> dict:
    """What the page is given."""
    after = max(request.args.get("after", 0, type=int), 0) % 10**9
    found = team_boards.page(board, per_head=by_head, after=after, limit=ROWS + 1)
    rows = drawn(found[:ROWS])
    on_podium = PODIUM if not after and len(rows) >= PODIUM else 0
    return {
        "heading": board_words.heading(board),
        "lede": _("Teams with three members or more. %(began)s", began=board_words.began(board)).strip(),
        "boards": leaderboards.kinds(None, board.timeframe),
        "timeframes": timeframes(board, by_head),
        "metrics": metrics(board, by_head),
        "measures": measures(board, by_head),
        "unit": unit(board, by_head),
        "unit_words": board_words.unit_small(board),
        "podium": rows[:on_podium],
        "rows": rows[on_podium:],
        "words": where(after, len(rows), board, now),
        "previous_url": address(board, by_head, after=max(after - ROWS, 0) or None) if after else None,
        "next_url": address(board, by_head, after=after + ROWS) if len(found) > ROWS else None,
        "next_label": _("Next %(n)s", n=ROWS),
        "refresh_url": None if after else address(board, by_head),
    }


def drawn(found: Sequence[TeamPlace]) -> list[TeamRow]:
    """Places as rows; one query says which teams are one's own."""
    mine = {one.team.id for one in teams.of(current_user.volunteer_id)} if current_user.volunteer_id else set()
    shared = [one.place for one in found]
    return [row(one, one.team_id in mine, shared.count(one.place) > 1) for one in found]


def row(one: TeamPlace, mine: bool, shared: bool) -> TeamRow:
    """One place as a row."""
    return TeamRow(
        rank=one.place,
        place=words.number(one.place),
        value=words.number(one.figure),
        person=Person(one.name, initials(one.name), url=url_for("teams.show", team_id=one.team_id), id=one.team_id),
        sort=one.sort,
        members=words.number(one.members),
        mine=mine,
        shared=shared,
        notes=(people_in_it(one.members), *((_("your team"),) if mine else ())),
    )


def people_in_it(count: int) -> str:
    """'14 members'."""
    return ngettext("%(n)s member", "%(n)s members", count, n=words.number(count))


def address(board: Row, by_head: bool, **more) -> str:
    """The address of a board of teams."""
    kind, timeframe = more.pop("kind", board.leaderboard_type), more.pop("timeframe", board.timeframe)
    endpoint = "team_boards.per_head" if by_head else "team_boards.show"
    return url_for(endpoint, kind=kind, timeframe=timeframe, **more)


def timeframes(board: Row, by_head: bool) -> list[Link]:
    """This week, this month, all time."""
    frames = (Timeframe.WEEKLY, Timeframe.MONTHLY, Timeframe.ALL_TIME)
    return [
        Link(board_words.frame(one), address(board, by_head, timeframe=one), current=one == board.timeframe)
        for one in frames
    ]


def metrics(board: Row, by_head: bool) -> list[Link]:
    """What is compared: points, hours, projects."""
    return [
        Link(board_words.unit_of(kind), address(board, by_head, kind=kind), current=kind == board.leaderboard_type)
        for kind in LeaderboardType
    ]


def measures(board: Row, by_head: bool) -> list[Link]:
    """In all, or by head."""
    ways = ((False, _("In all")), (True, _("Per head")))
    return [Link(label, address(board, way), current=way == by_head) for way, label in ways]


def unit(board: Row, by_head: bool) -> str:
    """The heading of the column."""
    unit = board_words.unit(board)
    return _("%(unit)s per head", unit=unit) if by_head else unit


def where(after: int, number: int, board: Row, now: datetime) -> str:
    """'12 teams. As of 14:05.'"""
    as_of = board_words.as_of(board, now)
    if not number:
        return as_of
    if after:
        some = _("%(first)s to %(last)s.", first=words.number(after + 1), last=words.number(after + number))
        return f"{some} {as_of}"
    all_of_them = ngettext("%(n)s team.", "%(n)s teams.", number, n=words.number(number))
    return f"{all_of_them} {as_of}"
