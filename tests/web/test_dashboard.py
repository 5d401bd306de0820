"""Home: what I have done, what is next, my medals, what happened lately and why."""

from datetime import date, timedelta

import pytest

from portal.domain import awarding
from portal.domain.accounts import Role
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from tests import people
from tests.web import cast
from tests.web.reading import page, signed_in, statements

pytestmark = pytest.mark.usefixtures("noon")
TODAY = people.NOW.date()


def test_a_newcomer_is_invited_to_the_first_hour(sqlite_app):
    home = page(cast.volunteer(sqlite_app).get("/"))
    assert home.heading == "Good afternoon, Ada"
    assert home.says("#first_steps").startswith("Your first hour earns your first medal")
    assert home.links["Log your first hours"] == "/hours/new"
    assert home.words(".next h3") == [
        "You need 1 more hour",
        "You need 1 more project",
        "You need 1 more certified skill",
    ]
    assert not home.has(".year")
    assert not home.has(".history-line")


def test_home_says_what_i_have_done_and_where_i_stand(app):
    ada = cast.volunteer(app)
    cast.volunteer(app, "Ben Okafor")
    cast.did(
        app,
        cast.hours("Ada", 2.5, TODAY, reference_name="Soup kitchen"),
        cast.hours("Ada", 1, TODAY - timedelta(days=7)),
        cast.hours("Ada", 1, date(2026, 4, 1)),
        cast.hours("Ben", 8, TODAY),
    )
    home = page(ada.get("/"))
    assert home.words(".numeral") == [
        "Hours given 4.5 3.5 this month",
        "Points 42 17 this month",  # 22 for hours, 20 for the first hour, which was in April
        "Place this month 2nd of 2. 43 points to 1st",
        "Streak 2 weeks and 1 day in a row",
    ]
    assert home.says("2 weeks in a row. You gave 3.5 hours this month, on 2 days.")
    assert home.words(".next h3")[0] == "You need 5.5 more hours"
    assert home.says("10 Hour Milestone: 4.5 of 10 hours")
    assert home.says("+25 points")


def test_home_explains_what_happened_lately(app):
    ada = cast.volunteer(app)
    cast.did(app, cast.hours("Ada", 3, TODAY, reference_name="Soup kitchen"))
    assert page(ada.get("/")).words(".history-line") == [
        "Today First Step First Hour: 10 for the achievement, 10 for the medal +20 points",
        "Today Soup kitchen 3 hours at 5 points an hour +15 points",
    ]


def test_the_year_has_a_square_for_each_day_and_says_it_in_words(sqlite_app):
    ada = cast.volunteer(sqlite_app)
    cast.did(
        sqlite_app,
        cast.hours("Ada", 3, TODAY),
        cast.hours("Ada", 1, TODAY - timedelta(days=1)),
        people.did(people.TASK, 1, TODAY - timedelta(days=9)),
    )
    home = page(ada.get("/"))
    assert len(home.all(".year svg rect")) == 52 * 7 + 3
    assert home.words(".year-words li") == [
        "Monday 11 May: 1 activity",
        "Tuesday 19 May: 1 hour",
        "Wednesday 20 May: 3 hours",
    ]
    assert home.says("3 days, longest run 2")


def test_a_streak_that_nobody_continues_is_not_shown(sqlite_app):
    ada = cast.volunteer(sqlite_app)
    cast.did(sqlite_app, *(cast.hours("Ada", 1, TODAY - timedelta(days=days)) for days in (20, 21, 22)))
    home = page(ada.get("/"))
    assert home.words(".numeral")[3] == "Streak 0 weeks Help again to start a new run of days"
    assert home.says("Help on 7 days in a row")


def test_the_last_words_of_thanks_stand_with_who_wrote_them(sqlite_app):
    ada = cast.volunteer(sqlite_app)
    cast.did(sqlite_app, cast.hours("Ada", 1))
    with sqlite_app.app_context():
        to, by = db.session.get_one(Volunteer, 1), people.grace()
        awarding.award(20, to=to, by=by, reason="The late shift", note="You stayed to the end.", now=people.NOW)
        awarding.award(-5, to=to, by=by, reason="A mistake", now=people.NOW)
        db.session.commit()
    home = page(ada.get("/"))
    assert home.says(".letter") == "You stayed to the end. Grace Moreau, coordinator +20 points"
    assert home.words(".history-line")[:2] == [
        "Today A mistake Grace Moreau, coordinator −5 points",
        "Today The late shift You stayed to the end. Grace Moreau, coordinator +20 points",
    ]


def test_somebody_who_is_not_listed_sees_their_own_place(app):
    ada = cast.volunteer(app, visibility="unlisted")
    cast.someone(app, "Ben Okafor")
    cast.someone(app, "Cleo Marsh")
    cast.did(app, cast.hours("Ada", 2), cast.hours("Ben", 8), cast.hours("Cleo", 1))
    assert page(ada.get("/")).words(".numeral")[2] == "Place this month 2nd of 3. 30 points to 1st"


def test_a_coordinator_who_is_no_volunteer_has_the_desk(sqlite_app):
    answer = cast.coordinator(sqlite_app).get("/")
    assert (answer.status_code, answer.location) == (302, "/desk")


def test_a_coordinator_who_volunteers_has_a_page_too(sqlite_app):
    with sqlite_app.app_context():
        people.sign_up("Grace Moreau", Role.COORDINATOR, volunteer=people.join("Grace Moreau"))
    assert page(signed_in(sqlite_app, "grace@example.org").get("/")).heading == "Good afternoon, Grace"


def test_who_is_signed_out_goes_to_sign_in(sqlite_app):
    assert sqlite_app.test_client().get("/").location == "/sign-in"


def test_a_secret_medal_is_nowhere_on_the_page_of_who_has_not_earned_it(sqlite_app):
    ada = cast.volunteer(sqlite_app)
    cast.did(sqlite_app, cast.hours("Ada", 1))
    before = page(ada.get("/"))
    cast.secret(sqlite_app)
    after = page(ada.get("/"))
    assert "0 of 13 earned" not in after.text
    assert after.says("1 of 13 earned")
    assert (before.text, before.links) == (after.text, after.links)


def test_the_number_of_queries_does_not_grow(app):
    ada = cast.volunteer(app)
    numbers = []
    for days in (range(2), range(2, 40)):
        rows = [cast.hours("Ada", 1, TODAY - timedelta(days=day), reference_name=f"Shift {day}") for day in days]
        skills = [people.did(people.SKILL, when=TODAY - timedelta(days=day)) for day in days]
        cast.did(app, *rows, *skills)
        with statements(app) as found:
            assert ada.get("/").status_code == 200
        numbers.append(len(found))
    assert numbers[1] <= numbers[0]
