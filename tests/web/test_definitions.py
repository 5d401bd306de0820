"""Admins say what can be earned: every mistake is said at its field, and who has done it holds it."""

import pytest
from sqlalchemy import func, select

from portal.domain.achievements import Achievement
from portal.domain.badges import Badge
from portal.extensions import db
from tests import people
from tests.web.admin import SCRIPT, answers
from tests.web.reading import page

SCREENS = ("definitions", "badge_definitions", "achievement_definitions")
KEEPER = {"name": "River Keeper", "description": "The kingfishers are back."}
BADGES, ACHIEVEMENTS = "/definitions/badges", "/definitions/achievements"


def definitions(admin) -> tuple:
    """How many badges, achievements and audit records there are."""
    how_many = [select(func.count()).select_from(model) for model in (Badge, Achievement)]
    return (*admin.do(lambda: [db.session.scalar(one) for one in how_many]), len(admin.audited()))


# --- Badges ---------------------------------------------------------------------------------------------------------


def test_a_badge_is_made_and_listed(any_admin):
    found = any_admin.send(
        f"{BADGES}/new", **KEEPER, category="projects", rarity="epic", color="#00897B", icon="waves", points_value="40"
    )
    assert found.says(".flashes") == "“River Keeper” is saved."
    assert "River Keeper" in found.links
    badge = any_admin.badge("River Keeper")
    assert (badge.category, badge.rarity, badge.color, badge.icon) == ("projects", "epic", "#00897B", "waves")
    assert (badge.points_value, badge.is_secret, badge.is_active) == (40, False, True)
    action, what, before, after = any_admin.audited()[-1]
    assert (action, what, before) == ("define", "badges", None)
    assert after["name"] == "River Keeper"


def test_any_other_colour_is_possible(admin):
    admin.send(f"{BADGES}/new", **KEEPER, color="own", own_color="#a1B2c3")
    assert admin.badge("River Keeper").color == "#a1B2c3"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", " ", "Give it a name."),
        ("name", "n" * 101, "longer"),
        ("name", "First Step", "There is one with this name already."),
        ("name", "with \x00 in it", "cannot be shown"),
        ("description", "", "Say in a sentence"),
        ("category", "sports", "Not a valid choice"),
        ("rarity", "unique", "Not a valid choice"),
        ("color", "red", "Not a valid choice"),
        ("icon", "<svg>", "Not a valid choice"),
        ("points_value", "", "Say how many points"),
        ("points_value", "-1", "between 0 and 100,000"),
        ("points_value", "100001", "between 0 and 100,000"),
        ("points_value", "NaN", "A whole number"),
        ("points_value", "2.5", "A whole number"),
        ("points_value", "1e4", "A whole number"),
        ("points_value", "9" * 40, "A whole number"),
    ],
)
def test_what_is_wrong_with_a_badge_is_said_at_its_field(admin, field, value, words):
    before = definitions(admin)
    found = admin.send(f"{BADGES}/new", **KEEPER | {field: value})
    assert found.status == 422
    assert words in found.errors[field], found.errors
    assert found.fields["name"] == (value if field == "name" else "River Keeper").strip()
    assert definitions(admin) == before


@pytest.mark.parametrize("color", ["", "red", "#12345", "#12345g", "#1234567", "url(#x)", '#12345"', "#123456\n;"])
def test_a_colour_is_six_hexadecimal_digits(admin, color):
    found = admin.send(f"{BADGES}/new", **KEEPER, color="own", own_color=color)
    assert found.status == 422
    assert found.errors == {"own_color": "A colour looks like #1F5B3A."}


def test_a_changed_badge_keeps_what_it_was_in_the_audit(admin):
    found = admin.send(f"{BADGES}/1", name="First Footstep", points_value="11")
    assert found.says("“First Footstep” is saved.")
    action, _what, before, after = admin.audited()[-1]
    assert (action, before["name"], after["name"]) == ("change", "First Step", "First Footstep")
    assert (before["points_value"], after["points_value"]) == (10, 11)


