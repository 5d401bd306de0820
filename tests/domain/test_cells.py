"""Dates, times and hours as people write them into spreadsheets."""

import pytest

from portal.domain import cells
from portal.domain.cells import DateOrder

DAY, MONTH = DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST


@pytest.mark.parametrize(
    ("text", "day_first", "month_first"),
    [
        ("2026-03-12", "2026-03-12", "2026-03-12"),
        ("2026/3/2", "2026-03-02", "2026-03-02"),
        ("12/03/2026", "2026-03-12", "2026-12-03"),
        ("3.4.26", "2026-04-03", "2026-03-04"),
        ("31/01/2026", "2026-01-31", None),
        ("01/31/2026", None, "2026-01-31"),
        ("31/02/2026", None, None),
        ("12 March 2026", "2026-03-12", "2026-03-12"),
        ("Mar 12, 2026", "2026-03-12", "2026-03-12"),
        ("Thursday, March 12th, 2026", "2026-03-12", "2026-03-12"),
        ("12 de marzo de 2026", "2026-03-12", "2026-03-12"),
        ("12. März 2026", "2026-03-12", "2026-03-12"),
        ("12/03/2026 9:30 PM", "2026-03-12", "2026-12-03"),
        ("12/03/2026 - 14/03/2026", None, None),
        ("12/03", None, None),
        ("20260312", None, None),
        ("soon", None, None),
        ("", None, None),
        ("1/1/1900", "1900-01-01", "1900-01-01"),
        ("٣/٤/٢٠٢٦", None, None),
    ],
)
def test_dates_in_many_spellings(text, day_first, month_first):
    assert (cells.read_date(text, DAY), cells.read_date(text, MONTH)) == (day_first, month_first)


@pytest.mark.parametrize(
    ("text", "said"),
    [("13/4/2026", DAY), ("4/13/2026", MONTH), ("3/4/2026", ""), ("4/4/2026", None), ("2026-04-03", None), ("x", None)],
)
def test_some_dates_show_in_which_order_they_are_written(text, said):
    assert cells.order_said(text) == said


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("2", "2"),
        ("10", "10"),
        ("1.5", "1.5"),
        ("1,5", "1.5"),
        (".5", "0.5"),
        ("1.50", "1.5"),
        ("1:15", "1.25"),
        ("01:15:00", "1.25"),
        ("0:20", "0.33"),
        ("1h 15m", "1.25"),
        ("1h15", "1.25"),
        ("1 hr 30 min", "1.5"),
        ("2 hours", "2"),
        ("90 min", "1.5"),
        ("3 horas", "3"),
        ("2 Stunden 30 Minuten", "2.5"),
        ("1.3333333333333333", "1.33"),
        ("two", None),
        ("-1", None),
        ("1:75", None),
        ("1e308", None),
        ("9" * 400, None),
        ("1h 2h", None),
        ("1 apple", None),
        ("=1+1", None),
        ("", None),
        ("NaN", None),
        ("²", None),
    ],
)
def test_hours_in_many_spellings(text, hours):
    assert cells.read_hours(text) == hours


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("9:00", "11:30", "2.5"),
        ("9:00 AM", "1:15 PM", "4.25"),
        ("22:00", "2:00", "4"),
        ("9.30", "10.15", "0.75"),
        ("12 am", "12 pm", "12"),
        ("21h30", "22h", "0.5"),
        ("2026-03-12 09:00", "2026-03-12 10:20", "1.33"),
        ("13 pm", "14:00", None),
        ("25:00", "26:00", None),
        ("nine", "ten", None),
    ],
)
def test_from_when_until_when(start, end, hours):
    assert cells.between(start, end) == hours


@pytest.mark.parametrize(
    ("text", "clock", "when"),
    [
        ("12/3/2026", "", "2026-03-12"),
        ("12/3/2026", "9:30 pm", "2026-03-12T21:30"),
        ("12/3/2026 18:05", "", "2026-03-12T18:05"),
        ("2026-03-12 18:05:30", "", "2026-03-12T18:05"),
        ("2026-03-12T18:05:00+02:00", "", "2026-03-12T18:05:00+02:00"),
        ("12/3/2026", "24:00", "2026-03-12"),
        ("x", "9:30", None),
    ],
)
def test_when_it_was(text, clock, when):
    assert cells.moment(text, clock, DAY) == when
