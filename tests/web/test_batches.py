"""What was done for several people, or came in a file, is undone in one step by whoever sees that it was wrong."""

import pytest

from portal.domain import accounts, awarding, undoing
from portal.extensions import db
from tests import people
from tests.people import NOW
from tests.web.office import at_once, volunteer
from tests.web.reading import page, statements


def thank_both(office, **changes):
    """Grace gives both of them 25 points; the address of what came of it."""
    ids = [office.id_of("Ada Bell"), office.id_of("Ben Okafor")]
    fields = page(office.grace.get("/awards/new")).fields | {"points": "25", "reason": "The fair."} | changes
    return office.grace.post("/awards", data=fields | {"recipients": ids}).location


def work(office) -> None:
    while office.do(lambda: undoing.go_on(NOW)):
        pass


def undo(office, place: str, **changes):
    fields = page(office.grace.get(f"{place}/undoing/new")).fields | {"reason": "Wrong people."} | changes
    return office.grace.post(f"{place}/undoing", data=fields)


def test_from_the_thanks_to_its_undoing(office):
    place = thank_both(office)
    said = page(office.grace.get(place))
    assert said.heading == "The fair."
    assert said.says("For 2 people, in one step.")
    assert {"Ada Bell", "Ben Okafor", "Undo all of it"} <= said.links.keys()
    look = page(office.grace.get(said.links["Undo all of it"]))
    assert look.words(".loss li") == ["Points, from everybody together −50 points"]
    answer = undo(office, place)
    assert answer.location == place
    assert page(office.grace.get(place)).says("Undoing …")
    work(office)
    done = page(office.grace.get(f"{place}/undoing", headers={"HX-Request": "true"}))
    assert done.says("Undone for 2 people.")
    assert (office.total("Ada Bell"), office.total("Ben Okafor")) == (0, 0)
    assert "Undo all of it" not in page(office.grace.get(place)).links
    assert page(office.signed_in("ada").get("/history")).says("Taken back: Wrong people.")


def test_hours_for_a_group_too(office):
    ids = [office.id_of("Ada Bell"), office.id_of("Ben Okafor")]
    fields = page(office.grace.get("/activities/new")).fields | {"hours": "3", "reference_name": "Beach clean-up"}
    place = office.grace.post("/activities", data=fields | {"recipients": ids}).location
    office.do(people.settle)
    assert page(office.grace.get(place)).heading == "Beach clean-up"
    undo(office, place)
    work(office)
    assert (office.total("Ada Bell"), office.total("Ben Okafor")) == (0, 0)


def test_who_was_forgotten_is_still_one_of_them(office):
    place = thank_both(office)
    office.do(lambda: setattr(volunteer("Ben Okafor"), "name", ""))
    assert {"Ada Bell", "Former volunteer"} <= page(office.grace.get(place)).links.keys()


def test_it_is_on_the_desk(office):
    place = thank_both(office)
    assert page(office.grace.get("/desk")).links["The fair."] == place


def test_looking_changes_nothing_and_a_reason_is_needed(office):
    place = thank_both(office)
    before = office.dump()
    assert office.grace.get(f"{place}/undoing/new").status_code == 200
    answer = undo(office, place, reason=" ")
    assert (answer.status_code, page(answer).errors) == (422, {"reason": "Say why: they read it."})
    assert office.dump() == before


def test_asked_ten_times_at_once_it_is_undone_once(office):
    place = thank_both(office)
    fields = page(office.grace.get(f"{place}/undoing/new")).fields | {"reason": "Wrong."}
    clients = office.browsers("grace", 5)
    answers = at_once(5, lambda one: clients[one].client.post(f"{place}/undoing", data=fields | clients[one].token))
    assert {answer.status_code for answer in answers} == {302}
    work(office)
    assert office.do(lambda: db.session.scalar(db.text("SELECT count(*) FROM undoings"))) == 1
    assert office.total("Ada Bell") == 0


def test_the_second_time_it_says_so(office):
    place = thank_both(office)
    undo(office, place)
    work(office)
    answer = office.grace.get(f"{place}/undoing/new")
    assert page(office.grace.get(answer.location)).says("This is undone already, or just being undone.")


@pytest.mark.parametrize("place", ["/batches/999", "/batches/999/undoing", "/batches/999/undoing/new"])
def test_what_is_not_there_is_not_there(office, place):
    assert office.grace.get(place).status_code == 404


def test_it_costs_the_same_for_many(office):
    place = thank_both(office)

    def asked() -> list[int]:
        found = []
        for one in (place, f"{place}/undoing/new"):
            with statements(office.app) as heard:
                assert office.grace.get(one).status_code == 200
            found.append(len(heard))
        return found

    few = asked()
    batch = int(place.rpartition("/")[2])

    def more() -> None:
        by = accounts.by_email("grace@example.org")
        for number in range(8):
            one = people.join(f"Helper {number}", email=f"helper{number}@example.org")
            awarding.award(5, to=one, by=by, reason="The fair.", now=NOW, batch_id=batch)

    office.do(more)
    assert asked()[0] == few[0]
