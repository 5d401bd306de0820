"""The medal wall, a page for each medal, the showcase, and that secret medals exist for nobody else."""

from datetime import timedelta

import pytest

from portal.domain import awarding
from portal.domain.achievements import Achievement
from portal.domain.badges import Badge
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from tests import people
from tests.web import cast
from tests.web.reading import page, statements

pytestmark = pytest.mark.usefixtures("noon")
TODAY = people.NOW.date()


def give(app, name: str, *badge_ids: int, reason: str = "Well done") -> None:
    """Grace gives somebody badges by hand."""
    volunteer_id = cast.id_of(app, name)
    with app.app_context():
        by, to = people.grace(), db.session.get_one(Volunteer, volunteer_id)
        for badge_id in badge_ids:
            awarding.grant(db.session.get_one(Badge, badge_id), to=to, by=by, reason=reason, now=people.NOW)
        db.session.commit()


def test_the_wall_hangs_by_category_with_what_is_missing(app):
    ada = cast.volunteer(app)
    cast.did(app, cast.hours("Ada", 3))
    wall = page(ada.get("/badges"))
    assert wall.words(".wall-group h2") == ["Time", "Projects", "Skills", "Training", "Leadership", "Special"]
    assert wall.words(".wall-medal")[:2] == [
        "First Step Common · held by 100% Earned 20 May",
        "Dedicated Volunteer Rare · held by nobody yet 47 more hours",
    ]
    assert wall.words(".segments a") == ["All 13", "Earned 1", "Not yet 12"]
    assert wall.says("1 is yours. 12 are waiting.")


def test_what_an_admin_changes_hangs_otherwise_at_once(app):
    ada = cast.volunteer(app)
    assert page(ada.get("/badges")).words(".wall-name")[0] == "First Step"
    with app.app_context():
        db.session.get_one(Badge, 1).name = "The first of many"
        db.session.get_one(Achievement, 1).criteria = {"hours_required": 7}
        db.session.commit()
    changed = page(ada.get("/badges")).words(".wall-medal")[0]
    assert changed == "The first of many Common · held by nobody yet 7 more hours"


def test_filters_are_links(sqlite_app):
    ada = cast.volunteer(sqlite_app)
    cast.did(sqlite_app, cast.hours("Ada", 3))
    wall = page(ada.get("/badges"))
    assert page(ada.get(wall.links["Earned 1"])).words(".wall-name") == ["First Step"]
    assert len(page(ada.get(wall.links["Not yet 12"])).words(".wall-name")) == 12


def test_who_has_earned_nothing_is_told_how_to_begin(sqlite_app):
    ada = cast.volunteer(sqlite_app)
    assert page(ada.get("/badges")).says("The first hour earns the first one.")
    assert page(ada.get("/badges?show=earned")).says(".empty").startswith("Nothing here yet")


def test_a_medal_says_how_to_earn_it_and_what_it_brings(app):
    ada = cast.volunteer(app)
    cast.did(app, cast.hours("Ada", 24, TODAY - timedelta(days=1)), cast.hours("Ada", 2))
    medal = page(ada.get("/badges/3"))
    assert medal.heading == "Century Club"
    assert medal.says(".kicker") == "Time · Epic · not yours yet"
    assert medal.says(".way-value") == "26 of 100 hours"
    assert medal.says(".way-words") == (
        "You need 74 more hours. "
        "At your pace of the last three months, that takes about 37 weeks. There is no deadline."
    )
    assert medal.words(".sum-line") == ["100 Hour Milestone +100 points", "The medal +50 points"]
    assert medal.says("Held by 0 of 1")


def test_a_medal_that_is_held_tells_how_it_was_earned(app):
    ada = cast.volunteer(app)
    cast.did(app, cast.hours("Ada", 1, reference_name="Soup <kitchen>"))
    medal = page(ada.get("/badges/1"))
    assert medal.says(".kicker") == "Time · Common · earned 20 May 2026"
    assert medal.says(".way-words") == "You reached 1 hour on Wednesday 20 May 2026 with this: Soup <kitchen>."
    assert medal.words(".sum-line") == ["First Hour +10 points", "The medal +10 points"]
    assert medal.words(".person") == ["AB Ada B. 20 May 2026"]


