"""The independent model against numbers worked out by hand from the rules: who checks the checker."""

import csv
import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from tests import oracle
from tests.oracle import (
    HOURS,
    PROJECT,
    REFERRAL,
    SKILL,
    STARTER,
    TASK,
    TRAINING,
    Achievement,
    Activity,
    Badge,
    Book,
    Definitions,
    PointRule,
    Volunteer,
)

DATA = Path(__file__).parent / "data"
NOW = datetime(2026, 11, 1, tzinfo=UTC)
MONDAY = date(2026, 3, 2)
NOTHING = Definitions(achievements=())


def did(kind=HOURS, quantity="1", on=MONDAY, *, who="ada", at=12, **more):
    """An activity on that date, at that hour UTC."""
    instant = datetime(on.year, on.month, on.day, tzinfo=UTC) + timedelta(hours=at)
    return Activity(who, kind, instant, on, Decimal(quantity), **more)


def days(*numbers, who="ada", start=MONDAY):
    """A task a day, on the days with these numbers (0 is the start)."""
    return [did(TASK, on=start + timedelta(days=number), who=who) for number in numbers]


def sent(kind="hours_logged", quantity="1", when="2026-03-02", **more):
    """A row as Ada's office sends it."""
    ada = {"volunteer_email": "ada@example.org", "volunteer_name": "Ada Bell"}
    return {**ada, "event_type": kind, "quantity": quantity, "occurred_at": when, **more}


def verdicts(*rows, **more):
    """What becomes of these rows, in short."""
    judged = oracle.judge(rows, now=more.pop("now", NOW), **more).verdicts
    return [f"{one.verdict}:{one.field}" if one.field else one.verdict for one in judged]


def points(activities, definitions=NOTHING, rules=oracle.RULES):
    return oracle.expected(activities, definitions, rules)["ada"].total_points


def one_achievement(kind, criteria, **more):
    return Definitions(achievements=(Achievement(1, kind, criteria, **more),), badges=(Badge(1, 10), Badge(2, 25)))


def completed(activities, definitions=STARTER):
    """(achievement, nth, date) of each completion."""
    return {(which, nth, at.date()) for which, nth, at in oracle.expected(activities, definitions)["ada"].completed}


