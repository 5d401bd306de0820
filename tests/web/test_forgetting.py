"""An admin forgets somebody who asked for it: with the name typed once more, and for good."""

from portal.domain import accounts
from portal.domain.volunteers import Status
from tests import people
from tests.web.office import volunteer
from tests.web.reading import page


def path(admin, name: str = "Ada Bell") -> str:
    return f"/people/{admin.id_of(name)}"


def test_it_is_done_once_the_name_is_typed(any_admin):
    any_admin.do(lambda: people.count(people.did(reference_name="Soup kitchen")))
    place = path(any_admin)
    assert any_admin.read(place).has(f'a[href="{place}/forgetting/new"]')
    for wrong in ("", "Ada"):
        found = any_admin.send(f"{place}/forgetting/new", name=wrong)
        assert found.status == 422
        assert list(found.errors) == ["name"]
    found = any_admin.send(f"{place}/forgetting/new", name=" ada bell ")
    assert found.says(".flashes") == "They are forgotten. What they did still counts, without a name."
    assert found.heading == "Former volunteer"
    assert "Ada" not in found.text
    assert "Soup kitchen" not in found.text
    assert not found.has(f'a[href="{place}/forgetting/new"]')
    assert any_admin.audited()[-1][:2] == ("forget", "volunteers")
    again = any_admin.read(f"{place}/forgetting/new")
    assert "This is a former volunteer already." in again.text
    assert not again.has("main form")


def test_while_something_waits_it_is_refused(admin):
    admin.do(lambda: people.record(people.did(), status="awaiting_review", source="portal"))
    found = admin.read(f"{path(admin)}/forgetting/new")
    assert "still waits for review" in found.text
    assert admin.do(lambda: volunteer("Ada Bell").status) == Status.ACTIVE


def test_coordinators_don_t_see_the_way(admin):
    grace = admin.signed_in("grace")
    assert "/forgetting" not in page(grace.get(path(admin))).html


def test_a_name_is_the_same_however_it_is_typed(admin):
    def join() -> int:
        return people.join("Zo\u00eb  \u0645\u06cc\u200c\u0646\u0627", email="zoe@example.org").id

    number = admin.do(join)
    found = admin.send(f"/people/{number}/forgetting/new", name="zoe\u0308 \u0645\u06cc\u0646\u0627")
    assert found.heading == "Former volunteer"


def test_nobody_is_left_among_the_users_and_nothing_brings_them_back(admin):
    number = admin.do(lambda: accounts.by_email("ada@example.org").id)
    admin.send(f"{path(admin)}/forgetting/new", name="Ada Bell")
    assert "invalid" not in admin.read("/users").text
    assert admin.read(f"/users/{number}").status == 404
    form = admin.read("/users/new").fields
    assert admin.linus.post(f"/users/{number}/reactivation", data=form).status_code == 404