def test_a_medal_given_by_hand_says_who_gave_it_and_why(sqlite_app):
    ada = cast.volunteer(sqlite_app)
    give(sqlite_app, "Ada Bell", 11, reason="For the quiet help")
    medal = page(ada.get("/badges/11"))
    assert medal.says(".way-words") == (
        "Given by Grace Moreau, coordinator on Wednesday 20 May 2026. “For the quiet help”"
    )
    assert medal.words(".sum-line") == ["The medal +25 points"]


def test_who_is_not_listed_is_neither_named_nor_counted(app):
    ada = cast.volunteer(app)
    for name, more in (("Ben Okafor", {}), ("Hidden Marker", {"visibility": "unlisted"}), ("Gone Marker", {})):
        cast.someone(app, name, **more)
    cast.did(app, *(cast.hours(name, 1) for name in ("Ben", "Hidden", "Gone")))
    with app.app_context():
        db.session.get_one(Volunteer, cast.id_of(app, "Gone Marker")).status = "inactive"
        db.session.commit()
    medal = page(ada.get("/badges/1"))
    assert medal.says("Held by 1 of 2")
    assert medal.says("50% of volunteers.")
    assert medal.words(".person") == ["BO Ben O. 20 May 2026"]
    assert "Marker" not in medal.html


