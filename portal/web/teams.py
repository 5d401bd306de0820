"""Teams: all that one may know of, and a team's own page with its place, its goals and where its members stand."""

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Blueprint, abort, render_template, request
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import Row

from portal.access import volunteers
from portal.domain import earlier, goals, leaderboards, organisation, places, team_boards, teammates, teams
from portal.domain.accounts import Role
from portal.domain.leaderboards import LeaderboardType, Timeframe
from portal.domain.places import Place
from portal.domain.teams import FEWEST, Team
from portal.web import board_words, goal_words, words
from portal.web.addresses import url_for
from portal.web.page import Link, Person, initials
from portal.web.standing_rows import drawn, medals_in
from portal.web.team_boards import people_in_it

screen = Blueprint("teams", __name__)
ROWS = 50
LISTED = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """A team in the list."""

    person: Person
    note: str
    mine: bool
    retired: bool


@screen.get("/teams")
@volunteers
def index():
    """All teams that one may know of, by name."""
    after = max(request.args.get("after", 0, type=int), 0) % 10**9
    found = teams.page(current_user, after=after, limit=LISTED + 1)
    return render_template(
        "teams/index.html",
        entries=[entry(*row) for row in found[:LISTED]],
        may_make=current_user.may(Role.ADMIN),
        words=_("By name."),
        previous_url=url_for("teams.index", after=max(after - LISTED, 0) or None) if after else None,
        next_url=url_for("teams.index", after=after + LISTED) if len(found) > LISTED else None,
    )


def entry(team: Team, members: int, mine: bool) -> Entry:
    """A team in the list."""
    note = words.listed((team.sort, people_in_it(members)))
    url = url_for("teams.show", team_id=team.id)
    person = Person(team.name, initials(team.name), url=url, id=team.id)
    return Entry(person, note, mine, team.retired_at is not None)


@screen.get("/teams/<int:team_id>")
@screen.get("/teams/<int:team_id>/<kind>/<timeframe>")
@volunteers
def show(team_id: int, kind: str = LeaderboardType.POINTS, timeframe: str = Timeframe.MONTHLY):
    """A team: how many they are, what they brought, its goals, and where its listed members stand on the board."""
    if kind not in set(LeaderboardType) or timeframe not in set(Timeframe):
        abort(404)
    team, members, mine = teams.seen_by(current_user, team_id) or abort(404)
    now, board = datetime.now(UTC), places.board(LeaderboardType(kind), Timeframe(timeframe))
    has_figures = members >= FEWEST and team.retired_at is None
    return render_template(
        "teams/show.html",
        team=team,
        lede=lede(team, members, mine),
        members_url=url_for("team_members.index", team_id=team.id) if current_user.may(Role.COORDINATOR) else None,
        edit_url=url_for("team_definitions.edit", team_id=team.id) if current_user.may(Role.ADMIN) else None,
        has_figures=has_figures,
        goals=goal_words.in_words(goals.of_team(team.id, now, viewer=current_user), organisation.today(now)),
        **(figures(team, board, now, mine) if has_figures else {}),
    )


def lede(team: Team, members: int, mine: bool) -> str:
    """'School. 14 members, you among them.'"""
    people = people_in_it(members)
    sort = team.sort[:1].upper() + team.sort[1:]
    told = _("%(people)s, you among them.", people=people) if mine else f"{people}."
    return " ".join(part for part in (f"{sort}." if sort else "", told) if part)


def figures(team: Team, board: Row, now: datetime, is_in_it: bool) -> dict:
    """Its places, and a page of the standings of its listed members."""
    after, before = request.args.get("after", 0, type=int), request.args.get("before", type=int)
    compared = leaderboards.people_are_compared()
    found, more = leaf(team, board, after, before) if compared else ([], False)
    mine = places.of(current_user.volunteer, board) if is_in_it and compared else None
    former = earlier.day_before(board, now)
    standings = drawn(found, former, ahead=board_words.ahead(board, mine) if mine in found else "")
    ids = places.ids(found)
    elsewhere = mine is not None and mine.volunteer_id not in ids
    first = found[0].position if found else 0
    has_earlier = bool(before or after) and bool(teammates.page(team, board, before=first or 1, limit=1))
    return {
        "numerals": numerals(team, board),
        "compared": compared,
        "boards": tabs(team, board),
        "timeframes": timeframes(team, board),
        "unit": board_words.unit(board),
        "heading": board_words.heading(board),
        "rows": standings,
        "mine": drawn([mine], former, ahead=board_words.ahead(board, mine))[0] if elsewhere else None,
        "medals": medals_in(standings),
        "words": board_words.as_of(board, now),
        "previous_url": address(team, board, before=first) if has_earlier else None,
        "next_url": address(team, board, after=found[-1].position) if more else None,
        "next_label": _("Next %(n)s", n=ROWS),
    }


def leaf(team: Team, board: Row, after: int, before: int | None) -> tuple[list[Place], bool]:
    """The places of a page, and whether there are more behind it."""
    found = teammates.page(team, board, after=after, before=before, limit=ROWS + 1)
    return (found[-ROWS:], True) if before else (found[:ROWS], len(found) > ROWS)


def numerals(team: Team, board: Row) -> list[dict]:
    """What the team brought, in all and by head, and its places among teams."""
    by_sum, by_head = (team_boards.of(team.id, board, per_head=way) for way in (False, True))
    return [numeral(by_sum, board_words.unit(board)), numeral(by_head, _("Per head"))]


def numeral(place: team_boards.TeamPlace | None, label: str) -> dict:
    """A large number, with the place that it brings."""
    if place is None:
        return {"label": label, "value": "–", "note": _("not on the board of teams yet")}
    note = _("%(place)s of the teams", place=words.ordinal(place.place))
    return {"label": label, "value": words.number(place.figure), "note": note}


def address(team: Team, board: Row, **more) -> str:
    """The address of a team's page."""
    kind, timeframe = more.pop("kind", board.leaderboard_type), more.pop("timeframe", board.timeframe)
    return url_for("teams.show", team_id=team.id, kind=kind, timeframe=timeframe, **more)


def tabs(team: Team, board: Row) -> list[Link]:
    """Points, hours, projects."""
    return [
        Link(board_words.unit_of(kind), address(team, board, kind=kind), current=kind == board.leaderboard_type)
        for kind in LeaderboardType
    ]


def timeframes(team: Team, board: Row) -> list[Link]:
    """This week, this month, all time."""
    frames = (Timeframe.WEEKLY, Timeframe.MONTHLY, Timeframe.ALL_TIME)
    return [
        Link(board_words.frame(one), address(team, board, timeframe=one), current=one == board.timeframe)
        for one in frames
    ]
