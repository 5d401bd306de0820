"""What was recorded wrongly is put right in one step, after a look at what that changes."""

from datetime import date

import pytest
from sqlalchemy import select

from portal.domain import doctor
from portal.domain.activities import Activity
from portal.extensions import db
from tests import people
from tests.people import DAY, HOURS, MONDAY, NOW, PROJECT, did
from tests.web.office import at_once
from tests.web.reading import page


def counted(office, *rows) -> list[int]:
    return office.do(lambda: people.count(*(rows or [did(HOURS, 3, when=MONDAY)])))


def opened(office, number: int, client=None) -> dict:
    """What the form says when it is opened."""
    return page((client or office.grace).get(f"/activities/{number}/correction/new")).fields


def send(office, number: int, fields: dict, client=None):
    return (client or office.grace).post(f"/activities/{number}/correction", data=fields)


def put_right(office, number: int, **changes):
    """Fills in the form, looks at what changes, and sends it again just so."""
    fields = opened(office, number) | {"reason": "It was another."} | changes
    looked = page(send(office, number, fields))
    return send(office, number, looked.fields)


def deeds(office) -> list[tuple]:
    def found():
        rows = db.session.scalars(select(Activity).order_by(Activity.id))
        return [(str(one.quantity), one.occurred_on, one.status, one.event_type) for one in rows]

    return office.do(found)


def test_the_form_says_how_it_is_now(office):
    (number,) = counted(office, did(HOURS, "2.5", when="2026-05-04T18:30", reference_name="Soup", tags="food;youth"))
    fields = opened(office, number)
    said = {name: fields[name] for name in ("event_type", "hours", "occurred_on", "at", "reference_name", "tags")}
    assert said == {
        "event_type": "hours_logged",
        "hours": "2.5",
        "occurred_on": "2026-05-04",
        "at": "18:30",
        "reference_name": "Soup",
        "tags": "food, youth",
    }


def test_first_it_is_shown_what_changes_and_nothing_is_done(office):
    (number,) = counted(office, did(HOURS, 10, when=MONDAY))
    before = office.dump()
    said = page(send(office, number, opened(office, number) | {"hours": "1", "reason": "One, not ten."}))
    assert said.status == 200
    assert said.words(".loss li") == ["Points −70 points", "10 Hour Milestone Achievement"]
    assert said.fields["hours"] == "1"
    assert office.dump() == before


def test_then_it_is_done_in_one_step(office):
    (number,) = counted(office, did(HOURS, 10, when=MONDAY))
    answer = put_right(office, number, hours="1", reason="One, not ten.")
    assert page(office.grace.get(answer.location)).says("Put right. What was there before is taken back.")
    assert deeds(office) == [("10.00", MONDAY, "reversed", HOURS), ("1.00", MONDAY, "counted", HOURS)]
    assert office.total("Ada Bell") == 5 + 10 + 10  # an hour, and the first one with its medal
    notes = "SELECT action FROM audit_records ORDER BY id DESC LIMIT 1"
    assert office.do(lambda: db.session.scalar(db.text(notes))) == "correct"
    assert office.do(lambda: doctor.examine(NOW).differences) == []


def test_what_it_brings_is_shown_too(office):
    (number,) = counted(office)
    fields = opened(office, number) | {"hours": "12", "reason": "Twelve."}
    said = page(send(office, number, fields))
    assert said.says("And it brings")
    assert said.words(".loss li") == ["Points +70 points", "10 Hour Milestone Achievement"]
    assert put_right(office, number, hours="12").status_code == 302
    assert office.total("Ada Bell") == 60 + 20 + 25


def test_changed_after_the_look_it_is_shown_again(office):
    (number,) = counted(office)
    looked = page(send(office, number, opened(office, number) | {"hours": "2", "reason": "Two."})).fields
    said = page(send(office, number, looked | {"hours": "1"}))
    assert (said.status, said.words(".loss li")) == (200, ["Points −10 points"])
    assert office.total("Ada Bell") == 15 + 20


def test_another_day_and_another_kind(office):
    (number,) = counted(office)
    put_right(office, number, event_type=PROJECT, occurred_on=str(MONDAY - DAY), reference_name="The fence")
    assert deeds(office)[1:] == [("1.00", MONDAY - DAY, "counted", PROJECT)]


def test_an_instant_that_nobody_changed_stays(office):
    (number,) = counted(office, did(HOURS, 1, when="2026-05-04T18:30:42"))
    put_right(office, number, hours="2")
    times = office.do(lambda: set(db.session.scalars(select(Activity.occurred_at))))
    assert len(times) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"hours": "many"}, "hours"),
        ({"hours": "25"}, "hours"),
        ({"occurred_on": "2999-01-01"}, "occurred_on"),
        ({"at": "", "occurred_on": str(date.max)}, "occurred_on"),
        ({"reason": " "}, "reason"),
        ({"event_type": "danced"}, "event_type"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(office, changes, field):
    (number,) = counted(office)
    before = office.dump()
    said = page(send(office, number, opened(office, number) | {"reason": "Why not."} | changes))
    assert (said.status, len(said.errors)) == (422, 1)
    assert field in said.errors or {"at", field} & said.errors.keys()
    assert said.fields["reference_name"] == opened(office, number)["reference_name"]
    assert office.dump() == before


def test_sent_twice_or_ten_times_at_once_it_is_done_once(office):
    (number,) = counted(office)
    fields = page(send(office, number, opened(office, number) | {"hours": "2", "reason": "Two."})).fields
    clients = office.browsers("grace", 5)
    answers = at_once(5, lambda one: send(office, number, fields | clients[one].token, clients[one].client).status_code)
    assert set(answers) == {302}
    assert [status for _q, _d, status, _k in deeds(office)] == ["reversed", "counted"]
    assert office.total("Ada Bell") == 10 + 20


def test_two_who_put_it_right_at_once_do_so_once(office):
    (number,) = counted(office)
    forms = [
        page(send(office, number, opened(office, number) | {"hours": hours, "reason": "Other."})).fields
        for hours in ("1", "2")
    ]
    clients = office.browsers("grace", 2)
    at_once(2, lambda one: send(office, number, forms[one] | clients[one].token, clients[one].client))
    assert sorted(status for _q, _d, status, _k in deeds(office)) == ["counted", "reversed"]


def test_what_does_not_count_and_what_is_ones_own_is_not_put_right(office):
    (number,) = office.do(lambda: [one.activity_id for one in people.record(did(HOURS, 1))])
    answer = office.grace.get(f"/activities/{number}/correction/new")
    assert page(office.grace.get(answer.location)).says("This does not count yet.")
    (number,) = counted(office)
    office.coordinates("Ada Bell")
    ada = office.signed_in("ada")
    answer = ada.get(f"/activities/{number}/correction/new")
    assert page(ada.get(answer.location)).says("Somebody else has to correct what is yours.")
    assert "Put it right" not in page(ada.get(f"/activities/{number}")).links


def test_the_volunteer_reads_why(office):
    (number,) = counted(office)
    put_right(office, number, hours="2", reason="It was two hours.")
    told = page(office.signed_in("ada").get("/history"))
    assert told.says("It was two hours.")
