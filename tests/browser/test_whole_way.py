"""The whole way of somebody new on a phone: invited, in, first hours, first medal, shown, and seen as they chose."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from portal.domain import accounts, invitations
from portal.extensions import db
from tests.browser.conftest import Somebody
from tests.browser.going import PASSWORD, chooses_in_menu, enters, numbers, waits_for
from tests.browser.house import House
from tests.browser.places import GRACE, KOFI


def an_invitation(house: House) -> tuple[str, str]:
    """Grace invites somebody whom nobody knows yet: their name and the link's path."""
    number = next(numbers)
    name = f"Noor Haddad the {number}."
    with house.app.app_context():
        given = {"email": f"noor{number}@example.org", "name": name, "role": "volunteer", "joins": True}
        one = invitations.invite(**given, by=accounts.by_email(GRACE), now=datetime.now(UTC))
        secret = invitations.renew(one, now=datetime.now(UTC))
        db.session.commit()
        db.session.remove()
    return name, f"/links/invitation/{secret}"


def presses_enter(one: Somebody, role: str, name: str) -> None:
    """Goes to a button or link with the keyboard alone, and presses Enter."""
    one.page.get_by_role(role, name=name, exact=True).first.focus()
    one.page.keyboard.press("Enter")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_from_an_invitation_to_a_medal_that_others_see(somebody, house, scripts):
    name, link = an_invitation(house)
    noor, grace, kofi = (somebody(390, scripts=scripts) for _one in range(3))

    noor.goes_to(link)
    noor.page.locator("#password").fill(PASSWORD)
    noor.page.locator("main form button[type=submit]").click()
    noor.follows("Log hours")
    noor.fills_in({"What was it?": "River clean-up", "Hours": "1h 30m"})
    noor.presses("Log these hours")
    noor.reads("A coordinator looks at it")
    noor.follows("Change it")
    noor.fills_in({"Hours": "2"})
    noor.presses("Save the change")
    noor.reads("2 hours, River clean-up, today")

    enters(grace, GRACE)
    grace.goes_to("/reviews?query=Noor")
    grace.page.get_by_label(f"{name}, River clean-up").check()
    grace.page.locator("button[name=decision][value=confirm]").click()
    grace.reads("Confirmed. It is being counted.")

    noor.page.reload()
    waits_for(noor, "2 hours counted", scripts=scripts)
    expect(noor.page.get_by_role("heading", level=1)).to_have_text("First Step")
    noor.presses("Put it in my showcase")
    chooses_in_menu(noor, "Settings")
    noor.page.locator("#visibility-1").check()
    noor.presses("Keep this")
    noor.reads("It is kept.")
    noor.page.locator(".way-list a", has_text="Your page").click()
    page = noor.page.url.removeprefix(house.address)

    house.invite(kofi.page.context, KOFI)
    kofi.goes_to(page)
    expect(kofi.page.locator("#showcase .name")).to_have_text(["First Step"])
    expect(kofi.page.get_by_role("heading", level=1)).not_to_have_text(name)
    assert name not in kofi.page.content()


def test_hours_are_logged_by_keyboard_alone(somebody, house):
    _name, link = an_invitation(house)
    noor = somebody(1280)
    noor.goes_to(link)
    noor.page.locator("#password").focus()
    noor.page.keyboard.type(PASSWORD)
    noor.page.keyboard.press("Enter")
    presses_enter(noor, "link", "Log hours")
    noor.page.get_by_label("What was it?").focus()
    noor.page.keyboard.type("Soup kitchen")
    noor.page.keyboard.press("Tab")
    noor.page.keyboard.type("2")
    noor.page.keyboard.press("Enter")
    noor.reads("2 hours, Soup kitchen, today")
    presses_enter(noor, "link", "Back to my page")
    noor.reads("Soup kitchen")
