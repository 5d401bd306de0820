"""What activities are worth: the day as a whole, by the rule of the day on which they were recorded."""

import random
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from portal.domain.activities import Activity
from portal.domain.points import PointsHistory
from tests import people
from tests.people import DAY, HOURS, MONDAY, NOW, PROJECT, REFERRAL, SKILL, TASK, TRAINING, changes, count, did, total

pytestmark = pytest.mark.usefixtures("nothing_to_earn")


@pytest.fixture
def session(sqlite_session):
    """One database is enough for the rules one by one; both have them all together in test_against_the_model.py."""
    return sqlite_session


def hours(*quantities: object, **more) -> list:
    """Logs of one day, in this order."""
    return [did(HOURS, quantity, external_id=f"log-{number}", **more) for number, quantity in enumerate(quantities)]


def test_each_type_pays_what_its_rule_says(session, ada):
    count(did(quantity=2), did(TASK, 3), did(PROJECT), did(TRAINING), did(SKILL), did(REFERRAL))
    found = {row.event_type: row.points_change for row in people.ledger(ada)}
    assert found == {HOURS: 10, TASK: 30, PROJECT: 100, TRAINING: 25, SKILL: 50, REFERRAL: 50}
    assert total(ada) == 265


def test_the_floor_is_taken_of_the_day_and_not_of_each_log(session, ada):
    count(*hours("0.3", "0.3"))
    assert changes(ada) == [1, 2]


def test_ten_tenths_of_an_hour_pay_what_one_hour_pays(session, ada):
    count(*hours(*["0.1"] * 10))
    assert changes(ada) == [1] * 5
    assert total(ada) == 5


def test_what_brings_nothing_has_no_row(session, ada):
    count(*hours("0.1"), did(SKILL, certified="no"))
    assert changes(ada) == []
    assert {one.status for one in session.query(Activity)} == {"counted"}


def test_half_points_are_not_rounded_up(session, ada):
    count(*hours("0.5"))
    assert total(ada) == 2


def test_a_day_is_a_day_of_one_type(session, ada):
    count(*hours("0.3"), did(quantity="0.3", when=MONDAY + DAY), did(TASK))
    assert sorted(changes(ada)) == [1, 1, 10]


def test_a_price_has_a_floor_and_a_ceiling(session, ada):
    people.price(HOURS, 5, minimum=3, maximum=8)
    count(did(quantity="0.1"), did(quantity=4, when=MONDAY + DAY))
    assert changes(ada) == [3, 8]


def test_a_cap_holds_for_the_day_and_what_is_taken_back_is_the_difference(session, ada):
    people.price(HOURS, 5, daily_cap=30)
    first, _second = count(*hours(4, 4))
    assert changes(ada) == [20, 10]
    people.take_back(first)
    assert changes(ada) == [20, 10, -10]


def test_the_greatest_cap_of_the_day_holds(session, ada):
    people.price(HOURS, 5, daily_cap=30)
    first, *_ = count(*hours(4, 4))
    people.price(HOURS, 5, daily_cap=50)
    (third,) = count(did(quantity=4, external_id="third"))
    assert total(ada) == 50
    people.take_back(third)
    assert total(ada) == 30
    people.take_back(first)
    assert total(ada) == 20


def test_one_log_without_a_cap_frees_the_day(session, ada):
    people.price(HOURS, 5, daily_cap=30)
    count(*hours(8))
    people.price(HOURS, 5)
    (free,) = count(did(quantity=1, external_id="free"))
    assert total(ada) == 45
    people.take_back(free)
    assert total(ada) == 30


def test_a_cap_of_nothing_pays_nothing(session, ada):
    people.price(TASK, 10, daily_cap=0)
    count(did(TASK, 5))
    assert changes(ada) == []


@pytest.mark.parametrize("seed", range(3))
def test_a_capped_day_pays_the_same_in_any_order(session, ada, seed):
    people.price(HOURS, "3.33", minimum="0.5", daily_cap="12.5")
    rows = hours("0.1", "1", "0.25", "0.01", "2", "0.7")
    random.Random(seed).shuffle(rows)
    for row in rows:
        count(row)
    assert total(ada) == 12
    assert sum(changes(ada)) == 12


def test_a_new_price_holds_for_what_is_recorded_from_now_on(session, ada):
    people.record(did(quantity=1))
    people.price(HOURS, 100)
    count(did(quantity=1, when=MONDAY + DAY))
    assert changes(ada) == [5, 100]
    people.take_back(1)
    assert changes(ada) == [5, 100, -5]


