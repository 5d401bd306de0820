"""Signing in, in a real browser: by a passkey of the device, with a password that says how good it is; no scripts."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.house import PHONE, House
from tests.browser.places import MIRA, fill_in, has_no_app, press

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
PASSWORD = {"E-mail": MIRA, "Password": "a password of hers"}


def at_home(house: House, path: str) -> str:
    """An address of the portal by a name: passkeys know no numbers."""
    return f"http://localhost:{house.port}{path}"


@pytest.fixture
def phone(chromium, house, posts) -> Iterator[Page]:
    """A phone that makes passkeys; Mira has no second factor."""
    has_no_app(house)
    context = chromium.new_context(viewport=PHONE)
    page = context.new_page()
    devices = context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    yield page
    context.close()
    has_no_app(house)


def test_a_passkey_of_the_phone_takes_the_place_of_the_password(phone, house):
    phone.goto(at_home(house, "/sign-in?next=/my-sign-in/second-factor"))
    fill_in(PASSWORD, "Sign in")(phone)
    phone.get_by_role("link", name="Add a passkey").click()
    press("Go on")(phone)
    phone.locator("#codes").wait_for()

    phone.context.clear_cookies()
    phone.goto(at_home(house, "/sign-in"))
    phone.get_by_role("link", name="Show a passkey").click()
    press("Go on")(phone)
    phone.wait_for_url(at_home(house, "/"))

    phone.context.clear_cookies()
    phone.goto(at_home(house, "/sign-in"))
    fill_in(PASSWORD, "Sign in")(phone)
    assert phone.locator("h1").inner_text() == "One more step"
    phone.get_by_role("link", name="Show a passkey").click()
    press("Go on")(phone)
    phone.wait_for_url(at_home(house, "/"))


def test_whoever_has_no_passkey_is_told_another_way(phone, house):
    phone.goto(at_home(house, "/sign-in/passkey"))
    phone.evaluate("() => { navigator.credentials.get = () => Promise.reject(new Error('none')); }")
    press("Go on")(phone)
    phone.locator("#failed").wait_for(state="visible")
    assert phone.get_by_role("link", name="Another way").is_visible()


def test_a_new_password_says_how_good_it_is_while_one_types(phone, house):
    phone.goto(at_home(house, "/join"))
    field, line = phone.get_by_label("A password", exact=True), phone.locator(".strength")
    said = []
    for typed in ("short", "aaaaaaaaaaaa", "boats and bay", "seven boats in the bay"):
        field.fill(typed)
        said.append(line.inner_text())
    assert said == ["Too short still", "Easy to guess", "Good", "Very good"]


def test_without_scripts_everything_but_passkeys_works(chromium, house, posts):
    has_no_app(house)
    context = chromium.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto(house.address + "/sign-in/passkey")
    assert page.locator("#no-passkeys").is_visible()
    page.goto(house.address + "/sign-in?next=/my-sign-in")
    fill_in(PASSWORD, "Sign in")(page)
    assert page.locator("h1").inner_text() == "Signing in"
    press("Change the password")(page)
    assert page.locator("#old-error").inner_text().strip() == "Your password of now, please."
    context.close()
