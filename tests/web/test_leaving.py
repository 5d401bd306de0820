"""Leaving by oneself, in two steps and with the password; or for a while."""

import pytest

from portal.domain.volunteers import Status, Volunteer
from portal.extensions import db
from tests import people
from tests.people import PASSWORD
from tests.web import cast
from tests.web.reading import page, signed_in

pytestmark = pytest.mark.usefixtures("noon")


def status_of(app, volunteer_id: int = 1) -> str:
    with app.app_context():
        return db.session.get_one(Volunteer, volunteer_id).status


def leave(client, **fields):
    form = page(client.get("/leaving/new")).form("/leaving")
    return client.post("/leaving", data={"csrf_token": form["csrf_token"]} | fields, follow_redirects=True)


def test_who_leaves_is_thanked_and_signed_out_for_good(app):
    ada, phone = cast.volunteer(app), signed_in(app, "ada@example.org")
    cast.did(app, cast.hours("Ada", 3))
    found = page(leave(ada, password=PASSWORD, certain="y"))
    assert found.heading == "Goodbye, and thank you"
    assert status_of(app) == Status.FORGOTTEN
    for client in (ada, phone):
        assert client.get("/settings").status_code == 302
    form = page(ada.get("/sign-in")).fields
    assert ada.post("/sign-in", data=form | {"email": "ada@example.org", "password": PASSWORD}).status_code == 422


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "password"),
        ({"password": "a guess of somebody else", "certain": "y"}, "password"),
        ({"password": PASSWORD}, "certain"),
    ],
)
def test_without_the_password_or_the_word_nothing_happens(sqlite_app, fields, field):
    ada = cast.volunteer(sqlite_app)
    found = leave(ada, **fields)
    assert found.status_code == 422
    assert field in page(found).errors
    assert status_of(sqlite_app) == Status.ACTIVE


def test_guesses_at_the_password_are_slowed_down(sqlite_app):
    ada = cast.volunteer(sqlite_app)
    answers = [leave(ada, password=f"guess {number}", certain="y").status_code for number in range(11)]
    assert answers == [422] * 10 + [429]
    assert leave(signed_in(sqlite_app, "ada@example.org"), password=PASSWORD, certain="y").status_code == 429


def test_the_page_says_what_goes_and_what_stays(sqlite_app):
    ada = cast.volunteer(sqlite_app)
    first, second = page(ada.get("/leaving")), page(ada.get("/leaving/new"))
    assert first.links["What goes, what stays"] == "/leaving/new"
    assert first.links["Take your data along first"] == "/my-data"
    assert "as figures of a former volunteer" in second.text
    assert "/leaving" in page(ada.get("/my-data")).html


def test_the_last_admin_is_told_to_find_another(sqlite_app):
    with sqlite_app.app_context():
        people.linus()
    linus = signed_in(sqlite_app, "linus@example.org")
    found = leave(linus, password=PASSWORD, certain="y")
    assert found.status_code == 409
    assert page(found).one(".refusal").text == "This is the last admin. Make somebody else admin first."
    assert linus.get("/settings").status_code == 200


def test_for_a_while_and_back(app):
    ada, ben = cast.volunteer(app), cast.volunteer(app, "Ben Okafor")
    cast.did(app, cast.hours("Ada", 3))
    form = page(ada.get("/leaving")).form("/leaving/pause")
    assert page(ada.post("/leaving/pause", data=form, follow_redirects=True)).heading == "See you"
    assert ben.get("/volunteers/1").status_code == 404
    ada = signed_in(app, "ada@example.org")
    home = page(ada.get("/"))
    assert home.says("Your account is paused")
    assert home.links["Come back"] == "/leaving"
    form = page(ada.get("/leaving")).form("/leaving/return")
    found = page(ada.post("/leaving/return", data=form, follow_redirects=True))
    assert found.says(".flashes") == "Good to have you back."
    assert not found.says("Your account is paused")
    assert ben.get("/volunteers/1").status_code == 200
