"""Admins say what each thing brings; the example is computed by the code that pays, and nothing is paid anew."""

import pytest
from sqlalchemy import func, select

from portal.domain import points
from portal.domain.defining import RULE_FIELDS
from portal.domain.points import PointsHistory
from portal.extensions import db
from tests import people
from tests.web.admin import answers

HOURS = "/rules/hours_logged"


def rule(admin, kind: str = "hours_logged") -> tuple:
    """A rule as it is stored."""
    found = admin.do(lambda: [getattr(points.rules()[kind], name) for name in RULE_FIELDS])
    return tuple(None if value is None else float(value) for value in found)


def test_the_six_rules_are_listed(admin):
    found = admin.read("/rules")
    assert len(found.all("li.rule")) == 6
    assert found.words("li.rule")[0] == "Hours No limits 5 points an hour"


def test_a_rule_is_changed_and_holds_for_what_comes(any_admin):
    any_admin.did(people.did(quantity=2))
    before = any_admin.total("Ada Bell")
    found = any_admin.send(HOURS, per_unit="7.5", minimum="1", maximum="50", daily_cap="60.25")
    assert found.says(".flashes") == "Saved. It holds for what is recorded from now on."
    assert "At least 1 each time, at most 50 each time, at most 60.25 a day" in found.words("li.rule")[0]
    assert rule(any_admin) == (7.5, 1, 50, 60.25)
    assert any_admin.total("Ada Bell") == before
    any_admin.did(people.did(quantity=2, when=people.MONDAY + people.DAY))
    assert any_admin.total("Ada Bell") == before + 15
    action, what, earlier, later = any_admin.audited()[-1]
    assert (action, what, earlier["per_unit"], later["per_unit"]) == ("change", "point_rules", "5.00", "7.5")
    assert later["event_type"] == "hours_logged"


def test_limits_may_be_taken_away_again(admin):
    admin.send(HOURS, minimum="3", maximum="4", daily_cap="5")
    admin.send(HOURS, minimum="", maximum="", daily_cap="")
    assert rule(admin) == (5, None, None, None)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("per_unit", "", "Say how many points"),
        ("per_unit", "-1", "between 0 and 100,000"),
        ("per_unit", "100000.01", "between 0 and 100,000"),
        ("minimum", "0.001", "two decimals"),
        ("minimum", "NaN", "A number is needed"),
        ("maximum", "Infinity", "A number is needed"),
        ("maximum", "1e400", "A number is needed"),
        ("daily_cap", "-0.01", "between 0"),
        ("daily_cap", "9" * 13, "A number is needed"),
        ("minimum", "11", "above the maximum"),
    ],
)
def test_what_makes_no_sense_is_said_at_its_field(admin, field, value, words):
    records = len(admin.audited())
    found = admin.send(HOURS, **{"maximum": "10", field: value})
    assert found.status == 422
    assert words in found.errors[field]
    assert found.fields[field] == value
    assert rule(admin) == (5, None, None, None)
    assert len(admin.audited()) == records


def test_the_example_computes_as_the_ledger_does(admin):
    limits = {"per_unit": "7.35", "minimum": "5", "maximum": "40", "daily_cap": "41.5"}
    admin.send(HOURS, **limits)
    rows = [row.text.split()[-1] for row in admin.read(HOURS).all("#example tbody tr")]
    for day, quantities in enumerate(((0.5,), (2,), (8,), (2, 3.5, 4))):
        when = people.MONDAY + day * people.DAY
        before = ledger(admin)
        admin.did(*(people.did(quantity=one, when=when, external_id=f"{day}-{one}") for one in quantities))
        assert f"+{ledger(admin) - before}" == rows[day]


def ledger(admin) -> int:
    """What Ada's hours have brought."""
    paid = select(func.coalesce(func.sum(PointsHistory.points_change), 0))
    return admin.do(lambda: db.session.scalar(paid.where(PointsHistory.event_type == "hours_logged")))


def test_the_example_follows_what_is_typed(admin):
    found = admin.read(f"{HOURS}/example?per_unit=3&minimum=&maximum=&daily_cap=10")
    assert found.root.children[0]["id"] == "example"
    assert found.words("tbody tr") == [
        "0.5 hours 1.5 +1",
        "2 hours 6 +6",
        "8 hours 24 +10",
        "2 hours, 3.5 hours, 4 hours 6 + 10.5 + 12 +10",
    ]
    for wrong in ("per_unit=", "per_unit=x", "per_unit=5&minimum=2&maximum=1", "per_unit=5&daily_cap=1e400"):
        assert admin.read(f"{HOURS}/example?{wrong}").says("These numbers do not go together yet.")


def test_without_scripts_a_button_computes(admin):
    found = admin.send(HOURS, per_unit="9", show="example")
    assert (found.status, found.words("#example tbody tr")[1]) == (200, "2 hours 18 +18")
    assert rule(admin) == (5, None, None, None)


def test_every_kind_has_its_page(admin):
    for kind in admin.do(lambda: list(points.rules())):
        found = admin.read(f"/rules/{kind}")
        assert found.heading
        assert len(found.all("#example tbody tr")) >= 3
    for other in ("hours", "%00", "x" * 300):
        assert admin.linus.get(f"/rules/{other}").status_code == 404


def test_only_admins_change_rules(admin):
    assert set(answers(admin.grace, admin.app, "rules").values()) == {403}
    assert set(answers(admin.signed_in("ada"), admin.app, "rules").values()) == {403}
    assert rule(admin) == (5, None, None, None)
