"""What the people of the demonstration did in the year up to today, each in their own way."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random

from portal.demo import people
from portal.demo.people import Character
from portal.domain.submissions import Submission

SEED = 1851
YEAR = 364
DAY = timedelta(days=1)


def everything(now: datetime) -> list[Submission]:
    """All that they did in the year up to today, in the order in which it happened."""
    random = Random(SEED)
    rows = []
    twin_of = {second: first for first, second in people.TWINS}
    done: dict[Character, list[Submission]] = {}
    for one in people.EVERYBODY:
        if one in twin_of:
            done[one] = [as_done_by(row, one) for row in done[twin_of[one]]]
        else:
            done[one] = list(WAYS[one.helps](one, today_of(one, now), random))
        rows.extend(done[one])
    return sorted(rows, key=lambda row: (row.occurred_at, row.external_id))


def today_of(one: Character, now: datetime) -> date:
    """The last date on which something can have happened, by everybody's calendar."""
    return min(now.date(), now.astimezone(UTC).date())


def did(one: Character, event_type: str, day: date, name: str, quantity: str = "", **more: str) -> Submission:
    """One thing that somebody did; its id says who, what, when."""
    return Submission(
        event_type=event_type,
        quantity=quantity,
        occurred_at=day.isoformat(),
        volunteer_email=one.email,
        reference_name=name,
        external_id=f"{one.address}/{event_type}/{day}/{name}",
        **more,
    )


def as_done_by(row: Submission, one: Character) -> Submission:
    """The same, done by somebody else."""
    rest = row.external_id.partition("/")[2]
    return Submission(
        event_type=row.event_type,
        quantity=row.quantity,
        occurred_at=row.occurred_at,
        volunteer_email=one.email,
        reference_name=row.reference_name,
        external_id=f"{one.address}/{rest}",
    )


def hours(one: Character, day: date, random: Random, *, at_least: int = 4, at_most: int = 16) -> Submission:
    """A shift of so many quarters of an hour."""
    quarters = random.randint(at_least, at_most)
    return did(one, "hours_logged", day, random.choice(people.SHIFTS), f"{quarters / 4:g}")


def learned(one: Character, today: date, random: Random, trainings: int, skills: int) -> Iterator[Submission]:
    """Trainings and skills, spread over the year."""
    for kind, names, number in (
        ("training_completed", people.TRAININGS, trainings),
        ("skill_certified", people.SKILLS, skills),
    ):
        for name in random.sample(names, number):
            yield did(one, kind, today - random.randint(5, YEAR) * DAY, name)


def now_and_then(one: Character, today: date, random: Random) -> Iterator[Submission]:
    """A dozen shifts a year."""
    for back in sorted(random.sample(range(YEAR), random.randint(4, 14))):
        yield hours(one, today - back * DAY, random)
    yield from learned(one, today, random, random.randint(0, 1), 0)


def weekly(one: Character, today: date, random: Random) -> Iterator[Submission]:
    """Most weeks a shift, some weeks a task."""
    weekday = random.randint(0, 6)
    for back in range(YEAR):
        day = today - back * DAY
        if day.weekday() == weekday and random.random() < 0.7:
            yield hours(one, day, random)
        elif random.random() < 0.03:
            yield did(one, "task_completed", day, random.choice(people.SHIFTS), str(random.randint(1, 3)))
    yield from learned(one, today, random, random.randint(0, 2), random.randint(0, 1))


def on_saturdays(one: Character, today: date, random: Random) -> Iterator[Submission]:
    """Every Saturday of the last nine weeks, many before; lately three days in a row."""
    for back in range(3):
        yield hours(one, today - back * DAY, random, at_least=2, at_most=6)
    for back in range(3, YEAR):
        day = today - back * DAY
        if day.weekday() == 5 and (back < 63 or random.random() < 0.3):
            yield did(one, "hours_logged", day, "Soup kitchen, Saturday shift", "3")
    for back in range(14, 21):
        if (today - back * DAY).weekday() != 5:
            yield hours(one, today - back * DAY, random, at_least=1, at_most=3)
    for place, name in enumerate(random.sample(people.PROJECTS_DONE, random.randint(0, 3))):
        yield did(one, "project_completed", today - (20 + 60 * place) * DAY, name)
    yield from learned(one, today, random, random.randint(1, 2), random.randint(1, 3))


def nearly_every_day(one: Character, today: date, random: Random) -> Iterator[Submission]:
    """Two hours and more on most days of the year."""
    for back in range(YEAR):
        if random.random() < 0.75:
            yield hours(one, today - back * DAY, random, at_least=6, at_most=12)
    yield from learned(one, today, random, 4, 2)


def forty_days(one: Character, today: date, random: Random) -> Iterator[Submission]:
    """Something on each of the last forty days, and a little before."""
    for back in range(40):
        yield hours(one, today - back * DAY, random, at_least=1, at_most=4)
    for back in random.sample(range(42, YEAR), 12):
        yield hours(one, today - back * DAY, random)


def by_learning(one: Character, today: date, random: Random) -> Iterator[Submission]:
    """Ten trainings and five skills."""
    yield from now_and_then(one, today, random)
    yield from learned(one, today - 5 * DAY, random, 10, 5)


def with_projects(one: Character, today: date, random: Random) -> Iterator[Submission]:
    """Six projects and the hours that went into them."""
    for place, name in enumerate(people.PROJECTS_DONE[:6]):
        day = today - (12 + 55 * place) * DAY
        yield did(one, "project_completed", day, name)
        for back in range(4):
            yield hours(one, day - back * DAY, random)


def by_bringing_friends(one: Character, today: date, random: Random) -> Iterator[Submission]:
    """A shift a week, and two people brought along."""
    yield from weekly(one, today, random)
    for place, friend in enumerate((people.NEWCOMER, people.MINOR)):
        day = today - (2 + 150 * place) * DAY
        more = {"reference_type": "volunteer", "reference_id": friend.email}
        yield did(one, "volunteer_referred", day, friend.name, **more)


def not_yet(_one: Character, _today: date, _random: Random) -> Iterator[Submission]:
    """Nothing so far."""
    yield from ()


WAYS = {
    "now and then": now_and_then,
    "weekly": weekly,
    "on saturdays": on_saturdays,
    "nearly every day": nearly_every_day,
    "forty days in a row": forty_days,
    "by learning": by_learning,
    "with projects": with_projects,
    "by bringing friends": by_bringing_friends,
    "not yet": not_yet,
}
