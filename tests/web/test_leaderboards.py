"""The boards: podium, places page by page, oneself always in sight, and search."""

from datetime import timedelta

import pytest

from portal.domain import accounts, awarding
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from tests import people
from tests.web import cast
from tests.web.reading import page, statements

pytestmark = pytest.mark.usefixtures("noon")
TODAY = people.NOW.date()


@pytest.fixture
def board(app):
    """Fills the board with people who have so many points, or from ten for the last on, ten more each."""

    def fill(*names: str, hours=None, now=people.NOW, **more) -> None:
        for number, name in enumerate(names):
            cast.someone(app, name, **more)
            points(app, name, hours[number] if hours else 10 * (len(names) - number), now)
        with app.app_context():
            people.refresh(now)

    return fill


def points(app, name: str, number: int, now=people.NOW) -> None:
    """Linus, who may give as many as he likes, gives somebody points by hand."""
    volunteer_id = cast.id_of(app, name)
    with app.app_context():
        by = accounts.by_email("linus@example.org") or people.linus()
        to = db.session.get_one(Volunteer, volunteer_id)
        awarding.award(number, to=to, by=by, reason="Thanks", now=now)
        db.session.commit()


def named(count: int) -> list[str]:
    """Names of so many people, in the order of the board."""
    return [f"Helper{number:03} Lastname" for number in range(count)]


def test_the_first_board_is_this_months(app, board):
    board("Ben Okafor", "Cleo Marsh", "Dan Weiss", "Eve Stone", hours=[40, 30, 30, 5])
    ada = cast.volunteer(app)
    shown = page(ada.get("/leaderboards"))
    assert shown.heading == "May’s leaderboard"
    assert shown.says("4 people have points. Everyone started again on the 1st.")
    assert shown.words(".podium-place") == [
        "BO Ben O. 40 points Place 1",
        "CM Cleo M. 30 points Place 2 shared",
        "DW Dan W. 30 points Place 2 shared",
    ]
    assert shown.words(".board tbody tr") == ["4 ES Eve S. 5"]
    assert shown.says("1 to 4 of 4. As of 12:00.")
    assert shown.says(".board-note") == "You are not on this board yet. Your next points put you on it."


def test_types_and_timeframes_have_addresses(app):
    ada = cast.volunteer(app)
    cast.did(
        app,
        cast.hours("Ada", 1.5),
        cast.hours("Ada", 2, TODAY - timedelta(days=60)),
        people.did(people.PROJECT, when=TODAY),
    )
    shown = page(ada.get("/leaderboards"))
    hours = page(ada.get(shown.links["Hours"]))
    assert (hours.heading, hours.one(".you-row .board-value").text) == ("May’s leaderboard", "1.5")
    ever = page(ada.get(hours.links["All time"]))
    assert (ever.heading, ever.one(".you-row .board-value").text) == ("The leaderboard of all time", "3.5")
    week = page(ada.get(page(ada.get(ever.links["Projects"])).links["This week"]))
    assert (week.heading, week.one(".you-row .board-value").text) == ("This week’s leaderboard", "1")
    assert week.words("[aria-current]")[1:] == ["Projects", "This week"]


@pytest.mark.parametrize("url", ["/leaderboards/money/monthly", "/leaderboards/points/daily"])
def test_no_other_board_exists(sqlite_app, url):
    assert cast.volunteer(sqlite_app).get(url).status_code == 404


def test_an_empty_board_invites(sqlite_app):
    shown = page(cast.volunteer(sqlite_app).get("/leaderboards"))
    assert shown.says(".empty").startswith("The board is still empty")
    assert shown.links["Log hours"] == "/hours/new"


def test_i_am_in_my_place_with_what_is_missing_to_the_next(app, board):
    ada = cast.volunteer(app)
    points(app, "Ada Bell", 25)
    board("Ben Okafor", "Cleo Marsh", "Dan Weiss", "Eve Stone", "Finn Gale", hours=[60, 50, 40, 30, 20])
    shown = page(ada.get("/leaderboards"))
    assert shown.says(".you-row") == "Place 5 AB You 5 more points bring you level with Eve S., in 4th place 25"
    assert shown.words(".board tbody .board-place") == ["4", "6"]


