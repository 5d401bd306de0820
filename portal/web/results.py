"""Weeks and months that are over: which there are, and what each came to."""

import re
from datetime import UTC, date, datetime

from flask import Blueprint, abort, redirect, render_template
from flask_babel import gettext as _

from portal.access import volunteers
from portal.domain import closing, organisation, periods, results
from portal.domain.leaderboards import Leaderboard, LeaderboardType, Timeframe
from portal.domain.periods import Board
from portal.web import board_words, words
from portal.web.addresses import url_for
from portal.web.leaderboards import existing_board, timeframes
from portal.web.page import Link
from portal.web.standing_rows import PODIUM, UNKNOWN, drawn, medals_in, parted, with_shared

screen = Blueprint("results", __name__)
MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
WEEK = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)


@screen.get("/leaderboards/<kind>/<timeframe>/earlier")
@volunteers
def index(kind: str, timeframe: str):
    """Every week or month that is over."""
    board = with_periods(kind, timeframe)
    today = organisation.today(datetime.now(UTC))
    return render_template(
        "results/index.html",
        heading=_("Earlier weeks") if board.timeframe == Timeframe.WEEKLY else _("Earlier months"),
        boards=tabs(lambda one: url_for("results.index", kind=one, timeframe=timeframe), kind),
        years=by_year(board, today),
        back=Link(board_words.back(board), url_for("leaderboards.show", kind=kind, timeframe=timeframe)),
    )


@screen.get("/leaderboards/<kind>/<timeframe>/<period>")
@volunteers
def show(kind: str, timeframe: str, period: str):
    """What one week or month came to."""
    board, start = with_periods(kind, timeframe), start_of(timeframe, period)
    today = organisation.today(datetime.now(UTC))
    if start == periods.period_of(board.timeframe, today).start:
        return redirect(url_for("leaderboards.show", kind=kind, timeframe=timeframe))
    result = results.of(board, start, today) if start else None
    return render_template("results/show.html", **everything(result or abort(404), board, today))


def with_periods(kind: str, timeframe: str) -> Board:
    """A board that starts anew now and then; 404 for any other."""
    board = existing_board(kind, timeframe)
    return abort(404) if board.timeframe == Timeframe.ALL_TIME else board


def everything(result: Leaderboard, board: Board, today: date) -> dict:
    """What the page of a result is given."""
    people = results.places(result)
    rows = drawn(people, UNKNOWN)
    steps = PODIUM if len(rows) >= PODIUM else 0
    before, after = results.beside(board, result.period_start, today)
    given = parted(rows[steps:])
    return given | {
        "podium": with_shared(rows[:steps], people),
        "medals": medals_in(rows[steps:]),
        "heading": board_words.period(board, result.period_start),
        "lede": board_words.was_taking_part(result),
        "figures": board_words.figures(result),
        "standing": board_words.how_final(result, closing.entries_since(result) if result.closed_at else None),
        "boards": tabs(lambda one: address(one, board.timeframe, result.period_start), board.type),
        "timeframes": timeframes(board.type, None),
        "unit": board_words.unit(result),
        "unit_words": board_words.unit_small(result),
        "words": kept_words(result),
        "earlier": before and named(board, before),
        "later": after and named(board, after),
        "back": Link(
            board_words.all_earlier(board), url_for("results.index", kind=board.type, timeframe=board.timeframe)
        ),
    }


def kept_words(result: Leaderboard) -> str:
    """That only so many places are kept, where there were more."""
    kept, all_ = len(result.rankings), result.total_participants
    return _("The first %(kept)s of %(all)s are kept.", kept=kept, all=words.number(all_)) if all_ > kept else ""


def named(board: Board, start: date) -> Link:
    """The way to another result."""
    return Link(board_words.period(board, start), address(board.type, board.timeframe, start))


def address(kind: str, timeframe: str, start: date) -> str:
    """The address of a result."""
    return url_for("results.show", kind=kind, timeframe=timeframe, period=name_of(timeframe, start))


def tabs(leads_to, chosen: str) -> list[Link]:
    """Points, hours, projects."""
    return [Link(board_words.unit_of(kind), leads_to(kind), current=kind == chosen) for kind in LeaderboardType]


def by_year(board: Board, today: date) -> list[tuple[int, list]]:
    """The results by year, the latest first; each a link and how many took part."""
    found: dict[int, list] = {}
    for start, participants in results.all_of(board, today):
        link = named(board, start)
        found.setdefault(start.year, []).append((link, words.people(participants)))
    return list(found.items())


def name_of(timeframe: str, start: date) -> str:
    """'2026-05', '2026-W19': a period in an address."""
    if timeframe == Timeframe.WEEKLY:
        year, week, _day = start.isocalendar()
        return f"{year:04}-W{week:02}"
    return f"{start:%Y-%m}"


def start_of(timeframe: str, name: str) -> date | None:
    """The first date of a period in an address; None if it names none."""
    form = WEEK if timeframe == Timeframe.WEEKLY else MONTH
    found = form.fullmatch(name)
    if found is None:
        return None
    year, number = map(int, found.groups())
    try:
        return date.fromisocalendar(year, number, 1) if form is WEEK else date(year, number, 1)
    except ValueError:
        return None