def test_small_things_add_up_over_several_countings(session, ada):
    for row in hours(*["0.1"] * 5):
        count(row)
    assert changes(ada) == [1, 1]


def test_reversing_a_log_that_brought_no_row_takes_what_the_day_loses(session, ada):
    first, *_ = count(*hours(*["0.1"] * 10))
    people.take_back(first)
    rows = people.ledger(ada)
    assert [row.points_change for row in rows] == [1, 1, 1, 1, 1, -1]
    assert (rows[-1].activity_id, rows[-1].undoes, rows[-1].event_type) == (first, True, HOURS)


def test_several_reversals_of_a_day_take_back_no_more_than_there_was(session, ada):
    people.price(HOURS, 5, daily_cap=30)
    ids = count(*hours(4, 4, 4))
    people.take_back(*ids)
    assert changes(ada) == [20, 10, -10, -20]
    assert total(ada) == 0


def test_taking_back_and_adding_in_one_go_is_worth_the_same_as_one_after_the_other(session, ada):
    people.price(HOURS, 5, daily_cap=30)
    first, _ = count(*hours(5, 3))
    people.mark_reversed(first)
    count(did(quantity=2, external_id="new"))
    assert total(ada) == 25
    assert changes(ada) == [25, 5, -15, 10]


# --- The ledger -----------------------------------------------------------------------------------------------------


def test_each_row_says_what_the_balance_was_after_it(session, ada, ben):
    count(did(quantity=2), did(TASK, volunteer_email="ben@example.org"), did(PROJECT))
    people.take_back(1)
    count(did(TASK))
    assert [row.balance_after for row in people.ledger(ada)] == [10, 110, 100, 110]
    assert [row.balance_after for row in people.ledger(ben)] == [10]
    assert total(ada) == 110


def test_a_row_has_the_dates_and_the_reference_of_its_activity(session, ada):
    when = "2026-05-04T23:30:00-05:00"
    (activity_id,) = count(did(PROJECT, when=when, reference_type="project", reference_id="12"))
    people.take_back(activity_id, now=NOW + DAY)
    paid, undone = people.ledger(ada)
    for row, written in ((paid, NOW), (undone, NOW + DAY)):
        assert (row.effective_at, row.effective_on) == (datetime(2026, 5, 5, 4, 30, tzinfo=UTC), MONDAY + DAY)
        assert (row.reference_type, row.reference_id, row.activity_id) == ("project", "12", activity_id)
        assert (row.created_at, row.awarded_by_id) == (written, None)
    assert (paid.undoes, undone.undoes) == (False, True)


def test_rows_stand_in_the_order_of_recording(session, ada):
    rows = [did(PROJECT, when=MONDAY + number * DAY) for number in (3, 1, 2)]
    count(*rows)
    assert [(row.effective_on - MONDAY).days for row in people.ledger(ada)] == [3, 1, 2]


def test_rows_hold_no_names_and_no_free_words(session, ada):
    count(did(PROJECT, reference_id="12", reference_name="Ada's fence", description="for Ben"))
    assert [row.description for row in people.ledger(ada)] == ["Project completed"]


@pytest.mark.parametrize(
    "change", [update(PointsHistory).values(points_change=1), delete(PointsHistory)], ids=["u", "d"]
)
def test_a_row_once_written_stays_as_it_is(session, ada, change):
    count(did(PROJECT))
    with pytest.raises(DBAPIError):
        session.execute(change)
    session.rollback()
    assert changes(ada) == [100]


def test_hours_and_projects_are_summed_exactly(session, ada):
    ids = count(*hours(*["0.1"] * 10), did(PROJECT), did(PROJECT, when=MONDAY + DAY))
    people.take_back(ids[0], ids[-1])
    assert (people.balance(ada).total_hours, people.balance(ada).total_projects) == (Decimal("0.9"), 1)


def test_settling_again_changes_nothing(session, ada):
    count(did(quantity=2), did(PROJECT))
    before = people.balance(ada).updated_at
    people.settle(ada.id, now=NOW + DAY)
    assert changes(ada) == [10, 100]
    assert people.balance(ada).updated_at == before


def test_what_waits_for_review_or_was_turned_down_pays_nothing(session, ada):
    people.record(did(quantity=2), status="awaiting_review")
    people.record(did(PROJECT), status="rejected")
    people.settle(ada.id)
    assert changes(ada) == []
    assert people.balance(ada).last_activity_date is None
