"""Writing down hours of one's own; then what they brought, in place."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from portal.domain import organisation
from portal.domain.activities import Activity
from portal.extensions import db
from portal.web.hours_field import read_hours
from tests import people
from tests.web import cast
from tests.web.reading import page, statements

pytestmark = pytest.mark.usefixtures("noon")
TODAY = people.NOW.date()
HTMX = {"HX-Request": "true"}


def decide(app, **settings) -> None:
    """What the organisation's admins decide."""
    with app.app_context():
        for key, value in settings.items():
            organisation.change(key, value)
        db.session.commit()


def log(client, **typed):
    """Fills in the form and sends it."""
    form = page(client.get("/hours/new")).fields
    return client.post("/hours", data=form | {"reference_name": "Soup kitchen", "hours": "2"} | typed)


def stored(app) -> list[Activity]:
    """All activities there are."""
    with app.app_context():
        return list(db.session.scalars(select(Activity).order_by(Activity.id)))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        *(("1.5", "1.5"), ("1,5", "1.5"), ("1:30", "1.5"), ("1h 30m", "1.5"), ("1h30", None), ("90 min", "1.5")),
        *(("2", "2"), (" 2 h ", "2"), ("2 hours", "2"), ("45m", "0.75"), ("20 minutes", "0.33"), (".5", "0.5")),
        *(
            ("", None),
            ("two", None),
            (".", None),
            ("-1", None),
            ("1:75", None),
            ("1e3", None),
            ("h", None),
            ("١", "1"),
            ("١٫٥", "1.5"),
            ("٣ ساعات", "3"),
            ("2 Std.", "2"),
            ("1 Std 30 Min", "1.5"),
            ("1,5 horas", "1.5"),
        ),
    ],
)
def test_hours_are_understood_as_people_write_them(typed, meant):
    assert read_hours(typed) == (None if meant is None else Decimal(meant))


def test_hours_wait_for_a_coordinator(app):
    ada = cast.volunteer(app)
    answer = log(ada, hours="1h 30m", description="Cold, but fun")
    [activity] = stored(app)
    assert answer.location == f"/hours/{activity.id}"
    assert (activity.status, activity.quantity, activity.occurred_on) == ("awaiting_review", Decimal("1.5"), TODAY)
    assert (activity.source, activity.reference_name, activity.description) == (
        "portal",
        "Soup kitchen",
        "Cold, but fun",
    )
    waiting = page(ada.get(answer.location))
    assert waiting.heading == "Thank you"
    assert waiting.says("1.5 hours, Soup kitchen, today")
    assert waiting.says("A coordinator looks at it")
    assert waiting.one("#counting").get("data-hx-get") is None


def test_where_nobody_reviews_they_are_counted_at_once(app):
    ada = cast.volunteer(app)
    decide(app, review_hours=False)
    url = log(ada).location
    counting = page(ada.get(url))
    assert counting.says("Counting what it brings. It is already safe.")
    assert counting.one("#counting")["data-hx-trigger"] == "load delay:400ms"
    again = page(ada.get(counting.one("#counting")["data-hx-get"], headers=HTMX))
    assert [one["id"] for one in again.root.children if not isinstance(one, str)] == ["counting"]
    assert again.one("#counting")["data-hx-trigger"] == "load delay:600ms"
    assert counting.links["Look again"] == f"{url}?asked=1"


def test_what_was_counted_is_celebrated_in_place(app):
    ada = cast.volunteer(app)
    decide(app, review_hours=False)
    url = log(ada).location
    with app.app_context():
        people.settle()
    part = page(ada.get(url, headers=HTMX))
    assert [one["id"] for one in part.root.children if not isinstance(one, str)] == ["celebration"]
    assert part.says(".counted") == "2 hours counted. Soup kitchen, today"
    assert part.heading == "First Step"
    assert part.words(".sum-line") == [
        "2 hours at 5 points an hour +10 points",
        "First Hour +10 points",
        "First Step, common medal +10 points",
    ]
    assert part.says(".sum-total") == "Your points 0 before 30"
    assert part.says("You are the first to hold it")
    assert part.one("#celebration")["data-announce"] == (
        "2 hours counted. Soup kitchen, today. You earned First Step, common medal. You have 30 points now."
    )
    whole = page(ada.get(url))
    assert whole.heading == "First Step"
    assert whole.one("#announcement")["role"] == "status"
    assert ada.post("/badges/1/showcase", data=whole.form("/badges/1/showcase")).status_code == 302
    assert "Put it in my showcase" not in ada.get(url).text


