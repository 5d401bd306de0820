"""Teams and goals for tests: who is in them, and where they stand. Builders commit, as doors do."""

from datetime import date, datetime
from decimal import Decimal

from portal.domain import goals, members, places, team_boards, teams
from portal.domain.accounts import User
from portal.domain.goals import Goal, Wanted
from portal.domain.leaderboards import LeaderboardType, Timeframe
from portal.domain.teams import Team
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from tests import people
from tests.people import HOURS, MONDAY, NOW, did


def team(name: str, *who: Volunteer, by: User, sort: str = "", now: datetime = NOW) -> Team:
    """A team with these in it."""
    made = teams.make(name, sort, by=by, now=now)
    members.put_in(made, [one.id for one in who], by=by, now=now)
    db.session.commit()
    return made


def crew(name: str, *hours: object, by: User, when: date = MONDAY) -> Team:
    """A team with a member for each number of hours: north0@example.org gave the first, and so on."""
    address = name.replace(" ", "").lower()
    who = [people.join(f"{name} {number}", email=f"{address}{number}@example.org") for number in range(len(hours))]
    made = team(name, *who, by=by)
    rows = [did(HOURS, given, when, volunteer_email=one.email) for given, one in zip(hours, who, strict=True) if given]
    people.count(*rows)
    return made


def standings(kind: str = "hours", timeframe: str = "all_time", *, per_head: bool = False) -> list[tuple]:
    """(team, place, figure) as they stand on a current board."""
    board = places.board(LeaderboardType(kind), Timeframe(timeframe))
    return [(one.name, one.place, one.figure) for one in team_boards.page(board, per_head=per_head)]


def goal(target: object = 1000, *, by: User, metric: str = "hours", now: datetime = NOW, **more) -> Goal:
    """A goal for all, from the first of May on, unless it is said otherwise."""
    wanted = {"title": "Together", "team_id": None, "first_on": date(2026, 5, 1), "last_on": None} | more
    made = goals.make(Wanted(metric=LeaderboardType(metric), target=Decimal(str(target)), **wanted), by=by, now=now)
    db.session.commit()
    return made


def value(made: Goal) -> Decimal | None:
    """How far a goal is, as it is kept."""
    db.session.refresh(made)
    return made.value
