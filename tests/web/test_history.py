"""Every line of my own, explained."""

import csv
import io
from datetime import date, timedelta

import pytest

from portal.domain import awarding, history, points, reviewing
from portal.domain.activities import Activity, ActivityStatus
from portal.domain.badges import VolunteerBadge
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from tests import people
from tests.web import cast
from tests.web.reading import page, statements

pytestmark = pytest.mark.usefixtures("noon")
TODAY = people.NOW.date()


@pytest.fixture
def quiet(app):
    """Only activities bring points."""
    with app.app_context():
        people.nothing_to_earn()


@pytest.mark.usefixtures("quiet")
def test_each_line_says_why(app):
    ada = cast.volunteer(app)
    day = [TODAY - timedelta(days=number) for number in range(9)]
    cast.did(
        app,
        cast.hours("Ada", 3, day[1], reference_name="Soup kitchen"),
        cast.hours("Ada", 1.5, day[2], reference_name="Garden"),
        people.did(people.TASK, 3, day[3], reference_name="The fence"),
        people.did(people.PROJECT, when=day[4], reference_name="Winter coats"),
        people.did(people.TRAINING, when=day[5]),
        people.did(people.SKILL, when=day[6], reference_name="Food hygiene"),
        people.did(people.SKILL, when=day[7], reference_name="Juggling", certified="no"),
        people.did(people.REFERRAL, when=day[8], reference_id="x1"),
    )
    assert page(ada.get("/history")).words(".history-line") == [
        "Yesterday Soup kitchen 3 hours at 5 points an hour +15 points",
        "Mon 18 May Garden 1.5 hours at 5 points an hour +7 points",
        "Sun 17 May The fence Task, complexity 3 +30 points",
        "Sat 16 May Winter coats Project completed +100 points",
        "Fri 15 May A training completed Training completed +25 points",
        "Thu 14 May Food hygiene Skill certified +50 points",
        "Wed 13 May Juggling A skill without a certificate brings no points 0 points",
        "Tue 12 May Somebody you brought along You brought somebody along +50 points",
    ]


@pytest.mark.usefixtures("quiet")
def test_what_brings_nothing_by_itself_adds_up_with_the_rest_of_the_day(app):
    ada = cast.volunteer(app)
    cast.did(app, cast.hours("Ada", 0.1, reference_name="First"))
    cast.did(app, cast.hours("Ada", 0.1, reference_name="Second"))
    lines = page(ada.get("/history")).words(".history-line")
    assert "Today First 0.1 hours at 5 points an hour. Adds up with the rest of the day 0 points" in lines
    assert "Today Second 0.1 hours at 5 points an hour. Adds up with the rest of the day +1 point" in lines


@pytest.mark.usefixtures("quiet")
def test_a_cap_is_named(app):
    ada = cast.volunteer(app)
    with app.app_context():
        people.price(people.HOURS, 5, daily_cap=10)
    cast.did(app, cast.hours("Ada", 4, reference_name="Long"))
    assert page(ada.get("/history")).words(".history-line") == [
        "Today Long 4 hours at 5 points an hour. A day brings 10 points at the most +10 points"
    ]


def test_a_completion_and_its_badge_are_one_line_with_their_sum(app):
    ada = cast.volunteer(app)
    cast.did(app, cast.hours("Ada", 1))
    line = page(ada.get("/history")).words(".history-line")[0]
    assert line == "Today First Step First Hour: 10 for the achievement, 10 for the medal +20 points"


def test_a_correction_says_its_reason_and_takes_everything_back(app):
    ada = cast.volunteer(app)
    [activity_id] = cast.did(app, cast.hours("Ada", 3, reference_name="Soup kitchen"))
    with app.app_context():
        people.take_back(activity_id)
    history = page(ada.get("/history"))
    assert history.words(".history-line") == [
        "Today First Step Taken back: after a correction it is not reached any more −20 points",
        "Today Soup kitchen Corrected: a mistake −15 points",
        "Today First Step First Hour: 10 for the achievement, 10 for the medal +20 points",
        "Today Soup kitchen 3 hours at 5 points an hour +15 points",
    ]
    assert history.says("0 points so far")