def test_hours_without_a_medal_are_thanked_for(app):
    ada = cast.volunteer(app)
    cast.did(app, cast.hours("Ada", 1, TODAY - timedelta(days=1)))
    decide(app, review_hours=False)
    url = log(ada, hours="0.1").location
    with app.app_context():
        people.settle(now=people.NOW + timedelta(seconds=1))
    thanks = page(ada.get(url))
    assert thanks.heading == "Thank you"
    assert thanks.words(".sum-line") == ["0.1 hours at 5 points an hour. Adds up with the rest of the day 0 points"]
    assert thanks.says(".sum-total") == "Your points 25 before 25"


def test_a_secret_medal_is_celebrated_without_numbers(app):
    ada = cast.volunteer(app)
    cast.secret(app, "Night Shift", days=1)
    decide(app, review_hours=False)
    url = log(ada).location
    with app.app_context():
        people.settle()
    part = page(ada.get(url, headers=HTMX))
    assert part.says("Night Shift, common medal")
    assert not part.says("among them")


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"hours": "many"}, "hours", "Write it like 1.5, 1:30 or 1h 30m."),
        ({"hours": ""}, "hours", "How many hours?"),
        ({"hours": "25"}, "hours", "Hours are more than 0 and at most 24."),
        ({"hours": "0"}, "hours", "Hours are more than 0 and at most 24."),
        ({"hours": "1.234"}, "hours", "At most two decimals, please."),
        ({"reference_name": " "}, "reference_name", "A word or two, so that you know it again."),
        ({"reference_name": "x" * 301}, "reference_name", "Field cannot be longer than 300 characters."),
        ({"occurred_on": "2026-05-21"}, "occurred_on", "This lies in the future."),
        (
            {"occurred_on": "2026-03-20"},
            "occurred_on",
            "You can write down the last 60 days yourself. Ask a coordinator for older ones.",
        ),
        ({"occurred_on": "someday"}, "occurred_on", "Not a valid date value."),
        ({"occurred_on": ""}, "occurred_on", "Which day was it?"),
    ],
)
def test_a_mistake_is_said_at_its_field_and_nothing_typed_is_lost(sqlite_app, typed, field, words):
    ada = cast.volunteer(sqlite_app)
    answer = log(ada, description="Half the town came", **typed)
    form = page(answer)
    assert (answer.status_code, form.errors[field]) == (422, words)
    assert form.one(f"#{field}")["aria-invalid"] == "true"
    assert words in form.says(".error-summary")
    kept = form.fields
    assert kept["description"] == "Half the town came"
    assert {name: kept[name] for name in typed if name != "reference_name"} == {
        name: value for name, value in typed.items() if name != "reference_name"
    }
    assert stored(sqlite_app) == []


def test_a_day_has_twenty_four_hours(app):
    ada = cast.volunteer(app)
    assert log(ada, hours="20").status_code == 302
    assert page(log(ada, hours="5")).errors == {"hours": "This would make more than 24 hours on 2026-05-20."}


def test_htmx_gets_the_form_alone_and_is_sent_on_to_the_page(sqlite_app):
    ada = cast.volunteer(sqlite_app)
    form = page(ada.get("/hours/new")).fields
    wrong = ada.post("/hours", data=form, headers=HTMX)
    assert wrong.status_code == 422
    assert [one["id"] for one in page(wrong).root.children if not isinstance(one, str)] == ["form"]
    sent = ada.post("/hours", data=form | {"reference_name": "Garden", "hours": "1"}, headers=HTMX)
    assert (sent.status_code, sent.headers["HX-Redirect"]) == (204, "/hours/1")


