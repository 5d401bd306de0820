"""Recording for somebody, seeing it counted, and taking it back with all that it brought."""

import pytest
from sqlalchemy import func, select

from portal.domain import corrections
from portal.domain.activities import Activity
from portal.extensions import db
from tests import people
from tests.people import DAY, HOURS, MONDAY, NOW, did, record
from tests.web.office import at_once, user, volunteer
from tests.web.reading import page, statements

PART = {"HX-Request": "true"}
CHIPS = ".chips [data-chip-name]"


def form(office, *names: str, client=None, **given) -> dict:
    """The form for these people, filled in: two hours at the soup kitchen on Monday."""
    ids = [office.id_of(name) for name in names]
    fields = page((client or office.grace).get("/activities/new", query_string={"to": ids})).form("/activities")
    hours = {"event_type": "hours_logged", "hours": "2", "occurred_on": "2026-05-04", "reference_name": "Soup kitchen"}
    return fields | hours | given | {"recipients": ids}


def send(office, data, client=None, headers=None):
    return (client or office.grace).post("/activities", data=data, headers=headers)


def recorded(office) -> list[tuple]:
    one = Activity
    columns = (one.event_type, one.quantity, one.occurred_on, one.status, one.reference_name)
    return office.do(lambda: [tuple(row) for row in db.session.execute(select(*columns).order_by(one.id))])


def test_what_somebody_did_is_recorded_counted_and_shown_with_what_it_brought(office):
    answer = send(office, form(office, "Ada Bell"))
    assert [row[3:] for row in recorded(office)] == [("pending", "Soup kitchen")]
    waiting = page(office.grace.get(answer.location))
    assert waiting.heading == "Soup kitchen"
    assert waiting.says("Counting …")
    assert waiting.one("#outcome")["data-hx-get"] == answer.location
    office.do(people.settle)
    counted = page(office.grace.get(answer.location, headers=PART))
    assert counted.one("#outcome").get("data-hx-get") is None
    assert counted.words("#outcome .history-line .name") == ["Soup kitchen", "First Step"]
    assert counted.one("#outcome")["data-announce"] == "Counted. 30 points."
    assert page(office.grace.get(answer.location)).says("by Grace Moreau, 20 May 2026")


def test_what_was_counted_beside_it_is_not_what_it_brought(office):
    (number,) = office.do(lambda: [one.activity_id for one in record(did(HOURS, 6))])
    office.do(lambda: people.count(did(HOURS, 6, when=MONDAY + DAY)))
    said = page(office.grace.get(f"/activities/{number}"))
    assert said.words("#outcome .history-line .name") == ["Hours given", "First Step"]


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ({"event_type": "task_completed", "complexity": "3"}, ("task_completed", 3)),
        ({"event_type": "project_completed", "hours": "nonsense"}, ("project_completed", 1)),
        ({"event_type": "training_completed"}, ("training_completed", 1)),
        ({"event_type": "skill_certified", "certified": "y"}, ("skill_certified", 1)),
        ({"event_type": "volunteer_referred", "reference_id": "cleo@example.org"}, ("volunteer_referred", 1)),
        ({"hours": "1,5"}, ("hours_logged", 1.5)),
    ],
)
def test_every_kind_can_be_recorded(office, given, stored):
    assert send(office, form(office, "Ada Bell", **given)).status_code == 302
    ((kind, quantity, *_),) = recorded(office)
    assert (kind, float(quantity)) == stored


def test_a_skill_without_a_certificate_brings_nothing(office):
    data = form(office, "Ada Bell", event_type="skill_certified")
    data.pop("certified", None)
    send(office, data)
    office.do(people.settle)
    assert office.total("Ada Bell") == 0


def test_a_time_is_the_volunteers_own(office):
    office.do(lambda: setattr(volunteer("Ada Bell"), "time_zone", "Pacific/Auckland"))
    send(office, form(office, "Ada Bell", at="01:30"))
    (moment,) = office.do(lambda: db.session.scalars(select(Activity.occurred_at)).all())
    assert moment.isoformat() == "2026-05-03T13:30:00+00:00"


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"hours": ""}, "hours", "not a number"),
        ({"hours": "25"}, "hours", "at most 24"),
        ({"hours": "0"}, "hours", "more than 0"),
        ({"occurred_on": "2026-05-21"}, "occurred_on", "future"),
        ({"occurred_on": "2026-05-20", "at": "23:00"}, "at", "future"),
        ({"occurred_on": ""}, "occurred_on", "which day"),
        ({"occurred_on": "soon"}, "occurred_on", ""),
        ({"reference_name": "x" * 301}, "reference_name", "At most 300"),
        ({"event_type": "volunteer_referred", "reference_id": "ada@example.org"}, "reference_id", "refer themself"),
        ({"tags": "x" * 1001}, "tags", "At most 1000"),
    ],
)
def test_a_refusal_is_said_at_its_field_and_nothing_is_lost(office, given, field, words):
    answer = send(office, form(office, "Ada Bell", description="They sang.", **given))
    said = page(answer)
    assert answer.status_code == 422
    assert words in said.errors[field]
    assert said.fields["description"] == "They sang."
    assert said.words(CHIPS) == ["Ada Bell"]
    assert recorded(office) == []


