"""A volunteer as others may see them."""

import pytest

from portal.domain.badges import VolunteerBadge
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from tests import people
from tests.web import cast
from tests.web.reading import page, statements

pytestmark = pytest.mark.usefixtures("noon")


def change(app, name: str, **values) -> None:
    """Changes what is known of a volunteer."""
    volunteer_id = cast.id_of(app, name)
    with app.app_context():
        volunteer = db.session.get_one(Volunteer, volunteer_id)
        for key, value in values.items():
            setattr(volunteer, key, value)
        db.session.commit()


def test_others_see_name_points_place_and_medals(app):
    ada = cast.volunteer(app)
    ben = cast.someone(app, "Ben Okafor")
    cast.did(app, cast.hours("Ben", 3, reference_name="Bens own shift"))
    profile = page(ada.get(f"/volunteers/{ben}"))
    assert profile.heading == "Ben O."
    assert profile.words(".numeral") == ["Points 35 of all time", "Place 1st of all time", "Medals 1 held now"]
    assert profile.words("#medals .medal-grid li") == ["First Step Common, 20 May"]
    assert not profile.has("#showcase")
    for hidden in ("Okafor", "ben@example.org", "Bens own shift"):
        assert hidden not in profile.html


def test_the_showcase_comes_first_in_its_owners_order(app):
    ada = cast.volunteer(app)
    ben = cast.someone(app, "Ben Okafor")
    cast.did(app, cast.hours("Ben", 3), people.did(people.SKILL, volunteer_email="ben@example.org"))
    with app.app_context():
        held = people.badges(db.session.get_one(Volunteer, ben))
        for position, one in enumerate(reversed(held), 1):
            row = db.session.get_one(VolunteerBadge, one.id)
            row.is_showcased, row.showcase_position = True, position
        order = [one.badge.name for one in reversed(held)]
        db.session.commit()
    profile = page(ada.get(f"/volunteers/{ben}"))
    assert profile.words("#showcase .name") == order
    assert not profile.has("#showcase form")


@pytest.mark.parametrize("values", [{"visibility": "unlisted"}, {"status": "inactive"}, {"status": "forgotten"}])
def test_whom_one_may_not_know_of_has_no_page(app, values):
    ada = cast.volunteer(app)
    ben = cast.someone(app, "Ben Okafor")
    change(app, "Ben Okafor", **values)
    assert ada.get(f"/volunteers/{ben}").status_code == 404
    assert page(ada.get(f"/volunteers/{ben}")).text == page(ada.get("/volunteers/99999")).text
    assert cast.coordinator(app).get(f"/volunteers/{ben}").status_code == 200


def test_who_is_not_listed_sees_their_own_page(app):
    ada = cast.volunteer(app, visibility="unlisted")
    cast.did(app, cast.hours("Ada", 1))
    mine = page(ada.get(f"/volunteers/{cast.id_of(app, 'Ada Bell')}"))
    assert mine.says("You are not listed: nobody but you and your coordinators sees this page.")
    assert mine.words(".numeral dt") == ["Points", "Medals"]


def test_coordinators_are_told_the_full_name(sqlite_app):
    grace = cast.coordinator(sqlite_app)
    ben = cast.someone(sqlite_app, "Ben Okafor", visibility="unlisted")
    assert page(grace.get(f"/volunteers/{ben}")).says("Ben Okafor. Not listed: other volunteers don’t see this page.")


def test_a_secret_medal_is_seen_by_who_holds_it_too(app):
    badge_id = cast.secret(app, days=1)
    ada, cleo = cast.volunteer(app), cast.volunteer(app, "Cleo Marsh")
    ben = cast.someone(app, "Ben Okafor")
    cast.did(app, cast.hours("Ben", 1))
    assert page(ada.get(f"/volunteers/{ben}")).words(".numeral")[-1] == "Medals 1 held now"
    assert "Marker" not in ada.get(f"/volunteers/{ben}").text
    cast.did(app, cast.hours("Cleo", 1))
    assert page(cleo.get(f"/volunteers/{ben}")).says("Marker Of Night")
    assert page(cleo.get(f"/badges/{badge_id}")).says("Ben O.")


def test_an_entry_that_was_merged_leads_to_the_other(sqlite_app):
    ada = cast.volunteer(sqlite_app)
    ben = cast.someone(sqlite_app, "Ben Okafor")
    twin = cast.someone(sqlite_app, "Benjamin Okafor", email="twin@example.org")
    change(sqlite_app, "Benjamin Okafor", status="merged", merged_into_id=ben)
    assert page(ada.get(f"/volunteers/{twin}")).heading == "Ben O."


def test_the_number_of_queries_does_not_grow(app):
    ada, numbers = cast.volunteer(app), []
    ben = cast.someone(app, "Ben Okafor")
    theirs = {"volunteer_email": "ben@example.org"}
    for kinds in ((people.SKILL,), (people.PROJECT, people.TRAINING, people.HOURS)):
        cast.did(app, *(people.did(kind, **theirs) for kind in kinds))
        with statements(app) as found:
            assert ada.get(f"/volunteers/{ben}").status_code == 200
        numbers.append(len(found))
    assert numbers[0] == numbers[1]