def test_a_badge_that_was_taken_back_by_hand_says_why(app):
    ada = cast.volunteer(app)
    cast.did(app, cast.hours("Ada", 1))
    with app.app_context():
        held = people.badges(db.session.get_one(Volunteer, cast.id_of(app, "Ada Bell")))[0]
        awarding.revoke(
            db.session.get_one(VolunteerBadge, held.id), by=people.grace(), reason="Mixed up", now=people.NOW
        )
        db.session.commit()
    lines = page(ada.get("/history")).words(".history-line")
    assert "Today First Step Taken back: Mixed up −10 points" in lines
    assert "Today First Step First Hour: 10 for the achievement, 10 for the medal +20 points" in lines


def test_lines_add_up_to_the_balance_and_to_their_months(app):
    ada = cast.volunteer(app)
    cast.did(
        app, cast.hours("Ada", 3), cast.hours("Ada", 12, date(2026, 4, 2)), people.did(people.SKILL, when="2026-04-03")
    )
    history = page(ada.get("/history"))
    said = [int(one.replace("points", "").replace("−", "-")) for one in history.words(".history-line .points")]
    with app.app_context():
        total = points.balance_of(cast.id_of(app, "Ada Bell")).total_points
    assert sum(said) == total
    months = {one.one("h2").text: one for one in history.all(".section-head")}
    assert list(months) == ["May 2026", "April 2026"]
    assert sum(int(one.one(".points").text.removesuffix("points")) for one in months.values()) == total


@pytest.mark.usefixtures("quiet")
def test_what_waits_and_what_was_turned_down_stands_there_without_points(app):
    ada = cast.volunteer(app)
    waits, refused, withdrawn = (cast.hours("Ada", hours, reference_name=f"Shift {hours}") for hours in (1, 2, 3))
    with app.app_context():
        ids = [
            one.activity_id for one in people.record(waits, refused, withdrawn, status=ActivityStatus.AWAITING_REVIEW)
        ]
        reviewing.turn_down(
            db.session.get_one(Activity, ids[1]), by=people.grace(), reason="Not that day", now=people.NOW
        )
        reviewing.withdraw(db.session.get_one(Activity, ids[2]), by=people.linus(), now=people.NOW)
        db.session.commit()
    history = page(ada.get("/history"))
    assert history.words(".history-line") == [
        "Today Shift 3 3 hours at 5 points an hour. Withdrawn.",
        "Today Shift 2 2 hours at 5 points an hour. Turned down: Not that day",
        "Today Shift 1 1 hour at 5 points an hour. Waiting for a coordinator.",
    ]
    assert history.links["Shift 1"] == f"/hours/{ids[0]}"


def test_filters_show_one_kind(app):
    ada = cast.volunteer(app)
    cast.did(app, cast.hours("Ada", 3), people.did(people.PROJECT, when=TODAY))
    with app.app_context():
        to = db.session.get_one(Volunteer, cast.id_of(app, "Ada Bell"))
        awarding.award(7, to=to, by=people.grace(), reason="Thanks", now=people.NOW)
        db.session.commit()
    links = page(ada.get("/history")).links
    found = {
        word: page(ada.get(links[word])).words(".history-what .name") for word in ("Hours", "Work", "Earned", "Given")
    }
    assert found == {
        "Hours": ["Hours given"],
        "Work": ["A project completed"],
        "Earned": ["Project Pioneer", "First Step"],
        "Given": ["Thanks"],
    }
    assert page(ada.get("/history?show=nonsense")).status == 200