def test_fields_that_no_form_has_change_nothing(admin):
    admin.send(f"{BADGES}/1", is_active="", id="77", icon_url="https://example.org/x.svg", created_at="2000-01-01")
    badge = admin.badge("First Step")
    assert (badge.id, badge.is_active, badge.icon_url) == (1, True, None)


def test_the_medal_is_drawn_as_one_chooses(admin):
    drawn = admin.read("/definitions/medal?name=River+Keeper&category=skills&rarity=rare&color=own&own_color=%23ff0000")
    assert drawn.root.children[0]["id"] == "medal"
    assert "River Keeper" in drawn.text
    assert "Skills · Rare" in drawn.text
    form = admin.read(f"{BADGES}/new")
    assert form.one(".definition-fields")["data-hx-get"] == "/definitions/medal"
    assert form.has("#medal")


def test_without_scripts_a_button_draws_the_medal(admin):
    found = admin.send(f"{BADGES}/new", name="River Keeper", rarity="legendary", show="medal")
    assert found.status == 200
    assert "Special · Legendary" in found.says("#medal")
    assert not found.errors
    assert admin.badge("River Keeper") is None


def test_hostile_choices_draw_a_medal_nevertheless(admin):
    choices = f"category=x&rarity={SCRIPT}&color=own&own_color={SCRIPT}&icon=y"
    drawn = admin.read(f"/definitions/medal?name={SCRIPT}&{choices}")
    assert drawn.status == 200
    assert SCRIPT in drawn.text
    assert not drawn.has("script")


def test_a_badge_is_retired_and_brought_back(admin):
    found = admin.press(f"{BADGES}/1", f"{BADGES}/1/retirement")
    assert found.says("“First Step” is retired. Who holds it keeps it.")
    assert "Retired" in found.words("li.retired")[0]
    admin.press(f"{BADGES}/1", f"{BADGES}/1/return")
    assert admin.badge("First Step").is_active
    assert [row[3] for row in admin.audited()[-2:]] == [{"is_active": False}, {"is_active": True}]


def test_a_badge_that_nobody_had_is_deleted(admin):
    admin.send(f"{BADGES}/new", **KEEPER)
    number = admin.badge("River Keeper").id
    found = admin.press(f"{BADGES}/{number}", f"{BADGES}/{number}/deletion")
    assert found.says("“River Keeper” is deleted.")
    assert admin.badge("River Keeper") is None
    assert admin.linus.get(f"{BADGES}/{number}").status_code == 404


def test_what_somebody_earned_is_not_deleted_and_the_way_out_is_named(any_admin):
    any_admin.did(people.did())
    for kind in ("badges", "achievements"):
        found = any_admin.press(f"/definitions/{kind}/1", f"/definitions/{kind}/1/deletion")
        assert found.status == 409
        assert "Retire it instead." in found.says(".refusal")
    assert any_admin.badge("First Step")
    assert any_admin.achievement("First Hour")


def test_a_badge_that_an_achievement_gives_is_not_deleted(admin):
    found = admin.press(f"{BADGES}/13", f"{BADGES}/13/deletion")
    assert found.says(".refusal") == "An achievement gives this badge. Take it out there first."


# --- Achievements ---------------------------------------------------------------------------------------------------

