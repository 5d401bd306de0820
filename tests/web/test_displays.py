"""Displays are looked after by admins: what they show, in which order; a link is shown once."""

import pytest
from sqlalchemy import select

from portal import catalogues
from portal.domain import organisation
from portal.domain.displays import Display
from portal.domain.screens import Screen
from portal.extensions import db
from tests import people
from tests.web.admin import SCRIPT, answers
from tests.web.reading import page

FORM = {"name": "Hall", "panels": ["points/monthly", "hours/weekly", "medals"], "seconds": "15"}


def number(admin) -> int:
    """The id of the only display."""
    return admin.do(lambda: db.session.scalars(select(Display.id)).one())


def kept(admin, name: str):
    """What is kept of the only display."""
    return admin.do(lambda: getattr(db.session.scalars(select(Display)).one(), name))


def test_a_display_is_made_and_its_link_is_shown_once(any_admin):
    assert any_admin.read("/displays").says("No displays yet")
    form = any_admin.read("/displays/new").fields | FORM
    answer = any_admin.linus.post("/displays", data=form)
    link = page(answer).says("#secret")
    assert link.startswith("http://localhost/tv/")
    secret = link.rpartition("/")[2]
    assert answer.headers["Cache-Control"] == "no-store"
    assert page(answer).has(".qr svg")
    assert "style=" not in answer.text
    assert secret not in str(any_admin.dump())
    again = page(any_admin.linus.post("/displays", data=form))
    assert again.says("It was made already")
    assert secret not in again.html
    found = any_admin.read("/displays")
    assert found.words(".key-name") == ["Hall"]
    panels = "This month, by points · This week, by hours · Latest medals, beside the boards"
    assert f"{panels} 15 seconds each · Dark Last seen: never" in found.text
    action, what, _before, after = any_admin.audited()[-1]
    assert (action, what, after["seconds"], after["panels"]) == ("define", "displays", 15, FORM["panels"])


def test_one_puts_in_order_what_it_shows_without_scripts_too(admin):
    form = admin.read("/displays/new").fields | FORM | {"up": "hours/weekly"}
    moved = page(admin.linus.post("/displays", data=form))
    assert moved.status == 200
    assert [one["value"] for one in moved.all("#panels input")][:3] == ["hours/weekly", "points/monthly", "medals"]
    assert moved.one("#name")["value"] == "Hall"
    assert admin.dump()["displays"] == []
    first = page(admin.linus.post("/displays", data=form | {"up": "points/monthly"}))
    assert [one["value"] for one in first.all("#panels input")][:3] == FORM["panels"]


def test_a_display_is_changed_and_says_who_changed_what(any_admin):
    any_admin.send("/displays/new", **FORM)
    address = f"/displays/{number(any_admin)}"
    shown = any_admin.read(address)
    assert (shown.heading, shown.one("iframe")["src"]) == ("Hall", f"{address}/picture")
    assert [one["value"] for one in shown.all("#panels input") if one.get("checked") is not None] == FORM["panels"]
    changed = {"panels": ["points/all_time", "join"], "theme": "light", "name": "Kitchen"}
    found = any_admin.send(address, address, **changed)
    assert "“Kitchen” is saved." in found.text
    assert (kept(any_admin, "panels"), kept(any_admin, "theme")) == (["points/all_time", "join"], "light")
    action, _what, before, after = any_admin.audited()[-1]
    assert (action, before["name"], after) == ("define", "Hall", changed)
    records = len(any_admin.audited())
    assert "is saved" in any_admin.send(address, address, panels=changed["panels"]).text
    assert len(any_admin.audited()) == records


@pytest.mark.parametrize("changed", [{"name": ""}, {"panels": ["medals"]}, {"seconds": "601"}, {"theme": "pink"}])
def test_a_change_that_is_wrong_is_said_at_its_field(admin, changed):
    admin.send("/displays/new", **FORM)
    address = f"/displays/{number(admin)}"
    found = admin.send(address, address, **{"panels": FORM["panels"]} | changed)
    assert found.status == 422
    assert list(found.errors) == list(changed)
    assert kept(admin, "name") == "Hall"


def test_a_language_is_asked_for_only_where_there_are_several(admin, monkeypatch):
    names = [one.text for one in admin.read("/displays/new").all("#language option")]
    assert names == ["That of the portal", "English", "العربية", "Deutsch", "Español"]
    admin.send("/displays/new", **FORM, language="de")
    assert kept(admin, "language") == "de"
    assert "Dark, German" in admin.read("/displays").text
    monkeypatch.setattr(catalogues, "offered", lambda: ("en",))
    assert not admin.read("/displays/new").has("#language")


def test_dates_and_numbers_on_it_follow_its_language(admin):
    admin.send("/displays/new", **FORM)
    admin.do(lambda: setattr(db.session.scalars(select(Display)).one(), "language", "de"))
    admin.did(people.did("project_completed", when=people.NOW.date()), people.did("project_completed"))
    for _ in range(12):
        admin.did(people.did("project_completed"))
    shown = admin.read(f"/displays/{number(admin)}/picture")
    assert shown.one("#boards")["lang"] == "de"
    assert shown.words(".picture h2")[0] == "Mai, nach Punkten"


