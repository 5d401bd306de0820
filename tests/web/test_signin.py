"""Coming in, going out, and what of a sign-in is left afterwards: nothing."""

import hashlib
import re
from datetime import timedelta
from urllib.parse import quote

import pytest
import time_machine
from werkzeug.security import generate_password_hash

from portal.domain import accounts, passwords
from portal.domain.accounts import Role
from portal.extensions import db
from tests.people import NOW, PASSWORD, join, sign_up
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


def told(answer, typed: str) -> tuple:
    """All that an answer tells, but for what is drawn each time and what was typed."""
    text = re.sub(r'(name="csrf_token"|name="csrf-token")[^>]*', "", answer.text).replace(typed, "...")
    return answer.status_code, text, len(text)


def test_nobody_learns_from_an_answer_who_signs_in_here(ada):
    with ada.app_context():
        sign_up("Kept Out", Role.VOLUNTEER).active = False
        sign_up("Oidc Only", Role.VOLUNTEER).password_hash = "oidc"
        db.session.commit()
    answers = {
        told(come_in(ada, email=f"{name}@example.org", password="a guess of mine")[1], f"{name}@example.org")
        for name in ("ada", "kept", "oidc", "nobody")
    }
    assert len(answers) == 1


def test_nobody_learns_from_the_time_it_takes_either(ada, monkeypatch):
    costs, scrypt = [], hashlib.scrypt
    monkeypatch.setattr(hashlib, "scrypt", lambda *given, **how: costs.append(how["n"]) or scrypt(*given, **how))
    with ada.app_context():
        passwords.nobodys()
        sign_up("Oidc Only", Role.VOLUNTEER).password_hash = "oidc"
        db.session.commit()
    found = {}
    for name in ("ada", "oidc", "nobody"):
        costs.clear()
        come_in(ada, email=f"{name}@example.org", password="a guess of mine")
        found[name] = list(costs)
    assert found["ada"] == found["oidc"] == found["nobody"] != []


def test_a_session_that_was_planted_before_signing_in_is_worth_nothing_after(ada):
    client = ada.test_client()
    form = page(client.get("/sign-in")).fields
    planted = client.get_cookie("laurels").value

    client.post("/sign-in", data=form | {"email": "ada@example.org", "password": PASSWORD})

    thief = ada.test_client()
    thief.set_cookie("laurels", planted)
    assert client.get_cookie("laurels").value != planted
    assert thief.get("/").status_code == 302


@pytest.mark.parametrize(
    ("remember", "still", "over"),
    [({}, timedelta(hours=12), timedelta(hours=12)), ({"remember": "y"}, timedelta(days=30), timedelta(days=30))],
)
def test_a_sign_in_lasts_as_long_as_one_asked_for(ada, remember, still, over):
    second = timedelta(seconds=1)
    with time_machine.travel(NOW, tick=False) as clock:
        client, _answer = come_in(ada, **remember)
        kept = client.get_cookie("laurels").expires
        secret = client.get_cookie("laurels").value
        assert (kept is not None) is bool(remember), "only who asked for it is remembered when the browser closes"
        answers = []
        for moment in (NOW + still - second, NOW + over):
            clock.move_to(moment)
            browser = ada.test_client()
            browser.set_cookie("laurels", secret)
            answers.append(browser.get("/").status_code)
    assert answers == [200, 302]


def test_signing_in_goes_on_to_where_one_was_going(ada):
    client = ada.test_client()
    found = page(client.get("/history?show=hours", follow_redirects=True))
    form = found.fields | {"email": "ada@example.org", "password": PASSWORD}

    assert client.post(found.one("main form")["action"], data=form).location == "/history?show=hours"


def test_a_password_that_was_hashed_in_an_older_way_is_hashed_anew_as_one_comes_in(ada):
    with ada.app_context():
        accounts.by_email("ada@example.org").password_hash = generate_password_hash(PASSWORD, "scrypt:512:8:1")
        db.session.commit()
    come_in(ada)
    with ada.app_context():
        kept = accounts.by_email("ada@example.org").password_hash
    assert kept.startswith(passwords.METHOD + "$")
    assert come_in(ada)[1].status_code == 302


def test_guesses_from_many_networks_slow_each_other_down_but_not_the_owners_own_browser(ada):
    owner, _answer = come_in(ada)
    owner.post("/sign-out", data={"csrf_token": page(owner.get("/")).form("/sign-out")["csrf_token"]})
    for number in range(100):
        form = page((thief := ada.test_client()).get("/sign-in")).fields
        typed = form | {"email": "ada@example.org", "password": "a guess"}
        thief.post("/sign-in", data=typed, environ_base={"REMOTE_ADDR": f"198.51.100.{number}"})

    def tries(client, address: str) -> int:
        form = page(client.get("/sign-in")).fields | {"email": "ada@example.org", "password": PASSWORD}
        return client.post("/sign-in", data=form, environ_base={"REMOTE_ADDR": address}).status_code

    assert tries(ada.test_client(), "203.0.113.5") == 429
    assert tries(owner, "203.0.113.5") == 302


def test_a_house_with_many_addresses_is_one_network(ada):
    answers = []
    for number in range(11):
        form = page((client := ada.test_client()).get("/sign-in")).fields
        typed = form | {"email": "ada@example.org", "password": "a guess"}
        answers.append(client.post("/sign-in", data=typed, environ_base={"REMOTE_ADDR": f"2001:db8::{number}"}))
    assert [one.status_code for one in answers] == [422] * 10 + [429]