def read(name):
    with open(DATA / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# --- Points ---------------------------------------------------------------------------------------------------------


def test_ten_tenths_of_an_hour_pay_what_one_hour_pays():
    assert points([did(quantity="0.1") for _ in range(10)]) == 5 == points([did(quantity="1")])


def test_half_a_point_of_a_day_is_lost_and_does_not_wait_for_the_next_day():
    tuesday = MONDAY + timedelta(days=1)
    assert points([did(quantity="0.7")]) == 3
    assert points([did(quantity="0.7"), did(quantity="0.7", on=tuesday)]) == 6
    assert points([did(quantity="0.7"), did(quantity="0.7")]) == 7


def test_three_thirds_as_sent_are_ninety_nine_hundredths():
    assert points([did(quantity="0.33")] * 3) == 4


def test_each_type_pays_its_price():
    each = [did(HOURS, "2.5"), did(TASK, "4"), did(PROJECT), did(TRAINING), did(SKILL), did(REFERRAL)]
    assert [points([one]) for one in each] == [12, 40, 100, 25, 50, 50]
    assert points(each) == 277


def test_two_types_on_a_day_are_floored_each_by_itself():
    rules = {HOURS: PointRule(Decimal("0.5")), TASK: PointRule(Decimal("0.5"))}
    assert points([did(HOURS), did(TASK)], rules=rules) == 0


def test_an_uncertified_skill_pays_nothing_whatever_the_minimum():
    rules = {SKILL: PointRule(Decimal(50), minimum=Decimal(20))}
    assert points([did(SKILL, certified=False)], rules=rules) == 0


def test_minimum_and_maximum_hold_for_each_activity():
    rules = {HOURS: PointRule(Decimal(5), minimum=Decimal(2), maximum=Decimal(20))}
    assert [points([did(quantity=hours)], rules=rules) for hours in ("0.1", "0.5", "4", "9")] == [2, 2, 20, 20]
    assert points([did(quantity="0.1"), did(quantity="9")], rules=rules) == 22


def test_the_daily_cap_holds_for_the_whole_day():
    rules = {HOURS: PointRule(Decimal(5), daily_cap=Decimal("30.5"))}
    assert points([did(quantity="4"), did(quantity="4")], rules=rules) == 30
    assert points([did(quantity="4"), did(quantity="4", on=MONDAY + timedelta(days=1))], rules=rules) == 40


def test_the_greatest_cap_of_a_day_holds_and_none_if_one_has_none():
    low, high, none = (PointRule(Decimal(5), daily_cap=cap) for cap in (Decimal(10), Decimal(30), None))
    four_hours = [did(quantity="4", rule=rule) for rule in (low, high, none)]
    assert [points(four_hours[:number]) for number in (1, 2, 3)] == [10, 30, 60]


def test_the_ledger_says_which_type_on_which_date():
    tuesday = MONDAY + timedelta(days=1)
    state = oracle.expected([did(quantity="0.5"), did(quantity="0.5"), did(TASK, "2", on=tuesday)])["ada"]
    assert state.ledger == {
        (HOURS, MONDAY): 5,
        (TASK, tuesday): 20,
        ("achievement_earned", MONDAY): 10,
        ("badge_earned", MONDAY): 10,
    }
    assert state.total_points == 45


# --- Achievements, badges, progress ---------------------------------------------------------------------------------


def test_the_first_hour_pays_its_reward_and_its_badge():
    state = oracle.expected([did(quantity="1")])["ada"]
    assert state.total_points == 5 + 10 + 10
    assert state.badges == {1: datetime(2026, 3, 2, 12, tzinfo=UTC)}


def test_a_hundred_hours_bring_four_milestones_and_three_badges():
    state = oracle.expected([did(quantity="20", on=MONDAY + timedelta(days=2 * number)) for number in range(5)])["ada"]
    assert {which for which, _, _ in state.completed} == {1, 2, 3, 4}
    assert set(state.badges) == {1, 2, 3}
    assert state.total_points == 500 + (10 + 25 + 50 + 100) + (10 + 25 + 50)
    assert state.hours == 100


def test_a_completion_has_the_date_on_which_it_was_reached_whatever_came_first():
    entries = [did(quantity="0.5", on=date(2026, 3, day)) for day in (20, 5, 10)]
    assert completed(entries) == {(1, 1, date(2026, 3, 10))}


def test_progress_stops_at_the_target():
    state = oracle.expected([did(quantity="0.75"), did(quantity="6.5", on=date(2026, 3, 9))])["ada"]
    assert (state.progress[1].current, state.progress[1].target, state.progress[1].times) == (1, 1, 1)
    assert (state.progress[2].current, state.progress[2].times) == (Fraction(29, 4), 0)
    assert set(state.progress) == {1, 2, 3, 4, 5, 14, 15}


def test_a_repeatable_achievement_is_earned_as_often_as_it_is_reached():
    five_hours = one_achievement("hours_logged", {"hours_required": 5}, is_repeatable=True, points_reward=7, badge_id=1)
    entries = [did(quantity="4", on=date(2026, 3, 2)), did(quantity="12", on=date(2026, 3, 3))]
    state = oracle.expected(entries, five_hours)["ada"]
    assert completed(entries, five_hours) == {(1, nth, date(2026, 3, 3)) for nth in (1, 2, 3)}
    assert (state.progress[1].current, state.progress[1].times) == (1, 3)
    assert state.total_points == 80 + 3 * 7 + 10


def test_the_second_friend_brings_a_second_reward_but_no_second_badge():
    state = oracle.expected([did(REFERRAL), did(REFERRAL, on=date(2026, 3, 9))])["ada"]
    assert state.total_points == 2 * 50 + 2 * 25 + 25
    assert (state.progress[16].current, state.progress[16].times) == (0, 2)


def test_an_uncertified_skill_moves_only_what_does_not_ask_for_a_certificate():
    two = [did(SKILL, certified=False), did(SKILL, on=date(2026, 3, 9))]
    any_skill = one_achievement("skills_acquired", {"skills_required": 2, "certified": False})
    by_default = one_achievement("skills_acquired", {"skills_required": 2})
    assert completed(two, any_skill) == {(1, 1, date(2026, 3, 9))}
    assert completed(two, by_default) == set()
    assert completed(two) == {(10, 1, date(2026, 3, 9))}


def test_two_achievements_with_one_badge_pay_the_badge_once_when_first_reached():
    both = Definitions(
        achievements=(
            Achievement(1, "tasks_completed", {"tasks_required": 2}, 1, badge_id=1),
            Achievement(2, "hours_logged", {"hours_required": 1}, 1, badge_id=1),
        ),
        badges=(Badge(1, 10),),
    )
    state = oracle.expected([did(HOURS), *days(1, 2)], both)["ada"]
    assert state.total_points == 5 + 20 + 2 + 10
    assert state.ledger["badge_earned", MONDAY] == 10


def test_a_retired_achievement_keeps_its_progress_and_a_retired_badge_is_not_given():
    retired = one_achievement("hours_logged", {"hours_required": 1}, is_active=False, badge_id=1, points_reward=9)
    state = oracle.expected([did(quantity="3")], retired)["ada"]
    assert (state.total_points, state.badges, state.progress[1].current) == (15, {}, 1)
    dull = Definitions((Achievement(1, "hours_logged", {"hours_required": 1}, 9, 1),), (Badge(1, 10, is_active=False),))
    assert oracle.expected([did(quantity="3")], dull)["ada"].total_points == 15 + 9


def test_what_is_given_by_hand_is_earned_by_no_activity():
    assert oracle.expected([did()], one_achievement("custom", {"by_hand": True}))["ada"].completed == set()


def test_the_same_project_on_five_dates_is_five_projects():
    entries = [did(PROJECT, on=MONDAY + timedelta(days=2 * number), reference_id="7") for number in range(5)]
    assert completed(entries) == {(6, 1, MONDAY), (7, 1, MONDAY + timedelta(days=8))}


# --- Streaks --------------------------------------------------------------------------------------------------------


def test_two_activities_on_a_date_are_one_day():
    state = oracle.expected(days(0, 0, 1))["ada"]
    assert (state.longest_streak_days, state.last_run_days) == (2, 2)


def test_the_longest_run_and_the_last_run_are_two_things():
    state = oracle.expected(days(0, 1, 2, 3, 10, 11))["ada"]
    assert (state.longest_streak_days, state.last_run_days) == (4, 2)
    assert state.last_activity_date == MONDAY + timedelta(days=11)


def test_a_run_goes_over_the_leap_day():
    assert oracle.expected(days(0, 1, 2, start=date(2024, 2, 28)))["ada"].longest_streak_days == 3
    assert oracle.runs([date(2024, 2, 28), date(2024, 3, 1)]) == [1, 1]


def test_a_week_streak_is_dated_by_its_seventh_day_though_a_late_entry_closed_the_gap():
    assert completed(days(0, 1, 2, 4, 5, 6)) == set()
    assert completed(days(4, 5, 6, 0, 1, 2, 3)) == {(14, 1, MONDAY + timedelta(days=6))}


def test_a_repeatable_streak_is_summed_over_the_runs():
    three_days = one_achievement("consecutive_days", {"days_required": 3}, is_repeatable=True)
    entries = days(*range(7), *range(10, 12), *range(20, 24))
    ends = [MONDAY + timedelta(days=number) for number in (2, 5, 22)]
    assert completed(entries, three_days) == {(1, nth, end) for nth, end in enumerate(ends, start=1)}
    assert oracle.expected(entries, three_days)["ada"].progress[1].current == 0


# --- Order, reversals -----------------------------------------------------------------------------------------------


def test_what_is_reversed_counts_as_if_it_had_never_been():
    kept, gone = did(quantity="0.7"), did(quantity="0.5")
    assert oracle.expected([kept, oracle.reverse(gone)]) == oracle.expected([kept])
    assert oracle.expected([oracle.reverse(gone)])["ada"].total_points == 0


def test_order_does_not_matter():
    rows = read("made.csv")
    activities = oracle.judge(rows, now=NOW).accepted
    shuffled = random.Random(7).sample(activities, len(activities))
    assert oracle.expected(shuffled) == oracle.expected(activities)


# --- Judging rows ---------------------------------------------------------------------------------------------------


def test_the_same_id_again_is_the_same_and_with_other_content_a_conflict():
    one = sent(external_id="1", when="2026-03-02T10:00:00+02:00", tags="b;a")
    again = sent(external_id="1", when="2026-03-02T08:00:00Z", tags="a; b", quantity="1.0", volunteer_name="A. B.")
    other = {**one, "quantity": "2"}
    assert verdicts(one, again, other) == ["accepted", "same", "conflict:external_id"]


def test_the_same_time_without_an_offset_is_compared_as_written():
    one = sent(external_id="1", when="2026-03-02T12:00:00")
    assert verdicts(one, {**one, "occurred_at": "2026-03-02T12:00:00Z"}) == ["accepted", "conflict:external_id"]


def test_rows_without_an_id_are_told_apart_by_their_number_and_count_once_in_two_imports():
    twice = [sent(), sent(quantity="1.00")]
    first = oracle.judge(twice, now=NOW)
    assert first.count() == Counter(accepted=2)
    assert oracle.judge(twice, now=NOW, existing=first.book).count() == Counter(same=2)
    assert oracle.judge([*twice, sent()], now=NOW, existing=first.book).count() == Counter(same=2, accepted=1)


def test_another_source_may_use_the_same_id():
    first = oracle.judge([sent(external_id="1")], now=NOW)
    assert verdicts(sent(external_id="1"), existing=first.book, source="office") == ["accepted"]


def test_more_than_24_hours_on_a_date_are_refused_and_take_none():
    rows = [sent(quantity=hours, external_id=hours) for hours in ("20", "4.01", "4", "0.01")]
    assert verdicts(*rows) == ["accepted", "refused:quantity", "accepted", "refused:quantity"]


def test_a_reversed_activity_frees_its_hours_and_its_reference_but_not_its_id():
    hours, task = sent(quantity="24", external_id="1"), sent("task_completed", "1", external_id="2", reference_id="7")
    book = oracle.judge([hours, task], now=NOW).book
    assert verdicts({**hours, "external_id": "3"}, existing=book) == ["refused:quantity"]
    book = Book(book.volunteers, [oracle.reverse(one) for one in book.activities])
    assert verdicts({**hours, "external_id": "3"}, {**task, "external_id": "4"}, existing=book) == ["accepted"] * 2
    assert verdicts(hours, {**task, "quantity": "2"}, existing=book) == ["same", "conflict:external_id"]


def test_a_minute_around_midnight_divides_two_days():
    rows = [sent(quantity="20", when="2026-03-02T23:59"), sent(quantity="20", when="2026-03-03T00:01")]
    assert verdicts(*rows) == ["accepted", "accepted"]
    state = oracle.expected(oracle.judge(rows, now=NOW).accepted)["ada@example.org"]
    assert state.longest_streak_days == 2


def test_the_date_is_that_of_the_volunteers_calendar():
    late = sent(when="2026-03-02T22:30:00Z")
    zones = {"UTC": 2, "Asia/Kathmandu": 3, "America/Havana": 2, "Pacific/Kiritimati": 3}
    for zone, day in zones.items():
        assert oracle.judge([late], now=NOW, organisation_zone=zone).accepted[0].occurred_on == date(2026, 3, day)
    ada = Volunteer("Ada Bell", "ada@example.org", time_zone="Asia/Tokyo")
    assert oracle.judge([late], now=NOW, existing=Book([ada])).accepted[0].occurred_on == date(2026, 3, 3)


@pytest.mark.parametrize(
    ("zone", "written", "instant"),
    [
        ("UTC", "2026-03-08", "2026-03-08T12:00+00:00"),
        ("America/Havana", "2026-03-08", "2026-03-08T16:00+00:00"),
        ("America/Havana", "2026-03-08T00:30", "2026-03-08T05:30+00:00"),
        ("Africa/Cairo", "2026-04-24T00:00", "2026-04-23T22:00+00:00"),
        ("Atlantic/Azores", "2026-10-25T00:30", "2026-10-25T00:30+00:00"),
        ("Pacific/Kiritimati", "2026-03-08", "2026-03-07T22:00+00:00"),
    ],
)
def test_a_time_without_an_offset_is_the_volunteers_local_time(zone, written, instant):
    recorded = oracle.judge([sent(when=written)], now=NOW, organisation_zone=zone).accepted[0]
    assert recorded.occurred_at == datetime.fromisoformat(instant)
    assert recorded.occurred_on.isoformat() == written[:10]


def test_the_day_that_never_was_in_apia_counts_as_the_next():
    recorded = oracle.judge([sent(when="2011-12-30")], now=NOW, organisation_zone="Pacific/Apia").accepted[0]
    assert recorded.occurred_on == date(2011, 12, 31)


def test_today_before_noon_means_now_and_tomorrow_is_refused():
    morning = datetime(2026, 3, 2, 7, 15, tzinfo=UTC)
    assert oracle.judge([sent()], now=morning).accepted[0].occurred_at == morning
    evening = datetime(2026, 3, 2, 19, tzinfo=UTC)
    assert oracle.judge([sent()], now=evening).accepted[0].occurred_at.hour == 12
    assert verdicts(sent(when="2026-03-03"), now=evening) == ["refused:occurred_at"]
    assert verdicts(sent(when="2026-03-03"), now=evening, organisation_zone="Asia/Tokyo") == ["accepted"]


def test_five_minutes_ahead_are_forgiven():
    now = datetime(2026, 3, 2, 23, 58, tzinfo=UTC)
    times = ("2026-03-03T00:03:00Z", "2026-03-03T00:03:01Z", "1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z")
    refused = "refused:occurred_at"
    assert verdicts(*(sent(when=when) for when in times), now=now) == ["accepted", refused, refused, "accepted"]


def test_a_reference_counts_once_a_volunteer_type_and_date():
    task = sent("task_completed", reference_type="task", reference_id="7")
    rows = [task, {**task, "quantity": "2"}, {**task, "occurred_at": "2026-03-03"}, {**task, "reference_id": ""}]
    assert verdicts(*rows) == ["accepted", "refused:reference_id", "accepted", "accepted"]


def test_a_person_is_referred_once_whoever_referred():
    ada = sent("volunteer_referred", reference_id="new")
    bob = {**ada, "volunteer_email": "bob@example.org", "volunteer_name": "Bob", "occurred_at": "2026-04-01"}
    oneself = {**ada, "reference_id": "ADA@example.org "}
    assert verdicts(ada, bob, oneself) == ["accepted", "refused:reference_id", "refused:reference_id"]


def test_a_person_is_found_by_email_then_by_external_id_then_by_the_only_name():
    nobody = {"volunteer_email": "", "volunteer_name": ""}
    rows = [
        sent(volunteer_external_id="A1"),
        {**sent(), **nobody, "volunteer_external_id": "A1"},
        {**sent(), **nobody, "volunteer_name": "Ada Bell"},
        {**sent(), "volunteer_email": "ada.two@example.org"},
        {**sent(), **nobody, "volunteer_name": "Ada Bell"},
        {**sent(when="2026-03-04"), **nobody, "volunteer_name": "Ada Bell"},
        {**sent(), **nobody},
    ]
    expected = ["accepted"] * 4 + ["refused:volunteer_name"] * 2 + ["refused:volunteer_email"]
    assert verdicts(*rows) == expected
    judged = oracle.judge(rows, now=NOW)
    assert [one.volunteer for one in judged.accepted] == ["ada@example.org"] * 3 + ["ada.two@example.org"]


def test_a_volunteer_is_named_by_their_first_accepted_row():
    rows = [sent(quantity="25", volunteer_name="Wrong"), sent(), sent(volunteer_name="Later", when="2026-03-03")]
    judged = oracle.judge(rows, now=NOW)
    assert [one.name for one in judged.book.volunteers] == ["Ada Bell"]


def test_nothing_is_recorded_for_somebody_inactive():
    gone = Book([Volunteer("Ada Bell", "ada@example.org", status="inactive")])
    assert verdicts(sent(), existing=gone) == ["refused:volunteer_email"]


# --- Boards ---------------------------------------------------------------------------------------------------------


def test_equal_values_share_a_rank_and_the_next_one_is_left_out():
    hours = {"ada": "5", "bob": "3", "cyd": "3", "dan": "1"}
    board = oracle.boards([did(quantity=one, who=who) for who, one in hours.items()], MONDAY)["hours", "weekly"]
    assert [(one.volunteer, one.rank, one.value) for one in board.standings] == [
        ("ada", 1, 5),
        ("bob", 2, 3),
        ("cyd", 2, 3),
        ("dan", 4, 1),
    ]
    assert (board.total_participants, board.average_value, board.median_value) == (4, 3, 3)


def test_a_month_and_a_week_count_what_was_done_in_them():
    dates = [date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 8), date(2026, 3, 9)]
    entries = [did(quantity=str(2**number), on=day) for number, day in enumerate(dates)]
    found = oracle.boards(entries, date(2026, 3, 8))
    values = {frame: found["hours", frame].standings[0].value for frame in ("all_time", "monthly", "weekly")}
    assert values == {"all_time": 31, "monthly": 30, "weekly": 12}
    assert (found["hours", "weekly"].period_start, found["hours", "weekly"].period_end) == (MONDAY, date(2026, 3, 9))


