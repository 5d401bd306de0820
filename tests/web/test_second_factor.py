"""A second factor: set up, shown, each code once, on paper for bad days, asked for by an organisation, and lost."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from portal.domain import accounts, organisation, second_factors, time_codes
from portal.domain.accounts import User
from portal.domain.second_factors import SecondFactor
from portal.extensions import db
from tests import people
from tests.people import NOW
from tests.web.office import at_once
from tests.web.post import follow, half_a_minute_on, send
from tests.web.reading import page

HERE = "/my-sign-in/second-factor"


def user(name: str) -> User:
    return accounts.by_email(f"{name}@example.org")


def code(house, name: str, moment=NOW) -> str:
    """What the app of somebody shows at an instant."""

    def shown() -> str:
        secret = second_factors.secret_of(second_factors.app_of(user(name)))
        return time_codes.code(secret, time_codes.step_of(moment))

    return house.do(shown)


def has_app(house, name: str, browser=None) -> list[str]:
    """Somebody sets an app up, with the code that it showed half a minute ago; their codes on paper."""
    browser = browser or house.signed_in(name)
    send(browser, HERE, f"{HERE}/app")
    found = send(browser, f"{HERE}/app", code=code(house, name, half_a_minute_on(NOW, -1)))
    assert found.heading == "Ten codes on paper"
    return found.words("#codes code")


def with_password(house, name: str):
    """A browser in which the password was right."""
    browser = house.app.test_client()
    found = send(browser, "/sign-in", email=f"{name}@example.org", password=people.PASSWORD)
    return browser, found


def test_who_has_an_app_types_its_code_after_the_password(office):
    elsewhere = office.signed_in("ada")
    has_app(office, "ada")
    assert elsewhere.get("/").status_code == 302, "those who showed none are out"
    browser, found = with_password(office, "ada")
    assert found.heading == "One more step"
    assert browser.get("/").status_code == 302, "the password alone opens nothing"
    half = browser.get_cookie("laurels").value
    assert "History History" in send(browser, "/sign-in/second-step", code=code(office, "ada")).links
    assert browser.get_cookie("laurels").value != half


def test_a_half_sign_in_opens_nothing_even_as_a_copied_cookie(office):
    has_app(office, "ada")
    browser, _found = with_password(office, "ada")
    with browser.session_transaction() as session:
        secret = session["half_in"]
    thief = office.app.test_client()
    with thief.session_transaction() as session:
        session["sign_in"] = secret
    assert thief.get("/").status_code == 302


def test_a_code_is_good_once(office):
    has_app(office, "ada")
    typed = code(office, "ada")
    first, second = (with_password(office, "ada")[0] for _ in range(2))
    send(first, "/sign-in/second-step", code=typed)
    found = send(second, "/sign-in/second-step", code=typed)
    assert (found.status, list(found.errors)) == (422, ["code"])
    assert second.get("/").status_code == 302


def test_of_many_who_send_one_code_at_once_one_comes_in(office):
    has_app(office, "ada")
    typed, browsers = code(office, "ada"), [with_password(office, "ada")[0] for _ in range(8)]
    forms = [page(one.get("/sign-in/second-step")).fields | {"code": typed} for one in browsers]
    found = at_once(8, lambda one: browsers[one].post("/sign-in/second-step", data=forms[one]).status_code)
    assert sorted(found) == [302] + [422] * 7


@pytest.mark.parametrize(("steps", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_the_clock_of_a_phone_may_be_half_a_minute_off(admin, steps, good):
    has_app(admin, "ada")
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        browser, _found = with_password(admin, "ada")
        typed = code(admin, "ada", half_a_minute_on(NOW + timedelta(hours=1), steps))
        send(browser, "/sign-in/second-step", code=typed)
        assert (browser.get("/").status_code == 200) is good


def test_after_five_wrong_codes_one_begins_with_the_password_again(office):
    has_app(office, "ada")
    browser, _found = with_password(office, "ada")
    for _ in range(5):
        found = send(browser, "/sign-in/second-step", code="000000")
    assert found.heading == "Welcome back"
    form = page(browser.get("/sign-in")).fields | {"code": code(office, "ada")}
    assert browser.post("/sign-in/second-step", data=form).location == "/sign-in"
    assert browser.get("/").status_code == 302


def test_who_takes_longer_than_ten_minutes_begins_again(admin):
    has_app(admin, "ada")
    browser, _found = with_password(admin, "ada")
    with time_machine.travel(NOW + timedelta(minutes=10), tick=False):
        assert browser.get("/sign-in/second-step").location == "/sign-in"


def test_codes_are_not_guessed_on_and_a_new_password_lets_the_owner_in(admin):
    has_app(admin, "ada")
    answers = []
    for _ in range(5):
        browser, _found = with_password(admin, "ada")
        answers += [send(browser, "/sign-in/second-step", code="000000").status for _ in range(4)]
    browser, _found = with_password(admin, "ada")
    assert send(browser, "/sign-in/second-step", code=code(admin, "ada")).status == 429
    number = admin.do(lambda: user("ada").id)
    admin.send(f"/users/{number}", f"/users/{number}/password", password="seven boats in the bay")
    owner = admin.app.test_client()
    send(owner, "/sign-in", email="ada@example.org", password="seven boats in the bay")
    assert "History History" in send(owner, "/sign-in/second-step", code=code(admin, "ada")).links


def test_a_code_on_paper_lets_one_in_once(office):
    paper = has_app(office, "ada")
    assert len(set(paper)) == 10
    browser, _found = with_password(office, "ada")
    send(browser, "/sign-in/second-step", code=f" {paper[3].upper()} ")
    assert browser.get("/").status_code == 200
    assert page(browser.get("/my-sign-in")).says("You have 9 codes on paper left.")
    again, _found = with_password(office, "ada")
    assert send(again, "/sign-in/second-step", code=paper[3]).status == 422


def test_new_codes_on_paper_take_the_place_of_the_old_ones(office):
    browser = office.signed_in("ada")
    old = has_app(office, "ada", browser)
    wrong = send(browser, HERE, f"{HERE}/codes", password="a guess")
    assert (wrong.status, wrong.says("This is not your password.")) == (422, True)
    new = send(browser, HERE, f"{HERE}/codes", password=people.PASSWORD).words("#codes code")
    assert set(new).isdisjoint(old)
    entering, _found = with_password(office, "ada")
    assert send(entering, "/sign-in/second-step", code=old[0]).status == 422
    assert send(entering, "/sign-in/second-step", code=new[0]).status == 200


def test_the_database_alone_shows_no_code(office):
    paper = has_app(office, "ada")
    secret = office.do(lambda: second_factors.secret_of(second_factors.app_of(user("ada"))))
    kept = str(office.dump())
    assert secret.hex() not in kept
    assert str(secret) not in kept
    assert [one for one in paper if one in kept or one.replace("-", "") in kept] == []
    before = code(office, "ada")
    office.app.secret_key = "another key, long enough to be one"
    assert code(office, "ada") != before


def test_an_app_counts_from_its_first_code(office):
    ada = office.signed_in("ada")
    send(ada, HERE, f"{HERE}/app")
    wrong = send(ada, f"{HERE}/app", code="000000")
    assert (wrong.status, list(wrong.errors)) == (422, ["code"])
    assert "History History" in with_password(office, "ada")[1].links


def test_one_is_removed_with_the_password_and_then_the_password_is_enough(office):
    ada = office.signed_in("ada")
    has_app(office, "ada", ada)
    number = office.do(lambda: db.session.scalar(select(SecondFactor.id)))
    refused = send(ada, HERE, f"{HERE}/{number}/removal", password="a guess")
    assert refused.status == 422
    assert send(ada, HERE, f"{HERE}/{number}/removal", password=people.PASSWORD).says(".flashes") == "It is gone."
    assert "History History" in with_password(office, "ada")[1].links
    assert office.dump()["backup_codes"] == []


@pytest.mark.parametrize(("asked", "led"), [("nobody", ()), ("admin", ("linus",)), ("coordinator", ("grace", "linus"))])
def test_an_organisation_asks_it_of_those_who_look_after_others(any_admin, asked, led):
    any_admin.do(lambda: organisation.change("second_factor_from", asked))
    for name, place in (("ada", "/"), ("grace", "/desk"), ("linus", "/users")):
        answer = any_admin.signed_in(name).get(place)
        assert (answer.location == HERE) is (name in led), name


def test_who_owes_one_can_do_nothing_else_until_it_is_there(any_admin):
    send(any_admin.linus, "/coming-in", second_factor_from="coordinator")
    grace = any_admin.grace
    for address in ("/desk", "/people", "/my-sign-in", "/", "/invitations"):
        assert grace.get(address).location == HERE
    token = {"csrf_token": any_admin.token(grace)}
    assert grace.post("/awards", data=token).location == HERE
    assert grace.post("/awards", data=token, headers={"HX-Request": "true"}).headers["HX-Redirect"] == HERE
    found = page(grace.get(HERE))
    assert found.says("Your organisation asks for more than a password")
    has_app(any_admin, "grace", grace)
    assert grace.get("/desk").status_code == 200
    assert [row for row in any_admin.audited() if row[0] == "setting"] == [
        ("setting", "settings", {"second_factor_from": "nobody"}, {"second_factor_from": "coordinator"})
    ]


def test_who_owes_one_may_sign_out(any_admin):
    any_admin.do(lambda: organisation.change("second_factor_from", "coordinator"))
    any_admin.grace.post("/sign-out", data={"csrf_token": any_admin.token()})
    assert any_admin.grace.get("/desk").location.startswith("/sign-in")


def test_tokens_of_other_systems_go_on_as_before(any_admin):
    def token() -> str:
        any_admin_user = user("grace")
        organisation.change("second_factor_from", "coordinator")
        return accounts.add_token(any_admin_user, name="till", scopes=["read"], now=NOW, days=None)[1]

    secret = any_admin.do(token)
    ada = any_admin.id_of("Ada Bell")
    headers = {"Authorization": f"Bearer {secret}"}
    assert any_admin.app.test_client().get(f"/api/v1/volunteers/{ada}/badges", headers=headers).status_code == 200


def test_the_last_one_stays_where_one_is_asked_for(any_admin):
    has_app(any_admin, "grace", any_admin.grace)
    any_admin.do(lambda: organisation.change("second_factor_from", "coordinator"))
    number = any_admin.do(lambda: db.session.scalar(select(SecondFactor.id)))
    found = send(any_admin.grace, HERE, f"{HERE}/{number}/removal", password=people.PASSWORD)
    assert (found.status, found.says("add another one before you remove this")) == (422, True)


def test_an_admin_takes_a_lost_one_away_and_its_owner_is_told(any_admin, post):
    grace = any_admin.signed_in("grace")
    has_app(any_admin, "grace", grace)
    number = any_admin.do(lambda: user("grace").id)
    found = any_admin.press(f"/users/{number}", f"/users/{number}/second-factor-reset")
    assert found.says(".flashes") == "Grace Moreau signs in with the password alone now."
    assert grace.get("/desk").status_code == 302
    assert with_password(any_admin, "grace")[1].heading.startswith("Good afternoon")
    assert any_admin.audited()[-1] == ("reset_second_factor", "users", {"kinds": ["app"]}, None)
    assert post.newest("grace@example.org").message["Subject"] == "Your second factor was taken away"


def test_nobody_takes_their_own_away_as_an_admin(any_admin):
    has_app(any_admin, "linus", any_admin.linus)
    number = any_admin.do(lambda: user("linus").id)
    form = {"csrf_token": any_admin.token(any_admin.linus)}
    found = page(any_admin.linus.post(f"/users/{number}/second-factor-reset", data=form))
    assert (found.status, found.says(".refusal")) == (409, "Another admin has to do this for you.")


def test_an_invitation_leads_an_admin_who_owes_one_to_set_it_up(any_admin):
    any_admin.do(lambda: organisation.change("second_factor_from", "admin"))
    has_app(any_admin, "linus", any_admin.linus)
    form = {"name": "Olga", "email": "olga@example.org", "role": "admin"}
    link = send(any_admin.linus, "/invitations/new", **form).says("#secret").removeprefix("http://localhost")
    browser = any_admin.app.test_client()
    follow(browser, link)
    assert send(browser, "/links/invitation", password="seven boats in the bay").heading == "A second factor"
