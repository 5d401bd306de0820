"""The portal in other languages, in a real browser: nothing runs out of a small phone, and a day in Arabic."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.going import PASSWORD, a_newcomer, chooses_in_menu, enters, waits_for
from tests.browser.house import House
from tests.browser.places import GRACE, PLACES, Place
from tests.browser.test_pages import TOO_WIDE

SMALL = {"width": 320, "height": 640}
QUIET = [place for place in PLACES if place.then is None and place.name != "display-picture"]
"""Places where one need not press anything first, for buttons have other names in other languages; a display has a
language of its own."""


class Walk:
    """Goes to all places in a language, each person in a window of their own."""

    def __init__(self, house: House, browser: Browser, posts: dict, language: str):
        self.house, self.browser, self.posts, self.language = house, browser, posts, language
        self.windows: dict[str, Page] = {}

    def window(self, who: str) -> Page:
        """A window of somebody who reads this language."""
        if who not in self.windows:
            context = self.browser.new_context(viewport=SMALL, reduced_motion="reduce")
            if who:
                self.house.invite(context, who)
            context.add_cookies([{"name": "language", "value": self.language, "url": self.house.address}])
            self.windows[who] = context.new_page()
        return self.windows[who]

    def complaints(self, place: Place) -> list[str]:
        """What is wrong at a place."""
        page = self.window(place.who)
        if place.first:
            place.first(self.house)
        page.goto(self.house.address + place.path.format(**self.posts))
        spoken = page.locator("html").get_attribute("lang")
        found = [] if spoken == self.language else [f"it speaks {spoken}"]
        return [f"{place.name}: {what}" for what in [*found, *page.evaluate(TOO_WIDE)]]


@pytest.mark.parametrize("language", ["de", "ar"])
def test_nobody_scrolls_sideways_in_long_words_nor_from_the_right(house, chromium, posts, language):
    walk = Walk(house, chromium, posts, language)
    found = [words for place in QUIET for words in walk.complaints(place)]
    for page in walk.windows.values():
        page.context.close()
    assert found == []


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "no scripts"])
def test_a_language_is_chosen_where_one_signs_in(somebody, scripts):
    one = somebody(390, scripts=scripts)
    one.goes_to("/sign-in?next=/badges")
    one.presses("Deutsch")
    expect(one.page.get_by_role("heading", level=1)).to_have_text("Willkommen zurück")
    expect(one.page.locator("html")).to_have_attribute("lang", "de")
    assert one.page.url.endswith("/sign-in?next=/badges")
    one.presses("العربية")
    expect(one.page.locator("html")).to_have_attribute("dir", "rtl")


def test_hours_logged_in_arabic_bring_a_medal_and_a_line_of_history(somebody, house):
    name, email = a_newcomer(house)
    nia, grace = somebody(390), somebody(390)
    nia.goes_to("/")
    nia.presses("العربية")
    nia.fills_in({"البريد الإلكتروني": email, "كلمة المرور": PASSWORD})
    nia.presses("تسجيل الدخول")
    nia.follows("تسجيل ساعات")
    nia.fills_in({"ماذا كان العمل؟": "مطبخ الخير", "الساعات": "١٫٥"})
    nia.presses("تسجيل هذه الساعات")
    nia.reads("ينظر فيه التنسيق")

    enters(grace, GRACE)
    chooses_in_menu(grace, "Desk")
    grace.follows("Hours")
    grace.page.get_by_label(f"{name}, مطبخ الخير").check()
    grace.page.locator("button[value=confirm]").click()
    grace.reads("Confirmed. It is being counted.")

    nia.page.reload()
    waits_for(nia, "احتُسبت 1.5 ساعة")
    expect(nia.page.get_by_role("heading", level=1)).to_have_text("الخطوة الأولى")
    nia.follows("العودة إلى صفحتي")
    nia.page.get_by_role("link", name="السجل", exact=True).click()
    line = nia.page.locator(".history-line", has_text="مطبخ الخير")
    expect(line).to_contain_text("1.5 ساعة بمعدل 5 نقاط لكل ساعة")
    expect(line.locator(".points")).to_have_attribute("dir", "ltr")
    expect(nia.page.locator("html")).to_have_attribute("dir", "rtl")
