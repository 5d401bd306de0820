"""Who may sign in, as what. An admin always stays."""

import re

import pytest
from sqlalchemy import select

from portal.domain import accounts
from portal.domain.accounts import Role, User
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from tests import people
from tests.web.admin import SCRIPT, answers
from tests.web.office import at_once
from tests.web.reading import page, signed_in

OLGA = {"name": "Olga Petrova", "email": "Olga@Example.org"}


def user_id(admin, name: str) -> int:
    """The number of the user with this name."""
    return admin.do(lambda: db.session.scalar(select(User.id).where(User.name == name)))


def known(admin, name: str) -> User:
    """The user with this name."""
    return admin.named(User, name)


def may_come_in(admin, email: str, password: str) -> bool:
    """Whether these let somebody in."""
    return admin.do(lambda: accounts.check_password(email, password) is not None)


def test_everybody_is_listed_by_role(admin):
    found = admin.read("/users")
    assert found.words("li.person") == [
        "AB Ada Bell ada@example.org Volunteer",
        "GM Grace Moreau grace@example.org Coordinator",
        "LB Linus Berg linus@example.org Admin",
    ]


def test_somebody_is_added_with_a_password_of_their_own(any_admin):
    found = any_admin.send("/users/new", **OLGA, role="coordinator", password="long enough it is")
    assert found.says(".flashes") == "Olga Petrova can sign in now."
    olga = known(any_admin, "Olga Petrova")
    assert (olga.email, olga.role, olga.volunteer.name) == ("olga@example.org", "coordinator", "Olga Petrova")
    assert may_come_in(any_admin, "olga@example.org", "long enough it is")
    action, what, before, after = any_admin.audited()[-1]
    assert (action, what, before, after["role"]) == ("add", "users", None, "coordinator")
    assert "olga" not in str(any_admin.audited()).lower()


def test_a_password_that_is_made_is_shown_once_and_kept_nowhere(admin):
    form = admin.read("/users/new").fields | OLGA
    answer = admin.linus.post("/users", data=form)
    secret = page(answer).says("#secret")
    assert len(secret) >= 16
    assert answer.headers["Cache-Control"] == "no-store"
    assert may_come_in(admin, "olga@example.org", secret)
    assert secret not in str(admin.dump())
    again = admin.linus.post("/users", data=form, follow_redirects=True)
    assert secret not in again.text
    assert len(admin.do(lambda: db.session.scalars(select(User).where(User.name == OLGA["name"])).all())) == 1


def test_who_does_not_volunteer_has_no_page(admin):
    form = admin.read("/users/new").fields | OLGA
    form.pop("volunteers")
    admin.linus.post("/users", data=form)
    assert known(admin, "Olga Petrova").volunteer is None