def test_whoever_leads_is_told_so(app, board):
    ada = cast.volunteer(app)
    points(app, "Ada Bell", 100)
    board("Ben Okafor", "Cleo Marsh", "Dan Weiss", hours=[60, 50, 40])
    shown = page(ada.get("/leaderboards"))
    assert shown.words(".podium-name")[0] == "You"
    assert shown.one(".you-row").text == "Place 1 AB You You lead: Ben O. is 40 points behind 100"
    assert shown.words(".board tbody .board-place") == ["4"]


def test_i_am_in_sight_on_every_page_with_my_neighbours(app, board):
    ada = cast.volunteer(app)
    board(*named(130))
    points(app, "Ada Bell", 295)  # between the 101st with 300 and the 102nd with 290
    with app.app_context():
        people.refresh()
    first = page(ada.get("/leaderboards"))
    assert first.words(".board tbody .board-place")[-6:] == ["49", "50", "100", "101", "103", "104"]
    assert first.says(".you-row").startswith("Place 102")
    assert len(first.all(".board-gap")) == 1
    second = page(ada.get(first.links["Next 50"]))
    assert second.words(".board tbody .board-place") == [*(str(n) for n in range(51, 102)), "103", "104"]
    third = page(ada.get(second.links["Next 50"]))
    assert third.words(".board tbody .board-place") == [str(n) for n in range(101, 132) if n != 102]
    assert "Next 50" not in third.links
    back = page(ada.get(third.links["Back"]))
    assert back.says("51 to 100 of 131.")
    ben = cast.volunteer(app, "Ben Okafor")
    assert page(ben.get(first.links["Next 50"])).words(".board tbody .board-place") == [str(n) for n in range(51, 101)]


def test_a_later_page_shows_me_above_it(app, board):
    ada = cast.volunteer(app)
    points(app, "Ada Bell", 595)
    board(*named(60))
    second = page(ada.get("/leaderboards?after=50"))
    assert second.words(".board tbody .board-place")[:5] == ["1", "3", "4", "51", "52"]
    assert not second.has(".podium")
    assert len(second.all(".board-gap")) == 1


def test_who_is_not_listed_sees_their_own_place_and_nobody_else_does(app, board):
    ada = cast.volunteer(app, visibility="unlisted")
    ben = cast.volunteer(app, "Ben Okafor")
    points(app, "Ada Bell", 25)
    points(app, "Ben Okafor", 20)
    board("Cleo Marsh", "Dan Weiss", hours=[30, 25])
    shown = page(ada.get("/leaderboards"))
    assert shown.says(".you-row") == "Place 2 AB You 5 more points bring you level with Cleo M., in 1st place 25"
    others = page(ben.get("/leaderboards"))
    assert "Ada" not in others.html
    assert others.says("3 people have points.")
    assert page(ben.get("/leaderboards?q=Ada")).says("Nobody found")


def test_who_hides_is_gone_at_once(app, board):
    ada = cast.volunteer(app)
    board("Ben Okafor", "Cleo Marsh")
    with app.app_context():
        db.session.get_one(Volunteer, cast.id_of(app, "Ben Okafor")).visibility = "unlisted"
        db.session.commit()
    assert "Ben" not in page(ada.get("/leaderboards")).html


def test_a_board_that_was_looked_at_before_forgets_names_and_places_at_once(app, board):
    ada = cast.volunteer(app)
    board("Ben Okafor", "Cleo Marsh")
    assert page(ada.get("/leaderboards")).words(".board .person-name") == ["Ben O.", "Cleo M."]
    ben, cleo = cast.id_of(app, "Ben Okafor"), cast.id_of(app, "Cleo Marsh")
    with app.app_context():
        db.session.get_one(Volunteer, ben).visibility = "unlisted"
        db.session.get_one(Volunteer, cleo).name = "Clementine Marsh"
        db.session.commit()
    assert page(ada.get("/leaderboards")).words(".board .person-name") == ["Clementine M."]


