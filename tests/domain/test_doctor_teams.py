"""The doctor sees damage to places of teams and to goals, and mends it. The world is the one written by hand."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from portal.domain.doctor import Difference
from portal.domain.goals import Goal
from portal.domain.leaderboards import BoardTouch, Leaderboard
from portal.domain.team_boards import TeamStanding
from portal.domain.teams import Team, TeamMember
from portal.extensions import db
from portal.web.checkup_words import group_of, thing
from tests.domain.test_doctor import ADA, BEN, CLEO, DAN, LONG_AGO, NOW, damage, fill, mend, numbered, says

NORTH, PAIR, SOUTH = 1, 2, 3
SUMS = {  # of Ada, Ben, and Cleo, who is unlisted
    ("points", "all_time"): "352",
    ("points", "monthly"): "322",
    ("points", "weekly"): "322",
    ("hours", "all_time"): "5",
    ("hours", "monthly"): "3",
    ("hours", "weekly"): "3",
    ("projects", "all_time"): "1",
    ("projects", "monthly"): "1",
    ("projects", "weekly"): "1",
}


@pytest.fixture
def company(session):
    """The world in good health, with two teams of the same three, a pair, and goals."""
    fill(session)
    for number, name in ((NORTH, "North"), (PAIR, "Pair"), (SOUTH, "South")):
        session.add(Team(id=number, name=name, folded=name.lower(), created_at=LONG_AGO))
    session.flush()
    who = {NORTH: (ADA, BEN, CLEO), PAIR: (ADA, BEN), SOUTH: (ADA, BEN, CLEO)}
    session.add_all(TeamMember(team_id=team, volunteer_id=one, since=LONG_AGO) for team in who for one in who[team])
    boards = {(one.leaderboard_type, one.timeframe): one.id for one in session.scalars(select(Leaderboard))}
    for key, value in SUMS.items():
        for team in (NORTH, SOUTH):
            place = {"members": 3, "value": Decimal(value), "rank": 1, "rank_per_head": 1}
            session.add(TeamStanding(leaderboard_id=boards[key], team_id=team, **place))
    session.add_all(goals())
    session.commit()
    return boards


def goals():
    """Since May for all, reached; of the North; and of the pair, who show no figures."""
    kept = {"first_on": date(2026, 5, 1), "created_at": LONG_AGO, "due": False}
    yield Goal(title="All", metric="hours", target=Decimal(2), value=Decimal(3), reached_on=NOW.date(), **kept)
    yield Goal(title="North", metric="points", target=Decimal(900), value=Decimal(322), team_id=NORTH, **kept)
    yield Goal(title="Pair", metric="projects", target=Decimal(1), value=None, team_id=PAIR, **kept)


def test_a_healthy_company_is_healthy(company):
    assert says() == []


DAMAGES = [
    (
        "UPDATE team_standings SET value = value + 1 WHERE leaderboard_id = {hours/weekly} AND team_id = 1",
        "board hours/weekly: value of team 1: stored 3.01, recomputed 3.00",
    ),
    (
        "UPDATE team_standings SET members = 4 WHERE leaderboard_id = {hours/weekly} AND team_id = 1",
        "board hours/weekly: members of team 1: stored 4, recomputed 3",
    ),
    (
        "UPDATE team_standings SET rank = 2 WHERE leaderboard_id = {points/all_time} AND team_id = 3",
        "board points/all_time: rank of team 3: stored 2, recomputed 1",
    ),
    (
        "UPDATE team_standings SET rank_per_head = 2 WHERE leaderboard_id = {projects/monthly} AND team_id = 3",
        "board projects/monthly: rank_per_head of team 3: stored 2, recomputed 1",
    ),
    (
        "DELETE FROM team_standings WHERE leaderboard_id = {hours/monthly} AND team_id = 1",
        "board hours/monthly: row of team 1: stored nothing, recomputed members 3, value 3.00, rank 1, rank_per_head 1",
    ),
    (
        "INSERT INTO team_standings SELECT leaderboard_id, 2, 2, 200, 3, 3 FROM team_standings"
        " WHERE leaderboard_id = {hours/weekly} AND team_id = 1",
        "board hours/weekly: row of team 2: stored members 2, value 2.00, rank 3, rank_per_head 3, recomputed nothing",
    ),
    (
        "DELETE FROM team_members WHERE team_id = 1 AND volunteer_id = 2",
        "board hours/weekly: row of team 1: stored members 3, value 3.00, rank 1, rank_per_head 1, recomputed nothing",
    ),
    ("UPDATE goals SET value = 250 WHERE id = 1", "goals: value of goal 1: stored 2.50, recomputed 3.00"),
    ("UPDATE goals SET value = NULL WHERE id = 2", "goals: value of goal 2: stored nothing, recomputed 322.00"),
    ("UPDATE goals SET value = 100 WHERE id = 3", "goals: value of goal 3: stored 1.00, recomputed nothing"),
    ("UPDATE goals SET reached_on = NULL WHERE id = 1", "goals: reached_on of goal 1: stored False, recomputed True"),
    (
        "UPDATE goals SET reached_on = '2026-05-03' WHERE id = 2",
        "goals: reached_on of goal 2: stored True, recomputed False",
    ),
]


@pytest.mark.parametrize(("statement", "line"), DAMAGES, ids=numbered(DAMAGES))
def test_each_damage_is_named_and_mended(company, statement, line):
    numbers = {f"{kind}/{frame}": board_id for (kind, frame), board_id in company.items()}
    for name, board_id in numbers.items():
        statement = statement.replace(f"{{{name}}}", str(board_id))
    damage(statement)
    assert line in says()
    assert mend() >= 1
    assert says() == []


def test_what_a_superseded_board_left_behind_is_taken_away(company):
    current = db.session.get_one(Leaderboard, company["hours", "weekly"])
    figures = {"timeframe": "weekly", "period_start": date(2026, 5, 18), "period_end": date(2026, 5, 25)}
    old = Leaderboard(
        leaderboard_type="hours", rankings=[], generated_at=current.generated_at, is_current=False, **figures
    )
    db.session.add(old)
    db.session.flush()
    place = {"members": 3, "value": Decimal(1), "rank": 1, "rank_per_head": 1}
    db.session.add(TeamStanding(leaderboard_id=old.id, team_id=NORTH, **place))
    db.session.commit()
    line = f"standings: places of teams of superseded snapshot {old.id}: stored 1, recomputed 0"
    assert line in says()
    assert mend() >= 1
    assert says() == []


def test_what_is_about_to_be_refreshed_is_not_compared(company):
    damage("UPDATE goals SET value = 1, due = TRUE WHERE id = 2", "UPDATE goals SET value = 1 WHERE id = 1")
    day = date(2026, 5, 3)
    db.session.add(BoardTouch(leaderboard_type="hours", first_on=day, last_on=day, touched_at=NOW))
    db.session.commit()
    assert [line for line in says() if line.startswith("goals")] == []


def test_a_goal_that_was_put_away_is_not_compared(company):
    damage("UPDATE goals SET value = 1, ended_at = '2026-05-03 09:00:00' WHERE id = 2")
    assert says() == []


def test_a_check_up_says_which_team_and_which_goal(sqlite_app):
    names = {"team_id": {1: "North"}, "goal_id": {1: "Together"}}
    about = {"column": "rank_per_head", "team_id": 1}
    team = Difference("board hours/weekly", None, "{column} of team {team_id}", 2, 1, True, about)
    goal = Difference("goals", None, "{column} of goal {goal_id}", 2, 1, True, {"column": "value", "goal_id": 1})
    with sqlite_app.test_request_context():
        assert thing(team, names) == "This week, by hours: North: Place by head"
        assert thing(goal, names) == "Together: Value"
        assert (group_of(team.check), group_of(goal.check)) == ("boards", "goals")


def test_a_merged_entry_in_a_team_does_not_count(company):
    db.session.add(TeamMember(team_id=NORTH, volunteer_id=DAN, since=LONG_AGO))
    db.session.commit()
    assert says() == []