def test_who_volunteers_already_gets_their_own_page(admin):
    admin.send("/users/new", name="Ben O.", email="ben@example.org", password="long enough it is")
    assert known(admin, "Ben O.").volunteer.name == "Ben Okafor"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "Say what they are called."),
        ("name", "n" * 201, "longer"),
        ("email", "", "They sign in with it."),
        ("email", "nobody", "is not an e-mail address"),
        ("email", "a\x00@example.org", "cannot be shown"),
        ("email", "GRACE@example.org", "signs in already"),
        ("password", "too short", "at least 10 characters"),
        ("role", "owner", "Not a valid choice"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(admin, field, value, words):
    before = len(admin.dump()["users"]), len(admin.audited())
    found = admin.send("/users/new", **OLGA | {field: value})
    assert found.status == 422
    assert words in found.errors[field]
    assert (len(admin.dump()["users"]), len(admin.audited())) == before


def test_a_volunteer_who_signs_in_with_another_address_is_not_given_a_second_one(any_admin):
    def other_address() -> None:
        ben = db.session.scalars(select(Volunteer).where(Volunteer.name == "Ben Okafor")).one()
        people.sign_up("Benjamin", Role.VOLUNTEER, volunteer=ben)

    any_admin.do(other_address)
    found = any_admin.send("/users/new", name="Ben", email="ben@example.org")
    assert found.errors == {"email": "This volunteer signs in already, with another e-mail."}


def test_another_role_ends_the_sign_ins(any_admin):
    number = user_id(any_admin, "Grace Moreau")
    assert any_admin.grace.get("/users").status_code == 403
    found = any_admin.send(f"/users/{number}", f"/users/{number}/role", role="admin")
    assert found.says(".flashes") == "Grace Moreau is now: Admin."
    assert any_admin.grace.get("/users").status_code == 302
    assert signed_in(any_admin.app, "grace@example.org").get("/users").status_code == 200
    assert any_admin.audited()[-1] == ("change_role", "users", {"role": "coordinator"}, {"role": "admin"})


def test_the_last_admin_stays_one(any_admin):
    number = user_id(any_admin, "Linus Berg")
    before = any_admin.dump()
    found = any_admin.send(f"/users/{number}", f"/users/{number}/role", role="volunteer")
    assert (found.status, found.errors["role"]) == (422, "This is the last admin. Make somebody else admin first.")
    assert any_admin.dump() == before
    assert any_admin.read("/users").status == 200


def test_an_admin_who_is_kept_out_does_not_count(admin):
    grace = user_id(admin, "Grace Moreau")
    linus = user_id(admin, "Linus Berg")
    admin.send(f"/users/{grace}", f"/users/{grace}/role", role="admin")
    admin.press(f"/users/{grace}", f"/users/{grace}/deactivation")
    assert admin.send(f"/users/{linus}", f"/users/{linus}/role", role="volunteer").status == 422


def test_two_admins_who_demote_each_other_at_once_leave_one(any_admin):
    any_admin.do(lambda: setattr(db.session.get(User, user_id(any_admin, "Grace Moreau")), "role", Role.ADMIN))
    numbers = [user_id(any_admin, name) for name in ("Linus Berg", "Grace Moreau")]
    browsers = [any_admin.signed_in("grace"), any_admin.linus]
    forms = [
        page(browser.get(f"/users/{number}")).form(f"/users/{number}/role") | {"role": "volunteer"}
        for browser, number in zip(browsers, numbers, strict=True)
    ]
    found = at_once(2, lambda one: browsers[one].post(f"/users/{numbers[one]}/role", data=forms[one]).status_code)
    admins = any_admin.do(lambda: db.session.scalars(select(User.name).where(User.role == Role.ADMIN)).all())
    assert len(admins) == 1, found


def test_who_is_kept_out_is_out_at_once_tokens_too(any_admin):
    number = user_id(any_admin, "Grace Moreau")

    def token() -> str:
        grace = db.session.get_one(User, number)
        return accounts.add_token(grace, name="x", scopes=["read"], now=people.NOW, days=None)[1]

    secret = any_admin.do(token)
    found = any_admin.press(f"/users/{number}", f"/users/{number}/deactivation")
    assert found.says(".flashes") == "Grace Moreau cannot sign in any more."
    assert any_admin.grace.get("/users").status_code == 302
    assert not may_come_in(any_admin, "grace@example.org", people.PASSWORD)
    assert any_admin.do(lambda: accounts.live_token(secret, people.NOW)) is None
    any_admin.press(f"/users/{number}", f"/users/{number}/reactivation")
    assert may_come_in(any_admin, "grace@example.org", people.PASSWORD)
    assert any_admin.grace.get("/users").status_code == 302
    assert [row[0] for row in any_admin.audited()[-2:]] == ["deactivate", "reactivate"]


def test_nobody_keeps_themself_out(admin):
    number = user_id(admin, "Linus Berg")
    form = admin.read(f"/users/{number}")
    assert not form.has(f"form[action=/users/{number}/deactivation]")
    sent = form.form(f"/users/{number}/role")
    found = page(admin.linus.post(f"/users/{number}/deactivation", data=sent))
    assert (found.status, found.says(".refusal")) == (409, "You cannot deactivate yourself. Another admin can.")
    assert known(admin, "Linus Berg").active


def test_a_new_password_ends_the_sign_ins_of_that_person(any_admin):
    number = user_id(any_admin, "Grace Moreau")
    found = any_admin.send(f"/users/{number}", f"/users/{number}/password", password="")
    secret = found.says("#secret")
    assert re.fullmatch(r"[\w-]{16}", secret)
    assert may_come_in(any_admin, "grace@example.org", secret)
    assert not may_come_in(any_admin, "grace@example.org", people.PASSWORD)
    assert any_admin.grace.get("/users").status_code == 302
    assert any_admin.audited()[-1] == ("change_password", "users", None, None)
    assert secret not in str(any_admin.dump())


def test_with_a_new_password_of_ones_own_one_stays(admin):
    number, elsewhere = user_id(admin, "Linus Berg"), admin.signed_in("linus")
    admin.send(f"/users/{number}", f"/users/{number}/password", password="another long one")
    assert elsewhere.get("/users").status_code == 302
    assert admin.linus.get("/users").status_code == 200


def test_a_short_password_is_refused(admin):
    number = user_id(admin, "Grace Moreau")
    found = admin.send(f"/users/{number}", f"/users/{number}/password", password="short")
    assert (found.status, found.errors["password"]) == (422, "A password needs at least 10 characters.")
    assert may_come_in(admin, "grace@example.org", people.PASSWORD)


def test_hostile_names_are_shown_as_text(admin):
    admin.send("/users/new", name=SCRIPT, email="x@example.org", password="long enough it is")
    for url in ("/users", f"/users/{user_id(admin, SCRIPT)}"):
        found = admin.read(url)
        assert SCRIPT in found.text
        assert "<script>alert" not in found.html


def test_the_list_costs_the_same_however_long_it_is(admin):
    few = admin.cost("/users")
    for number in range(15):
        admin.do(lambda number=number: people.sign_up(f"Person{number} P.", Role.VOLUNTEER))
    assert admin.cost("/users") == few


def test_only_admins_look_after_users(any_admin):
    before = any_admin.dump()
    for browser in (any_admin.grace, any_admin.signed_in("ada")):
        assert set(answers(browser, any_admin.app, "users").values()) == {403}
    after = any_admin.dump()
    before.pop("sign_ins"), after.pop("sign_ins")
    assert after == before
