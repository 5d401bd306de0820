"""Taking a pause on one's own page, and coming back early."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.domain import pauses
from portal.domain.pauses import Pause
from portal.extensions import db
from tests import people
from tests.people import DAY
from tests.web.reading import page, signed_in

pytestmark = pytest.mark.usefixtures("noon")
TODAY = people.NOW.date()


@pytest.fixture
def ada(sqlite_app):
    """Ada, who helped on the three days that ended three days ago, at her browser."""
    with sqlite_app.app_context():
        people.sign_up("Ada Bell", "volunteer", volunteer=people.join("Ada Bell"))
        people.count(*people.days(-5, -4, -3, start=TODAY))
    return signed_in(sqlite_app, "ada@example.org")


def take(client, first, last):
    form = page(client.get("/pauses")).fields
    return client.post("/pauses", data=form | {"first_on": str(first), "last_on": str(last)}, follow_redirects=True)


def kept(app) -> list[tuple]:
    with app.app_context():
        return [(one.first_on, one.last_on, one.withdrawn_at) for one in db.session.scalars(select(Pause))]


def test_a_streak_waits_and_the_dashboard_says_so(sqlite_app, ada):
    assert "Help again to start a new run of days" in page(ada.get("/")).text
    found = page(take(ada, TODAY - 2 * DAY, TODAY + 4 * DAY))
    assert found.says(".flashes") == "Enjoy your break. Your streak waits for you."
    assert "18 May to 24 May 7 days · under way" in found.text
    assert "53 days are left for pauses this year." in found.text
    dashboard = page(ada.get("/"))
    assert "It waits for you: you take a pause" in dashboard.text
    assert dashboard.has('a[href="/pauses"]')


@pytest.mark.parametrize(
    ("first", "last", "field", "words"),
    [
        ("", TODAY, "first_on", "From which day on?"),
        ("tomorrow", TODAY, "first_on", "Not a valid date value."),
        (TODAY - 8 * DAY, TODAY, "first_on", "A pause may begin at most 7 days back."),
        (TODAY, TODAY - DAY, "last_on", "The last day is before the first."),
        (TODAY, "9999-12-31", "last_on", "A pause has at most 120 days."),
        (TODAY, TODAY + 60 * DAY, "last_on", "That is 1 day more than the 60 that 2026 has for pauses."),
    ],
)
def test_what_is_wrong_is_said_at_its_field(sqlite_app, ada, first, last, field, words):
    found = page(take(ada, first, last))
    assert found.errors == {field: words}
    assert found.one(f"#{field}")["value"] == str(first if field == "first_on" else last)
    assert kept(sqlite_app) == []


def test_a_form_that_is_sent_twice_is_one_pause(sqlite_app, ada):
    form = page(ada.get("/pauses")).fields | {"first_on": str(TODAY), "last_on": str(TODAY + DAY)}
    assert [ada.post("/pauses", data=form).status_code for _ in range(2)] == [302, 302]
    assert len(kept(sqlite_app)) == 1
    other = ada.post("/pauses", data=form | {"last_on": str(TODAY)})
    assert other.status_code == 422
    assert "sent already" in page(other).text


def test_a_pause_is_ended_and_one_to_come_is_withdrawn(sqlite_app, ada):
    take(ada, TODAY - 2 * DAY, TODAY + 4 * DAY)
    take(ada, TODAY + timedelta(days=10), TODAY + timedelta(days=10))
    with sqlite_app.app_context():
        later, now = (one.id for one in db.session.scalars(select(Pause).order_by(Pause.first_on.desc())))
    for pause_id in (later, now):
        action = f"/pauses/{pause_id}/end"
        form = page(ada.get("/pauses")).form(action)
        found = page(ada.post(action, data=form, follow_redirects=True))
    assert found.says(".flashes") == "Good to have you back."
    assert "18 May to 19 May 2 days · over" in found.text
    with sqlite_app.app_context():
        assert [(one.first_on, one.last_on) for one in db.session.scalars(select(Pause).where(pauses.HOLDS))] == [
            (TODAY - 2 * DAY, TODAY - DAY)
        ]