KINDS = {
    "hours_logged": ("2.5", {"hours_required": 2.5}, "2.5 hours"),
    "projects_completed": ("3", {"projects_required": 3}, "3 projects"),
    "tasks_completed": ("3", {"tasks_required": 3}, "3 tasks"),
    "trainings_completed": ("1", {"trainings_required": 1}, "1 training"),
    "skills_acquired": ("4", {"skills_required": 4, "certified": True}, "4 certified skills"),
    "consecutive_days": ("5", {"days_required": 5}, "5 days in a row"),
    "volunteer_referred": ("2", {"volunteers_required": 2}, "2 people brought"),
    "custom": ("", {"by_hand": True}, "Given by hand"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_made_with_its_own_criteria(admin, kind):
    amount, criteria, words = KINDS[kind]
    found = admin.send(f"{ACHIEVEMENTS}/new", **KEEPER, achievement_type=kind, amount=amount, certified="y")
    assert found.says(".flashes") == "“River Keeper” is saved."
    made = admin.achievement("River Keeper")
    assert (made.achievement_type, made.criteria) == (kind, criteria)
    assert words in found.text
    assert admin.read(f"{ACHIEVEMENTS}/{made.id}").says(f"{words}. Nobody has reached it yet.")


def test_skills_may_do_without_a_certificate(admin):
    form = admin.read(f"{ACHIEVEMENTS}/new").fields
    sent = form | KEEPER | {"achievement_type": "skills_acquired", "amount": "2"}
    sent.pop("certified", None)
    admin.linus.post(ACHIEVEMENTS, data=sent)
    assert admin.achievement("River Keeper").criteria == {"skills_required": 2, "certified": False}


NO_NUMBERS = ["", "ten", "NaN", "-NaN", "Infinity", "1e400", "1e2", "true", "0x10", "1,000", "[1]", "٣x", "9" * 50]
OUT_OF_BOUNDS = ["0", "-1", "0.00", "1000000.5", "1000001"]


@pytest.mark.parametrize("amount", [*NO_NUMBERS, *OUT_OF_BOUNDS, "2.505"])
def test_criteria_that_make_no_sense_are_refused_at_their_field(admin, amount):
    before = definitions(admin)
    found = admin.send(f"{ACHIEVEMENTS}/new", **KEEPER, amount=amount)
    assert found.status == 422
    assert list(found.errors) == ["amount"]
    assert definitions(admin) == before


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("hours_logged", "custom")])
def test_only_hours_come_in_parts(admin, kind):
    found = admin.send(f"{ACHIEVEMENTS}/new", **KEEPER, achievement_type=kind, amount="2.5")
    assert found.errors == {"amount": "This must be a whole number."}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "First Hour"),
        ("description", "d" * 501),
        ("points_reward", "-5"),
        ("points_reward", "1e9"),
        ("badge_id", "999"),
        ("badge_id", "one"),
        ("achievement_type", "hours"),
        ("start", "whenever"),
    ],
)
def test_what_else_is_wrong_is_said_at_its_field(admin, field, value):
    before = definitions(admin)
    found = admin.send(f"{ACHIEVEMENTS}/new", **KEEPER | {field: value})
    assert found.status == 422
    assert list(found.errors) == [field]
    assert definitions(admin) == before


def test_the_fields_follow_the_kind(admin):
    skills = admin.read("/definitions/criteria?achievement_type=skills_acquired&amount=3")
    assert skills.root.children[0]["id"] == "criteria"
    assert skills.one("#amount")["value"] == "3"
    assert skills.has("#certified")
    by_hand = admin.read("/definitions/criteria?achievement_type=custom")
    assert by_hand.says("A coordinator gives it by hand")
    assert not by_hand.has("#amount")
    assert admin.read("/definitions/criteria?achievement_type=x").status == 200


def test_without_scripts_a_button_shows_the_fields_of_a_kind(admin):
    found = admin.send(f"{ACHIEVEMENTS}/new", name="River Keeper", achievement_type="custom", show="criteria")
    assert found.status == 200
    assert found.says("A coordinator gives it by hand")
    assert found.fields["name"] == "River Keeper"
    assert found.has("noscript button[value=criteria]")


def test_each_kind_is_offered(admin):
    kinds = [one["value"] for one in admin.read(f"{ACHIEVEMENTS}/new").all("#achievement_type option")]
    assert sorted(kinds) == sorted([*KINDS, "conditions"])


def condition(number: int, at_least: str, metric: str, within: str = "", tag: str = "") -> dict:
    values = {"at_least": at_least, "metric": metric, "within_days": within, "tag": tag}
    return {f"conditions-{number}-{name}": value for name, value in values.items()}


