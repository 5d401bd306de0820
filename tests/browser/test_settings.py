"""How somebody says who they are: seen before it is kept, with scripts and without, and then seen by others."""

import pytest
from playwright.sync_api import expect

from tests.browser.going import PASSWORD, a_newcomer, chooses_in_menu
from tests.browser.places import ADA, KOFI, drawing


@pytest.mark.parametrize(("width", "scripts"), [(390, True), (1280, True), (390, False)])
def test_somebody_looks_first_then_keeps_it_and_is_seen_so(somebody, house, width, scripts):
    name, email = a_newcomer(house)
    nia = somebody(width, scripts=scripts)
    nia.signs_in(email, PASSWORD)
    chooses_in_menu(nia, "Settings")
    nia.chooses("With a nickname")
    nia.page.locator("#nickname").fill("Niñi")
    if not scripts:
        nia.presses("Show me first")
    expect(nia.page.locator("#preview h3")).to_have_text("Others see you as Niñi")
    nia.presses("Keep this")
    nia.reads("It is kept.")
    nia.page.locator("#picture").set_input_files({"name": "me", "mimeType": "image/png", "buffer": drawing()})
    nia.presses("Use this picture")
    nia.reads("That is you.")
    nia.page.locator(".way-list a", has_text="Your page").click()
    expect(nia.page.get_by_role("heading", level=1)).to_have_text("Niñi")
    place = nia.page.url.removeprefix(house.address)
    kofi = somebody(width)
    house.invite(kofi.page.context, KOFI)
    kofi.goes_to(place)
    expect(kofi.page.get_by_role("heading", level=1)).to_have_text("Niñi")
    face = kofi.page.locator(".profile-head img")
    assert face.evaluate("(one) => one.decode().then(() => one.naturalWidth)") == 320
    assert name not in kofi.page.content()


def test_day_and_night_is_one_switch_in_two_places(somebody, house):
    ada = somebody(1280)
    house.invite(ada.page.context, ADA)
    ada.goes_to("/settings")
    ada.page.locator("#theme-here").get_by_role("button", name="Dark").click()
    expect(ada.page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(ada.page.locator("#theme button[value=dark]")).to_have_attribute("aria-pressed", "true")
    ada.page.reload()
    expect(ada.page.locator("#theme-here button[value=dark]")).to_have_attribute("aria-pressed", "true")


def test_a_choice_is_made_and_looked_at_by_keyboard_alone(somebody, house):
    ada = somebody(1280)
    house.invite(ada.page.context, ADA)
    ada.goes_to("/settings")
    ada.page.locator("#visibility-0").focus()
    for _ in range(3):
        ada.page.keyboard.press("ArrowDown")
    expect(ada.page.locator("#preview h3")).to_have_text("Others don’t see you")
    expect(ada.page.locator("#visibility-3")).to_be_focused()


def test_who_leaves_says_so_twice(somebody, house):
    _name, email = a_newcomer(house)
    nia = somebody(390)
    nia.signs_in(email, PASSWORD)
    chooses_in_menu(nia, "Settings")
    nia.page.locator(".way-list a", has_text="Leave").click()
    nia.follows("What goes, what stays")
    nia.fills_in({"Your password": PASSWORD})
    nia.chooses("I know that there is no way back")
    nia.presses("Leave for good")
    nia.reads("Goodbye, and thank you")
    nia.goes_to("/settings")
    nia.reads("Welcome back")
