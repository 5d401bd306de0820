"""Boards in a real browser: tabs that change them in place, the way back, oneself in sight, also without scripts."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from portal.domain import recording
from portal.domain.submissions import Submission
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from tests.browser.places import ADA
from tests.machinery.processes import eventually

on_both_screens = pytest.mark.parametrize("width", [390, 1280])
CROWD = 70


@pytest.fixture(scope="module")
def crowd(house):
    """Seventy more people on the board, all of them with more hours than Ada; not to be seen any more at the end."""
    now = datetime.now(UTC)
    rows = [
        Submission(
            event_type="hours_logged",
            quantity="24",
            occurred_at=now.date().replace(day=1).isoformat(),
            volunteer_email=f"crowd{number}@example.org",
            volunteer_name=f"Crowd Member{number:02}",
            external_id=f"crowd-{number}",
        )
        for number in range(CROWD)
    ]
    brought_about(house, lambda: recording.record(rows, source="crowd", now=now, creates_people=True))
    yield
    gone = update(Volunteer).where(Volunteer.email.like("crowd%")).values(status="inactive")
    brought_about(house, lambda: db.session.execute(gone))


def brought_about(house, work) -> None:
    """Does something in the house's database."""
    with house.app.app_context():
        work()
        db.session.commit()
        db.session.remove()


def enter(somebody, house, width: int, **how):
    """Ada looks at this month's board."""
    ada = somebody(width, **how)
    house.invite(ada.page.context, ADA)
    ada.goes_to("/leaderboards/points/monthly")
    return ada


@on_both_screens
def test_tabs_change_the_board_in_place_and_back_leads_back(somebody, house, width):
    ada = enter(somebody, house, width)
    page = ada.page
    first = page.title()
    page.evaluate("window.same = true")
    ada.follows("Hours")
    page.wait_for_url(re.compile("/leaderboards/hours/monthly$"))
    expect(page.locator("#board .tabs [aria-current]")).to_have_text("Hours")
    ada.follows("All time")
    page.wait_for_url(re.compile("/leaderboards/hours/all_time$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("The leaderboard of all time")
    assert page.title().startswith("The leaderboard of all time")
    assert page.evaluate("window.same") is True
    assert page.evaluate("document.activeElement.textContent") == "All time"

    page.go_back()
    page.wait_for_url(re.compile("/leaderboards/hours/monthly$"))
    expect(page.locator("#board .segments [aria-current]")).to_have_text("This month")
    page.go_back()
    page.wait_for_url(re.compile("/leaderboards/points/monthly$"))
    expect(page.locator("#board .tabs [aria-current]")).to_have_text("Points")
    assert page.title() == first
    page.go_forward()
    page.wait_for_url(re.compile("/leaderboards/hours/monthly$"))
    expect(page.locator("#board .tabs [aria-current]")).to_have_text("Hours")
    expect(page.locator("header")).to_have_count(1)
    expect(page.locator("#bell")).to_have_count(1)


@on_both_screens
def test_the_board_of_teams_is_a_page_of_its_own_in_which_tabs_change_it(somebody, house, width):
    ada = enter(somebody, house, width)
    ada.follows("Teams")
    ada.page.wait_for_url(re.compile("/leaderboards/teams/points/monthly$"))
    ada.page.evaluate("window.same = true")
    ada.follows("Per head")
    ada.page.wait_for_url(re.compile("/per-head$"))
    expect(ada.page.get_by_role("heading", level=1)).to_contain_text("teams")
    assert ada.page.evaluate("window.same") is True
    ada.page.go_back()
    ada.page.wait_for_url(re.compile("/leaderboards/teams/points/monthly$"))
    ada.page.go_back()
    ada.page.wait_for_url(re.compile("/leaderboards/points/monthly$"))
    expect(ada.page.locator("#board .tabs [aria-current]")).to_have_text("Points")


@on_both_screens
def test_one_finds_somebody_on_the_board_that_one_chose(somebody, house, width):
    ada = enter(somebody, house, width)
    ada.follows("Hours")
    ada.page.wait_for_url(re.compile("/hours/monthly$"))
    ada.fills_in({"Find someone": "kow"})
    ada.presses("Find")
    ada.page.wait_for_url(re.compile(r"/leaderboards/hours/monthly\?q=kow"))
    ada.reads("The whole board")


@pytest.mark.parametrize(("width", "scripts"), [(390, True), (1280, True), (390, False)])
def test_one_is_in_sight_on_every_page(somebody, house, crowd, width, scripts):
    ada = enter(somebody, house, width, scripts=scripts)
    eventually(lambda: reloaded(ada).count() > 0, within=20, every=0.5)
    me = ada.page.locator("#me")
    expect(me).to_be_in_viewport()
    expect(ada.page.locator(".board tbody th")).not_to_have_count(0)
    ada.follows("Next 50")
    ada.page.wait_for_url(re.compile(r"\?after=\d+$"))
    expect(me).to_be_in_viewport()
    expect(me).to_contain_text("You")
    ada.follows("Back")
    ada.page.wait_for_url(re.compile(r"\?before=\d+$"))
    expect(ada.page.locator(".podium-place")).to_have_count(3)


def reloaded(ada):
    """The way to the next page, once the board is that long."""
    ada.page.reload()
    return ada.page.get_by_role("link", name="Next 50")


@on_both_screens
def test_what_is_over_is_found_and_left_again(somebody, house, width):
    ada = enter(somebody, house, width, scripts=False)
    ada.follows("Earlier months")
    expect(ada.page.get_by_role("heading", level=1)).to_have_text("Earlier months")
    ada.page.locator("main .rows a").first.click()
    expect(ada.page.locator("main")).to_contain_text("Final since")
    ada.follows("Projects")
    ada.page.wait_for_url(re.compile(r"/leaderboards/projects/monthly/\d{4}-\d{2}$"))
    ada.follows("This month")
    ada.page.wait_for_url(re.compile("/leaderboards/projects/monthly$"))