def test_a_form_that_is_sent_twice_counts_once(app):
    ada = cast.volunteer(app)
    form = page(ada.get("/hours/new")).fields | {"reference_name": "Garden", "hours": "1"}
    first, second = (ada.post("/hours", data=form).location for _ in range(2))
    assert first == second
    assert len(stored(app)) == 1


def test_a_form_that_was_changed_after_it_was_sent_asks_once_more(app):
    ada = cast.volunteer(app)
    form = page(ada.get("/hours/new")).fields | {"reference_name": "Garden", "hours": "1"}
    ada.post("/hours", data=form)
    again = page(ada.post("/hours", data=form | {"hours": "2"}))
    assert again.errors == {
        "reference_name": "This form was sent before, with other words. Send it once more if these are other hours."
    }
    assert ada.post("/hours", data=again.fields).status_code == 302
    assert len(stored(app)) == 2


def test_the_form_starts_today_by_ones_own_calendar_and_knows_what_one_did_lately(sqlite_app):
    ada = cast.volunteer(sqlite_app, zone="Pacific/Auckland")  # where it is already the 21st
    cast.did(
        sqlite_app,
        cast.hours("Ada", 1, reference_name="Garden"),
        cast.hours("Ada", 1, "2026-05-01", reference_name="Desk"),
    )
    form = page(ada.get("/hours/new"))
    assert form.fields["occurred_on"] == "2026-05-21"
    assert [one["value"] for one in form.all("datalist option")] == ["Garden", "Desk"]
    assert form.says("An hour brings 5 points.")


def test_without_its_token_a_form_is_not_taken(sqlite_app):
    ada = cast.volunteer(sqlite_app)
    answer = ada.post("/hours", data={"reference_name": "Garden", "hours": "1", "occurred_on": "2026-05-20"})
    assert answer.status_code == 400
    assert stored(sqlite_app) == []


def test_extra_fields_change_nothing(sqlite_app):
    ada = cast.volunteer(sqlite_app)
    cast.someone(sqlite_app, "Ben Okafor")
    log(ada, volunteer_id="2", status="counted", quantity="20", source="csv")
    [activity] = stored(sqlite_app)
    assert (activity.volunteer_id, activity.status, activity.quantity) == (1, "awaiting_review", 2)


def test_where_volunteers_dont_log_hours_there_is_no_form(sqlite_app):
    ada = cast.volunteer(sqlite_app)
    form = page(ada.get("/hours/new")).fields
    decide(sqlite_app, self_logging=False)
    assert ada.get("/hours/new").status_code == 404
    assert ada.post("/hours", data=form).status_code == 404


def test_hours_are_withdrawn_while_they_dont_count(app):
    ada = cast.volunteer(app)
    url = log(ada).location
    form = page(ada.get(url)).form(f"{url}/withdrawal")
    assert ada.post(f"{url}/withdrawal", data=form).location == url
    gone = page(ada.get(url))
    assert gone.heading == "Withdrawn"
    assert gone.says("You withdrew it. It does not count.")
    again = ada.post(f"{url}/withdrawal", data=form)
    assert again.status_code == 422


def test_hours_are_changed_while_they_dont_count(app):
    ada = cast.volunteer(app)
    url = log(ada, hours="20", description="Cold").location
    assert page(ada.get(url)).links["Change it"] == f"{url}/change"
    form = page(ada.get(f"{url}/change"))
    assert form.heading == "Change your hours"
    kept = form.form(f"{url}/change")
    assert [kept[name] for name in ("reference_name", "hours", "occurred_on", "description")] == [
        *("Soup kitchen", "20", TODAY.isoformat(), "Cold"),
    ]
    answers = [ada.post(f"{url}/change", data=kept | {"hours": "21:30"}).location for _ in range(2)]
    assert answers == ["/hours/2", "/hours/2"]  # a retry is answered with what was done
    assert [(one.status, one.quantity) for one in stored(app)] == [
        ("rejected", 20),
        ("awaiting_review", Decimal("21.5")),
    ]
    assert page(ada.get("/hours/2")).says("21.5 hours, Soup kitchen, today")


