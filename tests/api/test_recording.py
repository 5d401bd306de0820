"""What other systems tell: once, in full, or with a problem that names the field."""

import pytest

from portal.domain import accounts
from portal.domain.accounts import Role
from portal.domain.activities import Activity
from portal.extensions import db
from tests.api.test_reading import token_of
from tests.people import grace, join, sign_up

ADA = {"volunteer_email": "ada@example.org", "event_type": "hours_logged", "occurred_at": "2026-05-04T18:30:00+02:00"}


@pytest.fixture
def post(app):
    """Posts as a system that may record; the context is that of the test."""
    with app.app_context():
        join("Ada Bell")
        headers = token_of(grace(), "record")
        yield lambda body, **more: app.test_client().post("/api/v1/activities", json=body, headers=headers | more)


def recorded() -> int:
    db.session.rollback()
    return db.session.query(Activity).count()


def test_an_activity_is_recorded_once_however_often_it_is_sent(post):
    body = ADA | {"external_id": "t-1", "quantity": 1.5}

    first, again = post(body), post(body)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.get_json()["id"] == again.get_json()["id"]
    assert recorded() == 1


def test_other_content_under_the_same_id_is_a_conflict(post):
    post(ADA | {"external_id": "t-1", "quantity": 1})

    answer = post(ADA | {"external_id": "t-1", "quantity": 2})

    assert (answer.status_code, answer.mimetype) == (409, "application/problem+json")
    assert answer.get_json()["errors"][0]["pointer"] == "/external_id"


def test_a_list_has_a_result_for_each(post):
    rows = [ADA | {"external_id": f"t-{number}", "quantity": hours} for number, hours in enumerate((1, 30, 2, 22))]

    answer = post({"activities": rows})

    assert answer.status_code == 200
    assert [one["result"] for one in answer.get_json()["results"]] == ["recorded", "refused", "recorded", "refused"]
    assert answer.get_json()["results"][1]["errors"][0]["pointer"] == "/quantity"
    assert recorded() == 2


def test_what_stands_twice_in_a_list_is_answered_with_the_first_both_times_and_again(post):
    body = {"activities": [ADA | {"external_id": "t-1", "quantity": 1}] * 2}

    first, again = (post(body).get_json()["results"] for _ in range(2))

    assert [one["result"] for one in first] == ["recorded", "same"]
    assert [(one["id"], one["volunteer_id"]) for one in first + again] == [
        (first[0]["id"], first[0]["volunteer_id"])
    ] * 4
    assert recorded() == 1


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"is_admin": True}, "/is_admin"),
        ({"quantity": True}, "/quantity"),
        ({"quantity": {"a": 1}}, "/quantity"),
        ({"quantity": 1e400}, "/quantity"),
        ({"quantity": "NaN"}, "/quantity"),
        ({"quantity": 0}, "/quantity"),
        ({"event_type": "event"}, "/event_type"),
        ({"occurred_at": "2026-05-04T18:30:00"}, "/occurred_at"),
        ({"occurred_at": 5}, "/occurred_at"),
        ({"external_id": ""}, "/external_id"),
        ({"certified": "yes"}, "/certified"),
        ({"tags": "youth"}, "/tags"),
        ({"volunteer_email": "nobody@example.org"}, "/volunteer_email"),
        ({"source": ""}, "/source"),
        ({"description": "\x00"}, "/description"),
        ({"description": "\ud800"}, "/description"),
        ({"quantity": "1" + "0" * 64}, "/quantity"),
        ({"occurred_at": "2026-05-04T18:30:00Z" + " " * 64}, "/occurred_at"),
    ],
)
def test_what_does_not_stand_is_told_at_its_field(post, change, pointer):
    answer = post(ADA | {"external_id": "t-1", "quantity": 1} | change)

    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.get_json()["errors"]] == [pointer]
    assert recorded() == 0


@pytest.mark.parametrize("body", [None, [], "x", 3, {"activities": []}, {"activities": "x"}, {"activities": [1]}])
def test_what_is_no_activity_at_all_is_told_kindly(post, body):
    assert post(body).status_code == 422


def test_a_token_that_may_only_read_records_nothing(app):
    with app.app_context():
        ada = join("Ada Bell")
        headers = token_of(sign_up("Ada Bell", Role.VOLUNTEER, volunteer=ada), "read")

        answer = app.test_client().post("/api/v1/activities", json=ADA | {"external_id": "t-1"}, headers=headers)

        assert answer.status_code == 403
        assert recorded() == 0


@pytest.mark.parametrize("letter", ["\0", "\ud800"])
@pytest.mark.parametrize("field", ["volunteer_email", "volunteer_external_id", "external_id", "reference_id"])
def test_characters_that_are_no_text_are_refused_and_keep_no_other_row_out(post, letter, field):
    good, bad = ADA | {"external_id": "t-1", "quantity": 1}, ADA | {"external_id": "t-2", "quantity": 1}

    answer = post({"activities": [bad | {field: f"ada{letter}@example.org"}, good]})

    assert [one["result"] for one in answer.get_json()["results"]] == ["refused", "recorded"]
    assert answer.get_json()["results"][0]["errors"][0]["pointer"] == f"/{field}"


@pytest.mark.parametrize("letter", ["\0", "\ud800"])
def test_a_source_is_text(post, letter):
    answer = post(ADA | {"external_id": "t-1", "quantity": 1, "source": f"gate{letter}"})

    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, "/source")
    assert recorded() == 0


@pytest.mark.parametrize("opening", ["[", '{"activities":'])
def test_what_is_nested_beyond_all_measure_is_no_activity(app, post, opening):
    headers = token_of(accounts.by_email("grace@example.org"), "record") | {"Content-Type": "application/json"}

    answer = app.test_client().post("/api/v1/activities", data=opening * 100_000, headers=headers)

    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
