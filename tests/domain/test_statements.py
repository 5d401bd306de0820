"""Recording and settling ask the database as often for two hundred as for five, and for sixty achievements as for
sixteen."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, func, select, update

from portal.domain import assessing
from portal.domain.achievements import Completion
from portal.domain.volunteers import Volunteer
from tests import people
from tests.people import DAY, HOURS, MONDAY, NOW, PROJECT, REFERRAL, SKILL, TASK, TRAINING, define, did

KINDS = (HOURS, TASK, PROJECT, TRAINING, SKILL, REFERRAL)


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is said to the database meanwhile; COPY is not heard, nor the three words about a temporary table by way of
    which more than some rows go, however many they are."""
    heard: list[str] = []

    def hear(_connection, _cursor, statement, _parameters, _context, _many):
        if not re.match(r"(CREATE TABLE|INSERT INTO|DROP TABLE) temp\.", statement):
            heard.append(statement)

    event.listen(people.db.engine, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        event.remove(people.db.engine, "before_cursor_execute", hear)


def crowd(number: int, *, name: str) -> list:
    """Something of every kind by so many people, for the first time."""
    rows = []
    for index in range(number):
        who = {"volunteer_email": f"{name}-{index}@example.org", "volunteer_name": f"{name} {index}"}
        kind = KINDS[index % 6]
        quantity = 12 if kind == HOURS else ""
        rows += [did(kind, quantity, reference_id=f"{name}-{index}", **who), did(TASK, when=MONDAY + DAY, **who)]
    return rows


def counted(rows: list) -> tuple[int, int, int]:
    """How many statements it takes to record these, to settle them, and to take a part back and settle that."""
    with statements() as recorded:
        verdicts = people.recording.record(rows, source="test", now=NOW, creates_people=True)
    people.db.session.commit()
    with statements() as settled:
        people.recognition.settle({one.volunteer_id for one in verdicts}, now=NOW)
    people.db.session.commit()
    people.mark_reversed(*(one.activity_id for one in verdicts[:-2:2]))
    with statements() as undone:
        people.recognition.settle({one.volunteer_id for one in verdicts}, now=NOW)
    people.db.session.commit()
    return len(recorded), len(settled), len(undone)


def test_statements_do_not_grow_with_the_batch(session):
    warm = counted(crowd(12, name="warm"))
    few = counted(crowd(6, name="few"))
    many = counted(crowd(200, name="many"))
    assert few == many
    assert all(number <= 40 for number in few), few
    assert warm >= few


def test_statements_do_not_grow_with_the_definitions(session):
    few = counted(crowd(12, name="few"))
    for number in range(44):
        define("tasks_completed", {"tasks_required": 1 + number % 3}, reward=1)
    many = counted(crowd(12, name="many"))
    assert many == few


def assessed(number: int, *, name: str) -> int:
    """How many statements it takes to assess an achievement for so many people, of whom a sixth earn it."""
    people.nothing_to_earn()
    rows = crowd(number, name=name)
    verdicts = people.recording.record(rows, source="test", now=NOW, creates_people=True)
    people.recognition.settle(sorted({one.volunteer_id for one in verdicts}), now=NOW)
    people.db.session.execute(update(Volunteer).values(status="inactive"))
    people.db.session.execute(update(Volunteer).where(Volunteer.name.startswith(name)).values(status="active"))
    made = define("tasks_completed", {"tasks_required": 2}, reward=1, badge=people.medal())
    assessing.request(made, quiet=False, now=NOW)
    people.db.session.commit()
    with statements() as heard:
        assert assessing.go_on(NOW)
    while assessing.go_on(NOW):
        people.db.session.commit()
    earned = select(func.count()).where(Completion.achievement_id == made.id)
    assert people.db.session.scalar(earned) == number // 6
    return len(heard)


def test_statements_of_an_assessment_grow_neither_with_the_people_nor_with_the_definitions(session):
    assessed(12, name="warm")
    few = assessed(6, name="few")
    for number in range(44):
        define("tasks_completed", {"tasks_required": 1 + number % 3}, reward=1)
    many = assessed(180, name="many")
    assert many == few


def test_statements_do_not_grow_with_the_number_of_merged_people(session, ada):
    def merge(number: int) -> list:
        into = [people.join(f"Into {n}", email=f"into-{number}-{n}@example.org") for n in range(number)]
        merged = {"status": "merged"}
        for n, one in enumerate(into):
            people.join("Old", email=f"old-{number}-{n}@example.org", merged_into_id=one.id, **merged)
        people.db.session.expunge_all()
        return [did(TASK, volunteer_email=f"old-{number}-{n}@example.org") for n in range(number)]

    counted(merge(2))
    assert counted(merge(3))[0] == counted(merge(30))[0]


@pytest.mark.parametrize("number", [5, 50])
def test_settling_those_who_are_settled_writes_nothing(session, number):
    counted(crowd(number, name="some"))
    with statements() as heard:
        people.recognition.settle(range(1, number + 1), now=NOW)
    assert not [one for one in heard if not one.lstrip().upper().startswith("SELECT") and "BEGIN" not in one]
