"""Eight ways through the portal that somebody goes every day, by what they see: on a phone and at a desk."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from portal.demo import people as demonstration
from tests.browser.conftest import Somebody
from tests.browser.going import PASSWORD, a_newcomer, chooses_in_menu, enters, numbers, waits_for
from tests.browser.house import TELEVISION
from tests.browser.places import ADA, GRACE, KOFI, LINUS
from tests.machinery.processes import eventually
from tests.people import DATA

SECOND = 1000
on_both_screens = pytest.mark.parametrize("width", [390, 1280])


def and_without_scripts(width: int) -> pytest.MarkDecorator:
    """On both screens, and once more with JavaScript off."""
    ways = [pytest.param(390, True, id="390"), pytest.param(1280, True, id="1280")]
    return pytest.mark.parametrize(("width", "scripts"), [*ways, pytest.param(width, False, id=f"{width} no scripts")])


@and_without_scripts(390)
def test_hours_that_a_volunteer_logs_and_a_coordinator_confirms_bring_a_medal_and_a_place(
    somebody, house, width, scripts
):
    name, email = a_newcomer(house)
    nia, grace = somebody(width, scripts=scripts), somebody(width, scripts=scripts)

    nia.signs_in(email, PASSWORD)
    nia.follows("Log hours")
    nia.fills_in({"What was it?": "River clean-up", "Hours": "2"})
    nia.presses("Log these hours")
    nia.reads("A coordinator looks at it")

    enters(grace, GRACE)
    chooses_in_menu(grace, "Desk")
    grace.follows("Hours")
    grace.page.get_by_label(f"{name}, River clean-up").check()
    grace.page.get_by_role("button", name=re.compile("^Confirm")).click()
    grace.reads("Confirmed. It is being counted.")

    nia.page.reload()
    waits_for(nia, "2 hours counted", scripts=scripts)
    expect(nia.page.get_by_role("heading", level=1)).to_have_text("First Step")
    nia.reads("Your points")
    nia.follows("Back to my page")
    expect(nia.page.locator("main")).to_contain_text("First Step")
    place = nia.page.locator("main").get_by_text("Place this month")
    place.wait_for()
    nia.page.get_by_role("link", name=re.compile("^(Leaderboard|Board)$")).click()
    eventually(lambda: is_on_the_board(nia), within=15, every=0.5)


def is_on_the_board(one: Somebody) -> bool:
    """Whether the board, loaded anew, has a line for whoever looks."""
    one.page.reload()
    return one.page.locator("main").get_by_text("You", exact=True).count() > 0


@on_both_screens
def test_forty_points_that_a_coordinator_awards_are_on_the_television_within_five_seconds(somebody, posts, width):
    grace, hall = somebody(width), somebody(viewport=TELEVISION)
    name = demonstration.HERO.name
    hall.goes_to(f"/tv/{posts['display']}")
    line = hall.page.locator("section", has=hall.page.get_by_text(re.compile("by points$"))).first
    value = line.locator("li", has_text=name).locator(".value")
    before = number_in(value.text_content())

    enters(grace, GRACE)
    chooses_in_menu(grace, "Desk")
    grace.follows("Award")
    grace.page.get_by_label("To whom").press_sequentially("olena", delay=30)
    grace.page.get_by_role("button", name=name).click()
    grace.fills_in({"Points each": "40", "Why": "For two long nights on the bus. Thank you."})
    grace.presses("Award 40 points")
    grace.reads(f"{name} now has")

    expect(value).to_have_text(re.compile(f"^{before + 40:,}$"), timeout=5 * SECOND)


def number_in(text: str | None) -> int:
    """'1,270' as a number."""
    return int((text or "").replace(",", ""))


@on_both_screens
def test_whoever_has_done_it_already_holds_an_achievement_that_an_admin_defines(somebody, house, width):
    linus, ada, kofi = somebody(width), somebody(width), somebody(width)
    name = f"Thirty Good Hours {width}"

    enters(linus, LINUS)
    chooses_in_menu(linus, "Medals and achievements")
    linus.follows("New achievement")
    linus.page.get_by_label("Kind").select_option("Hours")
    linus.fills_in({"At least so many hours": "30", "Name": name, "Points": "15"})
    linus.fills_in({"What to do for it, in a sentence": "Give thirty hours of your time."})
    linus.presses("Save")
    linus.reads(f"“{name}” is saved.")

    house.invite(ada.page.context, ADA)
    ada.goes_to("/achievements")
    eventually(lambda: stands_under(ada, "Completed", name), within=20, every=0.5)
    house.invite(kofi.page.context, KOFI)
    kofi.goes_to("/achievements")
    eventually(lambda: stands_under(kofi, "What is next", name), within=20, every=0.5)
    assert not stands_under(kofi, "Completed", name)


def stands_under(one: Somebody, heading: str, words: str) -> bool:
    """Whether the page, loaded anew, has these words under this heading."""
    one.page.reload()
    return one.page.get_by_role("region", name=heading).get_by_text(words).count() > 0


@pytest.fixture
def table(tmp_path) -> Path:
    """A file of five hundred rows, of which three do not stand."""
    made = next(numbers)
    day = date.today() - timedelta(days=30)
    people = [one.email for one in (demonstration.HERO, demonstration.STREAK, demonstration.LEARNER)]
    lines = [f"{made}-{number},{people[number % 3]},task_completed,1,{day}" for number in range(1, 501)]
    lines[99] = f"{made}-100,olena at example,task_completed,1,{day}"
    lines[249] = f"{made}-250,{people[0]},danced,1,{day}"
    lines[399] = f"{made}-400,{people[0]},hours_logged,plenty,{day}"
    path = tmp_path / f"tasks-{made}.csv"
    path.write_text("\n".join(["external_id,volunteer_email,event_type,quantity,occurred_at", *lines]))
    return path


@and_without_scripts(1280)
def test_of_five_hundred_rows_that_are_imported_the_three_bad_ones_are_told_one_by_one(somebody, table, width, scripts):
    grace = somebody(width, scripts=scripts)

    enters(grace, GRACE)
    chooses_in_menu(grace, "Desk")
    grace.follows("Import")
    grace.page.get_by_label(re.compile("^File")).set_input_files(table)
    grace.presses("Look at it")
    expect(grace.page.get_by_role("heading", level=1)).to_have_text(table.name)
    waits_for(grace, "This is what it would bring.", scripts=scripts)
    marked = [cell.locator("span").first.inner_text() for cell in grace.page.locator("td.wrong").all()]
    assert marked == ["olena at example", "danced", "plenty"]
    grace.presses("Import 497 rows")
    waits_for(grace, "Rows to mend", scripts=scripts)
    waits_for(grace, "All of them as a file", scripts=scripts)

    assert [number_in(one) for one in grace.page.locator("dl.numerals dd").all_text_contents()] == [497, 0, 3]
    told = [row.locator("th, td").all_text_contents()[:3] for row in grace.page.locator("tbody tr").all()]
    assert [(column, bool(reason)) for _row, column, reason in told] == [
        ("volunteer_email", True),
        ("event_type", True),
        ("quantity", True),
    ]
    assert [int(number) for number, _column, _reason in told] in ([100, 250, 400], [101, 251, 401])


SHEETS = {
    "sheet-first-last.csv": ["two"],
    "sheet-program.csv": ["25"],
    "sheet-times.csv": ["nine"],
    "sheet-semicolons.csv": [],
    "sheet-utf16.csv": [],
    "sheet-march.xlsx": ["soon", "two"],
}
"""What other systems export, and cells of it that are marked."""


@pytest.mark.parametrize(("name", "scripts"), [*((name, True) for name in SHEETS), ("sheet-first-last.csv", False)])
def test_a_spreadsheet_of_another_system_is_looked_at_and_imported_on_a_phone(somebody, tmp_path, name, scripts):
    made, copy = next(numbers), tmp_path / f"{next(numbers)}-{name}"
    copy.write_bytes((DATA / name).read_bytes().replace(b"Sorted the soup tins", f"Shift {made}".encode()))
    grace = somebody(390, scripts=scripts)

    enters(grace, GRACE)
    grace.goes_to("/imports")
    grace.page.get_by_label(re.compile("^File")).set_input_files(copy)
    grace.presses("Look at it")
    waits_for(grace, "This is what it would bring.", scripts=scripts)
    marked = [cell.locator("span").first.inner_text() for cell in grace.page.locator("td.wrong").all()]
    assert set(SHEETS[name]) <= set(marked)
    assert bool(marked) == bool(SHEETS[name])
    assert grace.page.evaluate("document.documentElement.scrollWidth") <= 390
    if grace.page.get_by_role("button", name=re.compile("^Import")).count() == 0:
        grace.reads("There is nothing new in it to be recorded.")
        return
    grace.page.get_by_role("button", name=re.compile("^Import")).dblclick()
    waits_for(grace, "Was it a mistake?", scripts=scripts)
    grace.goes_to("/imports")
    expect(grace.page.get_by_role("listitem").filter(has_text=copy.name).first).to_contain_text("recorded")


def test_columns_that_nobody_knows_are_chosen_once(somebody, tmp_path):
    made = next(numbers)
    path = tmp_path / f"{made}-stunden.csv"
    headings = f"Wer {made},Wann,Wie lang,Wozu"
    path.write_text(f'{headings}\nada@example.org,3/4/2026,"1,5",Tafel {made}\nada@example.org,4/4/2026,two,Tafel\n')
    grace = somebody(390)

    enters(grace, GRACE)
    grace.goes_to("/imports")
    grace.page.get_by_label(re.compile("^File")).set_input_files(path)
    grace.presses("Look at it")
    waits_for(grace, "Which column is which?")
    for label, column in (("E-mail", f"Wer {made}"), ("Date", "Wann"), ("Hours", "Wie lang")):
        grace.page.get_by_label(label, exact=True).select_option(label=column)
    grace.page.get_by_text("3 April", exact=True).click()
    grace.presses("Check every row")
    waits_for(grace, "This is what it would bring.")
    grace.reads("3 April 2026")
    grace.reads("“two” is not a number of hours; write 2 or 1:30.")
    grace.goes_to("/imports")
    grace.page.get_by_label(re.compile("^File")).set_input_files(path)
    grace.presses("Look at it")
    waits_for(grace, "This is what it would bring.")
    grace.reads("3 April 2026")


@on_both_screens
def test_a_television_says_goodbye_soon_after_an_admin_has_ended_its_link(somebody, width):
    linus, hall = somebody(width), somebody(viewport=TELEVISION)
    name = f"The kitchen {width}"

    enters(linus, LINUS)
    chooses_in_menu(linus, "Displays")
    linus.follows("New display")
    linus.fills_in({"Where does it hang?": name})
    linus.presses("Make the link")
    link = linus.page.locator("#secret").inner_text()
    hall.page.goto(link)
    hall.reads("Latest medals")
    linus.follows("To the display")
    linus.reads("1 screen is on")
    linus.page.get_by_text("End this display", exact=True).click()
    linus.page.get_by_role("button", name="End it").locator("visible=true").click()
    linus.reads(f"“{name}” is ended.")

    hall.reads("Thank you for watching", within=5)
    hall.page.goto(link)
    hall.reads("Thank you for watching")


@on_both_screens
def test_whoever_signs_out_is_signed_out_for_a_cookie_that_somebody_kept_too(somebody, house, width):
    _name, email = a_newcomer(house)
    nia, thief = somebody(width), somebody(width)

    nia.signs_in(email, PASSWORD)
    nia.reads("Good ")
    kept = nia.page.context.cookies()
    thief.page.context.add_cookies(kept)
    thief.goes_to("/history")
    expect(thief.page.get_by_role("heading", level=1)).not_to_have_text("Welcome back")

    nia.page.locator("summary", has_text="Your menu").click()
    nia.presses("Sign out")
    nia.reads("You are signed out.")

    thief.page.context.clear_cookies()
    thief.page.context.add_cookies(kept)
    thief.goes_to("/history")
    expect(thief.page.get_by_role("heading", level=1)).to_have_text("Welcome back")
