"""One's own settings: what is kept, who sees what of it, and that the preview says the truth."""

from datetime import date

import pytest
from sqlalchemy import select

from portal.domain import accounts, displays
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from tests import people
from tests.web import cast
from tests.web.admin import SCRIPT
from tests.web.reading import page, signed_in, statements

pytestmark = pytest.mark.usefixtures("noon")
ABOUT, PRIVACY, PREVIEW = "/settings/about", "/settings/privacy", "/settings/privacy/preview"
HTMX = {"HX-Request": "true"}
UNREADABLE = "A name needs letters that can be seen, and no signs that turn the line around."


def send(client, action: str, **fields):
    """Fills in a form of the page and sends it."""
    form = page(client.get("/settings")).form(action)
    return client.post(action, data=form | fields, follow_redirects=True)


def look(client, headers: dict | None = None, **fields):
    """The preview, as the page asks for it."""
    form = page(client.get("/settings")).form(PRIVACY)
    return page(client.post(PREVIEW, data=form | fields, headers=headers))


def known(app, name: str = "Ada Bell", *fields: str) -> tuple:
    with app.app_context():
        one = db.session.scalars(select(Volunteer).where(Volunteer.name == name)).one()
        return tuple(getattr(one, field) for field in fields)


def test_what_is_said_is_kept_and_the_header_follows(app):
    ada = cast.volunteer(app)
    found = page(send(ada, ABOUT, name="  Ada   Adams ", time_zone="Asia/Tokyo", birth_date="2001-02-03"))
    assert found.says(".flashes") == "It is kept."
    assert found.one("#menu .name").text == "Ada Adams"
    assert "3 February 2001 Is it wrong? A coordinator can change it." in found.text
    assert not found.has("#birth_date")
    assert known(app, "Ada Adams", "time_zone", "birth_date") == ("Asia/Tokyo", date(2001, 2, 3))


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"name": ""}, "name", "What are you called?"),
        (
            {"name": "\u202eAda"},
            "name",
            UNREADABLE,
        ),
        ({"name": "Ada\x07"}, "name", UNREADABLE),
        ({"name": "a" * 201}, "name", "Field cannot be longer than 200 characters."),
        ({"time_zone": "Mars/Olympus"}, "time_zone", "Not a valid choice."),
        ({"birth_date": "2027-01-01"}, "birth_date", "This cannot be a birth date."),
        ({"birth_date": "yesterday"}, "birth_date", "Not a valid date value."),
    ],
)
def test_what_is_wrong_is_said_at_its_field(sqlite_app, fields, field, words):
    ada = cast.volunteer(sqlite_app)
    found = send(ada, ABOUT, **fields)
    assert found.status_code == 422
    assert page(found).errors == {field: words}
    assert known(sqlite_app, "Ada Bell", "time_zone", "birth_date") == ("UTC", None)


def test_fields_that_are_nobodys_to_say_are_ignored(sqlite_app):
    ada = cast.volunteer(sqlite_app, birth_date=date(2012, 1, 1))
    send(ada, ABOUT, name="Ada Adams", birth_date="1990-01-01", status="inactive", role="admin", email="x@example.org")
    fields = ("birth_date", "status", "email")
    assert known(sqlite_app, "Ada Adams", *fields) == (date(2012, 1, 1), "active", "ada@example.org")
    with sqlite_app.app_context():
        assert accounts.by_email("ada@example.org").role == "volunteer"


@pytest.mark.parametrize("name", [SCRIPT, "{{ 7*7 }} a", "a" * 200, "محمد بن عبد الله", "<b>Ada</b>"])
def test_a_name_is_text_whatever_it_is(sqlite_app, name):
    ada, ben = cast.volunteer(sqlite_app), cast.volunteer(sqlite_app, "Ben Okafor")
    send(ada, ABOUT, name=name)
    send(ada, PRIVACY, visibility="full_name")
    cast.did(sqlite_app, cast.hours("Ada", 1))
    profile = ben.get(f"/volunteers/{cast.id_of(sqlite_app, name)}")
    assert page(profile).heading == name
    assert "<script>alert" not in profile.text
    assert name in page(ben.get("/leaderboards")).one(".board-person").text


CHOICES = [
    ({"visibility": "full_name"}, "Ada Bell", "Ada Bell"),
    ({"visibility": "first_name_initial"}, "Ada B.", "Ada B."),
    ({"visibility": "nickname", "nickname": "Ace"}, "Ace", "Ace"),
]