SEVERAL = KEEPER | {"achievement_type": "conditions", "match": "all"}


def test_several_conditions_are_one_achievement(admin):
    rows = condition(0, "10.5", "hours", "30", "food bank") | condition(1, "2", "projects")
    found = admin.send(f"{ACHIEVEMENTS}/new", **SEVERAL, **rows)
    assert found.says(".flashes") == "“River Keeper” is saved."
    made = admin.achievement("River Keeper")
    first = {"metric": "hours", "at_least": 10.5, "within_days": 30, "tag": "food bank"}
    assert made.achievement_type == "custom"
    assert made.criteria == {"match": "all", "conditions": [first, {"metric": "projects", "at_least": 2}]}
    page = admin.read(f"{ACHIEVEMENTS}/{made.id}")
    assert page.says("10.5 hours within 30 days tagged “food bank” and 2 projects. Nobody has reached it yet.")
    assert page.fields["conditions-0-tag"] == "food bank"
    assert page.fields["conditions-1-at_least"] == "2"

    admin.send(f"{ACHIEVEMENTS}/{made.id}", match="any")
    assert admin.achievement("River Keeper").criteria["match"] == "any"
    assert admin.read(f"{ACHIEVEMENTS}/{made.id}").says("“food bank” or 2 projects.")


@pytest.mark.parametrize(
    ("row", "field", "words"),
    [
        (condition(1, "", "tasks"), "conditions-1-at_least", "A number is needed here."),
        (condition(1, "x", "tasks"), "conditions-1-at_least", "A number is needed here, like 12 or 7.5."),
        (condition(1, "1.5", "tasks"), "conditions-1-at_least", "This must be a whole number."),
        (condition(1, "1", "tasks", "0"), "conditions-1-within_days", "This must be above 0 and at most 1,000,000."),
        (condition(1, "1", "tasks", "x"), "conditions-1-within_days", "A whole number is needed here."),
        (condition(1, "1", "tasks", "", "t" * 61), "conditions-1-tag", "A tag of at most 60 letters is needed here."),
        (condition(1, "1", "cakes"), "conditions-1-metric", "Not a valid choice."),
    ],
)
def test_what_is_wrong_with_a_condition_is_said_at_its_field(admin, row, field, words):
    before = definitions(admin)
    found = admin.send(f"{ACHIEVEMENTS}/new", **SEVERAL, **condition(0, "1", "hours"), **row)
    assert found.status == 422
    assert words in found.one(f"#{field}-error").text
    assert words in found.one(f'.error-summary a[href="#{field}"]').text
    assert definitions(admin) == before


def test_days_in_a_row_know_no_window(admin):
    found = admin.send(f"{ACHIEVEMENTS}/new", **SEVERAL, **condition(0, "5", "longest_streak", "30"))
    assert found.status == 422
    assert not found.has("#conditions-0-within_days")
    assert "This does not apply to days or weeks in a row." in found.text


def test_conditions_are_added_and_left_out_and_what_was_typed_stays(admin):
    one = "/definitions/criteria?achievement_type=conditions&conditions-0-at_least=3&conditions-0-metric=tasks"
    two = admin.read(f"{one}&show=more")
    assert [two.one(f"#conditions-{number}-at_least")["value"] for number in range(2)] == ["3", "10"]
    begun = admin.read("/definitions/criteria?achievement_type=conditions&match=any")
    assert begun.one("#conditions-0-at_least")["value"] == "10"
    left = admin.read(f"{one}&conditions-1-at_least=7&conditions-1-metric=hours&show=less-0")
    assert left.one("#conditions-0-at_least")["value"] == "7"
    assert not left.has("#conditions-1-at_least")
    many = "&".join(f"conditions-{number}-at_least=1" for number in range(9))
    full = admin.read(f"/definitions/criteria?achievement_type=conditions&{many}&show=more")
    assert len(full.all(".condition")) == 5
    assert not full.has("button[value=more]")
    strange = admin.read(f"{one}&conditions-²-metric=hours&conditions-{'9' * 5000}-metric=hours&show=less-0")
    assert len(strange.all(".condition")) == 1


