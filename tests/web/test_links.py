"""A forgotten password, and links that work once: by mail or by an admin's hand."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from portal.domain import accounts, password_links, second_factors
from portal.domain.accounts import SignIn, User
from portal.domain.password_links import PasswordLink
from portal.extensions import db
from tests import people
from tests.people import NOW
from tests.web.office import at_once
from tests.web.post import follow, send
from tests.web.reading import page

ADA = "ada@example.org"
NEW = "seven boats in the bay"


def forget(house, email: str = ADA):
    """Somebody asks for a new password, in a browser of their own."""
    browser = house.app.test_client()
    return browser, send(browser, "/forgotten", email=email)


def may_come_in(house, password: str, email: str = ADA) -> bool:
    return house.do(lambda: accounts.check_password(email, password) is not None)


def by_hand(house) -> str:
    """A link for Ada as an admin makes it."""
    found = house.press(f"/users/{user_id(house)}", f"/users/{user_id(house)}/password-link")
    return found.says("#secret").removeprefix("http://localhost")


def user_id(house) -> int:
    return house.do(lambda: db.session.scalar(select(User.id).where(User.email == ADA)))


def test_who_forgot_the_password_chooses_another_and_is_in_and_out_elsewhere(any_admin, post):
    elsewhere = any_admin.signed_in("ada")
    browser, told = forget(any_admin)
    assert told.heading == "Look into your inbox"
    link = post.link(ADA)

    found = follow(browser, link)
    assert (found.heading, found.one("#email")["value"]) == ("Choose a new password", ADA)
    assert "History History" in send(browser, "/links/password", password=NEW).links

    assert may_come_in(any_admin, NEW)
    assert not may_come_in(any_admin, people.PASSWORD)
    assert elsewhere.get("/").status_code == 302
    assert [row[0] for row in any_admin.audited()[-2:]] == ["make_password_link", "change_password"]
    assert post.newest(ADA).message["Subject"] == "Your password is another one now"


def test_the_answer_is_the_same_whoever_asks_and_nobody_else_gets_a_mail(any_admin, post):
    any_admin.do(lambda: setattr(accounts.by_email("grace@example.org"), "active", False))
    answers = {}
    for email in (ADA, "nobody@example.org", "grace@example.org"):
        browser = any_admin.app.test_client()
        form = page(browser.get("/forgotten")).fields | {"email": email}
        answer = browser.post("/forgotten", data=form)
        answers[email] = (answer.status_code, answer.location, answer.text)
    assert len(set(answers.values())) == 1
    post.send()
    assert dict(post.server.numbers) == {ADA: 1}


def test_a_second_mail_goes_only_when_the_first_is_old(admin, post):
    with time_machine.travel(NOW, tick=False) as clock:
        for minutes in (0, 5, 11):
            clock.move_to(NOW + timedelta(minutes=minutes))
            forget(admin)
            post.send()
    assert len(post.to(ADA)) == 2


def test_the_secret_leaves_the_address_and_is_kept_nowhere_as_it_is(any_admin, post):
    browser, _told = forget(any_admin)
    link = post.link(ADA)
    answer = browser.get(link)
    assert (answer.status_code, answer.location) == (302, "/links/password")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    secret = link.rpartition("/")[2]
    shown = browser.get("/links/password")
    assert secret not in shown.text
    assert secret not in str(any_admin.dump())


def test_to_follow_a_link_changes_nothing_and_to_come_back_later_is_no_harm(any_admin, post):
    forget(any_admin)
    link, before = post.link(ADA), any_admin.dump()
    follow(any_admin.app.test_client(), link)
    assert any_admin.dump() == before
    browser = any_admin.app.test_client()
    follow(browser, link)
    assert send(browser, "/links/password", password=NEW).status == 200


@pytest.mark.parametrize(("seconds", "good"), [(3599, True), (3600, False), (3601, False)])
def test_a_link_holds_for_an_hour_to_the_second(admin, seconds, good):
    link = by_hand(admin)
    browser = admin.app.test_client()
    with time_machine.travel(NOW + timedelta(seconds=seconds), tick=False):
        found = follow(browser, link)
        assert (found.heading == "Choose a new password") is good
        assert (found.status == 410) is not good


def test_a_link_that_was_used_says_so_kindly_and_opens_nothing(any_admin):
    link = by_hand(any_admin)
    first, second = any_admin.app.test_client(), any_admin.app.test_client()
    for browser in (first, second):
        follow(browser, link)
    form = page(second.get("/links/password")).fields
    send(first, "/links/password", password=NEW)
    found = page(second.post("/links/password", data=form | {"password": "something else again"}))
    assert (found.status, found.heading) == (410, "This link was used already")
    assert found.links["Sign in"] == "/sign-in"
    assert may_come_in(any_admin, NEW)
    assert second.get("/").status_code == 302


def test_a_weak_password_is_refused_and_the_link_is_as_good_as_before(any_admin):
    link, browser = by_hand(any_admin), any_admin.app.test_client()
    follow(browser, link)
    found = send(browser, "/links/password", password="password123")
    assert (found.status, list(found.errors)) == (422, ["password"])
    assert send(browser, "/links/password", password=NEW).status == 200


def test_of_fifty_who_use_a_link_at_once_one_does(any_admin):
    link = by_hand(any_admin)
    browsers = [any_admin.app.test_client() for _ in range(50)]
    forms = []
    for number, browser in enumerate(browsers):
        browser.environ_base["REMOTE_ADDR"] = f"198.51.100.{number}"
        forms.append(follow(browser, link).fields | {"password": f"seven boats and {number} more"})
    before = len(any_admin.audited())
    found = at_once(50, lambda one: browsers[one].post("/links/password", data=forms[one]).status_code)
    assert sorted(found) == [302] + [410] * 49
    winner = found.index(302)
    assert may_come_in(any_admin, f"seven boats and {winner} more")
    assert len(any_admin.audited()) == before + 1
    sign_ins = select(func.count()).select_from(SignIn).join(SignIn.user).where(User.email == ADA)
    assert any_admin.do(lambda: db.session.scalar(sign_ins)) == 1


@pytest.mark.parametrize("what", ["a newer link", "another password", "kept out"])
def test_a_link_is_over_as_soon_as_it_should_be(any_admin, what):
    link, browser = by_hand(any_admin), any_admin.app.test_client()
    number = user_id(any_admin)
    if what == "a newer link":
        by_hand(any_admin)
    elif what == "another password":
        any_admin.send(f"/users/{number}", f"/users/{number}/password", password=NEW)
    else:
        any_admin.press(f"/users/{number}", f"/users/{number}/deactivation")
    found = follow(browser, link)
    assert (found.status, found.heading) == (410, "This link holds no more")


def test_a_guessed_link_leads_nowhere_and_says_so(admin):
    found = follow(admin.app.test_client(), "/links/password/guessed")
    assert (found.status, found.heading) == (404, "This link leads nowhere")
    assert admin.app.test_client().get("/links/anything/guessed").status_code == 404


def test_a_link_does_not_go_round_the_second_factor(any_admin):
    def has_one() -> None:
        ada = db.session.get_one(User, user_id(any_admin))
        second_factors.begin_app(ada, NOW)
        second_factors.app_of(ada).confirmed_at = ada.second_factor_since = NOW

    any_admin.do(has_one)
    link, browser = by_hand(any_admin), any_admin.app.test_client()
    follow(browser, link)
    assert send(browser, "/links/password", password=NEW).heading == "One more step"
    assert browser.get("/").status_code == 302


def test_without_mail_one_asks_an_admin(admin):
    found = page(admin.app.test_client().get("/forgotten"))
    assert found.says("Ask an admin")
    assert not found.has("main form")


def test_a_link_that_an_admin_has_mailed_is_not_shown(admin, post):
    number = user_id(admin)
    found = admin.press(f"/users/{number}", f"/users/{number}/password-link")
    assert found.says(".flashes") == "A link is on its way to ada@example.org."
    assert not found.has("#secret")
    assert follow(admin.app.test_client(), post.link(ADA)).heading == "Choose a new password"


def test_asking_too_often_is_slowed_down(admin, post):
    answers = [forget(admin)[1].status for _ in range(6)]
    assert answers == [200] * 5 + [429]


def test_old_links_are_thrown_away(admin):
    by_hand(admin)
    admin.do(lambda: password_links.forget_old(NOW + timedelta(days=31)))
    assert admin.do(lambda: db.session.scalar(select(PasswordLink.id))) is None


def test_mails_look_well_in_both_ways(admin, post):
    forget(admin)
    mail = post.newest(ADA)
    assert re.search(r'href="https://thanks\.example\.org/links/password/[\w-]{43}"', mail.html)
    assert "The link works once, for an hour." in mail.text
    assert "List-Unsubscribe" not in mail.message
