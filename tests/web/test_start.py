"""The first visitor: one link, one admin, and then it is over."""

import pytest

from portal.domain import accounts, organisation
from portal.extensions import db
from tests.web.reading import page

TYPED = {
    "organisation_name": "River Helpers",
    "time_zone": "Europe/Lisbon",
    "name": "Linus Berg",
    "email": "linus@example.org",
    "password": "a good long password",
}


@pytest.fixture
def link(app) -> str:
    """The one-time link."""
    with app.app_context():
        secret = accounts.first_link()
        db.session.commit()
    return f"/start/{secret}"


def send(client, link, **more):
    """Fills the form in and sends it."""
    return client.post(link, data=page(client.get(link)).fields | TYPED | more)


def test_the_first_visitor_becomes_the_admin_and_is_signed_in(app, link):
    client = app.test_client()

    answer = send(client, link)

    assert answer.status_code == 302
    assert client.get(answer.location).status_code == 200
    with app.app_context():
        assert accounts.by_email("linus@example.org").role == "admin"
        assert organisation.setting("organisation_name") == "River Helpers"
        assert organisation.setting("time_zone") == "Europe/Lisbon"


def test_the_link_works_once(app, link):
    send(app.test_client(), link)

    assert app.test_client().get(link).status_code == 404


def test_another_link_ends_the_one_before(app, link):
    with app.app_context():
        accounts.first_link()
        db.session.commit()

    assert app.test_client().get(link).status_code == 404


@pytest.mark.parametrize(
    ("field", "value"),
    [("time_zone", "Lisbon time"), ("email", "linus"), ("password", "short"), ("name", ""), ("organisation_name", "")],
)
def test_a_mistake_is_told_at_its_field_and_nothing_typed_is_lost(app, link, field, value):
    client = app.test_client()

    answer = page(send(client, link, **{field: value}))

    assert answer.status == 422
    assert list(answer.errors) == [field]
    kept = {name: typed for name, typed in TYPED.items() if name not in (field, "password")}
    assert {name: answer.fields[name] for name in kept} == kept


def test_a_guessed_link_leads_nowhere(app, link):
    assert app.test_client().get("/start/guess").status_code == 404