def test_without_scripts_buttons_add_and_leave_out_too(admin):
    found = admin.send(f"{ACHIEVEMENTS}/new", **SEVERAL, **condition(0, "4", "hours"), show="more")
    assert found.status == 200
    assert len(found.all(".condition")) == 2
    assert found.fields["name"] == "River Keeper"


def test_what_is_given_by_hand_does_not_become_conditions(admin):
    admin.send(f"{ACHIEVEMENTS}/new", **KEEPER, achievement_type="custom")
    made = admin.achievement("River Keeper")
    admin.send(f"{ACHIEVEMENTS}/{made.id}", **condition(0, "4", "hours"))
    assert admin.achievement("River Keeper").criteria == {"by_hand": True}


def test_the_reward_is_added_up(admin):
    found = admin.read("/definitions/reward?points_reward=75&badge_id=3")
    assert found.root.children[0]["id"] == "reward"
    assert "+75 For the medal +50 In all +125" in found.text
    assert admin.read("/definitions/reward?points_reward=x&badge_id=12345").says("No medal")


def test_who_has_done_it_holds_it_once_everybody_was_looked_at(any_admin):
    any_admin.did(people.did(quantity=3), people.did(quantity=1, volunteer_email="ben@example.org"))
    any_admin.send(f"{BADGES}/new", **KEEPER)
    badge = any_admin.badge("River Keeper")
    found = any_admin.send(f"{ACHIEVEMENTS}/new", **KEEPER, amount="2", badge_id=str(badge.id), points_reward="75")
    assert found.says("#assessments").startswith("River Keeper Looked at 0 of 2 volunteers")
    assert found.one("#assessments")["data-hx-get"] == "/definitions/assessments"
    before = any_admin.total("Ada Bell")
    any_admin.assess()
    assert any_admin.holders("River Keeper") == ["Ada Bell"]
    assert any_admin.total("Ada Bell") == before + 75 + 10
    done = any_admin.read("/definitions/assessments")
    assert done.one("#assessments").text == "River Keeper Everybody was looked at. 1 has reached it"
    assert done.one("#assessments").get("data-hx-get") is None
    assert "1 holds it" in any_admin.read("/definitions").text


def test_quietly_nobody_gets_a_message(admin):
    admin.did(people.did(quantity=3))
    told = len(admin.dump()["notifications"])
    admin.send(f"{ACHIEVEMENTS}/new", **KEEPER, amount="2", start="quietly")
    admin.assess()
    assert len(admin.dump()["notifications"]) == told
    admin.send(f"{ACHIEVEMENTS}/new", name="Told", description="x", amount="3", start="tell")
    admin.assess()
    kinds = [
        kind
        for kind in ("'achievement'", "'new_to_earn'")
        for row in admin.dump()["notifications"][told:]
        if kind in row
    ]
    assert kinds == ["'achievement'", "'new_to_earn'"]


def test_from_now_on_leaves_out_what_was_done_before(any_admin):
    any_admin.did(people.did(quantity=3))
    any_admin.send(f"{ACHIEVEMENTS}/new", **KEEPER, amount="2", badge_id="13", start="from_now")
    any_admin.assess()
    assert any_admin.holders("Month of Service") == []
    number = any_admin.achievement("River Keeper").id
    form = any_admin.read(f"{ACHIEVEMENTS}/{number}")
    assert form.says("It counts what was done since 20 May 2026.")
    any_admin.send(f"{ACHIEVEMENTS}/{number}", also_before="y")
    any_admin.assess()
    assert any_admin.holders("Month of Service") == ["Ada Bell"]