def test_a_display_without_a_language_speaks_the_organisations_and_none_speaks_anothers(admin):
    admin.send("/displays/new", **FORM)
    picture = f"/displays/{number(admin)}/picture"

    def spoken() -> tuple[str, str, str]:
        boards = admin.linus.get(f"{picture}/boards")
        shown = page(boards).one("#boards")
        return shown["lang"], shown["dir"], boards.headers["Content-Language"]

    assert spoken() == ("en", "ltr", "en")
    english = admin.linus.get(f"{picture}/boards").headers["ETag"]
    admin.do(lambda: organisation.change("language", "ar"))
    assert spoken() == ("ar", "rtl", "ar")
    assert admin.linus.get(f"{picture}/boards", headers={"If-None-Match": english}).status_code == 200
    admin.do(lambda: setattr(db.session.scalars(select(Display)).one(), "language", "de"))
    assert spoken() == ("de", "ltr", "de")
    assert admin.read(picture).one("html")["lang"] == "de"


def test_a_new_link_is_shown_once_and_ends_the_old_one(admin):
    first = admin.send("/displays/new", **FORM).says("#secret")
    address = f"/displays/{number(admin)}"
    form = admin.read(address).form(f"{address}/link")
    second = page(admin.linus.post(f"{address}/link", data=form)).says("#secret")
    assert admin.app.test_client().get(first).status_code == 410
    assert admin.app.test_client().get(second).status_code == 200
    again = page(admin.linus.post(f"{address}/link", data=form))
    assert again.says("It was made already")
    assert admin.app.test_client().get(second).status_code == 200
    assert admin.audited()[-1][:2] == ("renew link", "displays")


def test_its_admin_sees_what_it_shows(admin):
    admin.send("/displays/new", **FORM)
    admin.did(people.did(quantity=3, when=people.NOW.date()))
    address = f"/displays/{number(admin)}/picture"
    shown = admin.read(address)
    assert shown.words(".picture li")[0] == "1 Ada B. 35"
    assert (shown.one("#screen")["data-url"], shown.one("#screen")["data-home"]) == (f"{address}/boards", "")
    assert "frame-ancestors 'self'" in shown.response.headers["Content-Security-Policy"]
    assert "display=" not in str(shown.response.headers)
    part = admin.linus.get(f"{address}/boards")
    assert (part.status_code, page(part).words(".picture li")[0]) == (200, "1 Ada B. 35")
    again = admin.linus.get(f"{address}/boards", headers={"If-None-Match": part.headers["ETag"]})
    assert again.status_code == 304
    assert admin.do(lambda: db.session.scalar(select(Screen.last_seen_at))) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "n" * 101),
        ("panels", []),
        ("panels", ["points/daily"]),
        ("seconds", "4"),
        ("seconds", "x"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(admin, field, value):
    found = admin.send("/displays/new", **{"name": "Hall", "panels": ["points/weekly"], field: value})
    assert found.status == 422
    assert list(found.errors) == [field]
    assert admin.dump()["displays"] == []


def test_a_display_is_ended(admin):
    link = admin.send("/displays/new", name=SCRIPT, panels=["points/weekly"]).says("#secret")
    address = f"/displays/{number(admin)}"
    found = admin.press(address, f"{address}/revocation")
    assert "Ended on 20 May 2026" in found.text
    assert SCRIPT in found.text
    assert "<script>alert" not in found.html
    assert admin.audited()[-1][:2] == ("revoke", "displays")
    assert admin.app.test_client().get(link).status_code == 410
    assert "It ended on 20 May 2026" in admin.read(address).text
    for path in ("/picture", "/picture/boards"):
        assert admin.linus.get(address + path).status_code == 404
    form = {"csrf_token": admin.token(admin.linus)}
    assert admin.linus.post(address, data=form | FORM).status_code == 422
    for path in ("/link", "/code"):
        assert admin.linus.post(address + path, data=form).status_code == 404


def test_the_list_costs_the_same_however_long_it_is(admin):
    admin.send("/displays/new", name="One", panels=["points/weekly"])
    few = admin.cost("/displays")
    admin.do(lambda: setattr(db.session.scalars(select(Screen)).one(), "last_seen_at", people.NOW - 9 * people.DAY))
    for number in range(6):
        admin.send("/displays/new", name=f"Display {number}", panels=["points/weekly"])
    assert admin.cost("/displays") == few
    assert admin.cost("/displays/1") == admin.cost("/displays/6")


def test_only_admins_look_after_displays(admin):
    for browser in (admin.grace, admin.signed_in("ada")):
        assert set(answers(browser, admin.app, "displays", "screens", "previews").values()) == {403}
    assert admin.dump()["displays"] == []