def test_the_same_reference_twice_is_refused_saying_when_the_first_was(office):
    task = {"event_type": "task_completed", "reference_id": "T-1"}
    send(office, form(office, "Ada Bell", **task))
    said = page(send(office, form(office, "Ada Bell", **task)))
    assert said.errors["reference_id"] == "This was already recorded for 2026-05-04."


def test_the_same_on_purpose_counts_twice_and_a_double_click_once(office):
    data = form(office, "Ada Bell")
    assert send(office, data).location == send(office, data).location
    send(office, form(office, "Ada Bell"))
    assert len(recorded(office)) == 2


def test_many_clicks_at_once_record_once(office):
    data, browsers = form(office, "Ada Bell"), office.browsers("grace", 8)
    answers = at_once(8, lambda number: send(office, data | browsers[number].token, browsers[number].client))
    assert len({one.location for one in answers}) == len(recorded(office)) == 1


def test_all_who_were_there_in_one_go_or_nobody(office):
    send(office, form(office, "Ada Bell", "Ben Okafor"))
    assert len(recorded(office)) == 2
    office.do(lambda: setattr(volunteer("Ben Okafor"), "status", "inactive"))
    said = page(send(office, form(office, "Ada Bell", "Ben Okafor")))
    assert said.errors == {"query": "Ben Okafor: This volunteer is not active."}
    assert len(recorded(office)) == 2


def test_nobody_records_for_themself(office):
    office.coordinates("Ada Bell")
    ada = office.signed_in("ada")
    answer = send(office, form(office, "Ada Bell", client=ada), client=ada)
    assert page(answer).errors["query"].startswith("Log your own hours on your own page")
    assert recorded(office) == []


def test_without_scripts_one_searches_and_adds(office):
    found = page(send(office, form(office, query="oka", search="yes")))
    added = page(send(office, form(office, add=found.one("#suggestions button")["value"])))
    assert added.words(CHIPS) == ["Ben Okafor"]
    assert added.fields["reference_name"] == "Soup kitchen"


def test_htmx_is_led_on_and_gets_mistakes_into_the_form(office):
    wrong = send(office, form(office, "Ada Bell", hours=""), headers=PART)
    (outer,) = [one for one in page(wrong).root.children if not isinstance(one, str)]
    assert (wrong.status_code, outer["id"]) == (422, "form")
    assert send(office, form(office, "Ada Bell"), headers=PART).headers["HX-Redirect"].startswith("/activities/")


# --- Reversals ------------------------------------------------------------------------------------------------------


def counted(office, *rows) -> list[int]:
    return office.do(lambda: people.count(*rows or [did(HOURS, 6, reference_name="Soup kitchen")]))


def reverse(office, number: int, client=None, **given):
    client = client or office.grace
    data = page(client.get(f"/activities/{number}/reversal/new")).form(f"/activities/{number}/reversal")
    return client.post(f"/activities/{number}/reversal", data=data | {"reason": "It was Ben."} | given)


def test_a_reversal_shows_first_what_it_takes_away_and_takes_exactly_that(office):
    number, _other = counted(office, did(HOURS, 6), did(HOURS, 5, when=MONDAY + DAY))
    before = office.total("Ada Bell")
    loss = office.do(lambda: preview(number))
    said = page(office.grace.get(f"/activities/{number}/reversal/new"))
    assert said.words(".loss li") == ["Points −55 points", "10 Hour Milestone Achievement"]
    answer = reverse(office, number)
    assert before - office.total("Ada Bell") == loss.points == 55
    after = page(office.grace.get(answer.location))
    assert after.says("Taken back, with all that it brought.")
    assert after.says("Corrected: It was Ben.")


def preview(number: int) -> corrections.Loss:
    loss = corrections.preview(db.session.get_one(Activity, number), by=user("Grace Moreau"), now=NOW)
    db.session.rollback()
    return loss


def test_looking_at_what_would_go_changes_nothing(office):
    (number,) = counted(office)
    before = office.dump()
    assert office.grace.get(f"/activities/{number}/reversal/new").status_code == 200
    assert office.dump() == before


def test_a_reversal_may_leave_the_medals(office):
    office.do(lambda: people.count(people.did(quantity=1, volunteer_email="ben@example.org")))
    number = office.do(lambda: db.session.scalar(select(func.max(Activity.id))))
    place = f"/activities/{number}/reversal"
    form = page(office.grace.get(f"{place}/new"))
    assert form.has("#keep_badges")
    answer = office.grace.post(place, data=form.form(place) | {"reason": "It was Ada.", "keep_badges": "y"})
    assert page(office.grace.get(answer.location)).says("#flashes") == "Taken back; the medals stay."
    assert office.total("Ben Okafor") == 10


def test_a_reversal_needs_a_reason(office):
    (number,) = counted(office)
    answer = reverse(office, number, reason="  ")
    assert (answer.status_code, page(answer).errors) == (422, {"reason": "Say why: they read it."})
    assert office.total("Ada Bell") == 50


