"""Choosing and arranging what others see first: by finger, by keyboard, and without scripts."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from portal.domain import awarding, catalogue, points, showcase
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from tests.browser.conftest import Somebody
from tests.browser.places import ADA

NAMES = "ol .medal-words a"


@pytest.fixture
def three(house) -> list[str]:
    """Ada shows three medals; their names in order."""
    with house.app.app_context():
        ada = db.session.scalars(select(Volunteer).filter_by(email=ADA)).one()
        points.lock([ada.id])
        for one in showcase.of(ada.id):
            showcase.remove(one)
        held = [awarding.held(ada.id, one.badge_id) for one in catalogue.held_by(ada.id)[:3]]
        for one in held:
            showcase.add(one)
        names = [one.badge.name for one in held]
        db.session.commit()
        db.session.remove()
    return names


def at_the_showcase(one: Somebody) -> Somebody:
    """Ada at the page."""
    one.house.invite(one.page.context, ADA)
    one.goes_to("/showcase")
    return one


def lies_as(one: Somebody, *names: str) -> None:
    """The order, now and after the page is loaded anew."""
    expect(one.page.locator(NAMES)).to_have_text(list(names))
    one.page.wait_for_load_state("networkidle")
    one.page.reload()
    expect(one.page.locator(NAMES)).to_have_text(list(names))


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_medals_are_moved_taken_out_and_put_in_by_buttons(somebody, three, scripts):
    first, second, third = three
    ada = at_the_showcase(somebody(390, scripts=scripts))
    ada.presses(f"{third} further to the front")
    lies_as(ada, first, third, second)
    ada.presses(f"Take {first} out")
    lies_as(ada, third, second)
    ada.presses(f"Put {first} in")
    lies_as(ada, third, second, first)


def test_a_medal_is_moved_by_keyboard_and_keeps_the_focus(somebody, three):
    first, second, third = three
    ada = at_the_showcase(somebody(1280))
    button = ada.page.get_by_role("button", name=f"{third} further to the front")
    button.focus()
    ada.page.keyboard.press("Enter")
    expect(ada.page.locator(NAMES)).to_have_text([first, third, second])
    expect(button).to_be_focused()
    ada.page.keyboard.press("Enter")
    expect(ada.page.locator(NAMES)).to_have_text([third, first, second])
    expect(ada.page.locator("#announcement")).to_have_text(f"{third} is now number 1.")
    lies_as(ada, third, first, second)


@pytest.mark.parametrize("width", [390, 1280])
def test_a_medal_is_dragged_to_its_place(somebody, three, width):
    first, second, third = three
    ada = at_the_showcase(somebody(width))
    for _time in range(2):
        drags(ada, 0, 2)
        ada.page.wait_for_load_state("networkidle")
    lies_as(ada, third, first, second)


def drags(one: Somebody, start: int, end: int) -> None:
    """Takes a medal by its picture and lets it go on another's."""
    grips, mouse = one.page.locator("ol .grip"), one.page.mouse
    order = one.page.locator(NAMES).all_text_contents()
    from_box, to_box = grips.nth(start).bounding_box(), grips.nth(end).bounding_box()
    mouse.move(from_box["x"] + 20, from_box["y"] + 20)
    mouse.down()
    mouse.move(to_box["x"] + 20, to_box["y"] + to_box["height"] / 2, steps=12)
    mouse.up()
    order.insert(end, order.pop(start))
    expect(one.page.locator(NAMES)).to_have_text(order)
