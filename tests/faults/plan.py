"""What recorders send and what goes wrong meanwhile, drawn by a seed: the same seed makes the same plan."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

from tests.people import HOURS, PROJECT, REFERRAL, SKILL, TASK, TRAINING

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Pacific/Kiritimati", "Asia/Kathmandu")
KINDS = (*(HOURS,) * 8, *(TASK,) * 6, *(PROJECT,) * 2, *(TRAINING,) * 2, *(SKILL,) * 2, REFERRAL)
LISTS = (1, 1, 1, 1, 2, 3, 5, 10)
LONGER_LISTS = (1, 5, 20, 50, 100)
TWICE, LATE, PUT_RIGHT = 0.2, 0.1, 0.1
"""Which shares of what is recorded are sent twice, are of long ago, are taken back or put right later."""
RECENT, LONG_AGO = 60, 700
FULL_DAY = Decimal(20)


@dataclass(frozen=True)
class Send:
    """Rows that are sent as one list."""

    rows: tuple[dict, ...]


@dataclass(frozen=True)
class Mistake:
    """Something that its recorder sent is taken back, or another row put in its place."""

    external_id: str
    instead: dict | None


@dataclass(frozen=True)
class Fault:
    """What goes wrong once so many activities are acknowledged; `seed` draws the rest."""

    after: int
    kind: str
    seed: int


@dataclass
class Plan:
    """Everything that a storm is made of. `steps` are those of each recorder, in its order."""

    seed: int
    activities: int
    recorders: int = 8
    workers: int = 4
    volunteers: int = 50
    lists: tuple[int, ...] = LISTS
    today: date = field(default_factory=lambda: datetime.now(UTC).date())
    faults: list[Fault] = field(default_factory=list)

    def __post_init__(self):
        self.random = Random(self.seed)
        self.people = {f"v{number}@example.org": ZONES[number % len(ZONES)] for number in range(self.volunteers)}
        self.rows: dict[str, dict] = {}
        self.hours: defaultdict = defaultdict(Decimal)
        self.steps = self.draw_steps()

    def draw_steps(self) -> list[list]:
        """What each recorder does; lists of rows, some of them sent before by somebody or other, and mistakes."""
        steps: list[list] = [[] for _ in range(self.recorders)]
        own: list[list[str]] = [[] for _ in range(self.recorders)]
        number = 0
        while number < self.activities:
            mine = self.random.randrange(self.recorders)
            size = min(self.random.choice(self.lists), self.activities - number)
            fresh = [self.draw_row(f"{self.seed}-{number + place}") for place in range(size)]
            number += size
            steps[mine].append(Send((*fresh, *self.sent_again(fresh))))
            own[mine] += [row["external_id"] for row in fresh]
            for _ in fresh:
                if self.random.random() < PUT_RIGHT and len(own[mine]) > 8:
                    steps[mine].append(self.draw_mistake(own[mine]))
        return steps

    def sent_again(self, fresh: list[dict]) -> Iterable[dict]:
        """Rows of anybody's that come once more with these."""
        known = list(self.rows)[-400:]
        return [self.rows[self.random.choice(known)] for _ in fresh if self.random.random() < TWICE]

    def draw_row(self, external_id: str, who: str = "") -> dict:
        """Something that somebody did, and that stands whatever else is recorded, in whatever order."""
        who, kind = who or self.random.choice(list(self.people)), self.random.choice(KINDS)
        back = LONG_AGO if self.random.random() < LATE else RECENT
        day = self.today - timedelta(days=3 + self.random.randrange(back))
        quantity = Decimal(self.random.randrange(10, 200)) / 100
        if kind == HOURS and self.hours[who, day] + quantity > FULL_DAY:
            kind = TASK
        if kind == HOURS:
            self.hours[who, day] += quantity
        written = {HOURS: str(quantity), TASK: self.random.choice(("", "1", "3", "5"))}
        clock = self.random.choice(("", "", "T00:10:00", "T23:50:00", "T12:00:00Z"))
        row = {
            "external_id": external_id,
            "volunteer_email": who,
            "event_type": kind,
            "quantity": written.get(kind, ""),
            "occurred_at": f"{day}{clock}" if kind != HOURS else str(day),
            "certified": self.random.choice(("", "no")) if kind == SKILL else "",
        }
        if kind != HOURS and self.random.random() < 0.3:
            row |= {"reference_type": "thing", "reference_id": external_id}
        self.rows[external_id] = row
        return row

    def draw_mistake(self, own: list[str]) -> Mistake:
        """One of a recorder's earlier activities turns out to be wrong; each at most once."""
        external_id = own.pop(self.random.randrange(len(own) - 4))
        if self.random.random() < 0.5:
            return Mistake(external_id, None)
        other = self.draw_row(f"{external_id}-again", self.rows[external_id]["volunteer_email"])
        return Mistake(external_id, self.rows.pop(other["external_id"]))


def draw_faults(plan: Plan, number: int, weights: dict[str, int]) -> list[Fault]:
    """So many faults, each kind as often as it weighs, spread evenly over what is recorded."""
    random = Random(plan.seed + 1)
    kinds = random.choices(list(weights), list(weights.values()), k=number)
    apart = plan.activities * 0.95 / max(number, 1)
    return [Fault(int(apart * place), kind, random.getrandbits(32)) for place, kind in enumerate(kinds)]