def test_a_change_that_does_not_stand_changes_nothing(app):
    ada = cast.volunteer(app)
    log(ada, hours="20")
    url = log(ada, hours="2").location
    kept = page(ada.get(f"{url}/change")).form(f"{url}/change")
    answer = ada.post(f"{url}/change", data=kept | {"hours": "5"})
    assert (answer.status_code, page(answer).errors) == (
        422,
        {"hours": "This would make more than 24 hours on 2026-05-20."},
    )
    assert page(answer).form(f"{url}/change")["hours"] == "5"
    assert [one.status for one in stored(app)] == ["awaiting_review"] * 2


def test_what_was_decided_about_meanwhile_is_not_changed(app):
    ada = cast.volunteer(app)
    url = log(ada).location
    one, other = (page(ada.get(f"{url}/change")).form(f"{url}/change") for _tab in range(2))
    assert ada.post(f"{url}/change", data=one | {"hours": "3"}).status_code == 302
    answer = ada.post(f"{url}/change", data=other | {"hours": "4"})
    assert answer.status_code == 422
    assert page(answer).says("This does not wait any more: it was withdrawn, changed or turned down meanwhile.")
    assert ada.get(f"{url}/change").location == url
    assert [one.quantity for one in stored(app)] == [2, 3]


def test_what_counts_is_not_changed(app):
    ada = cast.volunteer(app)
    decide(app, review_hours=False)
    url = log(ada).location
    kept = page(ada.get(f"{url}/change")).form(f"{url}/change")
    with app.app_context():
        people.settle()
    answer = ada.post(f"{url}/change", data=kept | {"hours": "3"})
    assert (answer.status_code, [one.status for one in stored(app)]) == (422, ["counted"])


def test_what_somebody_else_recorded_is_not_changed_by_oneself(app):
    ada = cast.volunteer(app)
    with app.app_context():
        people.record(cast.hours("Ada", 1))
        db.session.commit()
    [number] = [one.id for one in stored(app)]
    assert ada.get(f"/hours/{number}/change").location == f"/hours/{number}"
    form = page(ada.get("/hours/new")).fields | {"reference_name": "Garden", "hours": "2"}
    assert ada.post(f"/hours/{number}/change", data=form).status_code == 422
    assert [one.quantity for one in stored(app)] == [1]


def test_what_counts_is_not_withdrawn(app):
    ada = cast.volunteer(app)
    decide(app, review_hours=False)
    url = log(ada).location
    with app.app_context():
        people.settle()
    answer = ada.post(f"{url}/withdrawal", data={"csrf_token": page(ada.get(url)).fields["csrf_token"]})
    assert answer.status_code == 422
    assert stored(app)[0].status == "counted"


def test_somebody_elses_hours_are_not_there(app):
    ada, ben = cast.volunteer(app), cast.volunteer(app, "Ben Okafor")
    url = log(ada).location
    assert ben.get(url).status_code == 404
    form = page(ben.get("/hours/new")).fields
    assert ben.post(f"{url}/withdrawal", data=form).status_code == 404
    assert ben.get(f"{url}/change").status_code == 404
    assert ben.post(f"{url}/change", data=form).status_code == 404
    assert stored(app)[0].status == "awaiting_review"


def test_a_coordinator_without_a_volunteer_has_no_hours(sqlite_app):
    assert cast.coordinator(sqlite_app).get("/hours/new").status_code == 404


def test_the_number_of_queries_does_not_grow(app):
    ada, numbers = cast.volunteer(app), []
    decide(app, review_hours=False)
    for days in (range(1, 3), range(3, 30)):
        rows = [cast.hours("Ada", 1, TODAY - timedelta(days=day), reference_name=f"Shift {day}") for day in days]
        [activity_id, *_] = cast.did(app, *rows, *(people.did(people.PROJECT, when=TODAY) for _day in days))
        with statements(app) as found:
            assert ada.get("/hours/new").status_code == 200
            assert page(ada.get(f"/hours/{activity_id}")).has("#celebration")
        numbers.append(len(found))
    assert numbers[1] <= numbers[0]
