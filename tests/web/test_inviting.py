"""A link for friends: there where people can join by themselves, one's own, and renewed when one likes."""

import pytest

from portal.domain import inviting, organisation
from portal.extensions import db
from tests.web import cast
from tests.web.reading import page

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def ada(app):
    """Ada, where people may ask to join."""
    with app.app_context():
        organisation.change("sign_up", True)
        db.session.commit()
    return cast.volunteer(app)


def make(client) -> str:
    """Presses the button; the link."""
    form = page(client.get("/invite")).form("/invite")
    return page(client.post("/invite", data=form, follow_redirects=True)).one("#link")["value"]


def test_where_nobody_joins_by_themselves_nothing_leads_nowhere(sqlite_app):
    ada = cast.volunteer(sqlite_app)
    found = page(ada.get("/invite"))
    assert found.says("Here people are let in by hand")
    assert not found.has("main form")
    assert not found.has("#link")
    assert "join/" not in found.html
    token = found.one("meta[name=csrf-token]")["content"]
    ada.post("/invite", data={"csrf_token": token})
    with sqlite_app.app_context():
        assert not db.session.scalars(db.select(inviting.FriendLink)).all()


def test_the_link_is_made_once_and_renewed(app, ada):
    form = page(ada.get("/invite")).form("/invite")
    for _ in range(2):
        ada.post("/invite", data=form)
    link = page(ada.get("/invite")).one("#link")["value"]
    assert link.startswith("http://localhost/join/")
    assert page(ada.get("/invite")).has(".qr svg")
    other = make(ada)
    assert other != link
    with app.app_context():
        assert inviting.invited_by(link.rpartition("/")[2]) is None
        assert inviting.invited_by(other.rpartition("/")[2]).name == "Ada Bell"


def test_everybody_has_their_own(app, ada):
    assert make(ada) != make(cast.volunteer(app, "Ben Okafor"))


def test_without_scripts_there_is_a_field_to_copy_from(app, ada):
    make(ada)
    found = page(ada.get("/invite"))
    assert found.one("#link").get("readonly") is not None
    assert found.one("[data-share]").get("hidden") is not None
    assert found.says("50 points")
