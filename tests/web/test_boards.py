"""What admins decide about boards, and how far a rebuild is."""

import pytest
from sqlalchemy import select

from portal.domain import keeping_boards, organisation
from portal.domain.leaderboards import BoardTouch
from portal.extensions import db
from tests import people
from tests.web import cast
from tests.web.reading import page

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def switched_off(app):
    """An organisation that does not compare people."""
    with app.app_context():
        organisation.change("boards_of_people", False)
        db.session.commit()
    return app


def test_boards_of_people_are_switched_off_and_on_again(any_admin):
    fields = any_admin.read("/boards").form("/boards")
    assert fields["compares_people"] == "y"
    del fields["compares_people"]
    assert any_admin.linus.post("/boards", data=fields | {"closing_days": "5"}).status_code == 302
    assert any_admin.do(decided) == (False, 5)
    assert [one[2:] for one in any_admin.audited()[-2:]] == [
        ({"boards_of_people": True}, {"boards_of_people": False}),
        ({"closing_days": 3}, {"closing_days": 5}),
    ]
    any_admin.send("/boards", "/boards", compares_people="y")
    assert any_admin.do(decided) == (True, 5)


def decided() -> tuple:
    return organisation.setting("boards_of_people"), organisation.setting("closing_days")


@pytest.mark.parametrize("days", ["", "-1", "32", "three", "9" * 30])
def test_what_is_wrong_is_said_at_its_field_and_nothing_changes(admin, days):
    fields = admin.read("/boards").form("/boards") | {"closing_days": days}
    answer = admin.linus.post("/boards", data=fields)
    shown = page(answer)
    assert answer.status_code == 422
    assert shown.one("#closing_days")["value"] == days
    assert shown.has("#closing_days-error")
    assert admin.do(decided) == (True, 3)


def test_without_boards_of_people_nobody_has_a_place_anywhere(switched_off):
    ada = cast.volunteer(switched_off)
    cast.someone(switched_off, "Ben Okafor")
    cast.did(switched_off, cast.hours("Ben", 4), cast.hours("Ada", 2))
    for url in ("/leaderboards", "/leaderboards/points/monthly", "/leaderboards/points/monthly/earlier"):
        assert ada.get(url).status_code == 404
    home = page(ada.get("/"))
    assert "/leaderboards/points" not in home.html
    assert "Place" not in home.one(".numerals").text
    ben = page(ada.get(f"/volunteers/{cast.id_of(switched_off, 'Ben Okafor')}"))
    assert "Place" not in ben.one("main").text


def test_admins_see_how_far_a_rebuild_is(any_admin):
    def state() -> str:
        return any_admin.read("/boards").says("#state")

    assert "Nothing has been counted yet." in state()
    any_admin.do(lambda: people.count(people.did()))
    assert "Something has changed" in state()
    assert any_admin.read("/boards").one("#state")["data-hx-get"] == "/boards"
    any_admin.do(lambda: keeping_boards.begin(people.NOW))
    assert "They are being rebuilt" in state()
    any_admin.do(lambda: keeping_boards.give_up(people.NOW))
    assert "The last rebuild failed (just now)." in state()
    any_admin.do(lambda: (people.refresh(), keeping_boards.finish(4.2, people.NOW)))
    assert "Up to date. Last rebuilt: just now. It took 4 seconds." in state()
    assert "failed" not in state()
    assert any_admin.read("/boards").one("#state").get("data-hx-get") is None


def test_htmx_gets_how_they_stand_alone(admin):
    part = page(admin.linus.get("/boards", headers={"HX-Request": "true"}))
    assert [one["id"] for one in part.root.children if not isinstance(one, str)] == ["state"]


def test_all_boards_are_rebuilt_on_request(admin):
    admin.do(people.refresh)
    assert admin.do(people.refresh) == []
    admin.press("/boards", "/boards/rebuilding")
    assert len(admin.do(lambda: db.session.scalars(select(BoardTouch)).all())) == 3
    assert len(admin.do(people.refresh)) == 9
