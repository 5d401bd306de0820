"""Histories at random against the independent model: whatever is recorded, in whatever order, twice, late, reversed,
corrected, merged, paused, priced anew, with things to earn that are new, eased, retired and back: everybody stands
where the rules say, and the doctor is silent.

LAURELS_HISTORIES says how many for each database; `make prove` asks for thousands.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy import select

from portal.domain import assessing, corrections, defining, doctor, merging, pausing
from portal.domain import points as balances
from portal.domain.achievements import Achievement
from portal.domain.activities import Activity
from portal.domain.corrections import DoesNotStand
from portal.domain.judging import Accepted
from portal.domain.refusals import FieldRefused, NotPossible
from portal.domain.submissions import Submission
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from tests import oracle, people, reading
from tests.conftest import kept_application
from tests.people import HOURS, PROJECT, REFERRAL, SKILL, TASK, TRAINING

HISTORIES = int(os.environ.get("LAURELS_HISTORIES", "100"))
STEPS = 14
NOW = datetime(2026, 4, 8, 9, tzinfo=UTC)  # on some islands it is the 9th
ZONES = {"ada": "Europe/Berlin", "ben": "America/New_York", "cleo": "Pacific/Kiritimati"}
DAYS = (
    *("2026-03-28", "2026-03-29", "2026-03-30", "2026-03-08", "2026-03-09"),  # days of 23 hours
    *("2025-10-25", "2025-10-26", "2025-10-27", "2025-11-02", "2025-11-03"),  # days of 25 hours
    *("2024-02-28", "2024-02-29", "2024-03-01", "2025-12-31", "2026-01-01"),
    *("2026-04-01", "2026-04-02", "2026-04-03", "2026-04-04", "2026-04-05", "2026-04-06", "2026-04-07", "2026-04-08"),
)
CLOCKS = ("", "", "T00:00:00", "T23:59:59", "T02:30:00", "T12:00:00Z", "T23:30:00-05:00", "T00:15:00+02:00")
REWARDS = [  # kind, criteria, reward, badge, repeatable
    ("hours_logged", {"hours_required": Decimal("2.5")}, 7, 2, True),
    ("tasks_completed", {"tasks_required": 2}, 3, 2, False),
    ("consecutive_days", {"days_required": 2}, 5, 3, True),
    ("skills_acquired", {"skills_required": 1, "certified": False}, 11, 12, False),
    (
        *("custom", {"match": "all", "conditions": [{"metric": "hours", "at_least": 3, "within_days": 2}]}),
        *(13, 3, False),
    ),
    (
        "custom",
        {
            "match": "any",
            "conditions": [
                {"metric": "days_active", "at_least": 3, "tag": "soup"},
                {"metric": "longest_week_streak", "at_least": 3},
            ],
        },
        *(17, None, False),
    ),
]
EASED = {
    "hours_logged": "hours_required",
    "tasks_completed": "tasks_required",
    "consecutive_days": "days_required",
}
PRICES = (
    (HOURS, oracle.PointRule(Decimal("3.33"), Decimal("0.5"), Decimal(20), Decimal(30))),
    (HOURS, oracle.PointRule(Decimal(5))),
    (TASK, oracle.PointRule(Decimal("0.75"), None, Decimal(3), Decimal(5))),
    (PROJECT, oracle.PointRule(Decimal(0))),
)

kinds = some.sampled_from((HOURS, HOURS, HOURS, TASK, TASK, PROJECT, TRAINING, SKILL, REFERRAL))
amounts = {
    HOURS: some.sampled_from(("0.1", "0.33", "1", "2.5", "9", "24", "24.01", "0")),
    TASK: some.sampled_from(("", "1", "3", "5")),
}


@some.composite
def sheet_row(draw) -> dict:
    """A row as somebody sends it, now and then under an id that was there already."""
    kind, who = draw(kinds), draw(some.sampled_from(sorted(ZONES)))
    row = {
        "external_id": str(draw(some.integers(1, 60))),
        "volunteer_email": f"{who}@example.org",
        "volunteer_name": who,
        "event_type": kind,
        "quantity": draw(amounts.get(kind, some.just(""))),
        "occurred_at": draw(some.sampled_from(DAYS)) + draw(some.sampled_from(CLOCKS)),
        "tags": draw(some.sampled_from(("", "", "soup", "Soup;river"))),
    }
    if kind == SKILL:
        row["certified"] = draw(some.sampled_from(("", "no")))
    if kind != HOURS and draw(some.booleans()):
        row |= {"reference_type": "thing", "reference_id": draw(some.sampled_from(("7", "8", "ben@example.org")))}
    return row


class Histories(RuleBasedStateMachine):
    """What the engine does and what the model knows, side by side."""

    fresh: Callable[[], str]
    """Makes an empty database and says where it is."""

    def __init__(self):
        super().__init__()
        self.house = kept_application(self.fresh())
        self.context = self.house.__enter__().app_context()
        self.context.push()

    @initialize()
    def begin(self) -> None:
        """Three people in three zones, and somebody who coordinates."""
        joined = [people.join(who, zone=zone) for who, zone in ZONES.items()]
        self.ids = {one.email: one.id for one in joined}
        self.volunteers = [oracle.Volunteer(one.name, one.email, time_zone=one.time_zone) for one in joined]
        self.grace = people.grace()
        self.recorded: list[oracle.Activity] = []
        self.paused: dict[str, set[date]] = {one.email: set() for one in joined}
        self.definitions, self.rules = oracle.STARTER, dict(oracle.RULES)
        self.by_id: dict[object, int] = {}

    def judge(self, rows: list[dict]) -> list[oracle.Verdict]:
        """What the model says of rows, by all that was recorded so far."""
        book = oracle.Book(list(self.volunteers), list(self.recorded))
        return oracle.judge(rows, now=NOW, existing=book, source="test").verdicts

    def keep(self, verdicts: list[oracle.Verdict], found: list) -> None:
        """Remembers what was recorded, at today's prices."""
        for said, done in zip(verdicts, found, strict=True):
            if said.verdict == "accepted" and said.activity is not None:
                self.recorded.append(replace(said.activity, rule=self.rules[said.activity.event_type]))
                self.by_id[said.activity.external_id] = done.activity_id

    @rule(rows=some.lists(sheet_row(), min_size=1, max_size=6))
    def record(self, rows: list[dict]) -> None:
        """A batch comes in."""
        verdicts = self.judge(rows)
        found = people.record(*(Submission(**row) for row in rows), now=NOW)
        assert people.said(found) == [in_short(one) for one in verdicts]
        self.keep(verdicts, found)

    @rule()
    def settle(self) -> None:
        """A worker comes by."""
        people.settle(now=NOW)

    @rule(who=some.sampled_from(sorted(ZONES)))
    def settle_one(self, who: str) -> None:
        """A worker counts for one of them, for no reason."""
        people.settle(self.ids[f"{who}@example.org"], now=NOW)

    def counted(self) -> list[oracle.Activity]:
        """What a coordinator could take back."""
        query = select(Activity.external_id).where(Activity.status == "counted", Activity.source == "test")
        counted = set(db.session.scalars(query))
        return [one for one in self.recorded if one.external_id in counted]

    @precondition(lambda self: any(not one.reversed for one in self.recorded))
    @rule(data=some.data())
    def reverse(self, data) -> None:
        """A coordinator takes something back."""
        if those := self.counted():
            one = data.draw(some.sampled_from(those))
            corrections.reverse(self.activity(one), by=self.grace, reason="a mistake", now=NOW)
            db.session.commit()
            self.gone(one)

    def activity(self, one: oracle.Activity) -> Activity:
        """The row of what the model knows."""
        return db.session.get_one(Activity, self.by_id[one.external_id], populate_existing=True)

    def gone(self, one: oracle.Activity) -> None:
        """In the model it does not count any more."""
        self.recorded = [oracle.reverse(each) if each is one else each for each in self.recorded]

    @precondition(lambda self: any(not one.reversed for one in self.recorded))
    @rule(data=some.data(), row=sheet_row())
    def correct(self, data, row: dict) -> None:
        """A coordinator puts something right; what does not stand changes nothing."""
        if not (those := self.counted()):
            return
        one = data.draw(some.sampled_from(those))
        row |= {"external_id": f"instead-{len(self.recorded)}", "volunteer_email": one.volunteer}
        before = self.recorded
        self.gone(one)
        (verdict,) = self.judge([row])
        how = {"by": self.grace, "reason": "a slip", "source": "test", "now": NOW}
        try:
            new_id = corrections.correct(self.activity(one), Submission(**row), **how)
            db.session.commit()
        except DoesNotStand:
            db.session.rollback()
            assert verdict.verdict in ("refused", "conflict")
            self.recorded = before
            return
        assert verdict.verdict == "accepted"
        self.keep([verdict], [Accepted(verdict.activity.external_id, activity_id=new_id)])

    @rule(who=some.sampled_from(sorted(ZONES)), back=some.integers(-9, 8), long=some.integers(0, 9))
    def pause(self, who: str, back: int, long: int) -> None:
        """Somebody takes a pause, or tries to."""
        volunteer = db.session.get_one(Volunteer, self.ids[f"{who}@example.org"])
        if volunteer.merged_into_id is not None:
            return
        today = volunteer.today(NOW)
        first = today - timedelta(days=back)
        days = {first + timedelta(days=number) for number in range(long + 1)}
        taken = self.paused[volunteer.email or ""]
        possible = first >= today - timedelta(days=7) and not days & taken and len(days | taken) <= 60
        try:
            pausing.take(volunteer, first, max(days), now=NOW)
            db.session.commit()
        except FieldRefused:
            db.session.rollback()
            assert not possible
        else:
            assert possible
            taken |= days

    @rule(pair=some.permutations(sorted(ZONES)))
    def merge(self, pair: list[str]) -> None:
        """Two of them turn out to be one."""
        other, into = (f"{who}@example.org" for who in pair[:2])
        model = {one.email: one for one in self.volunteers}
        try:
            rows = [db.session.get_one(Volunteer, self.ids[email]) for email in (other, into)]
            merging.merge(rows[0], into=rows[1], by=self.grace, now=NOW)
            db.session.commit()
        except NotPossible:
            db.session.rollback()
            assert model[other].merged_into or model[into].merged_into
            return
        self.recorded = oracle.merge(self.recorded, model[into], model[other], self.volunteers)
        self.volunteers = [
            replace(one, merged_into=into) if other in (one.email, one.merged_into) else one for one in self.volunteers
        ]
        self.paused[into] |= self.paused.pop(other)
        self.paused[other] = set()

    @rule(number=some.integers(0, len(REWARDS) - 1))
    def define(self, number: int) -> None:
        """Something new to earn, for which everybody is looked at."""
        kind, criteria, reward, badge, repeatable = REWARDS[number]
        plain = {key: float(value) if isinstance(value, Decimal) else value for key, value in criteria.items()}
        made = people.define(kind, plain, reward=reward, is_repeatable=repeatable)
        made.badge_id = badge
        assessing.request(made, quiet=True, now=NOW)
        db.session.commit()
        one = oracle.Achievement(made.id, kind, criteria, reward, badge, repeatable)
        self.definitions = oracle.Definitions((*self.definitions.achievements, one), self.definitions.badges)

    def defined(self) -> list[Achievement]:
        """What was defined on the way."""
        starter = {one.id for one in oracle.STARTER.achievements}
        return [
            db.session.get_one(Achievement, one.id, populate_existing=True)
            for one in self.definitions.achievements
            if one.id not in starter
        ]

    @precondition(lambda self: len(self.definitions.achievements) > len(oracle.STARTER.achievements))
    @rule(data=some.data())
    def ease(self, data) -> None:
        """An achievement asks for half of what it did, for which everybody is looked at."""
        one = data.draw(some.sampled_from(self.defined()))
        if one.achievement_type not in EASED:
            return
        key = EASED[one.achievement_type]
        least = Decimal(1) if key != "hours_required" else Decimal("0.5")
        target = max(least, (Decimal(str(one.criteria[key])) / 2).quantize(Decimal("0.01"), ROUND_DOWN))
        values = {name: getattr(one, name) for name in defining.ACHIEVEMENT_FIELDS}
        values["criteria"] = {key: float(target) if key == "hours_required" else int(target)}
        defining.save_achievement(one, values, by=self.grace, now=NOW, quiet=False)
        db.session.commit()
        self.definitions = replace(
            self.definitions,
            achievements=tuple(
                replace(each, criteria={key: Decimal(str(values["criteria"][key]))}) if each.id == one.id else each
                for each in self.definitions.achievements
            ),
        )

    @precondition(lambda self: len(self.definitions.achievements) > len(oracle.STARTER.achievements))
    @rule(data=some.data(), active=some.booleans())
    def retire(self, data, active: bool) -> None:
        """An achievement is retired for a while, or comes back."""
        one = data.draw(some.sampled_from(self.defined()))
        defining.set_active(one, active, by=self.grace, now=NOW)
        db.session.commit()

    @rule(number=some.integers(0, len(PRICES) - 1))
    def price(self, number: int) -> None:
        """What is recorded from now on pays something else."""
        kind, limits = PRICES[number]
        people.price(kind, limits.per_unit, **{n: getattr(limits, n) for n in ("minimum", "maximum", "daily_cap")})
        self.rules[kind] = limits

    def teardown(self) -> None:
        """In the end all is counted, everybody looked at, and both say the same."""
        try:
            if hasattr(self, "recorded"):
                self.compare()
        finally:
            db.session.rollback()
            self.context.pop()
            self.house.__exit__(None, None, None)

    def compare(self) -> None:
        """The engine's books against the model, and against the doctor."""
        for one in self.defined():
            defining.set_active(one, True, by=self.grace, now=NOW)
        while assessing.go_on(NOW):
            db.session.commit()
        people.settle(now=NOW)
        expected = reading.undated(oracle.expected(self.recorded, self.definitions, self.rules, self.paused))
        found = reading.undated(reading.states())
        for who, state in expected.items():
            if any(one.volunteer == who and not one.reversed for one in self.recorded):
                assert found[who] == state, who
            else:
                assert balances.balance_of(self.ids[who]).total_points == 0
        people.refresh(NOW)
        assert doctor.examine(NOW).differences == []


def in_short(verdict: oracle.Verdict) -> str:
    return f"{verdict.verdict}:{verdict.field}" if verdict.field else verdict.verdict


def test_whatever_happens_everybody_stands_where_the_rules_say(fresh_database):
    machine = type("Here", (Histories,), {"fresh": staticmethod(fresh_database)})
    plan = settings(
        max_examples=HISTORIES,
        stateful_step_count=STEPS,
        deadline=None,
        derandomize=HISTORIES <= 100,
        print_blob=True,
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=plan)
