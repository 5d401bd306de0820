"""A television is paired by eight digits, which one can type with a remote control and nobody can guess."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from portal.domain import displays, pairing
from portal.domain.displays import Display
from portal.domain.screens import Screen
from portal.extensions import db
from portal.web.pairing import FROM_ALL, FROM_ONE_NETWORK
from tests import people
from tests.web.reading import Page, page

MINUTE = timedelta(minutes=1)


class Hall:
    """A television that is switched on, and a display that an admin made."""

    def __init__(self, admin, clock):
        self.admin, self.clock = admin, clock
        self.link = admin.do(lambda: displays.add("Hall", ["points/monthly"], 20, by=None, now=people.NOW)[1])
        self.address = f"/displays/{admin.do(lambda: db.session.scalars(select(Display.id)).one())}"

    def code(self) -> str:
        """What the admin reads after pressing the button."""
        return self.admin.press(self.address, f"{self.address}/code").says("#code")

    def television(self, network: str = "192.0.2.1"):
        """A television in some house."""
        client = self.admin.app.test_client()
        client.environ_base["REMOTE_ADDR"] = network
        return client

    def types(self, code: str, television) -> Page:
        """Opens /tv and types a code."""
        form = page(television.get("/tv")).fields
        return page(television.post("/tv", data=form | {"code": code}, follow_redirects=True))


@pytest.fixture
def hall(any_admin):
    with time_machine.travel(people.NOW, tick=False) as clock:
        yield Hall(any_admin, clock)


def test_a_code_brings_the_boards_and_a_secret_of_its_own(hall):
    code, television = hall.code(), hall.television()
    assert re.fullmatch("[0-9]{4} [0-9]{4}", code)
    assert code.replace(" ", "") not in str(hall.admin.dump())
    shown = hall.types(code, television)
    assert (shown.status, shown.heading) == (200, "Our volunteers")
    secret = television.get_cookie("display", path="/tv").value
    assert secret != hall.link
    assert page(television.get("/tv")).has("#boards")
    assert hall.television().get(f"/tv/{hall.link}").status_code == 200
    assert hall.admin.do(lambda: len(db.session.scalars(select(Screen)).all())) == 2
    assert (
        "1 screen is on" in hall.admin.read("/displays").text or "2 screens are on" in hall.admin.read("/displays").text
    )
    assert [one[:2] for one in hall.admin.audited()[-2:]] == [("offer code", "displays"), ("pair", "displays")]


def test_a_code_is_for_one_screen(hall):
    code = hall.code()
    hall.types(code, hall.television())
    second = hall.types(code, hall.television())
    assert (second.status, second.heading) == (422, "That is not the code")


def test_digits_are_read_in_any_groups_and_script(hall):
    code = hall.code().replace(" ", "")
    eastern = "".join("٠١٢٣٤٥٦٧٨٩"[int(digit)] for digit in code)
    assert hall.types(f" {eastern[:2]}-{eastern[2:]}", hall.television()).status == 200


@pytest.mark.parametrize("typed", ["", "1234", "123456789", "abc", "00000000"])
def test_a_wrong_code_is_refused_kindly_and_the_field_is_there_again(hall, typed):
    shown = hall.types(typed, hall.television())
    assert (shown.status, shown.heading) == (422, "That is not the code")
    assert shown.has("#code")
    assert "eight digits" in shown.text
    assert not shown.response.headers.get("Set-Cookie", "").startswith("display=")


def test_after_ten_minutes_a_code_is_over(hall):
    code, television = hall.code(), hall.television()
    hall.clock.move_to(people.NOW + 10 * MINUTE)
    assert hall.types(code, television).status == 422


def test_who_guesses_is_stopped_in_their_network_and_others_are_not(hall):
    code = hall.code()
    guesser = hall.television("2001:db8::1")
    found = [hall.types("00000000", guesser).status for _ in range(12)]
    assert found == [422] * 10 + [429] * 2
    assert hall.types(code, hall.television("2001:db8::2")).heading == "A little slower, please"
    assert hall.types(code, hall.television("2001:db8:0:1::1")).status == 200


def test_guessing_from_everywhere_is_stopped_as_well(hall):
    for house in range(30):
        guesser = hall.television(f"192.0.2.{house}")
        form = page(guesser.get("/tv")).fields | {"code": "00000000"}
        assert [guesser.post("/tv", data=form).status_code for _ in range(10)] == [422] * 10
    shown = hall.types(hall.code(), hall.television("198.51.100.1"))
    assert (shown.status, shown.heading) == (429, "A little slower, please")
    assert not shown.has("#code")
    assert hall.television().get(f"/tv/{hall.link}").status_code == 200


def test_the_limits_make_guessing_hopeless():
    assert (FROM_ONE_NETWORK, FROM_ALL) == ("10 per 10 minutes", "300 per hour")
    while_a_code_holds = 300 * pairing.HOLDS / timedelta(hours=1)
    chance_in_a_year_of_weekly_pairing = 52 * while_a_code_holds / 10**pairing.DIGITS
    assert chance_in_a_year_of_weekly_pairing < 1 / 38_000


def test_a_television_that_keeps_no_cookies_is_shown_the_other_way(hall):
    television = hall.admin.app.test_client(use_cookies=False)
    form = page(television.get("/tv")).fields
    shown = page(television.post("/tv", data=form | {"code": hall.code()}))
    assert (shown.status, shown.heading) == (400, "Please type it once more")
    assert "open the link of the display" in shown.text


def test_a_screen_whose_display_ended_can_be_paired_again(hall):
    television = hall.television()
    hall.types(hall.code(), television)
    hall.admin.press(hall.address, f"{hall.address}/revocation")
    goodbye = page(television.get("/tv"))
    assert (goodbye.status, goodbye.has("#code")) == (410, True)
    other = hall.admin.do(lambda: displays.add("Kitchen", ["points/weekly"], 20, by=None, now=people.NOW)[0].id)
    code = hall.admin.press(f"/displays/{other}", f"/displays/{other}/code").says("#code")
    assert hall.types(code, television).has("#boards")
