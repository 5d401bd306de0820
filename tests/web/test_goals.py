"""Goals as people see them: on the dashboard and on their own page; made, changed and put away by admins."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from portal.domain.goals import Goal
from portal.extensions import db
from tests import company, people
from tests.web.admin import Admin
from tests.web.office import Office, user, volunteer
from tests.web.reading import page

TODAY = people.NOW.date()
YEAR = {"first_on": "2026-01-01", "last_on": "2026-12-31"}
FORM = {"title": "Together", "metric": "hours", "target": "1000", "team_id": "", **YEAR}


@pytest.fixture
def ada(office):
    """Ada's browser."""
    return office.signed_in("ada")


def goal(office: Office, target: object, **more) -> int:
    return office.do(lambda: company.goal(target, by=user("Linus Berg"), **more).id)


def crew(office: Office, name: str, *hours: object) -> int:
    return office.do(lambda: company.crew(name, *hours, by=user("Linus Berg"), when=TODAY).id)


def hours(office: Office, quantity: object) -> None:
    office.do(lambda: (people.count(people.did(quantity=quantity, when=TODAY)), people.refresh()))


# --- On the dashboard -------------------------------------------------------------------------------------------------


def test_the_dashboard_says_how_far_we_are(office, ada):
    hours(office, "6.5")
    goal(office, 1000, title="1,000 hours together", last_on=TODAY.replace(month=12, day=31))
    found = page(ada.get("/"))
    assert found.words(".goal") == [
        "1,000 hours together 6.5 of 1,000 hours 6.5 of 1,000 hours 993.5 to go, until 31 December"
    ]
    bar = found.one(".goal progress")
    assert (float(bar["value"]), float(bar["max"])) == (6.5, 1000)
    assert found.links["Goals"] == "/goals"


def test_a_reached_goal_is_celebrated_and_its_bar_is_full(office, ada):
    hours(office, 3)
    goal(office, 2)
    found = page(ada.get("/"))
    assert found.says(".goal-left") == "Reached on 20 May!"
    assert found.one(".goal progress")["value"] == found.one(".goal progress")["max"]


def test_the_dashboard_has_three_at_the_most_the_nearest_first(office, ada):
    hours(office, 10)
    for target in (100, 20, 50, 11):
        goal(office, target, title=f"of {target}")
    found = page(ada.get("/"))
    assert found.words(".goal h3") == ["of 11", "of 20", "of 50"]
    assert len(page(ada.get(found.links["All goals"])).all(".goal")) == 4


def test_the_dashboard_has_goals_of_ones_own_teams_and_the_list_of_all(office, ada):
    other = crew(office, "Other", 1, 1, 1)
    own = office.do(lambda: company.team("Own", volunteer("Ada Bell"), by=user("Linus Berg")).id)
    goal(office, 10, title="Theirs", team_id=other)
    goal(office, 10, title="Ours", team_id=own)
    found = page(ada.get("/"))
    assert found.words(".goal") == ["Ours Figures from three members on. Own"]
    assert page(ada.get("/goals")).words(".goal h3") == ["Theirs", "Ours"]
    assert page(ada.get(f"/teams/{other}")).words(".goal h3") == ["Theirs"]


def test_without_goals_and_teams_there_is_nothing_of_it(office, ada):
    assert not page(ada.get("/")).has("#goals")
    assert page(ada.get("/goals")).says("No goals yet")


# --- For everybody ----------------------------------------------------------------------------------------------------


def test_goals_that_are_over_stand_there_if_they_were_reached(office, ada):
    hours(office, 5)
    office.do(lambda: (people.count(people.did(quantity=5, when="2026-05-02")), people.refresh()))
    over = {"last_on": TODAY - timedelta(days=9)}
    goal(office, 4, title="reached", **over)
    goal(office, 40, title="missed", **over)
    goal(office, 40, title="running")
    found = page(ada.get("/goals"))
    assert found.words("section .goal h3") == ["running", "reached"]
    assert "To look after" not in found.text


def test_the_words_of_each_kind(office, ada):
    office.do(lambda: (people.count(people.did(people.PROJECT, when=TODAY)), people.refresh()))
    goal(office, 1, metric="projects", title="a")
    goal(office, 2000, metric="points", title="b")
    goal(office, 5, metric="projects", title="c", last_on=TODAY.replace(year=2027))
    said = page(ada.get("/goals")).words(".goal p")
    assert [one for one in said if "project" in one] == [
        "1 of 5 projects 4 to go, until 20 May 2027",
        "1 of 1 project Reached on 20 May!",
    ]
    assert any("of 2,000 points" in one for one in said)


# --- By admins --------------------------------------------------------------------------------------------------------


def the_goal(admin: Admin) -> Goal:
    with admin.app.app_context():
        return db.session.scalars(select(Goal)).one()