def test_holders_are_read_ten_at_a_time(sqlite_app):
    ada = cast.volunteer(sqlite_app)
    names = [f"Helper{number:02} Lastname" for number in range(23)]
    for name in names:
        cast.someone(sqlite_app, name)
    days = [TODAY - timedelta(days=number // 2) for number in range(23)]
    cast.did(sqlite_app, *(cast.hours(name, 1, day) for name, day in zip(names, days, strict=True)))
    found, url = [], "/badges/1"
    while url:
        medal = page(ada.get(url))
        found += medal.words(".person-name")
        url = medal.links.get("Who earned it before")
    assert sorted(found) == sorted(f"{name.split()[0]} L." for name in names)


def test_a_secret_medal_exists_for_nobody_who_has_not_earned_it(app):
    ada, ben = cast.volunteer(app), cast.volunteer(app, "Ben Okafor")
    urls = ("/badges", "/badges?show=open", "/achievements", "/", "/leaderboards", "/history")
    cast.did(app, cast.hours("Ada", 1, TODAY - timedelta(days=1)), cast.hours("Ben", 1))
    before = [page(ada.get(url)).text for url in urls]
    badge_id = cast.secret(app, "Marker Of Night")
    assert [page(ada.get(url)).text for url in urls] == before
    for url in (f"/badges/{badge_id}", f"/badges/{badge_id}/medal.svg"):
        assert page(ada.get(url)).text == page(ada.get(url.replace(str(badge_id), "99999"))).text
        assert ada.get(url).status_code == 404
    cast.did(app, cast.hours("Ben", 1, TODAY - timedelta(days=1)))  # two days in a row: Ben has it now
    assert page(ben.get(f"/badges/{badge_id}")).says(".kicker") == "Special · Common · secret · earned 20 May 2026"
    assert page(ben.get("/badges")).says("Marker Of Night Common · secret Earned 20 May")
    assert page(ben.get("/achievements")).says("Marker Of Night achieved")
    for url in (*urls, f"/volunteers/{cast.id_of(app, 'Ben Okafor')}"):
        assert "Marker" not in ada.get(url).text
    assert ada.get(f"/badges/{badge_id}").status_code == 404
    assert ada.post(f"/badges/{badge_id}/showcase", data=page(ada.get("/badges/1")).fields).status_code == 404


def test_coordinators_see_secret_medals_marked(sqlite_app):
    badge_id = cast.secret(sqlite_app)
    grace = cast.coordinator(sqlite_app)
    assert page(grace.get("/badges")).says("Marker Of Night Common · secret")
    assert page(grace.get(f"/badges/{badge_id}")).says(".kicker") == "Special · Common · secret"
    assert page(grace.get("/achievements")).says("Secret.")


def test_a_retired_medal_hangs_only_with_who_holds_it(sqlite_app):
    ada, ben = cast.volunteer(sqlite_app), cast.volunteer(sqlite_app, "Ben Okafor")
    cast.did(sqlite_app, cast.hours("Ada", 1))
    with sqlite_app.app_context():
        db.session.get_one(Badge, 1).is_active = False
        db.session.commit()
    assert page(ada.get("/badges")).says("First Step")
    assert not page(ben.get("/badges")).says("First Step")
    assert page(ben.get("/badges/1")).says("It is not given any more.")


def test_the_drawing_comes_as_a_file(sqlite_app):
    answer = cast.volunteer(sqlite_app).get("/badges/4/medal.svg")
    assert answer.mimetype == "image/svg+xml"
    assert answer.text.startswith("<svg")
    assert "<title>Hero of the Community</title>" in answer.text


def showcase(client, badge_id: int, **fields):
    """Sends the showcase's form of a badge."""
    token = page(client.get(f"/badges/{badge_id}")).form(f"/badges/{badge_id}/showcase")
    return client.post(f"/badges/{badge_id}/showcase", data=token | fields)


def test_a_medal_goes_into_the_showcase_and_out_again(app):
    ada = cast.volunteer(app)
    cast.did(app, cast.hours("Ada", 1))
    assert showcase(ada, 1).location == "/badges/1"
    medal = page(ada.get("/badges/1"))
    assert medal.says("It is in your showcase.")
    assert medal.says("#showcase") == "In showcase"
    assert showcase(ada, 1).status_code == 302
    assert page(ada.get("/badges/1")).says("#showcase") == "Put it in my showcase"


def test_a_seventh_is_refused_with_words(app):
    ada = cast.volunteer(app)
    give(app, "Ada Bell", *range(1, 8))
    for badge_id in range(1, 7):
        assert showcase(ada, badge_id).status_code == 302
    answer = showcase(ada, 7)
    assert answer.status_code == 422
    assert page(answer).says("#showcase-error") == "Your showcase holds six. Take one out first."
    assert page(answer).heading == "Quick Learner"


def test_htmx_gets_the_button_alone(sqlite_app):
    ada = cast.volunteer(sqlite_app)
    cast.did(sqlite_app, cast.hours("Ada", 1))
    token = page(ada.get("/badges/1")).fields
    answer = ada.post("/badges/1/showcase", data=token, headers={"HX-Request": "true"})
    outer = [one for one in page(answer).root.children if not isinstance(one, str)]
    assert [one["id"] for one in outer] == ["showcase"]
    assert page(answer).text == "In showcase"


def test_the_showcase_takes_a_token_and_only_what_one_holds(sqlite_app):
    ada = cast.volunteer(sqlite_app)
    cast.did(sqlite_app, cast.hours("Ada", 1))
    assert ada.post("/badges/1/showcase").status_code == 400
    token = page(ada.get("/badges/1")).fields
    assert ada.post("/badges/2/showcase", data=token).status_code == 404
    assert ada.post("/badges/1/showcase", data=token | {"shown": "sideways"}).status_code == 400


@pytest.mark.parametrize("url", ["/badges", "/badges/1"])
def test_the_number_of_queries_does_not_grow(app, url):
    ada, numbers = cast.volunteer(app), []
    for start in (0, 3):
        names = [f"Helper{number} Lastname" for number in range(start, start * 4 + 2)]
        for name in names:
            cast.someone(app, name)
        with app.app_context():
            people.define("hours_logged", {"hours_required": 3 + start}, badge=people.medal(5))
        cast.did(app, *(cast.hours(name, 8) for name in names))
        ada.get(url)
        with statements(app) as found:
            assert ada.get(url).status_code == 200
        numbers.append(len(found))
    assert numbers[0] == numbers[1]
