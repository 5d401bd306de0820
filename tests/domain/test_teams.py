"""Teams: who is in them, where they stand by sum and by head, and who may know of them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event, func, select

from portal.database import retried
from portal.domain import awarding, forgetting, members, merging, own_data, places, snapshots, team_boards, teams
from portal.domain.accounts import Role
from portal.domain.audit import AuditRecord
from portal.domain.leaderboards import Leaderboard, LeaderboardType, Timeframe
from portal.domain.refusals import FieldRefused, NotPossible
from portal.domain.team_boards import TeamStanding
from portal.domain.teams import Team, TeamMember
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from tests import company, people
from tests.domain.test_together import end_well
from tests.machinery.processes import Crew
from tests.people import MONDAY, NOW, PROJECT, TASK, count, did, refresh

pytestmark = pytest.mark.usefixtures("nothing_to_earn")
TODAY = NOW.date()


# --- Where they stand -----------------------------------------------------------------------------------------------


def test_teams_with_equal_sums_share_a_place_and_stand_by_name(session, grace):
    for name, hours in {"West": (2, 2, 2), "East": (1, 2, 3), "North": (3, 3, 3), "South": (1, 1, 1)}.items():
        company.crew(name, *hours, by=grace)
    refresh()
    assert company.standings() == [("North", 1, 9), ("East", 2, 6), ("West", 2, 6), ("South", 4, 3)]


def test_by_head_a_small_team_may_be_ahead_of_a_large_one(session, grace):
    company.crew("Large", 2, 2, 2, 2, 2, by=grace)
    company.crew("Small", 3, 3, 3, by=grace)
    refresh()
    assert company.standings() == [("Large", 1, 10), ("Small", 2, 9)]
    assert company.standings(per_head=True) == [("Small", 1, 3), ("Large", 2, 2)]


def test_by_head_exactly_equal_fractions_share_a_place_however_they_are_rounded(session, grace):
    company.crew("Three", 5, 5, 0, by=grace)
    company.crew("Six", 10, 10, 0, 0, 0, 0, by=grace)
    company.crew("Nearly", "3.33", "3.33", "3.33", by=grace)
    refresh()
    third = Decimal("3.33")
    assert company.standings(per_head=True) == [("Six", 1, third), ("Three", 1, third), ("Nearly", 3, third)]


def test_by_head_a_hair_is_a_place_though_it_is_not_to_be_seen(session, grace):
    company.crew("Seven", "0.01", "0.01", "0.01", 0, 0, 0, 0, by=grace)
    company.crew("Five", "0.01", "0.01", 0, 0, 0, 0, by=grace)
    refresh()
    assert company.standings(per_head=True) == [("Seven", 1, 0), ("Five", 2, 0)]


@pytest.mark.parametrize(
    ("hours", "expected"), [(("0.01", "0.01", "0.01", "0.01"), "0.01"), (("0.01", "0.01", 0, 0), "0.01")]
)
def test_a_figure_by_head_is_rounded_half_up(session, grace, hours, expected):
    company.crew("North", *hours, by=grace)
    refresh()
    assert company.standings(per_head=True) == [("North", 1, Decimal(expected))]


def test_a_team_of_two_is_on_no_board(session, grace):
    company.crew("Pair", 9, 9, by=grace)
    company.crew("Three", 1, 1, 1, by=grace)
    refresh()
    assert company.standings() == [("Three", 1, 3)]


def test_a_team_that_brought_nothing_or_less_is_on_no_board(session, grace):
    company.crew("Idle", 0, 0, 0, by=grace)
    busy = company.crew("Busy", 1, 1, 1, by=grace)
    one = session.get_one(Volunteer, session.scalars(select(TeamMember.volunteer_id)).first())
    refresh()
    assert company.standings() == [("Busy", 1, 3)]
    last = session.scalars(select(TeamMember.volunteer_id).where(TeamMember.team_id == busy.id)).all()[-1]
    assert last != one.id
    count(did(TASK, when=TODAY, volunteer_id=str(last), volunteer_email=""))
    refresh()
    assert company.standings("points", "weekly") == [("Busy", 1, 10)]
    people.price(TASK, 10)
    count(did(TASK, when=MONDAY, volunteer_id=str(last), volunteer_email=""))
    awarding.award(-10, to=session.get_one(Volunteer, last), by=grace, reason="a mistake", now=NOW)
    session.commit()
    refresh()
    assert company.standings("points", "weekly") == []


def test_what_one_lost_is_taken_from_what_the_others_brought(session, grace):
    north = company.crew("North", 2, 2, 2, by=grace)
    ids = session.scalars(select(TeamMember.volunteer_id).where(TeamMember.team_id == north.id)).all()
    count(*(did(TASK, when=TODAY, volunteer_id=str(number), volunteer_email="") for number in ids[:2]))
    awarding.award(-5, to=session.get_one(Volunteer, ids[2]), by=grace, reason="a mistake", now=NOW)
    session.commit()
    refresh()
    assert company.standings("points", "weekly") == [("North", 1, 15)]


def test_every_board_has_its_teams(session, grace):
    north = company.crew("North", 1, 1, 1, by=grace, when=TODAY)
    ids = session.scalars(select(TeamMember.volunteer_id).where(TeamMember.team_id == north.id)).all()
    count(*(did(PROJECT, when=MONDAY, volunteer_id=str(number), volunteer_email="") for number in ids))
    refresh()
    found = {(kind, frame): company.standings(kind, frame) for kind in LeaderboardType for frame in Timeframe}
    figures = {key: one[0][2] if one else None for key, one in found.items()}
    assert figures == {
        ("points", "all_time"): 315,
        ("points", "monthly"): 315,
        ("points", "weekly"): 15,
        ("hours", "all_time"): 3,
        ("hours", "monthly"): 3,
        ("hours", "weekly"): 3,
        ("projects", "all_time"): 3,
        ("projects", "monthly"): 3,
        ("projects", "weekly"): None,
    }


def test_places_of_teams_go_with_the_snapshot_that_is_replaced(session, grace):
    company.crew("North", 1, 1, 1, by=grace, when=TODAY)
    for _ in range(3):
        refresh(everything=True)
    current = set(session.scalars(select(Leaderboard.id).where(Leaderboard.is_current)))
    assert set(session.scalars(select(TeamStanding.leaderboard_id))) <= current
    assert session.scalar(select(func.count()).select_from(TeamStanding)) == 6


def test_the_first_teams_of_a_board_come_for_televisions(session, grace):
    for number in range(4):
        company.crew(f"Team {number}", *([number + 1] * 3), by=grace, when=TODAY)
    refresh()
    first = team_boards.first(LeaderboardType.HOURS, Timeframe.WEEKLY, limit=2)
    assert [(one.name, one.place, one.figure, one.members) for one in first] == [
        ("Team 3", 1, 12, 3),
        ("Team 2", 2, 9, 3),
    ]
    by_head = team_boards.first(LeaderboardType.HOURS, Timeframe.WEEKLY, per_head=True, limit=1)
    assert [(one.name, one.place, one.figure) for one in by_head] == [("Team 3", 1, 4)]


# --- Who is in it ---------------------------------------------------------------------------------------------------


def members_of(team: Team) -> list[Volunteer]:
    return [one for one, _since in teams.members(team)]


def test_an_unlisted_member_counts_in_the_sum(session, grace):
    north = company.crew("North", 1, 1, 4, by=grace)
    members_of(north)[2].visibility = "unlisted"
    session.commit()
    refresh()
    assert company.standings() == [("North", 1, 6)]


def test_an_inactive_member_is_out_with_the_next_refresh(session, grace):
    north = company.crew("North", 1, 1, 1, 4, by=grace)
    refresh()
    assert company.standings() == [("North", 1, 7)]
    members_of(north)[3].status = "inactive"
    members.touch([north.id], NOW)
    session.commit()
    refresh()
    assert company.standings() == [("North", 1, 3)]
    members_of(north)[2].status = "inactive"
    members.touch([north.id], NOW)
    session.commit()
    refresh()
    assert company.standings() == []


def test_who_is_in_two_teams_counts_in_each(session, grace, ada):
    count(did(quantity=5))
    for name in ("North", "South"):
        made = company.crew(name, 1, 1, by=grace)
        members.put_in(made, [ada.id], by=grace, now=NOW)
    session.commit()
    refresh()
    assert company.standings() == [("North", 1, 7), ("South", 1, 7)]


def test_who_comes_and_who_goes_changes_the_board(session, grace, ada):
    count(did(quantity=5))
    north = company.crew("North", 1, 1, by=grace)
    refresh()
    assert company.standings() == []
    assert members.put_in(north, [ada.id], by=grace, now=NOW) == [ada.id]
    session.commit()
    assert snapshots.anything_due(NOW)
    refresh()
    assert company.standings() == [("North", 1, 7)]
    assert members.take_out(north, ada, by=grace, now=NOW)
    session.commit()
    refresh()
    assert company.standings() == []


def test_who_is_in_it_already_is_not_put_in_again(session, grace, ada):
    north = company.team("North", ada, by=grace)
    since = session.scalar(select(TeamMember.since))
    records = session.scalar(select(func.count()).select_from(AuditRecord))
    assert members.put_in(north, [ada.id], by=grace, now=NOW + timedelta(hours=1)) == []
    assert not members.take_out(north, people.join("Ben Okafor"), by=grace, now=NOW)
    session.commit()
    assert session.scalar(select(TeamMember.since)) == since
    assert session.scalar(select(func.count()).select_from(AuditRecord)) == records


@pytest.mark.parametrize("status", ["inactive", "forgotten"])
def test_who_is_not_active_cannot_be_put_in(session, grace, ada, ben, status):
    north = company.team("North", by=grace)
    ada.status = status
    session.commit()
    with pytest.raises(NotPossible):
        members.put_in(north, [ada.id, ben.id], by=grace, now=NOW)
    session.rollback()
    assert members_of(north) == []


def test_nobody_is_put_into_a_retired_team(session, grace, ada):
    north = company.team("North", by=grace)
    members.retire(north, by=grace, now=NOW)
    with pytest.raises(NotPossible):
        members.put_in(north, [ada.id], by=grace, now=NOW)


def test_a_retired_team_is_gone_at_once_and_comes_back_with_its_members(session, grace):
    north = company.crew("North", 1, 1, 1, by=grace)
    refresh()
    members.retire(north, by=grace, now=NOW)
    session.commit()
    assert company.standings() == []
    refresh()
    assert session.scalar(select(func.count()).select_from(TeamStanding)) == 0
    members.bring_back(north, by=grace, now=NOW)
    session.commit()
    refresh()
    assert company.standings() == [("North", 1, 3)]


@pytest.mark.parametrize("name", ["north", " NORTH", "Ｎorth", "Groß"])
def test_no_two_teams_have_one_name_however_it_is_written(session, grace, name):
    company.team("North", by=grace)
    company.team("GROSS", by=grace)
    other = company.team("South", by=grace)
    with pytest.raises(FieldRefused):
        teams.make(name, "", by=grace, now=NOW)
    with pytest.raises(FieldRefused):
        teams.rename(other, name, "", by=grace, now=NOW)
    teams.rename(other, "SOUTH", "school", by=grace, now=NOW)
    assert (other.name, other.sort) == ("SOUTH", "school")


def test_what_is_done_to_a_team_stands_in_the_audit(session, grace, ada):
    north = company.team("North", ada, by=grace, sort="school")
    teams.rename(north, "Far North", "chapter", by=grace, now=NOW)
    members.take_out(north, ada, by=grace, now=NOW)
    for _ in range(2):
        members.retire(north, by=grace, now=NOW)
    for _ in range(2):
        members.bring_back(north, by=grace, now=NOW)
    session.commit()
    records = session.scalars(select(AuditRecord).where(AuditRecord.subject_type == "teams").order_by(AuditRecord.id))
    assert [(one.action, one.before, one.after, one.actor_id) for one in records] == [
        ("define", None, {"name": "North", "sort": "school"}, grace.id),
        ("put_in", None, {"volunteers": [ada.id]}, grace.id),
        ("define", {"name": "North", "sort": "school"}, {"name": "Far North", "sort": "chapter"}, grace.id),
        ("take_out", {"volunteers": [ada.id]}, None, grace.id),
        ("retire", {"retired": False}, {"retired": True}, grace.id),
        ("reactivate", {"retired": True}, {"retired": False}, grace.id),
    ]


def test_merging_hands_teams_over_each_once(session, grace, ada, ben):
    company.team("Both", ada, ben, by=grace, now=NOW)
    members.put_in(company.team("Only Ben's", by=grace), [ben.id], by=grace, now=NOW - timedelta(days=9))
    count(did(), did(volunteer_email="ben@example.org", quantity=2))
    merging.merge(ben, into=ada, by=grace, now=NOW)
    session.commit()
    found = [(one.team.name, one.members, one.since) for one in teams.of(ada.id)]
    assert found == [("Both", 1, NOW), ("Only Ben's", 1, NOW - timedelta(days=9))]
    assert teams.of(ben.id) == []
    (record,) = session.scalars(select(AuditRecord).where(AuditRecord.action == "merge"))
    assert record.after["teams"] == [1, 2]


def test_after_merging_the_sum_of_a_team_is_the_same_with_one_member_fewer(session, grace, ada, ben):
    north = company.crew("North", 1, 1, by=grace)
    members.put_in(north, [ada.id, ben.id], by=grace, now=NOW)
    count(did(quantity=3), did(volunteer_email="ben@example.org", quantity=2))
    refresh()
    assert company.standings() == [("North", 1, 7)]
    merging.merge(ben, into=ada, by=grace, now=NOW)
    session.commit()
    refresh()
    assert company.standings() == [("North", 1, 7)]
    assert company.standings(per_head=True) == [("North", 1, Decimal("2.33"))]


def test_forgetting_somebody_takes_them_out_of_their_teams(session, grace, ada, ben):
    north = company.crew("North", 1, 1, by=grace)
    members.put_in(north, [ada.id], by=grace, now=NOW)
    count(did(quantity=3))
    refresh()
    forgetting.forget(ada, by=people.linus(), now=NOW)
    session.commit()
    refresh()
    assert company.standings() == []
    assert len(members_of(north)) == 2


def test_the_own_data_lists_ones_teams(session, grace, ada):
    user = people.sign_up("Ada Bell", Role.VOLUNTEER, volunteer=ada)
    company.team("North", ada, by=grace, sort="school")
    kept = own_data.document(ada, user, NOW)["teams"]
    assert kept == [{"name": "North", "sort": "school", "since": NOW.isoformat()}]


# --- Who may know of it ---------------------------------------------------------------------------------------------


def seen(viewer) -> list[str]:
    return [team.name for team, _members, _mine in teams.page(viewer)]


def test_volunteers_see_teams_of_three_and_their_own_and_coordinators_all(session, grace, ada, ben):
    user = people.sign_up("Ada Bell", Role.VOLUNTEER, volunteer=ada)
    company.crew("Large", 1, 1, 1, by=grace)
    company.team("Own", ada, by=grace)
    small = company.team("Small", ben, by=grace)
    retired = company.crew("Retired", 1, 1, 1, by=grace)
    members.retire(retired, by=grace, now=NOW)
    session.commit()
    assert seen(user) == ["Large", "Own"]
    assert seen(grace) == ["Large", "Own", "Small", "Retired"]
    assert [teams.seen_by(user, one.id) for one in (small, retired)] == [None, None]
    assert teams.seen_by(grace, small.id).members == 1


def test_inactive_members_do_not_make_a_team_large_enough(session, grace, ada):
    user = people.sign_up("Ada Bell", Role.VOLUNTEER, volunteer=ada)
    north = company.crew("North", 1, 1, 1, by=grace)
    assert (teams.any_shown(), seen(user)) == (True, ["North"])
    members_of(north)[0].status = "inactive"
    session.commit()
    assert (teams.any_shown(), seen(user)) == (False, [])


# --- Many, and at once ----------------------------------------------------------------------------------------------


def test_ranking_takes_the_same_number_of_statements_however_many_teams_there_are(session, grace):
    company.crew("Team 0", 1, 1, 1, by=grace)
    few = statements_of_a_rebuild()
    for number in range(1, 6):
        company.crew(f"Team {number}", 1, 1, 1, by=grace)
    assert statements_of_a_rebuild() == few


def statements_of_a_rebuild() -> int:
    heard = []
    event.listen(db.engine, "before_cursor_execute", hear := lambda *_: heard.append(1))
    refresh(everything=True)
    event.remove(db.engine, "before_cursor_execute", hear)
    return len(heard)


@pytest.mark.parametrize("crew_name", ["sqlite_crew", "crew"])
def test_two_admins_who_put_the_same_people_in_at_once_put_them_in_once(request, crew_name):
    crew: Crew = request.getfixturevalue(crew_name)
    with crew.app.app_context():
        linus = people.linus()
        who = [people.join(f"Person{number} Last").id for number in range(6)]
        team_id, by_id = company.team("North", by=linus).id, linus.id

    def put_in(app, ids):
        with app.app_context():

            def work():
                by = db.session.get_one(people.User, by_id)
                members.put_in(db.session.get_one(Team, team_id), ids, by=by, now=NOW)
                db.session.commit()

            retried(work, rollback=db.session.rollback)

    end_well(crew, *(crew.start(lambda app, ids=ids: put_in(app, ids)) for ids in (who, who[::-1], who[:3], who[2:])))
    with crew.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(TeamMember)) == 6
        records = db.session.scalars(select(AuditRecord.after).where(AuditRecord.action == "put_in"))
        assert sorted(number for after in records for number in after["volunteers"]) == sorted(who)


@pytest.mark.parametrize("crew_name", ["sqlite_crew", "crew"])
def test_members_come_and_go_while_boards_are_rebuilt_and_the_last_word_is_right(request, crew_name):
    crew: Crew = request.getfixturevalue(crew_name)
    with crew.app.app_context():
        people.nothing_to_earn()
        linus = people.linus()
        north = company.crew("North", 1, 1, 1, by=linus)
        ada = people.join("Ada Bell")
        count(did(quantity=5))
        goal = company.goal(10, by=linus, team_id=north.id)
        team_id, ada_id, by_id, goal_id = north.id, ada.id, linus.id, goal.id

    def come_and_go(app):
        with app.app_context():
            for number in range(9):
                retried(lambda number=number: one_step(number), rollback=db.session.rollback)

    def one_step(number: int) -> None:
        by, north = db.session.get_one(people.User, by_id), db.session.get_one(Team, team_id)
        if number % 2:
            members.take_out(north, db.session.get_one(Volunteer, ada_id), by=by, now=NOW)
        else:
            members.put_in(north, [ada_id], by=by, now=NOW)
        db.session.commit()

    def rebuild(app):
        with app.app_context():
            for _ in range(12):
                retried(rebuild_once, rollback=db.session.rollback)

    def rebuild_once() -> None:
        snapshots.refresh(now=NOW)
        db.session.commit()

    end_well(crew, crew.start(come_and_go), crew.start(rebuild), crew.start(rebuild))
    with crew.app.app_context():
        if snapshots.anything_due(NOW):
            rebuild_once()
        assert company.standings() == [("North", 1, 8)]
        assert db.session.get_one(company.Goal, goal_id).value == 8


def test_a_board_knows_a_teams_place(session, grace):
    north, south = company.crew("North", 1, 1, 1, by=grace), company.crew("South", 2, 2, 2, by=grace)
    refresh()
    board = places.board(LeaderboardType.HOURS, Timeframe.ALL_TIME)
    assert [team_boards.of(one.id, board).place for one in (north, south)] == [2, 1]
    assert team_boards.of(99, board) is None
