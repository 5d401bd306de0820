"""Inviting somebody: one link, two weeks, one person."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from portal.domain import forgetting
from portal.domain.accounts import Role, User
from portal.domain.invitations import Invitation
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from tests import people
from tests.people import NOW
from tests.web.admin import SCRIPT, answers
from tests.web.office import at_once
from tests.web.post import follow, send
from tests.web.reading import page, signed_in

OLGA = {"name": "Olga Petrova", "email": "Olga@Example.org"}
HERS, HER_PASSWORD = "olga@example.org", "seven boats in the bay"


def invited(house, browser=None, **more) -> str:
    """The link of somebody who is invited where there is no mail."""
    found = send(browser or house.grace, "/invitations/new", **OLGA | more)
    return found.says("#secret").removeprefix("http://localhost")


def accept(house, link: str, password: str = HER_PASSWORD):
    browser = house.app.test_client()
    assert follow(browser, link).heading == "Welcome, Olga Petrova"
    return browser, send(browser, "/links/invitation", password=password)


def users(house) -> dict[str, tuple]:
    """(name, role, volunteer's id) of everybody who signs in, by e-mail."""
    query = select(User.email, User.name, User.role, User.volunteer_id)
    return house.do(lambda: {email: tuple(rest) for email, *rest in db.session.execute(query)})


def test_a_coordinator_invites_a_volunteer_who_comes_in(any_admin):
    browser, found = accept(any_admin, invited(any_admin))
    assert "History History" in found.links
    assert users(any_admin)[HERS] == ("Olga Petrova", "volunteer", any_admin.id_of("Olga Petrova"))
    assert browser.get("/desk").status_code == 403
    assert [row[0] for row in any_admin.audited()] == ["invite", "add", "accept"]
    assert page(any_admin.grace.get("/invitations")).says("Nobody is waiting")


def test_with_mail_the_link_goes_by_mail_and_is_not_shown(any_admin, post):
    found = send(any_admin.grace, "/invitations/new", **OLGA)
    assert found.says(".flashes") == "Olga Petrova is invited."
    assert not found.has("#secret")
    link = post.link(HERS)
    assert post.newest(HERS).message["Subject"] == "Grace Moreau invites you to Our volunteers"
    accept(any_admin, link)
    assert HERS in users(any_admin)


def test_somebody_who_helps_already_is_invited_from_their_page_and_keeps_what_they_have(any_admin):
    any_admin.do(lambda: people.count(people.did(quantity=3, volunteer_email="ben@example.org")))
    ben = any_admin.id_of("Ben Okafor")
    way = page(any_admin.grace.get(f"/people/{ben}")).links["Invite them to sign in"]
    found = send(any_admin.grace, way, name="Ben Okafor")
    browser = any_admin.app.test_client()
    follow(browser, found.says("#secret").removeprefix("http://localhost"))
    assert send(browser, "/links/invitation", password=HER_PASSWORD).says("3")
    assert users(any_admin)["ben@example.org"] == ("Ben Okafor", "volunteer", ben)
    assert "Invite them to sign in" not in page(any_admin.grace.get(f"/people/{ben}")).links


def test_coordinators_invite_volunteers_alone_whatever_they_send(any_admin):
    accept(any_admin, invited(any_admin, role="admin", volunteers=""))
    assert users(any_admin)[HERS][1] == "volunteer"


def test_an_admin_invites_an_admin_who_does_not_volunteer(any_admin):
    form = page(any_admin.linus.get("/invitations/new")).fields | OLGA | {"role": "admin"}
    form.pop("volunteers")
    link = page(any_admin.linus.post("/invitations", data=form)).says("#secret").removeprefix("http://localhost")
    browser, _found = accept(any_admin, link)
    assert users(any_admin)[HERS] == ("Olga Petrova", "admin", None)
    assert browser.get("/users").status_code == 200
    assert any_admin.do(lambda: db.session.scalar(select(Volunteer).where(Volunteer.email == HERS))) is None


@pytest.mark.parametrize("what", ["demoted", "kept out"])
def test_an_invitation_lasts_no_longer_than_whoever_sent_it_may(any_admin, what):
    any_admin.do(lambda: setattr(named("Grace Moreau"), "role", Role.ADMIN))
    link = invited(any_admin, role="admin", volunteers="y")
    change = {"role": Role.COORDINATOR} if what == "demoted" else {"active": False}
    any_admin.do(lambda: [setattr(named("Grace Moreau"), *one) for one in change.items()])
    assert follow(any_admin.app.test_client(), link).status == 410
    assert any_admin.read("/invitations").says("send it again")


def named(name: str) -> User:
    return db.session.scalars(select(User).where(User.name == name)).one()


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"name": ""}, "name", "what they are called"),
        ({"email": "nobody"}, "email", "not an e-mail"),
        ({"email": "ada@example.org"}, "email", "signs in already"),
        ({"email": ""}, "email", "They sign in with it"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(admin, typed, field, words):
    before = admin.dump()["invitations"]
    found = send(admin.grace, "/invitations/new", **OLGA | typed)
    assert (found.status, list(found.errors)) == (422, [field])
    assert words in found.errors[field]
    assert admin.dump()["invitations"] == before


def test_nobody_is_invited_twice_and_the_same_form_twice_is_once(admin):
    form = page(admin.grace.get("/invitations/new")).fields | OLGA
    first, again = (page(admin.grace.post("/invitations", data=form, follow_redirects=True)) for _ in range(2))
    assert first.has("#secret")
    assert not again.has("#secret")
    assert again.says(".flashes") == "Olga Petrova is invited."
    other = send(admin.grace, "/invitations/new", **OLGA)
    assert "invited already" in other.errors["email"]
    assert len(admin.dump()["invitations"]) == 1


@pytest.mark.parametrize(("seconds", "good"), [(-1, True), (0, False), (1, False)])
def test_an_invitation_lasts_two_weeks_to_the_second(admin, seconds, good):
    link = invited(admin)
    with time_machine.travel(NOW + timedelta(days=14, seconds=seconds), tick=False):
        found = follow(admin.app.test_client(), link)
    assert found.heading == ("Welcome, Olga Petrova" if good else "This link has expired")


def test_sent_again_it_is_another_link_and_the_old_one_is_nothing(any_admin):
    old = invited(any_admin)
    number = any_admin.do(lambda: db.session.scalar(select(Invitation.id)))
    found = send(any_admin.grace, "/invitations", f"/invitations/{number}/renewal")
    assert follow(any_admin.app.test_client(), old).status == 404
    accept(any_admin, found.says("#secret").removeprefix("http://localhost"))
    assert [row[0] for row in any_admin.audited()] == ["invite", "renew", "add", "accept"]


def test_withdrawn_it_is_over_at_once(any_admin):
    link = invited(any_admin)
    number = any_admin.do(lambda: db.session.scalar(select(Invitation.id)))
    found = send(any_admin.grace, "/invitations", f"/invitations/{number}/withdrawal")
    assert found.says(".flashes") == "The invitation of Olga Petrova is withdrawn."
    over = follow(any_admin.app.test_client(), link)
    assert (over.status, over.heading) == (410, "This link holds no more")
    assert any_admin.audited()[-1][0] == "withdraw"
    invited(any_admin)


def test_of_fifty_who_accept_at_once_one_comes_in(any_admin):
    link = invited(any_admin)
    browsers = [any_admin.app.test_client() for _ in range(50)]
    forms = []
    for number, browser in enumerate(browsers):
        browser.environ_base["REMOTE_ADDR"] = f"198.51.100.{number}"
        forms.append(follow(browser, link).fields | {"password": HER_PASSWORD})
    found = at_once(50, lambda one: browsers[one].post("/links/invitation", data=forms[one]).status_code)
    assert sorted(found) == [302] + [410] * 49
    assert [row[0] for row in any_admin.audited()] == ["invite", "add", "accept"]


def test_the_secret_is_kept_as_a_hash_alone(any_admin):
    link = invited(any_admin)
    assert link.rpartition("/")[2] not in str(any_admin.dump())


def test_who_is_forgotten_is_invited_no_more(admin):
    ben = admin.id_of("Ben Okafor")
    found = send(admin.grace, f"/invitations/new?to={ben}")
    link = found.says("#secret").removeprefix("http://localhost")
    linus = admin.do(lambda: named("Linus Berg").id)
    admin.do(lambda: forgetting.forget(db.session.get(Volunteer, ben), by=db.session.get(User, linus), now=NOW))
    assert follow(admin.app.test_client(), link).status == 404
    assert admin.dump()["invitations"] == []


def test_hostile_names_are_shown_as_text(admin):
    invited(admin, name=SCRIPT)
    found = admin.read("/invitations")
    assert SCRIPT in found.text
    assert "<script>alert" not in found.html


def test_the_list_costs_the_same_however_long_it_is(admin):
    invited(admin)
    few = admin.cost("/invitations")
    for number in range(12):
        invited(admin, email=f"person{number}@example.org")
    assert admin.cost("/invitations") == few


def test_only_who_looks_after_people_invites(any_admin):
    before = any_admin.dump()
    assert set(answers(any_admin.signed_in("ada"), any_admin.app, "invitations").values()) == {403}
    after = any_admin.dump()
    before.pop("sign_ins"), after.pop("sign_ins")
    assert after == before
    assert signed_in(any_admin.app, "grace@example.org").get("/invitations").status_code == 200