def test_an_old_reward_does_not_land_on_this_weeks_board():
    old_and_new = [did(quantity="1", on=date(2020, 1, 1)), did(quantity="1")]
    found = oracle.boards(old_and_new, MONDAY)
    assert found["points", "weekly"].standings[0].value == 5
    assert found["points", "all_time"].standings[0].value == 5 + 5 + 10 + 10


def test_who_is_unlisted_or_inactive_is_on_no_board_and_nobodys_median_is_none():
    people = [Volunteer("Ada", "ada", listed=False), Volunteer("Bob", "bob", status="inactive")]
    found = oracle.boards([did(), did(who="bob"), did(PROJECT, who="bob")], MONDAY, people)
    assert len(found) == 9
    assert all(one.standings == [] and one.average_value is None and one.median_value is None for one in found.values())


def test_hours_and_projects_are_told_apart_and_nobody_stands_on_a_board_with_nothing():
    found = oracle.boards([did(quantity="2"), did(TASK), did(PROJECT), did(SKILL, who="bob", certified=False)], MONDAY)
    assert [found[kind, "all_time"].standings[0].value for kind in ("hours", "projects")] == [2, 1]
    assert [one.volunteer for one in found["points", "all_time"].standings] == ["ada"]
    assert oracle.board([("ada", MONDAY, 5), ("ada", MONDAY, -5), ("bob", MONDAY, -1)], None, None).standings == []