def test_the_kind_stays_and_an_old_one_cannot_begin_anew(admin):
    admin.did(people.did(quantity=3))
    form = admin.read(f"{ACHIEVEMENTS}/1")
    assert not form.has("#achievement_type")
    assert [one["value"] for one in form.all("#start input")] == ["tell", "quietly"]
    found = admin.send(f"{ACHIEVEMENTS}/1", achievement_type="custom", start="from_now")
    assert found.status == 422
    admin.send(f"{ACHIEVEMENTS}/1", achievement_type="custom")
    admin.assess()
    assert admin.achievement("First Hour").achievement_type == "hours_logged"
    assert admin.holders("First Step") == ["Ada Bell"]


def test_an_eased_achievement_reaches_who_has_done_it(admin):
    admin.did(people.did(quantity=3))
    admin.send(f"{ACHIEVEMENTS}/4", amount="3")
    admin.assess()
    assert admin.holders("Century Club") == ["Ada Bell"]
    admin.send(f"{ACHIEVEMENTS}/4", amount="100")
    admin.assess()
    assert admin.holders("Century Club") == ["Ada Bell"]


def test_a_retired_achievement_is_reached_by_nobody_and_brought_back_by_whoever_did_it(admin):
    admin.press(f"{ACHIEVEMENTS}/1", f"{ACHIEVEMENTS}/1/retirement")
    admin.did(people.did(quantity=3))
    assert admin.holders("First Step") == []
    admin.press(f"{ACHIEVEMENTS}/1", f"{ACHIEVEMENTS}/1/return")
    admin.assess()
    assert admin.holders("First Step") == ["Ada Bell"]


def test_an_achievement_that_nobody_reached_is_deleted(any_admin):
    any_admin.did(people.did(quantity=3))
    found = any_admin.press(f"{ACHIEVEMENTS}/5", f"{ACHIEVEMENTS}/5/deletion")
    assert found.says("“500 Hour Milestone” is deleted.")
    assert any_admin.achievement("500 Hour Milestone") is None
    any_admin.did(people.did(quantity=3, when=people.MONDAY + people.DAY))


# --- The list -------------------------------------------------------------------------------------------------------


def test_hostile_names_are_shown_as_text(admin):
    admin.send(f"{BADGES}/new", **KEEPER | {"name": SCRIPT}, is_secret="y")
    admin.send(f"{ACHIEVEMENTS}/new", name=SCRIPT + "2", description='" onload="x', is_secret="y")
    for url in ("/definitions", f"{BADGES}/{admin.badge(SCRIPT).id}", "/definitions/assessments"):
        found = admin.read(url)
        assert SCRIPT in found.text
        assert "<script>alert" not in found.html
    assert sum("Secret" in words for words in admin.read("/definitions").words("li.person")) == 2


def test_the_list_costs_the_same_however_long_it_is(admin):
    few = admin.cost("/definitions"), admin.cost(f"{ACHIEVEMENTS}/1"), admin.cost(f"{BADGES}/1")
    for number in range(12):
        admin.send(f"{BADGES}/new", name=f"Badge number {number}", description="x")
        badge = admin.badge(f"Badge number {number}").id
        admin.send(f"{ACHIEVEMENTS}/new", name=f"Number {number}", description="x", badge_id=str(badge))
    assert (admin.cost("/definitions"), admin.cost(f"{ACHIEVEMENTS}/1"), admin.cost(f"{BADGES}/1")) == few


def test_only_admins_define(any_admin):
    before = any_admin.dump()
    assert set(answers(any_admin.grace, any_admin.app, *SCREENS).values()) == {403}
    assert set(answers(any_admin.signed_in("ada"), any_admin.app, *SCREENS).values()) == {403}
    assert set(answers(any_admin.app.test_client(), any_admin.app, *SCREENS).values()) == {302}
    after = any_admin.dump()
    before.pop("sign_ins"), after.pop("sign_ins")
    assert after == before


def test_what_does_not_exist_is_not_found(admin):
    for url in (f"{BADGES}/999", f"{ACHIEVEMENTS}/999", f"{BADGES}/{2**63}", f"{ACHIEVEMENTS}/{10**30}"):
        assert page(admin.linus.get(url)).status == 404
