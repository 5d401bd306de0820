"""When a mail may come, by the clocks of people all over the world."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.domain.daytime import by_day, is_day, next_morning

ODD = [
    *("UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Cairo"),
    *("America/Havana", "America/Santiago", "Asia/Beirut", "Atlantic/Azores", "Europe/Berlin", "America/New_York"),
]


@pytest.mark.parametrize("zone", [ZoneInfo(name) for name in ODD], ids=str)
def test_every_morning_of_a_year_is_at_eight_and_the_next_one_after_any_moment(zone):
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    while moment.year == 2026:
        morning = next_morning(moment, zone)
        there = morning.astimezone(zone)
        assert (there.hour, there.minute) == (8, 0)
        assert timedelta(0) < morning - moment <= timedelta(hours=25)
        assert by_day(moment, zone) == (moment if is_day(moment, zone) else morning)
        moment += timedelta(hours=7, minutes=13)


@pytest.mark.parametrize(
    ("moment", "morning"),
    [
        ("2026-03-28T21:00", "2026-03-29T06:00"),
        ("2026-10-24T20:00", "2026-10-25T07:00"),
        ("2026-03-29T06:00", "2026-03-30T06:00"),
    ],
)
def test_the_morning_after_the_clocks_changed_is_at_eight_all_the_same(moment, morning):
    found = next_morning(datetime.fromisoformat(moment).replace(tzinfo=UTC), ZoneInfo("Europe/Berlin"))
    assert found == datetime.fromisoformat(morning).replace(tzinfo=UTC)


def test_a_date_that_a_place_left_out_has_no_morning():
    apia = ZoneInfo("Pacific/Apia")
    evening = datetime(2011, 12, 29, 21, tzinfo=apia)
    assert next_morning(evening, apia) == datetime(2011, 12, 31, 8, tzinfo=apia).astimezone(UTC)


@pytest.mark.parametrize(("clock", "is_it"), [("07:59", False), ("08:00", True), ("19:59", True), ("20:00", False)])
def test_day_is_from_eight_to_twenty(clock, is_it):
    zone = ZoneInfo("Asia/Kathmandu")
    assert is_day(datetime.fromisoformat(f"2026-05-20T{clock}").replace(tzinfo=zone), zone) is is_it