@pytest.mark.parametrize("young", [False, True])
@pytest.mark.parametrize("pictured", [False, True])
@pytest.mark.parametrize(("chosen", "seen", "public"), CHOICES)
def test_the_preview_is_what_others_get(app, chosen, seen, public, young, pictured):
    more = {"birth_date": date(2012, 1, 1)} if young else {}
    ada, ben = cast.volunteer(app, avatar="a" * 32 if pictured else None, **more), cast.volunteer(app, "Ben Okafor")
    cast.did(app, cast.hours("Ada", 3), cast.hours("Ben", 5))
    foreseen = look(ada, **chosen)
    send(ada, PRIVACY, **chosen)
    cast.did(app)
    board, profile = page(ben.get("/leaderboards")), page(ben.get(f"/volunteers/{cast.id_of(app, 'Ada Bell')}"))
    (row,) = (one for one in board.all(".board tr") if seen in one.text)
    assert as_drawn(foreseen.one("#preview tbody tr")) == as_drawn(row)
    assert foreseen.one("#preview .profile-name").text == profile.heading == seen
    faces = [as_drawn(one.one(".profile-head .avatar")) for one in (foreseen.one("#preview"), profile.one("main"))]
    assert faces[0] == faces[1]
    television = page(watch(app).get("/tv/boards"))
    (line,) = (one for one in television.all(".standing") if one.text.startswith("2"))
    assert without_ids(as_drawn(foreseen.one("#preview .standing"))[2:]) == without_ids(as_drawn(line)[2:])
    assert line.one(".who").text == ("Ada B." if young and chosen["visibility"] == "full_name" else public)
    assert "img" not in as_drawn(line)


def as_drawn(element) -> list:
    """All that is in an element, and how."""
    attributes = {name: value for name, value in element.attributes.items() if name != "data-standing"}
    children = [one.strip() if isinstance(one, str) else as_drawn(one) for one in element.children]
    return [element.tag, attributes, [one for one in children if one]]


def without_ids(drawn: list) -> str:
    """A drawing, whatever its parts are called."""
    return str(drawn).replace("tv-preview", "tv").replace("tv-1-2", "tv")


def watch(app):
    """A television."""
    with app.app_context():
        _display, link = displays.add("Hall", ["points/monthly"], 20, by=None, now=people.NOW)
        db.session.commit()
    screen = app.test_client()
    screen.get(f"/tv/{link}")
    return screen


def test_who_hides_is_shown_that_nobody_sees_them(sqlite_app):
    ada, ben = cast.volunteer(sqlite_app), cast.volunteer(sqlite_app, "Ben Okafor")
    cast.did(sqlite_app, cast.hours("Ada", 3), cast.hours("Ben", 5))
    found = look(ada, visibility="unlisted")
    assert found.one("#preview h3").text == "Others don’t see you"
    assert not found.has("#preview .board")
    assert page(ben.get("/leaderboards")).says("Ada B."), "it was only a look"
    send(ada, PRIVACY, visibility="unlisted")
    assert not page(ben.get("/leaderboards")).says("Ada B."), "at once, before any board is made anew"
    assert ben.get(f"/volunteers/{cast.id_of(sqlite_app, 'Ada Bell')}").status_code == 404


def test_the_preview_is_there_with_scripts_and_without(sqlite_app):
    ada = cast.volunteer(sqlite_app)
    part = look(ada, HTMX, visibility="full_name")
    assert [one.tag for one in part.all("#preview")] == ["section"]
    assert not part.has("main")
    assert part.one("h3").text == "Others see you as Ada Bell"
    whole = look(ada, visibility="full_name")
    assert whole.one("input[value=full_name]").get("checked") is not None
    form = page(ada.get("/settings")).one("#privacy")
    assert form.one("button[formaction]")["formaction"] == PREVIEW
    assert known(sqlite_app, "Ada Bell", "visibility") == ("first_name_initial",)


def test_a_nickname_is_asked_for_where_it_is_shown(sqlite_app):
    ada = cast.volunteer(sqlite_app)
    assert page(send(ada, PRIVACY, visibility="nickname")).errors == {"nickname": "Say by which nickname."}
    assert send(ada, PRIVACY, visibility="nickname", nickname="\u200d").status_code == 422
    assert page(send(ada, PRIVACY, visibility="nickname", nickname="Ace")).one("#preview h3").text.endswith("Ace")