def test_an_admin_makes_changes_and_puts_a_goal_away(any_admin):
    found = any_admin.send("/goals/new", **FORM)
    assert found.says(".flashes") == "Saved."
    made = the_goal(any_admin)
    assert (made.title, made.metric, made.target, made.team_id) == ("Together", "hours", 1000, None)
    any_admin.send(f"/goals/{made.id}", target="7.25", last_on="")
    assert (the_goal(any_admin).target, the_goal(any_admin).last_on) == (Decimal("7.25"), None)
    ended = any_admin.press("/goals", f"/goals/{made.id}/ending")
    assert ended.says(".flashes") == "“Together” is put away."
    assert "put away" in ended.text
    assert not ended.has(".goal")
    assert [one[0] for one in any_admin.audited() if one[1] == "goals"] == ["define", "define", "retire"]


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("title", "", "A goal needs a name."),
        ("title", "x" * 121, "Too long."),
        ("title", "a\x07b", "There are characters in it that cannot be shown."),
        ("target", "", "A number above 0, please, and at most a billion."),
        ("target", "0", "A number above 0, please, and at most a billion."),
        ("target", "-5", "A number above 0, please, and at most a billion."),
        ("target", "1000000001", "A number above 0, please, and at most a billion."),
        ("target", "1e400", "A number is needed here, like 12 or 7.5."),
        ("target", "NaN", "A number is needed here, like 12 or 7.5."),
        ("target", "1.234", "Hours have two decimals at the most; points and projects are whole."),
        ("metric", "smiles", "Not a valid choice."),
        ("team_id", "99", "There is no such team any more."),
        ("team_id", "x", "There is no such team any more."),
        ("team_id", str(2**70), "There is no such team any more."),
        ("first_on", "", "From which day on?"),
        ("first_on", "tomorrow", "Not a valid date value."),
        ("last_on", "2025-12-31", "The last day is before the first."),
        ("last_on", "never", "Not a valid date value."),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_typed_is_lost(admin, field, typed, words):
    before = admin.dump()
    found = admin.send("/goals/new", **FORM | {field: typed})
    assert found.status == 422
    assert found.errors == {field: words}
    if field not in ("metric", "team_id"):
        assert found.form("/goals")[field] == typed
    assert admin.dump() == before


def test_a_form_that_is_sent_twice_makes_one_goal(admin):
    form = admin.read("/goals/new").form("/goals") | FORM
    answers = [admin.linus.post("/goals", data=form).status_code for _ in range(2)]
    assert answers == [302, 302]
    assert the_goal(admin).title == "Together"
    assert admin.linus.post("/goals", data=form | {"target": "9"}).status_code == 422


def test_an_admin_sees_how_far_it_would_be_before_saving(admin):
    admin.did(people.did(quantity="6.5", when=TODAY))
    found = admin.linus.get("/goals/preview", query_string=FORM)
    assert page(found).says("#preview") == "Today it would be 6.5 of 1,000 hours."
    form = admin.read("/goals/new").form("/goals") | FORM | {"show": "preview"}
    without_scripts = page(admin.linus.post("/goals", data=form))
    assert without_scripts.says("#preview") == "Today it would be 6.5 of 1,000 hours."
    assert (without_scripts.status, without_scripts.form("/goals")["title"]) == (200, "Together")


@pytest.mark.parametrize(
    "typed", [{}, {"target": "x"}, FORM | {"target": "0"}, FORM | {"team_id": "99"}, FORM | {"metric": "smiles"}]
)
def test_a_preview_of_what_makes_no_sense_says_what_is_needed(admin, typed):
    found = admin.linus.get("/goals/preview", query_string=typed)
    assert found.status_code == 200
    assert page(found).says("#preview").startswith("Say how much")


def test_the_preview_of_a_small_team_gives_no_figure(admin):
    pair = crew(admin, "Pair", 5, 5)
    found = admin.linus.get("/goals/preview", query_string=FORM | {"team_id": str(pair)})
    assert page(found).says("#preview") == "This team shows no figures: they are fewer than three."


def test_a_goal_of_a_team_that_was_retired_can_be_changed_and_stays_its_own(admin):
    north = crew(admin, "North", 1, 1, 1)
    number = goal(admin, 10, team_id=north)
    admin.press(f"/teams/{north}/definition", f"/teams/{north}/retirement")
    found = admin.send(f"/goals/{number}", title="Renamed")
    assert found.says(".flashes") == "Saved."
    assert (the_goal(admin).title, the_goal(admin).team_id) == ("Renamed", north)


def test_a_title_with_markup_is_shown_as_text(admin):
    admin.send("/goals/new", **FORM | {"title": '<img src=x onerror="alert(1)">{{ 7*7 }}'})
    for address in ("/goals", f"/goals/{the_goal(admin).id}"):
        found = admin.read(address)
        assert "<img src=x" not in found.html
        assert "{{ 7*7 }}" in found.html


def test_what_was_put_away_is_not_changed_any_more(admin):
    number = goal(admin, 10)
    admin.press("/goals", f"/goals/{number}/ending")
    found = admin.send(f"/goals/{number}", title="Again")
    assert (found.status, found.errors) == (409, {"title": "This goal was put away."})


def test_the_list_of_admins_costs_the_same_however_many_goals_there_are(admin):
    goal(admin, 10)
    few = admin.cost("/goals")
    for number in range(5):
        goal(admin, 10 + number)
    assert admin.cost("/goals") == few
