"""What other systems read: fields as the specification prints them, and nobody's secrets."""

import pytest

from portal.domain import accounts, awarding
from portal.domain.accounts import Role
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from tests.people import NOW, count, did, grace, join, medal, refresh, sign_up


def token_of(user, *scopes) -> dict:
    """Headers with a fresh token of this user."""
    _, secret = accounts.add_token(user, name="test", scopes=list(scopes or ("read",)), now=NOW, days=None)
    db.session.commit()
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def world(app):
    """Ada with 51 hours, who may sign in, and Bea beside her."""
    with app.app_context():
        ada, bea = join("Ada Bell"), join("Bea Cole")
        count(
            did(quantity=20, when="2026-05-04"),
            did(quantity=20, when="2026-05-05"),
            did(quantity=11, when="2026-05-07"),
        )
        count(did(quantity=2, volunteer_email="bea@example.org"))
        refresh()
        yield {
            "ada": ada.id,
            "bea": bea.id,
            "as_ada": token_of(sign_up("Ada Bell", Role.VOLUNTEER, volunteer=ada)),
            "as_grace": token_of(grace()),
        }


@pytest.fixture
def client(app):
    return app.test_client()


def test_badges_come_as_the_specification_prints_them(client, world):
    answer = client.get(f"/api/v1/volunteers/{world['ada']}/badges", headers=world["as_ada"]).get_json()

    assert answer["total_badges"] == 2
    assert [one["name"] for one in answer["badges"]] == ["First Step", "Dedicated Volunteer"]
    first = {"id", "name", "description", "category", "rarity", "color", "icon_url", "earned_at", "is_showcased"}
    assert set(answer["badges"][0]) == first
    assert answer["badges"][0]["earned_at"] == "2026-05-04T12:00:00Z"


def test_points_say_what_there_is_and_why(client, world):
    answer = client.get(f"/api/v1/volunteers/{world['ada']}/points", headers=world["as_ada"]).get_json()

    assert answer["total_points"] == answer["current_points"] == 255 + 10 + 25 + 50 + 10 + 25
    assert (answer["rank"], answer["rank_percentile"]) == (1, 100)
    assert answer["longest_streak_days"] == 2
    assert answer["last_activity_date"] == "2026-05-07"
    assert answer["recent_history"][0]["balance_after"] == answer["total_points"]


def test_achievements_say_how_far(client, world):
    answer = client.get(f"/api/v1/volunteers/{world['ada']}/achievements", headers=world["as_ada"]).get_json()

    assert (answer["total_achievements"], answer["completed"], answer["in_progress"]) == (16, 3, 13)
    hundred = next(one for one in answer["achievements"] if one["name"] == "100 Hour Milestone")
    assert (hundred["current_progress"], hundred["target_progress"]) == (51, 100)
    assert hundred["progress_percentage"] == 51
    assert hundred["badge"] == {"id": 3, "name": "Century Club"}


def test_a_board_has_names_places_and_figures(client, world):
    answer = client.get("/api/v1/leaderboards/hours/all_time", headers=world["as_ada"]).get_json()

    assert [(one["rank"], one["volunteer_name"], one["value"]) for one in answer["rankings"]] == [
        (1, "Ada B.", 51),
        (2, "Bea C.", 2),
    ]
    assert (answer["total_participants"], answer["average_value"], answer["median_value"]) == (2, 26.5, 26.5)


def test_a_month_ends_with_its_last_second(client, world):
    answer = client.get("/api/v1/leaderboards/points/monthly", headers=world["as_ada"]).get_json()

    assert (answer["period_start"], answer["period_end"]) == ("2026-05-01T00:00:00Z", "2026-05-31T23:59:59Z")


@pytest.mark.parametrize("what", ["points", "achievements"])
def test_what_is_somebody_elses_own_is_not_there(client, world, what):
    answer = client.get(f"/api/v1/volunteers/{world['bea']}/{what}", headers=world["as_ada"])
    nobody = client.get(f"/api/v1/volunteers/999/{what}", headers=world["as_ada"])

    assert answer.status_code == nobody.status_code == 404
    assert answer.data == nobody.data
    assert client.get(f"/api/v1/volunteers/{world['bea']}/{what}", headers=world["as_grace"]).status_code == 200


def test_a_secret_badge_is_not_there_for_others(app, client, world):
    owl = medal(is_secret=True, name="MARKER of the night")
    bea = db.session.get(Volunteer, world["bea"])
    awarding.grant(owl, to=bea, by=accounts.by_email("grace@example.org"), reason="three nights", now=NOW)
    db.session.commit()

    shown = client.get(f"/api/v1/volunteers/{world['bea']}/badges", headers=world["as_ada"]).get_data(as_text=True)
    by_grace = client.get(f"/api/v1/volunteers/{world['bea']}/badges", headers=world["as_grace"]).get_data(as_text=True)

    assert "MARKER" not in shown
    assert "MARKER" in by_grace

    db.session.rollback()
    ada = db.session.get(Volunteer, world["ada"])
    awarding.grant(owl, to=ada, by=accounts.by_email("grace@example.org"), reason="three nights", now=NOW)
    db.session.commit()
    among_holders = client.get(f"/api/v1/volunteers/{world['bea']}/badges", headers=world["as_ada"])
    assert "MARKER" in among_holders.get_data(as_text=True)


def test_without_a_token_there_is_a_problem_that_says_so(client, world):
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"}):
        answer = client.get("/api/v1/leaderboards/points/all_time", headers=headers)

        assert answer.status_code == 401
        assert answer.mimetype == "application/problem+json"
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_an_unknown_board_is_a_problem_of_its_own(client, world):
    answer = client.get("/api/v1/leaderboards/points/daily", headers=world["as_ada"])

    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
