"""Coming in, going out, and what of a sign-in is left afterwards: nothing."""

from urllib.parse import quote

import pytest

from portal.domain.accounts import Role
from portal.extensions import db
from tests.people import PASSWORD, join, sign_up
from tests.web.reading import page, signed_in


@pytest.fixture
def ada(app):
    """Ada, who may sign in."""
    with app.app_context():
        sign_up("Ada Bell", Role.VOLUNTEER, volunteer=join("Ada Bell"))
    return app


def come_in(app, **more):
    """A browser after the sign-in form was sent."""
    client = app.test_client()
    form = page(client.get("/sign-in")).fields
    typed = {"email": "ada@example.org", "password": PASSWORD} | more
    return client, client.post("/sign-in", data=form | typed)


def test_who_knows_the_password_comes_in_whatever_the_case_of_the_e_mail(ada):
    client, answer = come_in(ada, email=" ADA@example.org ")

    assert answer.status_code == 302
    assert client.get("/").status_code == 200


def test_a_wrong_password_and_an_unknown_e_mail_are_told_in_the_same_words(ada):
    _, wrong = come_in(ada, password="something else entirely")
    _, unknown = come_in(ada, email="nobody@example.org")

    assert wrong.status_code == unknown.status_code == 422
    assert page(wrong).errors == page(unknown).errors != {}
    assert page(wrong).fields["email"] == "ada@example.org"


def test_a_form_without_its_token_is_refused(ada):
    answer = ada.test_client().post("/sign-in", data={"email": "ada@example.org", "password": PASSWORD})

    assert answer.status_code == 400
    assert page(answer).heading == "This form has expired"


def test_a_copied_cookie_is_worth_nothing_after_signing_out(ada):
    client, _ = come_in(ada)
    saved = client.get_cookie("laurels").value
    client.post("/sign-out", data={"csrf_token": page(client.get("/")).form("/sign-out")["csrf_token"]})

    thief = ada.test_client()
    thief.set_cookie("laurels", saved)

    assert thief.get("/").status_code == 302


def test_somebody_who_was_deactivated_is_out_at_once(ada):
    client = signed_in(ada, "ada@example.org")
    with ada.app_context():
        from portal.domain import accounts

        accounts.by_email("ada@example.org").active = False
        db.session.commit()

    assert client.get("/").status_code == 302


@pytest.mark.parametrize(
    "elsewhere",
    [
        *("//evil.example", "/\\evil.example", "https://evil.example", "/%2f/evil.example", "/\nevil", "javascript:x"),
        *("https:evil.example", "/%5cevil.example", "//user@evil.example/"),
    ],
)
def test_signing_in_never_leads_elsewhere(ada, elsewhere):
    client = ada.test_client()
    form = page(client.get("/sign-in")).fields

    answer = client.post(
        f"/sign-in?next={quote(elsewhere)}", data=form | {"email": "ada@example.org", "password": PASSWORD}
    )

    assert answer.location == "/"


def test_guessing_is_slowed_down_and_the_owner_comes_in_from_elsewhere(ada):
    for _ in range(10):
        come_in(ada, password="a guess too many")
    _, refused = come_in(ada)

    client = ada.test_client()
    at_home = {"REMOTE_ADDR": "192.0.2.7"}
    form = page(client.get("/sign-in", environ_base=at_home)).fields
    typed = form | {"email": "ada@example.org", "password": PASSWORD}
    answer = client.post("/sign-in", data=typed, environ_base=at_home)

    assert refused.status_code == 429
    assert answer.status_code == 302
