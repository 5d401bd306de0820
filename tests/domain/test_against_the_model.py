"""What the engine books is what the independent model says: for real activity, a made file, and people at random."""

import csv
import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from portal.domain import doctor, organisation
from portal.domain.judging import Accepted
from portal.domain.pauses import Pause
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from tests import oracle, people, reading
from tests.people import DATA, DAY, HOURS, MONDAY, NOW, PROJECT, REFERRAL, SKILL, TASK, TRAINING, did

IMPORTED = datetime(2026, 11, 1, tzinfo=UTC)
BOARDS_DAYS = {"activity.csv": datetime(2013, 2, 27, 3, tzinfo=UTC), "made.csv": datetime(2026, 6, 4, 3, tzinfo=UTC)}
FILES = (("activity.csv", "UTC"), ("made.csv", "UTC"), ("made.csv", "Pacific/Kiritimati"))


def rows(name: str) -> list[dict]:
    with open(DATA / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def model(name: str, zone: str) -> tuple[oracle.Judgement, dict, dict]:
    """What the model says of a file: verdicts, what everybody has, and the boards. Slow, and asked once."""
    judged = oracle.judge(rows(name), now=IMPORTED, organisation_zone=zone)
    boards = oracle.boards(judged.accepted, BOARDS_DAYS[name].astimezone(ZoneInfo(zone)).date())
    return judged, oracle.expected(judged.accepted), boards


def in_short(verdict: oracle.Verdict) -> str:
    return f"{verdict.verdict}:{verdict.field}" if verdict.field else verdict.verdict


@pytest.mark.parametrize(("name", "zone"), FILES)
def test_a_file_brings_everybody_what_the_rules_say(session, name, zone):
    organisation.change("time_zone", zone)
    judged, expected, boards = model(name, zone)

    verdicts = people.import_file(DATA / name, now=IMPORTED)
    people.refresh(BOARDS_DAYS[name])

    assert people.said(verdicts) == [in_short(verdict) for verdict in judged.verdicts]
    found = reading.states()
    assert found.keys() == expected.keys()
    for who, state in expected.items():
        assert found[who] == state, who
    check_boards(boards)


def check_boards(expected: dict) -> None:
    found = reading.boards()
    for key, board in expected.items():
        assert board.standings, f"nobody is on {key}: choose another day"
        if board.average_value is not None:
            exact = Decimal(board.average_value.numerator) / board.average_value.denominator
            assert abs(Decimal(float(found[key].average_value)) - exact) <= Decimal("0.0001"), key
        assert found[key].standings == board.standings, key
        figures = ("total_participants", "median_value", "period_start", "period_end")
        assert [getattr(found[key], one) for one in figures] == [getattr(board, one) for one in figures], key


def test_a_person_is_named_as_in_their_first_accepted_row(session):
    people.import_file(DATA / "made.csv", now=IMPORTED)
    book = model("made.csv", "UTC")[0].book
    found = session.execute(select(Volunteer.name, Volunteer.email, Volunteer.external_id)).all()
    assert sorted((name, email or "", number or "") for name, email, number in found) == sorted(
        (one.name, one.email, one.external_id) for one in book.volunteers
    )


# --- People at random -----------------------------------------------------------------------------------------------

WHO = ("ada", "ben", "cleo", "dan")
RULES = {
    **oracle.RULES,
    HOURS: oracle.PointRule(Decimal("3.33"), Decimal("0.5"), Decimal(20), Decimal(30)),
    TASK: oracle.PointRule(Decimal("0.75"), None, Decimal(3), Decimal(5)),
    SKILL: oracle.PointRule(Decimal(50), Decimal(5), None, Decimal("62.5")),
}


def metric(name: str, number: int) -> dict:
    return {"metric": name, "at_least": number}


def every(*conditions: dict) -> dict:
    return {"match": "all", "conditions": list(conditions)}


def some(*conditions: dict) -> dict:
    return {"match": "any", "conditions": list(conditions)}


MORE_TO_EARN = [  # type, criteria, reward, badge, repeatable
    ("hours_logged", {"hours_required": 2.5}, 7, 2, True),
    ("tasks_completed", {"tasks_required": 3}, 3, 2, True),
    ("consecutive_days", {"days_required": 2}, 5, 3, True),
    ("skills_acquired", {"skills_required": 2, "certified": False}, 11, 12, False),
    ("projects_completed", {"projects_required": 2}, 0, None, True),
    ("custom", {"by_hand": True}, 100, 4, True),
    ("custom", every({"metric": "hours", "at_least": 4.5, "within_days": 3}, metric("tasks", 2)), 17, 6, False),
    ("custom", every(metric("days_active", 6), metric("longest_week_streak", 2), metric("skills", 1)), 19, None, False),
    ("custom", some({"metric": "hours", "at_least": 3, "tag": "Youth"}, metric("longest_streak", 5)), 23, 13, False),
    ("custom", some({"metric": "days_active", "at_least": 3, "within_days": 4, "tag": "soup"}), 29, None, False),
    ("custom", every(metric("referrals", 2), metric("projects", 2), metric("trainings", 9)), 31, None, False),
]


def define_more() -> oracle.Definitions:
    """More achievements, several of them for the same badge, in the database and in the model."""
    for kind, limits in RULES.items():
        people.price(kind, limits.per_unit, **{n: getattr(limits, n) for n in ("minimum", "maximum", "daily_cap")})
    more = []
    for kind, criteria, reward, badge, repeatable in MORE_TO_EARN:
        made = people.define(kind, criteria, reward=reward, is_repeatable=repeatable)
        made.badge_id = badge
        exact = {key: Decimal(str(n)) if isinstance(n, float) else n for key, n in criteria.items()}
        more.append(oracle.Achievement(made.id, kind, exact, reward, badge, repeatable))
    return oracle.Definitions((*oracle.STARTER.achievements, *more), oracle.STARTER.badges)


def a_row(dice: random.Random, number: int):
    """Something that somebody did within three weeks, perhaps at the very moment of something else."""
    kind = dice.choices((HOURS, TASK, PROJECT, TRAINING, SKILL, REFERRAL), (12, 8, 3, 3, 3, 2))[0]
    quantity = {HOURS: dice.choice(("0.1", "0.33", "0.75", "1", "2.5", "4")), TASK: dice.randint(1, 5)}.get(kind, "")
    when = f"{MONDAY + timedelta(days=dice.randrange(16))}T{dice.randrange(24):02}:{dice.choice(('00', '30'))}:00+02:00"
    who = dice.choice(WHO)
    certified = dice.choice(("", "no")) if kind == SKILL else ""
    tags = dice.choice((["youth"], ["soup", "Youth"], [], [], []))
    more = {
        "volunteer_email": f"{who}@example.org",
        "volunteer_name": who,
        "certified": certified,
        "tags": ";".join(tags),
    }
    return did(kind, quantity, when, external_id=f"row-{number}", **more)


def as_oracle_rows(sent: list) -> list[dict]:
    return [{name: getattr(row, name) for name in oracle_columns()} for row in sent]


def oracle_columns() -> tuple[str, ...]:
    return (
        "external_id",
        "volunteer_email",
        "volunteer_name",
        "event_type",
        "quantity",
        "occurred_at",
        "certified",
        "tags",
    )


@pytest.mark.parametrize("seed", range(4))
def test_people_at_random_who_are_corrected_now_and_then_stand_where_the_rules_say(session, seed):
    definitions, dice = define_more(), random.Random(seed)
    sent = [a_row(dice, number) for number in range(150)]
    judged = oracle.judge(as_oracle_rows(sent), now=NOW, source="test")
    reversed_: set[str] = set()

    for start in range(0, 150, 30):
        part = sent[start : start + 30]
        verdicts = people.record(*part, creates_people=True)
        assert people.said(verdicts) == [in_short(one) for one in judged.verdicts[start : start + 30]]
        people.settle()
        standing = [
            (one.activity_id, row) for one, row in zip(verdicts, part, strict=True) if isinstance(one, Accepted)
        ]
        gone = dice.sample(standing, 7)
        people.mark_reversed(*(activity_id for activity_id, _ in gone))
        reversed_ |= {row.external_id for _, row in gone}
        people.settle()

    left = [one for one in judged.accepted if one.external_id not in reversed_]
    expected = oracle.expected(left, definitions, RULES)
    found = reading.undated(reading.states())
    for who, state in reading.undated(expected).items():
        assert found[who] == state, who


@pytest.mark.parametrize("seed", range(2))
def test_people_at_random_get_dates_too_as_the_rules_say_if_all_was_known(session, seed):
    definitions, dice = define_more(), random.Random(100 + seed)
    sent = [a_row(dice, number) for number in range(150)]
    judged = oracle.judge(as_oracle_rows(sent), now=NOW, source="test")

    people.record(*sent, creates_people=True)
    paused = {f"{who}@example.org": pause(who, dice) for who in WHO[:3]}
    people.settle()

    expected = oracle.expected(judged.accepted, definitions, RULES, paused)
    found = reading.states()
    for who, state in expected.items():
        assert found[who] == state, who
    assert_somebody_met(definitions.achievements[-5:-1], expected)
    assert doctor.examine(NOW).differences == []


def pause(who: str, dice: random.Random) -> set[date]:
    """Two or three days on which somebody takes a pause, and three more later."""
    volunteer = db.session.scalar(select(Volunteer).where(Volunteer.email == f"{who}@example.org"))
    first = MONDAY + timedelta(days=dice.randrange(2, 7))
    spans = [(first, first + timedelta(days=dice.randrange(1, 3))), (first + 5 * DAY, first + 7 * DAY)]
    made = [Pause(volunteer_id=volunteer.id, first_on=start, last_on=end, created_at=NOW) for start, end in spans]
    db.session.add_all(made)
    db.session.commit()
    return {day for one in made for day in one.days()}


def assert_somebody_met(achievements: tuple[oracle.Achievement, ...], expected: dict) -> None:
    """So that the comparison says something about them."""
    met = {which for state in expected.values() for which, _nth, _when in state.completed}
    assert {one.id for one in achievements} <= met
