"""Televisions are looked after by admins; a link is shown once."""

import pytest
from sqlalchemy import select

from portal.domain.displays import Display
from portal.extensions import db
from tests import people
from tests.web.admin import SCRIPT, answers
from tests.web.reading import page


def test_a_display_is_made_and_its_link_is_shown_once(any_admin):
    assert any_admin.read("/displays").says("No displays yet")
    form = any_admin.read("/displays/new").fields | {
        "name": "Hall",
        "boards": ["points/monthly", "hours/weekly"],
        "seconds": "15",
    }
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
    assert "This month, by points · This week, by hours 15 seconds each · last seen: never" in found.text
    action, what, _before, after = any_admin.audited()[-1]
    assert (action, what, after["seconds"]) == ("define", "displays", 15)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "n" * 101),
        ("boards", []),
        ("boards", ["points/daily"]),
        ("seconds", "4"),
        ("seconds", "x"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(admin, field, value):
    found = admin.send("/displays/new", **{"name": "Hall", "boards": ["points/weekly"], field: value})
    assert found.status == 422
    assert list(found.errors) == [field]
    assert admin.dump()["displays"] == []


def test_a_link_is_ended(admin):
    admin.send("/displays/new", name=SCRIPT, boards=["points/weekly"])
    number = admin.do(lambda: db.session.scalar(select(Display.id)))
    found = admin.press("/displays", f"/displays/{number}/revocation")
    assert "Its link ended on 20 May 2026" in found.text
    assert SCRIPT in found.text
    assert "<script>alert" not in found.html
    assert admin.audited()[-1][:2] == ("revoke", "displays")


def test_the_list_costs_the_same_however_long_it_is(admin):
    admin.send("/displays/new", name="One", boards=["points/weekly"])
    few = admin.cost("/displays")
    admin.do(lambda: setattr(db.session.scalars(select(Display)).one(), "last_seen_at", people.NOW - 9 * people.DAY))
    for number in range(6):
        admin.send("/displays/new", name=f"Display {number}", boards=["points/weekly"])
    assert admin.cost("/displays") == few


def test_only_admins_look_after_displays(admin):
    for browser in (admin.grace, admin.signed_in("ada")):
        assert set(answers(browser, admin.app, "displays").values()) == {403}
    assert admin.dump()["displays"] == []
