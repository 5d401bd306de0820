"""How I sign in: another password, and every browser that is signed in, ended from any other."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from portal.domain import accounts
from portal.domain.accounts import SignIn
from portal.extensions import db
from portal.web import browsers
from tests import people
from tests.people import NOW
from tests.web.post import send
from tests.web.reading import page

NEW = "seven boats in the bay"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def by_password(house, agent: str = FIREFOX):
    """Ada signs in with her password, in this kind of browser."""
    browser = house.app.test_client()
    browser.environ_base["HTTP_USER_AGENT"] = agent
    send(browser, "/sign-in", email="ada@example.org", password=people.PASSWORD)
    return browser


def may_come_in(house, password: str) -> bool:
    return house.do(lambda: accounts.check_password("ada@example.org", password) is not None)


def test_with_the_old_password_one_sets_a_new_one_and_is_out_everywhere_else(office, post):
    here, elsewhere = by_password(office), by_password(office)
    found = send(here, "/my-sign-in", "/my-sign-in/password", old=people.PASSWORD, new=NEW)
    assert found.says(".flashes") == "Your new password holds. Everywhere else you are signed out."
    assert here.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302
    assert may_come_in(office, NEW)
    assert not may_come_in(office, people.PASSWORD)
    assert post.newest("ada@example.org").message["Subject"] == "Your password is another one now"


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"old": "a guess of mine"}, "old", "not your password"),
        ({"old": ""}, "old", "of now"),
        ({"new": "short"}, "new", "at least 10"),
        ({"new": "AdaBell2024"}, "new", "too near"),
        ({"new": "password1234"}, "new", "tried first"),
    ],
)
def test_what_will_not_do_is_said_at_its_field_and_nothing_changes(admin, typed, field, words):
    ada = admin.signed_in("ada")
    found = send(ada, "/my-sign-in", "/my-sign-in/password", **{"old": people.PASSWORD, "new": NEW} | typed)
    assert (found.status, list(found.errors)) == (422, [field])
    assert words in found.errors[field]
    assert may_come_in(admin, people.PASSWORD)


def test_whoever_found_an_open_browser_does_not_guess_on(admin):
    ada = admin.signed_in("ada")
    guesses = [send(ada, "/my-sign-in", "/my-sign-in/password", old=f"a guess {n}", new=NEW).status for n in range(11)]
    assert guesses == [422] * 10 + [429]


def test_every_browser_is_listed_in_words(office):
    by_password(office, "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604.1")
    here = by_password(office)
    found = page(here.get("/my-sign-in"))
    rows = found.words("#sign-ins li")
    assert rows[0].startswith("Firefox on Linux This browser Since 20 May 2026, last seen just now")
    assert any(one.startswith("Safari on iPhone Since") and one.endswith("Sign out") for one in rows)


def test_one_browser_is_signed_out_from_another(office):
    here, elsewhere = by_password(office), by_password(office)
    page(here.get("/my-sign-in"))
    number = office.do(lambda: db.session.scalar(select(SignIn.id).order_by(SignIn.id.desc())))
    send(here, "/my-sign-in", f"/my-sign-in/sign-ins/{number}/end")
    assert elsewhere.get("/").status_code == 302
    assert here.get("/").status_code == 200


def test_signed_out_everywhere_else_at_once(office):
    here, *others = (by_password(office) for _ in range(4))
    found = send(here, "/my-sign-in", "/my-sign-in/sign-ins/end")
    assert found.says(".flashes") == "Everywhere else you are signed out."
    assert [one.get("/").status_code for one in others] == [302] * 3
    assert here.get("/").status_code == 200


def test_nobody_ends_what_is_another_persons(admin):
    ada = admin.signed_in("ada")
    number = admin.do(lambda: db.session.scalar(select(SignIn.id).order_by(SignIn.id)))
    form = page(ada.get("/my-sign-in")).form("/my-sign-in/password")
    token = {"csrf_token": form["csrf_token"]}
    answers = [ada.post(f"/my-sign-in/sign-ins/{one}/end", data=token) for one in (number, 999_999)]
    assert [one.status_code for one in answers] == [404, 404]
    assert admin.grace.get("/desk").status_code == 200


def test_when_a_browser_was_seen_is_known_to_five_minutes(office):
    here = by_password(office)
    seen = select(SignIn.last_seen_at).order_by(SignIn.id.desc()).limit(1)
    found = []
    for minutes in (4, 6, 8, 12):
        with time_machine.travel(NOW + timedelta(minutes=minutes), tick=False):
            here.get("/")
        found.append(office.do(lambda: db.session.scalar(seen)) - NOW)
    assert found == [timedelta(minutes=minutes) for minutes in (0, 6, 6, 12)]


def test_the_page_costs_the_same_however_many_browsers_there_are(admin):
    few = admin.cost("/my-sign-in")
    for _ in range(12):
        admin.signed_in("linus")
    assert admin.cost("/my-sign-in") == few


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 15_0) Version/19.0 Safari/605.1", "Safari on Mac"),
        ("curl/8", "Some browser"),
        ("", "Some browser"),
    ],
)
def test_a_browser_has_a_name_that_people_know(sqlite_app, agent, words):
    with sqlite_app.test_request_context():
        assert browsers.in_words(agent) == words
