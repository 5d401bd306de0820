"""Passkeys: as a second factor, and instead of a password; each answer once, from here, by whose it is."""

from datetime import timedelta

import pytest
import time_machine

from portal.domain import accounts
from tests import people
from tests.machinery.authenticator import Authenticator
from tests.people import NOW
from tests.web.post import send
from tests.web.reading import Page, page

HERE = "/my-sign-in/second-factor"
SECOND, FIRST = "/sign-in/second-step/passkey", "/sign-in/passkey"


def asked(browser, url: str) -> str:
    """What the page asks of a passkey."""
    return page(browser.get(url)).one("form[data-passkey]")["data-options"]


def answer(browser, url: str, sent: str) -> Page:
    """Sends what a passkey answered."""
    token = page(browser.get("/no-such-page")).one("meta[name=csrf-token]")["content"]
    return page(browser.post(url, data={"csrf_token": token, "credential": sent}, follow_redirects=True))


def has_passkey(house, name: str = "ada", **how) -> Authenticator:
    """Somebody makes a passkey."""
    browser, key = house.signed_in(name), Authenticator(**how)
    found = answer(browser, f"{HERE}/passkey", key.make(asked(browser, f"{HERE}/passkey")))
    assert found.heading == "Ten codes on paper"
    return key


def with_password(house, name: str = "ada"):
    """A browser in which the password was right."""
    browser = house.app.test_client()
    send(browser, "/sign-in", email=f"{name}@example.org", password=people.PASSWORD)
    return browser


def test_a_passkey_after_the_password_lets_one_in(office):
    elsewhere = office.signed_in("ada")
    key = has_passkey(office)
    assert elsewhere.get("/").status_code == 302
    browser = with_password(office)
    assert page(browser.get("/sign-in/second-step")).links["Show a passkey"] == SECOND
    assert browser.get("/").status_code == 302
    assert "History History" in answer(browser, SECOND, key.show(asked(browser, SECOND))).links
    assert page(browser.get(HERE)).says("Passkey of Some browser")


def test_a_passkey_that_asks_who_one_is_lets_one_in_without_a_password(office):
    key, browser = has_passkey(office), office.app.test_client()
    assert "History History" in answer(browser, FIRST, key.show(asked(browser, FIRST))).links


def test_one_that_does_not_ask_is_no_more_than_a_second_factor(office):
    key, browser = has_passkey(office, verifies=False), office.app.test_client()
    found = answer(browser, FIRST, key.show(asked(browser, FIRST)))
    assert found.says("That passkey is not known here.")
    browser = with_password(office)
    assert "History History" in answer(browser, SECOND, key.show(asked(browser, SECOND))).links


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"origin": "https://evil.example"}, id="another site"),
        pytest.param({"id": b"x" * 32}, id="an unknown passkey"),
        pytest.param({"key": Authenticator().key}, id="another key"),
    ],
)
def test_what_is_not_the_passkey_of_this_person_at_this_place_opens_nothing(office, wrong):
    key = has_passkey(office)
    forged = Authenticator(**{"key": key.key, "id": key.id} | wrong)
    browser = with_password(office)
    assert answer(browser, SECOND, forged.show(asked(browser, SECOND))).says("That did not work.")
    assert browser.get("/").status_code == 302


def test_the_passkey_of_somebody_else_is_no_second_factor_of_mine(office):
    has_passkey(office, "ada")
    graces = has_passkey(office, "grace")
    browser = with_password(office, "ada")
    question = asked(browser, SECOND)
    assert answer(browser, SECOND, graces.show(question)).says("That did not work.")
    assert browser.get("/").status_code == 302


def test_an_answer_is_good_once_even_with_a_copied_cookie(office):
    key, browser = has_passkey(office), office.app.test_client()
    sent = key.show(asked(browser, FIRST))
    copied = browser.get_cookie("laurels").value
    answer(browser, FIRST, sent)
    thief = office.app.test_client()
    thief.set_cookie("laurels", copied)
    assert answer(thief, FIRST, sent).says("That passkey is not known here.")
    assert thief.get("/").status_code == 302


@pytest.mark.parametrize(("minutes", "good"), [(9, True), (10, False)])
def test_a_question_is_good_for_ten_minutes(admin, minutes, good):
    key, browser = has_passkey(admin), admin.app.test_client()
    sent = key.show(asked(browser, FIRST))
    with time_machine.travel(NOW + timedelta(minutes=minutes), tick=False):
        assert ("History History" in answer(browser, FIRST, sent).links) is good


@pytest.mark.parametrize("sent", ["", "no JSON", "[]", "{}", '{"id": "x"}', "x" * 30_000])
def test_nonsense_is_told_so_and_changes_nothing(admin, sent):
    ada = admin.signed_in("ada")
    for browser, url in ((ada, f"{HERE}/passkey"), (admin.app.test_client(), FIRST)):
        asked(browser, url)
        assert answer(browser, url, sent).status == 200
    assert admin.dump()["second_factors"] == []


def test_who_is_kept_out_does_not_come_in_by_a_passkey(admin):
    key, browser = has_passkey(admin), admin.app.test_client()
    admin.do(lambda: setattr(accounts.by_email("ada@example.org"), "active", False))
    answer(browser, FIRST, key.show(asked(browser, FIRST)))
    assert browser.get("/").status_code == 302


def test_a_passkey_is_here_once(admin):
    key, browser = has_passkey(admin), admin.signed_in("ada")
    found = answer(browser, f"{HERE}/passkey", key.make(asked(browser, f"{HERE}/passkey")))
    assert found.says("This passkey is here already.")


def test_it_satisfies_an_organisation_that_asks_for_a_second_factor(admin):
    send(admin.linus, "/coming-in", second_factor_from="coordinator")
    assert admin.grace.get("/desk").location == HERE
    key, browser = Authenticator(), admin.grace
    answer(browser, f"{HERE}/passkey", key.make(asked(browser, f"{HERE}/passkey")))
    assert admin.grace.get("/desk").status_code == 200