def test_everybody_finds_themselves_and_not_who_looked_before_them(app):
    ada, ben = cast.volunteer(app), cast.volunteer(app, "Ben Okafor")
    cast.did(app, cast.hours("Ada", 3), cast.hours("Ben", 2))
    for browser, other in ((ada, "Ben O."), (ben, "Ada B."), (ada, "Ben O.")):
        shown = page(browser.get("/leaderboards"))
        assert (shown.says("#me .person-name"), shown.words(".board .person-name")) == ("You", [other])


def test_names_are_shown_as_their_owners_chose(app):
    ada = cast.volunteer(app)
    cast.someone(app, "Ben Okafor", visibility="full_name")
    cast.someone(app, "Cleo Marsh", visibility="nickname", nickname="Comet")
    cast.did(app, cast.hours("Ben", 3), cast.hours("Cleo", 2))
    assert page(ada.get("/leaderboards")).words(".board .person-name") == ["Ben Okafor", "Comet"]


def test_change_is_against_the_day_before(app, board):
    ada = cast.volunteer(app)
    yesterday = people.NOW - timedelta(days=1)
    board("Ben Okafor", "Cleo Marsh", "Dan Weiss", "Eve Stone", "Finn Gale", hours=[60, 50, 40, 30, 20], now=yesterday)
    points(app, "Finn Gale", 15)
    board("Gil Novak", hours=[5])
    shown = page(ada.get("/leaderboards"))
    assert shown.words(".board tbody tr") == [
        "4 up 1 FG Finn G. up 1 35",
        "5 down 1 ES Eve S. down 1 30",
        "6 new GN Gil N. 5",
    ]


def test_the_latest_medals_stand_beside_names_but_secret_ones(app):
    ada = cast.volunteer(app)
    for name in ("Ben Okafor", "Cleo Marsh", "Dan Weiss", "Eve Stone"):
        cast.someone(app, name)
    cast.secret(app, days=1)
    cast.did(app, *(cast.hours(name, 24 - n) for n, name in enumerate(("Ben", "Cleo", "Dan", "Eve"))))
    shown = page(ada.get("/leaderboards"))
    assert [one["aria-label"] for one in shown.all(".board-medals svg")] == ["First Step"]
    assert "Marker" not in shown.html


def test_search_finds_a_shown_name_by_how_one_of_its_words_begins(app, board):
    ada = cast.volunteer(app)
    board("Ben Okafor", "Bengt Marsh", "Dan Weiss", "Percy_100 Stone")
    found = page(ada.get("/leaderboards?q=ben"))
    assert found.words(".board .person-name") == ["Ben O.", "Bengt M."]
    assert found.one("#q")["value"] == "ben"
    assert page(ada.get("/leaderboards?q=percy%20100")).words(".board .person-name") == ["Percy_100 S."]
    assert page(ada.get("/leaderboards?q=Okafor")).says("Nobody found")
    assert page(ada.get("/leaderboards?q=b")).says("Type at least 2 letters of a name.")
    assert page(ada.get("/leaderboards?q=%3Cscript%3E")).says("“<script>”")


def test_htmx_gets_the_very_part(app, board):
    ada = cast.volunteer(app)
    board("Ben Okafor", "Cleo Marsh")
    whole = page(ada.get("/leaderboards"))
    part = page(ada.get(whole.one("#standings")["data-hx-get"], headers={"HX-Request": "true"}))
    assert [one["id"] for one in part.root.children if not isinstance(one, str)] == ["standings"]
    assert part.text == whole.says("#standings")


def test_a_coordinator_looks_on(app, board):
    board("Ben Okafor", "Cleo Marsh", "Dan Weiss")
    shown = page(cast.coordinator(app).get("/leaderboards"))
    assert len(shown.words(".podium-place")) == 3
    assert not shown.has(".you-row")
    assert not shown.has(".board-note")


def test_the_number_of_queries_does_not_grow(app, board):
    ada, numbers = cast.volunteer(app), []
    points(app, "Ada Bell", 15)
    for names in (named(60), named(120)[60:]):
        board(*names)
        cast.did(app, *(cast.hours(name, 1) for name in names))
        with statements(app) as found:
            assert ada.get("/leaderboards").status_code == 200
        numbers.append(len(found))
    assert numbers[0] == numbers[1]