@pytest.mark.usefixtures("quiet")
def test_pages_hold_every_line_once_in_both_directions(app):
    ada = cast.volunteer(app)
    rows = [cast.hours("Ada", 1, TODAY - timedelta(days=day // 3), reference_name=f"Shift {day}") for day in range(70)]
    cast.did(app, *rows)
    forth, url = [], "/history"
    while url:
        last = page(ada.get(url))
        forth.append(last.words(".history-what .name"))
        url = last.links.get("Older")
    assert [len(some) for some in forth] == [30, 30, 10]
    assert len({name for some in forth for name in some}) == 70
    back, url = [forth[-1]], last.links["Newer"]
    while url:
        last = page(ada.get(url))
        back.append(last.words(".history-what .name"))
        url = last.links.get("Newer")
    assert back[::-1] == forth
    assert "Older" in last.links


@pytest.mark.parametrize("place", ["x", "2026-05-20~1~1", "~~", "2026-05-20T00:00:00Z~1", "2026-05-20T00:00:00Z~a~b"])
def test_a_place_that_is_none_shows_the_beginning(sqlite_app, place):
    ada = cast.volunteer(sqlite_app)
    cast.did(sqlite_app, cast.hours("Ada", 1))
    assert len(page(ada.get("/history", query_string={"older": place})).words(".history-line")) == 2


def test_somebody_elses_lines_are_not_there(sqlite_app):
    ada = cast.volunteer(sqlite_app)
    cast.someone(sqlite_app, "Ben Okafor")
    cast.did(sqlite_app, cast.hours("Ben", 1, reference_name="Bens own"))
    history = page(ada.get("/history"))
    assert history.says("Your story starts here")
    assert "Bens own" not in history.html


@pytest.mark.usefixtures("quiet")
def test_lines_are_those_of_a_month_or_a_year_and_each_month_says_the_balance_then(app):
    ada = cast.volunteer(app)
    old, last = TODAY.replace(year=TODAY.year - 1), TODAY.replace(month=4, day=30)
    cast.did(
        app,
        cast.hours("Ada", 1, old, reference_name="Long ago"),
        cast.hours("Ada", 2, last, reference_name="April"),
        cast.hours("Ada", 3, TODAY, reference_name="May"),
        people.did(people.TASK, 1, TODAY, reference_name="A fence"),
    )
    whole = page(ada.get("/history"))
    assert whole.words(".month-sum") == [
        "40 points by then +25 points",
        "15 points by then +10 points",
        "5 points by then +5 points",
    ]
    assert whole.words("#in option") == ["Any time", "May 2026", "April 2026", "2026", "2025"]
    month = page(ada.get("/history?in=2026-04"))
    assert month.words(".history-line .name") == ["April"]
    assert month.words(".month-sum") == ["15 points by then +10 points"]
    assert [one.text for one in month.all("#in option[selected]")] == ["April 2026"]
    assert month.links["Hours"] == "/history?show=hours&in=2026-04"
    year = page(ada.get("/history?in=2026&show=hours"))
    assert year.words(".history-line .name") == ["May", "April"]
    assert year.words(".month-sum") == ["+15 points", "+10 points"]
    other = page(ada.get("/history?in=2025-01"))
    assert other.says("There is no line of this kind in these days.")
    assert [one.text for one in other.all("#in option[selected]")] == ["January 2025"]
    for nonsense in ("2026-13", "99999", "x", "0000", "2026-4"):
        assert len(page(ada.get(f"/history?in={nonsense}")).all(".history-line")) == 4


def test_the_table_has_every_line_with_the_balance_after_it(app, monkeypatch):
    ada = cast.volunteer(app)
    days = [TODAY - timedelta(days=number) for number in range(7)]
    cast.did(app, *(cast.hours("Ada", 1.5, day, reference_name="=1+1") for day in days))
    with app.app_context():
        total = points.balance_of(cast.id_of(app, "Ada Bell")).total_points
    monkeypatch.setattr(history, "AT_A_TIME", 3)
    answer = ada.get("/history.csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="points.csv"'
    head, *lines = csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff")))
    assert head == ["Date", "What", "Why", "Points", "Points in all"]
    assert len(lines) == len(page(ada.get("/history")).all(".history-line"))
    balances = [int(one[4]) for one in lines]
    assert balances[0] == total == sum(int(one[3]) for one in lines)
    assert [before - int(one[3]) for before, one in zip(balances, lines, strict=True)] == [*balances[1:], 0]
    assert [one[1] for one in lines].count("'=1+1") == 7
    hours = ada.get(f"/history.csv?show=hours&in={TODAY:%Y-%m}")
    assert hours.headers["Content-Disposition"] == f'attachment; filename="points-{TODAY:%Y-%m}.csv"'
    assert hours.get_data(as_text=True).count("\n") == 8
    assert "Points in all" not in hours.get_data(as_text=True)


def test_who_is_no_volunteer_has_no_history(sqlite_app):
    grace = cast.coordinator(sqlite_app)
    assert [grace.get(address).status_code for address in ("/history", "/history.csv")] == [404, 404]


def test_the_number_of_queries_does_not_grow(app):
    ada, numbers = cast.volunteer(app), []
    for days in (range(1, 3), range(3, 25)):
        cast.did(app, *(people.did(people.TASK, 1, TODAY - timedelta(days=day)) for day in days))
        cast.did(app, *(people.did(people.SKILL, when=TODAY - timedelta(days=day)) for day in days))
        with statements(app) as found:
            assert ada.get("/history").status_code == 200
        numbers.append(len(found))
    assert numbers[0] == numbers[1]
