"""What stands of what people send: once, under nobody else's name, within a day's hours, and nothing of the future."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from portal.domain import organisation
from portal.domain.activities import Activity
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from tests import people
from tests.people import DAY, HOURS, MONDAY, NOW, PROJECT, REFERRAL, SKILL, TASK, TRAINING, did, record, said

SAME_REFERENCE = {"reference_type": "task", "reference_id": "7"}


@pytest.fixture
def session(sqlite_session):
    """One database is enough: rows are judged in Python. Whole files are on both (test_against_the_model.py)."""
    return sqlite_session


def activities() -> list[Activity]:
    return list(db.session.scalars(select(Activity).order_by(Activity.id)))


def number_of(model) -> int:
    return db.session.scalar(select(func.count()).select_from(model))


# --- Exactly once ---------------------------------------------------------------------------------------------------


def test_the_same_again_is_answered_with_the_first(session, ada):
    (first,) = record(did(external_id="a"))
    (again,) = record(did(external_id="a"))
    assert said([first, again]) == ["accepted", "same"]
    assert (again.activity_id, again.volunteer_id) == (first.activity_id, ada.id)
    assert len(activities()) == 1


@pytest.mark.parametrize(
    "spelling",
    [
        {"volunteer_email": " ADA@Example.org "},
        {"volunteer_name": "A. Bell"},
        {"event_type": " Hours_Logged"},
        {"quantity": "1.50"},
        {"occurred_at": "2026-05-04T06:00:00Z"},
        {"occurred_at": "2026-05-04 04:00-0200"},
        {"tags": "youth; food bank ;"},
        {"description": " soup "},
    ],
    ids=str,
)
def test_the_same_in_another_spelling_is_the_same(session, ada, spelling):
    said_first = {"occurred_at": "2026-05-04T08:00:00+02:00", "quantity": "1.5", "event_type": HOURS}
    said_first |= {"external_id": "a", "volunteer_email": "ada@example.org"}
    said_first |= {"tags": "food bank;youth", "description": "soup"}
    record(people.Submission(**said_first))
    assert said(record(people.Submission(**(said_first | spelling)))) == ["same"]


@pytest.mark.parametrize(
    "change",
    [
        {"quantity": "2"},
        {"kind": TASK},
        {"when": "2026-05-04T12:00:00"},
        {"description": "soup"},
        {"tags": "youth"},
        {"reference_id": "7"},
        {"certified": "no"},
        {"volunteer_email": "ben@example.org"},
    ],
    ids=str,
)
def test_an_id_with_other_content_is_a_conflict_and_changes_nothing(session, ada, ben, change):
    record(did(external_id="a"))
    before = [(one.quantity, one.event_type, one.volunteer_id) for one in activities()]
    assert said(record(did(**{"external_id": "a"} | change))) == ["conflict:external_id"]
    assert [(one.quantity, one.event_type, one.volunteer_id) for one in activities()] == before


def test_what_was_reversed_or_turned_down_keeps_its_id(session, ada):
    reversed_id, _ = people.count(did(external_id="a"), did(external_id="b", when=MONDAY + DAY))
    people.take_back(reversed_id)
    session.get(Activity, 2).status = "reversed"
    assert said(record(did(external_id="a"), did(external_id="b", when=MONDAY + DAY))) == ["same", "same"]
    assert said(record(did(TASK, external_id="a"))) == ["conflict:external_id"]


def test_two_systems_may_use_the_same_id(session, ada):
    record(did(external_id="a"), source="one")
    assert said(record(did(external_id="a"), source="two")) == ["accepted"]


def test_equal_rows_without_an_id_are_told_apart_by_how_many_there_are(session, ada):
    assert said(record(did(), did(), did(TASK))) == ["accepted"] * 3
    assert said(record(did(), did(), did(), did(TASK))) == ["same", "same", "accepted", "same"]


def test_two_equal_ids_in_one_list_are_one_activity(session, ada):
    assert said(record(did(external_id="a"), did(external_id="a"), did(TASK, external_id="a"))) == [
        *("accepted", "same", "conflict:external_id")
    ]


# --- Not twice under another id -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [TASK, PROJECT, TRAINING, SKILL])
def test_a_reference_stands_once_a_volunteer_type_and_date(session, ada, ben, kind):
    record(did(kind, **SAME_REFERENCE))
    later = (
        did(kind, **SAME_REFERENCE, external_id="again", when=f"{MONDAY}T20:00:00"),
        did(kind, **SAME_REFERENCE, when=MONDAY + DAY),
        did(kind, **SAME_REFERENCE, volunteer_email="ben@example.org"),
        did(kind, reference_type="errand", reference_id="7"),
        did(kind, reference_type="task", reference_id="8"),
        did(kind, reference_type="task", external_id="none"),
    )
    assert said(record(*later)) == ["refused:reference_id", *["accepted"] * 5]


def test_the_refusal_says_when_the_first_one_was(session, ada):
    record(did(TASK, **SAME_REFERENCE))
    (refused,) = record(did(TASK, **SAME_REFERENCE, external_id="again"))
    assert "2026-05-04" in refused.reason


def test_hours_may_have_the_same_reference_twice(session, ada):
    assert said(record(did(**SAME_REFERENCE), did(**SAME_REFERENCE, external_id="b"))) == ["accepted"] * 2


def test_somebody_can_be_brought_along_once_by_whomever(session, ada, ben):
    friend = {"reference_type": "person", "reference_id": "cleo"}
    record(did(REFERRAL, **friend))
    again = did(REFERRAL, **friend, volunteer_email="ben@example.org", when=MONDAY + DAY)
    assert said(record(again)) == ["refused:reference_id"]


@pytest.mark.parametrize("kind", [TASK, REFERRAL])
def test_a_reference_is_free_again_once_it_was_reversed(session, ada, kind):
    (activity_id,) = people.count(did(kind, **SAME_REFERENCE))
    people.take_back(activity_id)
    assert said(record(did(kind, **SAME_REFERENCE, external_id="b"))) == ["accepted"]


@pytest.mark.parametrize("oneself", ["ada@example.org", "ADA@Example.org", "V-1", "v-1"])
def test_nobody_brings_themself_along(session, oneself):
    people.join("Ada Bell", external_id="V-1")
    assert said(record(did(REFERRAL, reference_id=oneself))) == ["refused:reference_id"]


def test_a_sender_may_number_people_as_they_like(session, ada):
    row = did(REFERRAL, reference_type="member", reference_id=str(ada.id))
    assert said(record(row)) == ["accepted"], "the sender's number of a friend is not our number of Ada"


def test_a_refused_row_takes_neither_id_nor_hours_nor_reference(session, ada):
    refused = did(TASK, 9, **SAME_REFERENCE, external_id="a")
    assert said(record(refused, did(quantity=25, external_id="b"))) == ["refused:quantity"] * 2
    mended = did(TASK, 5, **SAME_REFERENCE, external_id="a")
    assert said(record(mended, did(quantity=24, external_id="b"))) == ["accepted"] * 2


# --- A day has 24 hours ---------------------------------------------------------------------------------------------


def test_a_date_holds_24_hours_and_no_more(session, ada, ben):
    record(did(quantity=20))
    rows = (
        did(quantity="4.01"),
        did(quantity=4),
        did(quantity="0.01"),
        did(quantity=24, when=MONDAY + DAY),
        did(quantity=24, volunteer_email="ben@example.org"),
        did(TASK),
    )
    assert said(record(*rows)) == ["refused:quantity", "accepted", "refused:quantity", *["accepted"] * 3]


def test_hours_that_wait_for_review_take_their_place_and_reversed_ones_give_it_back(session, ada):
    (activity_id,) = people.count(did(quantity=20))
    record(did(quantity=4), status="awaiting_review")
    assert said(record(did(quantity=1))) == ["refused:quantity"]
    people.take_back(activity_id)
    assert said(record(did(quantity=20, external_id="b"))) == ["accepted"]


@pytest.mark.parametrize(
    ("zone", "day", "when"),
    [
        ("Pacific/Kiritimati", "2016-03-02", "2016-02-29T23:30:00-11:00"),
        ("Pacific/Pago_Pago", "2016-03-01", "2016-03-03T00:30:00+14:00"),
    ],
)
def test_a_day_is_full_however_far_away_the_sender_writes_it_down(session, zone, day, when):
    people.join("Ada Bell", zone=zone)
    record(did(quantity=24, when=day))
    assert said(record(did(quantity="0.01", when=when))) == ["refused:quantity"]


# --- The future and the past ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "verdict"),
    [(timedelta(minutes=5), "accepted"), (timedelta(minutes=5, seconds=1), "refused:occurred_at")],
)
def test_clocks_may_differ_by_five_minutes(session, ada, after, verdict):
    assert said(record(did(when=(NOW + after).isoformat()))) == [verdict]


def test_nothing_is_done_tomorrow(session, ada):
    assert said(record(did(when=NOW.date()), did(when=NOW.date() + DAY))) == ["accepted", "refused:occurred_at"]


def test_tomorrow_begins_where_the_volunteer_lives(session):
    people.join("Ada Bell", zone="Pacific/Kiritimati")
    assert said(record(did(when="2026-05-21"), did(when="2026-05-22"))) == ["accepted", "refused:occurred_at"]


def test_nothing_is_older_than_1970(session, ada):
    rows = did(when="1969-12-31T23:59:59Z"), did(when="1969-12-31"), did(when="1970-01-01T00:00:00Z")
    assert said(record(*rows)) == ["refused:occurred_at", "refused:occurred_at", "accepted"]


# --- Who it was -----------------------------------------------------------------------------------------------------


def test_whom_nobody_knows_is_refused_unless_a_file_brings_them(session):
    assert said(record(did(volunteer_name="Ada Bell", volunteer_email="ada@example.org"))) == [
        "refused:volunteer_email"
    ]
    assert said(record(did(volunteer_external_id="X"))) == ["refused:volunteer_external_id"]
    row = did(volunteer_name="Ada Bell", volunteer_email="Ada@example.org")
    assert said(record(row, creates_people=True)) == ["accepted"]
    found = session.scalars(select(Volunteer)).one()
    assert (found.name, found.email, found.shown_name) == ("Ada Bell", "ada@example.org", "Ada B.")


def test_a_newcomer_lives_in_the_zone_of_the_organisation_and_needs_a_name(session):
    organisation.change("time_zone", "Asia/Kathmandu")
    rows = did(volunteer_email="x@example.org"), did(volunteer_email="ada@example.org", volunteer_name="Ada")
    assert said(record(*rows, creates_people=True)) == ["refused:volunteer_name", "accepted"]
    assert session.scalars(select(Volunteer)).one().time_zone == "Asia/Kathmandu"


def test_nobody_is_made_by_a_refused_row(session):
    row = did(quantity=25, volunteer_email="ada@example.org", volunteer_name="Ada Bell")
    record(row, creates_people=True)
    assert number_of(Volunteer) == 0


def test_a_name_alone_is_enough_while_only_one_has_it(session, ada, ben):
    by_name = did(volunteer_name=" Ada Bell ")
    assert said(record(by_name)) == ["accepted"]
    people.join("Ada Bell", email="other@example.org")
    assert said(record(did(TASK, volunteer_name="Ada Bell"))) == ["refused:volunteer_name"]
    assert said(record(did(volunteer_name="Nobody"), did(volunteer_name=""))) == [
        *("refused:volunteer_name", "refused:volunteer_email")
    ]


def test_somebody_is_found_by_e_mail_before_their_number(session, ada):
    ben = people.join("Ben Okafor", external_id="B-1")
    record(
        did(volunteer_email="ada@example.org", volunteer_external_id="B-1"), did(TASK, volunteer_external_id=" B-1 ")
    )
    assert [one.volunteer_id for one in activities()] == [ada.id, ben.id]


@pytest.mark.parametrize("status", ["inactive", "forgotten"])
def test_nothing_is_recorded_for_somebody_who_is_not_active(session, status):
    people.join("Ada Bell", status=status)
    assert said(record(did())) == ["refused:volunteer_email"]


def test_who_was_merged_is_found_under_both_names(session, ada):
    ben = people.join(
        "Ada B. Elder", email="old@example.org", external_id="O-1", status="merged", merged_into_id=ada.id
    )
    people.join("Third", email="third@example.org", status="merged", merged_into_id=ben.id)
    record(did(volunteer_email="old@example.org"), did(TASK, volunteer_external_id="O-1"))
    record(did(PROJECT, volunteer_email="third@example.org"))
    assert {one.volunteer_id for one in activities()} == {ada.id}
    assert said(record(did(volunteer_name="Ada B. Elder"))) == ["refused:volunteer_name"]


def test_hours_that_wait_under_two_names_of_one_person_share_the_day(session, ada):
    people.join("Elder", email="old@example.org", status="merged", merged_into_id=ada.id)
    assert said(record(did(quantity=20), did(quantity=5, volunteer_email="old@example.org"))) == [
        *("accepted", "refused:quantity")
    ]


def test_an_uncertified_skill_is_worth_nothing_whatever_the_minimum(session, ada):
    people.price(SKILL, 50, minimum=10)
    record(did(SKILL, certified="no"), did(SKILL, external_id="b"), did(TASK, certified="no"))
    assert [(one.certified, one.exact) for one in activities()] == [(False, 0), (True, 50), (True, 10)]


def test_a_row_comes_with_everything_that_was_said(session, ada, grace):
    row = did(PROJECT, when="2026-05-04T08:00:00+02:00", reference_type="project", reference_id="12", tags="b; a;b")
    row.reference_name, row.description = " The Fence ", " painted "
    record(row, by=grace)
    (one,) = activities()
    assert (one.reference_type, one.reference_id, one.reference_name) == ("project", "12", "The Fence")
    assert (one.description, one.tags, one.status, one.source) == ("painted", ["b", "a"], "pending", "test")
    assert (one.occurred_at, one.recorded_at) == (datetime(2026, 5, 4, 6, tzinfo=UTC), NOW)
    assert (one.recorded_by_id, one.booked, len(one.content_hash)) == (grace.id, False, 32)
