"""The form of an achievement says who would earn it today, in pieces where there are many."""

from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from portal.domain import foreseeing
from portal.web import foresight
from tests import people
from tests.web.reading import page

FIELDS = {"achievement_type": "tasks_completed", "amount": "2", "points_reward": "5", "badge_id": "0", "start": "tell"}
PART = {"HX-Request": "true"}


@pytest.fixture
def busy(admin):
    """Linus at the desk of an organisation in which fifteen people did two tasks each, and one did one."""

    def work() -> None:
        people.nothing_to_earn()
        for number in range(16):
            who = people.join(f"Helper{number} Bell")
            people.count(*people.days(*range(min(number + 1, 2)), volunteer_email=who.email))

    admin.do(work)
    return admin


def ask(admin, headers=PART, **fields):
    return page(admin.linus.get("/definitions/foresight?" + urlencode(FIELDS | fields), headers=headers))


def test_it_says_how_many_who_and_what_it_costs(busy):
    before = busy.dump()
    found = ask(busy)
    assert "15 people would earn it today: 75 points in all." in found.text
    assert found.words(".earner")[:2] == ["Helper1 Bell", "Helper2 Bell"]
    assert len(found.all(".earner")) == 12
    assert "and 3 more" in found.text
    assert ask(busy, badge_id="1", points_reward="0").says("15 people would earn it today: 150 points in all.")
    assert ask(busy, amount="3").says("Nobody would earn it today.")
    assert ask(busy, start="from_now").says("It counts from now on, so nobody earns it today.")
    assert ask(busy, achievement_type="custom").says("Nobody would earn it today.")
    assert busy.dump() == before


def test_a_long_look_comes_in_pieces(busy, monkeypatch):
    monkeypatch.setattr(foreseeing, "AT_ONCE", 5)
    monkeypatch.setattr(foresight, "PATIENCE", -1)
    found, pieces = ask(busy), 1
    assert "would earn it so far." in found.text
    while url := found.one("#foresight").get("data-hx-get"):
        found, pieces = page(busy.linus.get(url, headers=PART)), pieces + 1
    assert pieces >= 4
    assert "15 people would earn it today: 75 points in all." in found.text
    assert len(found.all(".earner")) == 12


@pytest.mark.parametrize(
    "wrong", [{"amount": "many"}, {"amount": ""}, {"achievement_type": "x"}, {"badge_id": "999"}, {"amount": "0"}]
)
def test_a_form_that_is_not_ready_is_told_so(busy, wrong):
    found = ask(busy, **wrong)
    assert found.status == 200
    assert found.has(".error")


def test_numbers_that_nobody_handed_on_do_no_harm(busy):
    strange = {"after": "-5", "people": "x", "points": "9" * 5000, "looked_at": "1e9", "named": "1.x.²." + "9" * 40}
    assert "would earn it today" in ask(busy, **strange).text


def test_without_scripts_it_is_a_page_of_its_own(busy):
    form = page(busy.linus.get("/definitions/achievements/new")).fields | FIELDS | {"show": "foresight"}
    answer = busy.linus.post("/definitions/achievements", data=form)
    assert answer.status_code == 302
    assert "csrf_token" not in dict(parse_qsl(urlsplit(answer.location).query))
    found = page(busy.linus.get(answer.location))
    assert found.heading == "Who would earn it today"
    assert "15 people would earn it today: 75 points in all." in found.text