def test_the_median_of_an_even_number_lies_between_the_two_in_the_middle():
    entries = [did(quantity=hours, who=hours) for hours in ("1", "0.25", "8", "2")]
    board = oracle.boards(entries, MONDAY)["hours", "all_time"]
    assert (board.average_value, board.median_value) == (Fraction(45, 16), Fraction(3, 2))


# --- The two files --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ["UTC", "Africa/Cairo", "America/Havana", "Pacific/Apia", "Pacific/Kiritimati"])
def test_the_made_file_is_judged_as_written_beside_it_in_every_zone(zone):
    judged = oracle.judge(read("made.csv"), now=NOW, organisation_zone=zone)
    beside = [(int(one["row"]), one["verdict"], one["field"]) for one in read("made.expected.csv")]
    assert [(one.row, one.verdict, one.field) for one in judged.verdicts] == beside


def test_a_second_import_of_the_made_file_accepts_nothing():
    first = oracle.judge(read("made.csv"), now=NOW)
    second = oracle.judge(read("made.csv"), now=NOW, existing=first.book)
    assert second.accepted == []
    assert second.book.volunteers == first.book.volunteers
    same = {one.row for one in first.verdicts if one.verdict in ("accepted", "same")}
    assert {one.row for one in second.verdicts if one.verdict == "same"} == same


