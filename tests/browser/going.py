"""How people come in and go about in a browser, for several journeys."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count

from portal.domain import accounts, points
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from tests.browser.conftest import Somebody
from tests.browser.house import House
from tests.machinery.processes import eventually

PASSWORD = "a password of their own"
numbers: Iterator[int] = count(1)


def a_newcomer(house: House) -> tuple[str, str]:
    """Somebody who joined today and has nothing yet: name and e-mail."""
    number = next(numbers)
    name, email = f"Nia Stone the {number}.", f"nia{number}@example.org"
    with house.app.app_context():
        now = datetime.now(UTC)
        nia = Volunteer(name=name, email=email, time_zone="UTC", joined_at=now, visibility="full_name")
        db.session.add(nia)
        db.session.flush()
        points.open_balances([nia.id], now)
        accounts.add_user(email=email, name=name, password=PASSWORD, role="volunteer", volunteer=nia, now=now)
        db.session.commit()
        db.session.remove()
    return name, email


def enters(one: Somebody, email: str) -> None:
    """Somebody of the demonstration is signed in: so many come that the door would ask them to wait."""
    one.house.invite(one.page.context, email)
    one.goes_to("/")


def chooses_in_menu(one: Somebody, name: str) -> None:
    """Opens the menu under the initials and goes where it says so."""
    one.page.locator("summary", has_text="Your menu").click()
    one.page.locator("#menu").get_by_role("link", name=name, exact=True).click()


def waits_for(one: Somebody, words: str | re.Pattern, *, scripts: bool = True) -> None:
    """Waits until it says so; without scripts, by looking again."""
    if scripts:
        one.reads(words)
        return
    again = one.page.get_by_role("link", name="Look again")

    def is_there() -> bool:
        if again.count():
            again.click()
        return one.page.get_by_text(words).count() > 0

    eventually(is_there, within=15, every=0.5)