def test_of_two_windows_the_second_is_told_and_keeps_what_it_typed(app):
    ada = cast.volunteer(app)
    first, second = (page(ada.get("/settings")).form(ABOUT) for _ in range(2))
    assert ada.post(ABOUT, data=first | {"name": "Ada Adams"}).status_code == 302
    assert ada.post(ABOUT, data=first | {"name": "Ada Adams"}).status_code == 302, "a double click"
    refused = page(ada.post(ABOUT, data=second | {"time_zone": "Asia/Tokyo"}))
    assert "another window" in str(refused.errors)
    assert refused.one("#time_zone option[selected]")["value"] == "Asia/Tokyo"
    assert known(app, "Ada Adams", "time_zone") == ("UTC",)


def test_who_is_no_volunteer_has_a_name_and_leaves_the_rest(sqlite_app):
    grace = cast.coordinator(sqlite_app)
    found = page(grace.get("/settings"))
    assert (found.has("#privacy"), found.has("#picture-form"), found.has("#time_zone")) == (False, False, False)
    assert page(send(grace, ABOUT, name="Grace Hopper")).one("#menu .name").text == "Grace Hopper"


def test_the_language_is_asked_where_there_are_several(sqlite_app, monkeypatch):
    ada = cast.volunteer(sqlite_app)
    with monkeypatch.context() as alone:
        alone.setattr("portal.web.settings.languages", lambda: [("en", "English")])
        assert not page(ada.get("/settings")).has("#language")
    assert page(ada.get("/settings")).words("#language option")[1:] == ["English", "العربية", "Deutsch", "Español"]
    send(ada, ABOUT, language="es")
    assert known(sqlite_app, "Ada Bell", "language") == ("es",)
    with sqlite_app.app_context():
        assert accounts.by_email("ada@example.org").language == "es"
    assert send(ada, ABOUT, language="xx").status_code == 422
    send(ada, ABOUT, language="")
    assert known(sqlite_app, "Ada Bell", "language") == (None,)


def test_day_and_night_are_chosen_here_too(sqlite_app):
    ada = cast.volunteer(sqlite_app)
    form = page(ada.get("/settings")).one("#theme-here")
    answer = ada.post(form["action"], data={one["name"]: one["value"] for one in form.all("input")} | {"theme": "dark"})
    assert answer.location == "/settings"
    assert page(ada.get("/settings")).one("html")["data-theme"] == "dark"


def test_the_menu_leads_here_and_from_here_all_ways_lead_on(sqlite_app):
    ada = cast.volunteer(sqlite_app)
    assert page(ada.get("/")).links["Settings"] == "/settings"
    ways = [one["href"] for one in page(ada.get("/settings")).all(".way-list a")]
    mine = f"/volunteers/{cast.id_of(sqlite_app, 'Ada Bell')}"
    assert ways == [
        *("/my-sign-in", "/notifications/preferences", "/pauses", mine, "/invite", "/my-data", "/leaving"),
    ]
    assert {ada.get(way).status_code for way in ways} == {200}
    assert page(ada.get(mine)).links["Change how others see you"] == "/settings"


def test_the_number_of_queries_does_not_grow(app):
    ada, numbers = cast.volunteer(app), []
    for kinds in ((people.SKILL,), (people.PROJECT, people.TRAINING, people.HOURS)):
        cast.did(app, *(people.did(kind) for kind in kinds), cast.hours("Ada", 1, people.MONDAY))
        with statements(app) as found:
            assert ada.get("/settings").status_code == 200
        numbers.append(len(found))
    assert numbers[0] == numbers[1]


def test_a_coordinator_puts_a_birth_date_right(office):
    ada = office.id_of("Ada Bell")
    place = f"/people/{ada}/birth-date"
    assert page(office.grace.get(f"/people/{ada}")).links["Put the birth date right"] == place
    form = page(office.grace.get(place)).form(place)
    found = page(office.grace.post(place, data=form | {"birth_date": "2012-03-04"}, follow_redirects=True))
    assert "Birth date 4 March 2012" in found.text
    assert page(office.grace.post(place, data=form | {"birth_date": "2027-01-01"})).errors == {
        "birth_date": "This cannot be a birth date."
    }
    assert signed_in(office.app, "ada@example.org").get(place).status_code == 403