def test_people_of_the_made_file_stand_where_they_were_worked_out_by_hand():
    states = oracle.expected(oracle.judge(read("made.csv"), now=NOW).accepted)
    points = {who: states[f"{who}@example.org"].total_points for who in ("bruno", "hugo", "ines", "edgar", "farid")}
    assert points == {
        # 1 + 0.7 + 0.99 + 0.01 + 0.19 + 7.29 = 10.18 hours; each day floored; First Hour 10 + 10, 10 Hour Milestone 25
        "bruno": (5 + 3 + 4 + 0 + 0 + 36) + 20 + 25,
        # ten times complexities 1 to 5; Task Tackler 25, Task Master 100
        "hugo": 1500 + 125,
        # ten trainings, First Training 25 + 10, Ten Trainings 150 + 25; five projects, 50 + 10 and 150 + 25
        "ines": 250 + 35 + 175 + 500 + 60 + 175,
        # 12 and 24 hours; First Hour 10 + 10, 10 Hour Milestone 25
        "edgar": 180 + 45,
        # 24 + 24 + 24 + 5 hours, one task of 5; 10 + 10, 25, 50 Hour Milestone 50 + 25
        "farid": 385 + 50 + 120,
    }
    chen, dalia, yara = (states[f"{who}@example.org"] for who in ("chen", "dalia", "yara"))
    # nine hours over eight days: First Hour 10 + 10, Week Streak on the seventh day 75 + 25
    assert (chen.total_points, chen.longest_streak_days) == (45 + 20 + 100, 8)
    assert (14, 1, datetime(2024, 3, 3, 12, tzinfo=UTC)) in chen.completed
    assert (dalia.longest_streak_days, dalia.last_run_days, dalia.hours) == (31, 13, 124)
    assert {which for which, _, _ in dalia.completed} == {1, 2, 3, 4, 12, 14, 15}
    # 0.5 + 0.25 + 0.5 hours: the first hour was full on the third, though told first
    assert (1, 1, datetime(2026, 9, 3, 12, tzinfo=UTC)) in yara.completed
    assert (6, 1, datetime(2026, 8, 30, tzinfo=UTC)) in yara.completed


def test_every_row_of_the_real_file_is_accepted_and_every_level_of_hours_and_streaks_occurs():
    judged = oracle.judge(read("activity.csv"), now=NOW)
    assert judged.count() == Counter(accepted=3000)
    reached = {which for one in oracle.expected(judged.accepted).values() for which, _, _ in one.completed}
    assert reached == {1, 2, 3, 4, 5, 6, 7, 8, 9, 14, 15}
