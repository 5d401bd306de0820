"""A coordinator finds that somebody is here twice, sees what comes of merging them, and does it."""

from portal.domain import points
from portal.domain.volunteers import Status, Volunteer
from portal.extensions import db
from tests import people
from tests.people import count, did


def furnish() -> None:
    """Ada is here twice, with an hour each."""
    people.join("Ada Bell", email="ada.bell@example.com")
    count(did(people.HOURS, 2), did(people.HOURS, 3, volunteer_email="ada.bell@example.com"))


def entries(admin) -> tuple[int, int]:
    """The ids of both, the one with the second e-mail first."""
    return admin.do(
        lambda: tuple(
            db.session.query(Volunteer.id).filter_by(email=email).scalar()
            for email in ("ada.bell@example.com", "ada@example.org")
        )
    )


def test_it_is_found_looked_at_and_done(any_admin):
    any_admin.do(furnish)
    other, into = entries(any_admin)
    assert any_admin.read(f"/people/{other}").has(f'a[href="/people/{other}/merging/new"]')
    choice = any_admin.read(f"/people/{other}/merging/new")
    assert choice.has(f'a[href="/people/{other}/merging/new?into={into}"]')
    look = any_admin.read(f"/people/{other}/merging/new?into={into}")
    for words in ("Hours 5", "Points 45", "Goes over 1 activity"):
        assert look.says(words), words
    found = any_admin.send(f"/people/{other}/merging/new?into={into}")
    assert found.says(".flashes") == "They are one now."
    assert found.heading == "Ada Bell"
    assert found.says("Also known as ada.bell@example.com")
    assert any_admin.do(lambda: points.balance_of(into).total_points) == 45
    assert any_admin.do(lambda: db.session.get_one(Volunteer, other).status) == Status.MERGED
    assert any_admin.linus.get(f"/people/{other}").location == f"/people/{into}"


def test_looking_changes_nothing(admin):
    admin.do(furnish)
    other, into = entries(admin)
    admin.read(f"/people/{other}/merging/new?into={into}")
    assert admin.do(lambda: points.balance_of(other).total_points) == 35
    assert admin.do(lambda: db.session.get_one(Volunteer, other).status) == Status.ACTIVE


def test_sent_twice_it_is_done_once(admin):
    admin.do(furnish)
    other, into = entries(admin)
    form = admin.read(f"/people/{other}/merging/new?into={into}").fields
    for _ in range(2):
        assert admin.linus.post(f"/people/{other}/merging", data=form).status_code == 302
    assert [one[0] for one in admin.audited()].count("merge") == 1


def test_what_cannot_be_done_is_said(admin):
    admin.do(furnish)
    other, into = entries(admin)
    form = admin.read(f"/people/{other}/merging/new?into={into}").fields
    admin.send(f"/people/{other}/merging/new?into={into}")
    again = admin.linus.post(f"/people/{other}/merging", data=form | {"idempotency_key": "another"})
    assert again.status_code == 409
    assert "One of them was merged or forgotten meanwhile." in again.text
    nobody = admin.linus.post(f"/people/{into}/merging", data=form | {"into": "999999"})
    assert nobody.status_code == 422
    assert "Choose who it is." in nobody.text
