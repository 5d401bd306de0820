"""All that can be achieved, the nearest first, and what was."""

from datetime import timedelta

import pytest

from tests import people
from tests.web import cast
from tests.web.reading import page, statements

pytestmark = pytest.mark.usefixtures("noon")
TODAY = people.NOW.date()


def test_the_nearest_comes_first_with_what_is_missing(app):
    ada = cast.volunteer(app)
    cast.did(app, cast.hours("Ada", 8), *people.days(*range(6), kind=people.TASK))
    found = page(ada.get("/achievements"))
    assert found.words("#open h3")[:3] == ["Week Streak", "10 Hour Milestone", "Task Tackler"]
    rows = found.words("#open .next")
    assert "You need 2 more hours (8 of 10 hours)" in rows[1]
    assert "+25 points" in rows[1]
    assert "You need 4 more tasks (6 of 10 tasks)" in rows[2]


def test_what_was_completed_stands_with_its_day_and_what_it_gave(app):
    ada = cast.volunteer(app)
    cast.did(app, cast.hours("Ada", 10, TODAY - timedelta(days=3)))
    found = page(ada.get("/achievements"))
    assert found.words("#completed .next") == [
        "First Hour 17 May · 10 points and the medal First Step",
        "10 Hour Milestone 17 May · 25 points",
    ]
    assert "First Hour" not in found.words("#open h3")


def test_what_repeats_says_how_often_it_was_earned(sqlite_app):
    ada = cast.volunteer(sqlite_app)
    refer = [people.did(people.REFERRAL, reference_type="volunteer", reference_id=str(n)) for n in (90, 91)]
    cast.did(sqlite_app, *refer)
    found = page(ada.get("/achievements"))
    assert found.says("Repeats: earned 2 times.")
    assert found.words("#completed .next") == ["Bring a Friend 2 times since 4 May · 25 points and the medal Mentor"]


def test_what_is_given_by_hand_has_no_bar(sqlite_app):
    ada = cast.volunteer(sqlite_app)
    with sqlite_app.app_context():
        people.define("custom", {"by_hand": True}, reward=30, name="Heart of the house")
    row = next(one for one in page(ada.get("/achievements")).all("#open .next") if "Heart" in one.text)
    assert "A coordinator gives it" in row.text
    assert "+30 points" in row.text
    assert not row.all("progress")


def test_a_secret_badge_of_an_open_achievement_is_not_named(sqlite_app):
    ada = cast.volunteer(sqlite_app)
    with sqlite_app.app_context():
        badge = people.medal(40, is_secret=True, name="Marker")
        people.define("hours_logged", {"hours_required": 4}, reward=5, badge=badge, name="Four hours")
    found = page(ada.get("/achievements"))
    row = next(one for one in found.all("#open .next") if "Four hours" in one.text)
    assert "+5 points" in row.text
    assert "Marker" not in found.html


def test_who_has_completed_nothing_is_invited(sqlite_app):
    found = page(cast.volunteer(sqlite_app).get("/achievements"))
    assert found.says("#completed") == "Completed None yet The first hour completes the first one. Log hours"


def test_the_number_of_queries_does_not_grow(app):
    ada, numbers = cast.volunteer(app), []
    for size in (1, 12):
        with app.app_context():
            for number in range(size):
                badge = people.medal(5)
                people.define("hours_logged", {"hours_required": 2 + size + number}, badge=badge)
        cast.did(app, cast.hours("Ada", 4, TODAY - timedelta(days=size)))
        with statements(app) as found:
            assert ada.get("/achievements").status_code == 200
        numbers.append(len(found))
    assert numbers[0] == numbers[1]