def test_a_reversal_sent_twice_is_done_once(office):
    (number,) = counted(office)
    data = page(office.grace.get(f"/activities/{number}/reversal/new")).fields | {"reason": "Twice."}
    for _ in range(2):
        assert office.grace.post(f"/activities/{number}/reversal", data=data).status_code == 302
    assert office.do(lambda: people.changes(volunteer("Ada Bell")))[-1] != 0
    assert office.total("Ada Bell") == 0
    notes = "SELECT count(*) FROM audit_records WHERE action = 'reverse'"
    assert office.do(lambda: db.session.scalar(db.text(notes))) == 1


def test_what_does_not_count_has_nothing_to_take_back(office):
    (number,) = office.do(lambda: [one.activity_id for one in record(did(HOURS, 1))])
    answer = office.grace.get(f"/activities/{number}/reversal/new")
    assert answer.location == f"/activities/{number}"
    assert page(office.grace.get(answer.location)).says("This does not count yet.")


def test_nobody_takes_back_their_own(office):
    (number,) = counted(office)
    office.coordinates("Ada Bell")
    ada = office.signed_in("ada")
    answer = ada.get(f"/activities/{number}/reversal/new")
    assert page(ada.get(answer.location)).says("Somebody else has to correct what is yours.")
    assert "Reverse" not in page(ada.get(f"/activities/{number}")).links


@pytest.mark.parametrize("number", [999, 10**30])
def test_what_is_not_there_is_not_there(office, number):
    token = {"csrf_token": office.token(), "reason": "x"}
    places = (f"/activities/{number}", f"/activities/{number}/reversal/new")
    assert [office.grace.get(place).status_code for place in places] == [404, 404]
    assert office.grace.post(f"/activities/{number}/reversal", data=token).status_code == 404


def test_it_is_for_coordinators(office):
    (number,) = counted(office)
    data, ada = form(office, "Ben Okafor"), office.signed_in("ada")
    before = office.dump()
    places = ("/activities/new", f"/activities/{number}", f"/activities/{number}/reversal/new")
    assert [ada.get(place).status_code for place in places] == [403] * 3
    mine = {"csrf_token": office.token(ada), "reason": "x"}
    assert send(office, data | mine, client=ada).status_code == 403
    assert ada.post(f"/activities/{number}/reversal", data=mine).status_code == 403
    nobody = office.app.test_client()
    assert all(nobody.get(place).location.startswith("/sign-in?next=") for place in places)
    assert office.dump() == before


def test_the_number_of_queries_does_not_grow(office):
    def queries(number: int) -> tuple[int, int]:
        found = []
        for place in (f"/activities/{number}", f"/activities/{number}/reversal/new"):
            with statements(office.app) as asked:
                assert office.grace.get(place).status_code == 200
            found.append(len(asked))
        return tuple(found)

    first, *_ = counted(office, did(HOURS, 1), did(HOURS, 1, when=MONDAY - DAY))
    few = queries(first)
    (second,) = counted(office, did(HOURS, 9, when=MONDAY + DAY))
    office.do(lambda: people.count(*(did(HOURS, 1, when=MONDAY - number * DAY) for number in range(2, 9))))
    assert len(page(office.grace.get(f"/activities/{second}")).all(".history-line")) > 1
    assert [many <= less + 2 for many, less in zip(queries(second), few, strict=True)] == [True, True]
    assert office.do(lambda: db.session.scalar(select(func.count()).select_from(Activity))) == 10


def test_an_earlier_group_is_the_start_of_the_next(office):
    send(office, form(office, "Ada Bell", "Ben Okafor", hours="1.5", tags="river, spring", description="Bring gloves"))
    fresh = page(office.grace.get("/activities/new"))
    assert fresh.words(".earlier li") == ["Soup kitchen 2 people, Today"]
    again = page(office.grace.get(fresh.links["Soup kitchen"]))
    kept = again.form("/activities")
    assert again.words(CHIPS) == ["Ada Bell", "Ben Okafor"]
    assert {name: kept[name] for name in ("event_type", "hours", "occurred_on", "reference_name", "tags")} == {
        "event_type": "hours_logged",
        "hours": "1.5",
        "occurred_on": NOW.date().isoformat(),
        "reference_name": "Soup kitchen",
        "tags": "river, spring",
    }
    office.do(lambda: setattr(volunteer("Ben Okafor"), "status", "inactive"))
    batch = page(office.grace.get("/batches/1"))
    assert batch.says("1.5 hours at 5 points an hour, Monday 4 May. For 2 people, in one step.")
    assert page(office.grace.get(batch.links["Record the like again"])).words(CHIPS) == ["Ada Bell"]
    assert not page(office.grace.get("/activities/new?like=99")).words(CHIPS)


def test_a_whole_team_and_a_list_are_recorded_for(office):
    looked = page(send(office, form(office, pasted="ada@example.org\nBen Okafor", look="yes")))
    assert looked.words(CHIPS) == ["Ada Bell", "Ben Okafor"]
    chips = [one["value"] for one in looked.all(".chips input")]
    assert send(office, looked.form("/activities") | {"recipients": chips}).location == "/batches/1"
    assert len(recorded(office)) == 2
