"""Days in a row, by the volunteer's calendar: what is stored, and what people see of it."""

from datetime import date, timedelta

import pytest

from portal.domain.streaks import Streak, longest_weeks, milestone, run_lengths, streak, weeks_in_a_row
from tests import people
from tests.people import DAY, MONDAY, count, days, did


def on(*numbers: int) -> list[date]:
    return [MONDAY + number * DAY for number in numbers]


def stored(volunteer) -> tuple:
    one = people.balance(volunteer)
    return one.current_streak_days, one.longest_streak_days, one.last_activity_date


def test_distinct_dates_make_runs():
    assert run_lengths(on(0, 1, 2, 5, 6, 9)) == [3, 2, 1]
    assert streak(on(0, 1, 2, 5, 6)) == Streak(2, 3, MONDAY + 6 * DAY, MONDAY + 7 * DAY)
    assert streak([]) == Streak()


@pytest.mark.parametrize(("later", "seen"), [(0, 3), (1, 3), (2, 0), (-1, 3)])
def test_a_run_is_shown_until_a_whole_day_was_missed(later, seen):
    assert Streak(3, 5, MONDAY, MONDAY + DAY).current(MONDAY + later * DAY) == seen


def test_paused_days_without_activity_are_passed_over_and_those_with_one_count():
    paused = set(on(2, 3, 4, 7))
    assert run_lengths(on(0, 1, 5, 6), paused) == [4]
    assert run_lengths(on(0, 1, 3, 5, 6), paused) == [5]
    assert run_lengths(on(0, 1, 6), paused) == [2, 1]
    assert streak(on(5, 6), paused) == Streak(2, 2, MONDAY + 6 * DAY, MONDAY + 8 * DAY)
    assert streak(on(0), paused) == Streak(1, 1, MONDAY, MONDAY + DAY)


def test_a_week_that_a_pause_touches_is_passed_over():
    saturdays = [date(2026, 5, 2), date(2026, 5, 16)]
    assert weeks_in_a_row(saturdays, date(2026, 5, 17)) == 1
    assert weeks_in_a_row(saturdays, date(2026, 5, 17), {date(2026, 5, 5)}) == 2
    assert weeks_in_a_row(saturdays, date(2026, 5, 31), {date(2026, 5, 24)}) == 1
    assert weeks_in_a_row([], date(2026, 5, 17), {date(2026, 5, 5)}) == 0
    assert longest_weeks(saturdays, {date(2026, 5, 5)}) == 2
    assert longest_weeks(saturdays) == 1


@pytest.mark.parametrize(
    ("before", "after", "passed"),
    [
        *((6, 7, 7), (7, 8, None), (0, 30, 30), (13, 14, 14), (29, 49, 30), (30, 50, 50), (99, 100, 100)),
        *((100, 199, None), (199, 200, 200), (50, 205, 200), (0, 6, None), (8, 7, None), (40, 45, None)),
    ],
)
def test_milestones(before, after, passed):
    assert milestone(before, after) == passed


def test_who_helps_each_saturday_has_weeks_in_a_row():
    saturdays = [date(2026, 5, 2) + timedelta(weeks=number) for number in range(3)]
    assert weeks_in_a_row(saturdays, date(2026, 5, 16)) == 3
    assert weeks_in_a_row(saturdays, date(2026, 5, 22)) == 3
    assert weeks_in_a_row(saturdays, date(2026, 5, 25)) == 0
    assert weeks_in_a_row([], date(2026, 5, 25)) == 0


def test_a_late_entry_joins_the_runs_beside_it(session, ada):
    count(*days(0, 1, 3, 4))
    assert stored(ada) == (2, 2, MONDAY + 4 * DAY)
    count(*days(2))
    assert stored(ada) == (5, 5, MONDAY + 4 * DAY)


def test_a_reversal_breaks_a_run_and_only_the_last_activity_of_a_date_does(session, ada):
    *_, second, third, _fourth = count(did(when=MONDAY), *days(0, 1, 2))
    people.take_back(1)
    assert stored(ada) == (3, 3, MONDAY + 2 * DAY)
    people.take_back(third)
    assert stored(ada) == (1, 1, MONDAY + 2 * DAY)
    people.take_back(second, 4)
    assert stored(ada) == (0, 0, None)


def test_stored_is_the_last_run_however_long_ago(session, ada):
    count(*days(0, 1, 2, start=date(1999, 12, 30)))
    assert stored(ada) == (3, 3, date(2000, 1, 1))
