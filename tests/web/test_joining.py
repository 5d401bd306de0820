"""Asking to join: where it is allowed, shown to be one's own address, and decided by a person."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from portal.domain import accounts, inviting, organisation, sign_ups
from portal.domain.accounts import User
from portal.domain.activities import Activity
from portal.domain.sign_ups import SignUp
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from tests.people import NOW
from tests.web.admin import SCRIPT
from tests.web.office import at_once
from tests.web.post import follow, send
from tests.web.reading import page

HERS, HER_PASSWORD = "olga@example.org", "seven boats in the bay"
OLGA = {"name": "Olga Petrova", "email": "Olga@Example.org", "password": HER_PASSWORD, "why": "I like rivers."}


@pytest.fixture
def house(any_admin):
    """The office, where people may ask to join."""
    any_admin.do(lambda: organisation.change("sign_up", True))
    return any_admin


@pytest.fixture
def small(admin):
    """The same on SQLite alone."""
    admin.do(lambda: organisation.change("sign_up", True))
    return admin


def ask(house, url: str = "/join", **more):
    """Somebody asks to join, in a browser of their own."""
    return send(house.app.test_client(), url, **OLGA | more)


def waiting(house) -> list[int]:
    return house.do(lambda: [one.id for one in sign_ups.waiting()])


def decide(house, number: int, way: str = "approval", **more):
    return send(house.grace, "/sign-ups", f"/sign-ups/{number}/{way}", **more)


def may_come_in(house, email: str = HERS) -> bool:
    return house.do(lambda: accounts.check_password(email, HER_PASSWORD) is not None)


def test_whoever_asks_shows_their_address_is_let_in_and_signs_in(any_admin, post):
    any_admin.do(lambda: organisation.change("sign_up", True))
    assert ask(any_admin).says("Look into your inbox")
    assert waiting(any_admin) == []
    browser = any_admin.app.test_client()
    assert follow(browser, post.link(HERS)).heading == "Hello, Olga Petrova"
    assert send(browser, "/links/joining", password=HER_PASSWORD).says("A coordinator looks at it")

    [number] = waiting(any_admin)
    assert not page(any_admin.grace.get("/sign-ups")).says("Nobody has shown yet")
    assert not may_come_in(any_admin)
    assert decide(any_admin, number).says(".flashes") == "Olga Petrova is one of us now."
    assert may_come_in(any_admin)
    assert post.newest(HERS).message["Subject"] == "You are in. Welcome!"
    assert any_admin.id_of("Olga Petrova")
    assert [row[0] for row in any_admin.audited()] == ["add", "decide"]


def test_where_nobody_may_ask_there_is_nothing(admin):
    found = page(admin.app.test_client().get("/join"))
    assert (found.status, found.heading) == (404, "Not by this way")
    assert page(admin.app.test_client().get("/sign-in")).says("Ask your coordinator for an invitation")
    form = {"csrf_token": page((browser := admin.app.test_client()).get("/sign-in")).fields["csrf_token"]}
    assert browser.post("/join", data=form | OLGA).status_code == 404
    assert admin.dump()["sign_ups"] == []


def test_the_queue_says_who_and_why_and_the_desk_how_many(small):
    ask(small)
    found = page(small.grace.get("/sign-ups"))
    assert found.says("olga@example.org")
    assert found.says(".sign-up-why") == "I like rivers."
    assert found.says("Nobody has shown yet that this address is theirs.")
    assert page(small.grace.get("/desk")).links["1 person would like to join"] == "/sign-ups"
    assert page(small.grace.get("/people")).links["Who would like to join: 1"] == "/sign-ups"


def test_a_stranger_with_somebody_elses_address_gets_nowhere(small, post):
    ask(small, password="a strangers own password")
    browser = small.app.test_client()
    follow(browser, post.link(HERS))
    found = send(browser, "/links/joining", password=HER_PASSWORD)
    assert (found.status, list(found.errors)) == (422, ["password"])
    assert waiting(small) == []


def test_who_signs_in_already_is_told_by_mail_alone(small, post):
    grace = {"email": "grace@example.org", "name": "Grace Moreau"}
    answers = []
    for who in ({}, grace):
        browser = small.app.test_client()
        form = page(browser.get("/join")).fields | OLGA | who
        answer = browser.post("/join", data=form)
        answers.append((answer.status_code, answer.location, answer.text))
    assert len(set(answers)) == 1
    assert post.newest("grace@example.org").message["Subject"] == "You are with us already"
    assert "/links/" not in post.newest("grace@example.org").text
    assert post.newest(HERS).message["Subject"] == "Is this your address?"


def test_bots_that_fill_everything_in_are_thanked_and_forgotten(small):
    found = ask(small, website="https://spam.example")
    assert found.heading == "Thank you"
    assert small.dump()["sign_ups"] == []


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"name": ""}, "name"), ({"email": "x"}, "email"), ({"password": "password12"}, "password")],
)
def test_a_mistake_is_told_at_its_field_and_nothing_typed_is_lost(small, typed, field):
    found = ask(small, **typed)
    assert (found.status, list(found.errors)) == (422, [field])
    assert found.fields["why"] == "I like rivers."
    assert small.dump()["sign_ups"] == []


def test_a_volunteer_with_this_address_is_offered_and_never_taken_for_granted(house):
    ask(house, email="ben@example.org", name="Benjamin")
    [number] = waiting(house)
    found = decide(house, number)
    assert (found.status, found.says("Say that it is them")) == (422, True)
    found = decide(house, number, joining="yes")
    assert found.says(".flashes") == "Benjamin is one of us now."
    ben = house.id_of("Ben Okafor")
    whose = select(User.volunteer_id).where(User.email == "ben@example.org")
    assert house.do(lambda: db.session.scalar(whose)) == ben


def test_nobody_is_matched_by_name(house):
    ask(house, name="Ben Okafor")
    found = page(house.grace.get("/sign-ups"))
    assert not found.has("input[name=joining]")
    decide(house, waiting(house)[0])
    query = select(Volunteer.email).where(Volunteer.name == "Ben Okafor").order_by(Volunteer.email)
    assert house.do(lambda: list(db.session.scalars(query))) == ["ben@example.org", HERS]


def test_two_who_asked_with_one_address_are_not_both_let_in(house):
    ask(house)
    ask(house, name="Olga Twice")
    first, second = waiting(house)
    decide(house, first)
    assert page(house.grace.get("/sign-ups")).says("This cannot be approved")
    assert decide(house, second, "refusal").says(".flashes").startswith("Olga Twice is turned down")


def test_turned_down_nothing_is_left_of_what_they_wrote(house):
    ask(house, name="Zyxolga", email="zyx@example.org", why="zyxwhy")
    [number] = waiting(house)
    decide(house, number, "refusal")
    left = str(house.dump()).lower()
    assert "zyx" not in left
    assert [row[0] for row in house.audited()] == ["decide"]


def test_let_in_nothing_is_left_but_who_it_became(house):
    ask(house)
    decide(house, waiting(house)[0])
    query = select(SignUp.name, SignUp.email, SignUp.why, SignUp.password_hash, User.email).join(
        User, User.id == SignUp.user_id
    )
    assert house.do(lambda: tuple(db.session.execute(query).one())) == ("", "", "", "-", HERS)


def test_of_two_who_decide_at_once_one_does(house):
    ask(house)
    [number] = waiting(house)
    browsers = house.browsers("grace", 2)
    ways = ("approval", "refusal")
    found = at_once(
        2,
        lambda one: browsers[one].client.post(f"/sign-ups/{number}/{ways[one]}", data=browsers[one].token).status_code,
    )
    assert sorted(found) == [302, 422]
    assert len(house.audited()) in (1, 2)


def test_whoever_comes_by_a_friends_link_is_brought_along_by_them(small):
    def link() -> str:
        ada = db.session.scalars(select(Volunteer).filter_by(email="ada@example.org")).one()
        return inviting.new_code(ada, by=accounts.by_email("ada@example.org"), now=NOW)

    code = small.do(link)
    ask(small, f"/join/{code}")
    assert page(small.grace.get("/sign-ups")).says("By a friend’s link")
    decide(small, waiting(small)[0])
    brought = select(Activity.event_type, Volunteer.name).join(Volunteer, Volunteer.id == Activity.volunteer_id)
    found = small.do(lambda: [tuple(row) for row in db.session.execute(brought)])
    assert found == [("volunteer_referred", "Ada Bell")]


@pytest.mark.parametrize(("seconds", "good"), [(-1, True), (0, False)])
def test_a_confirmation_holds_for_three_days(small, post, seconds, good):
    ask(small)
    link = post.link(HERS)
    with time_machine.travel(NOW + timedelta(days=3, seconds=seconds), tick=False):
        assert (follow(small.app.test_client(), link).status == 200) is good
    small.do(lambda: sign_ups.forget_unconfirmed(NOW + timedelta(days=4)))
    assert small.dump()["sign_ups"] == []


def test_asking_often_is_slowed_down(small):
    answers = [ask(small, email=f"olga{number}@example.org").status for number in range(11)]
    assert answers == [200] * 10 + [429]


def test_hostile_words_are_shown_as_text(small):
    ask(small, name=SCRIPT, why=SCRIPT)
    found = page(small.grace.get("/sign-ups"))
    assert SCRIPT in found.text
    assert "<script>alert" not in found.html


def test_the_queue_costs_the_same_however_long_it_is(small):
    ask(small)
    few = small.cost("/sign-ups")
    for number in range(12):
        email = f"olga{number}@example.org"
        small.do(lambda email=email: sign_ups.ask(**OLGA | {"email": email, "code": None}, confirmed=True, now=NOW))
    assert small.cost("/sign-ups") == few


def test_the_code_on_a_display_leads_to_joining_as_soon_as_that_is_allowed(admin):
    display = send(admin.linus, "/displays/new", name="Hall", panels=["points/monthly", "join"])
    link = re.sub(r"^https?://[^/]*", "", display.says("#secret"))
    television = admin.app.test_client()
    with time_machine.travel(NOW, tick=False) as clock:
        before = page(television.get(link)).says(".join-title")
        send(admin.linus, "/coming-in", sign_up="y")
        clock.move_to(NOW + timedelta(seconds=5))
        after = page(television.get(link)).says(".join-title")
    assert (before, after) == ("Your own medals", "Join us")


def test_nobody_takes_over_a_sign_in_by_asking_to_join(small):
    ask(small, email="linus@example.org")
    [number] = waiting(small)
    found = page(small.grace.post(f"/sign-ups/{number}/approval", data={"csrf_token": small.token()}))
    assert (found.status, found.says("signs in with this e-mail already")) == (422, True)
    assert not may_come_in(small, "linus@example.org")
