"""The independent model: from rows to activities to points, completions, badges, streaks and boards.

Written only from the rules (`docs/rules.md`; "section" below means theirs), slowly and plainly, with the standard
library and nothing of the engine. Tests compare what the engine booked with what stands here.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate
from math import floor
from zoneinfo import ZoneInfo

HOURS, TASK, PROJECT = "hours_logged", "task_completed", "project_completed"
TRAINING, SKILL, REFERRAL = "training_completed", "skill_certified", "volunteer_referred"
EVENT_TYPES = (HOURS, TASK, PROJECT, TRAINING, SKILL, REFERRAL)

# --- Definitions: sections 3 and 12 ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class PointRule:
    """Section 3: what a unit pays. Minimum, maximum and daily cap may be None (none)."""

    per_unit: Decimal
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    daily_cap: Decimal | None = None


@dataclass(frozen=True)
class Badge:
    """Section 5. A badge that is not active is not given."""

    id: int
    points_value: int
    is_active: bool = True


@dataclass(frozen=True)
class Achievement:
    """Section 4. What is given by hand no activity completes."""

    id: int
    achievement_type: str
    criteria: Mapping
    points_reward: int = 0
    badge_id: int | None = None
    is_repeatable: bool = False
    is_active: bool = True


@dataclass(frozen=True)
class Definitions:
    """The achievements and badges in force, all the time the same."""

    achievements: tuple[Achievement, ...]
    badges: tuple[Badge, ...] = ()

    def badge(self, badge_id: int | None) -> Badge | None:
        """The active badge of that id, or None."""
        return next((badge for badge in self.badges if badge.id == badge_id and badge.is_active), None)


RULES = {
    HOURS: PointRule(Decimal(5)),
    TASK: PointRule(Decimal(10)),
    PROJECT: PointRule(Decimal(100)),
    TRAINING: PointRule(Decimal(25)),
    SKILL: PointRule(Decimal(50)),
    REFERRAL: PointRule(Decimal(50)),
}

COMMON, RARE, EPIC, LEGENDARY = 10, 25, 50, 100

STARTER = Definitions(
    badges=(
        Badge(1, COMMON),
        Badge(2, RARE),
        Badge(3, EPIC),
        Badge(4, LEGENDARY),
        Badge(5, COMMON),
        Badge(6, RARE),
        Badge(7, COMMON),
        Badge(8, EPIC),
        Badge(9, COMMON),
        Badge(10, RARE),
        Badge(11, RARE),
        Badge(12, RARE),
        Badge(13, EPIC),
    ),
    achievements=(
        Achievement(1, "hours_logged", {"hours_required": 1}, 10, 1),
        Achievement(2, "hours_logged", {"hours_required": 10}, 25),
        Achievement(3, "hours_logged", {"hours_required": 50}, 50, 2),
        Achievement(4, "hours_logged", {"hours_required": 100}, 100, 3),
        Achievement(5, "hours_logged", {"hours_required": 500}, 500, 4),
        Achievement(6, "projects_completed", {"projects_required": 1}, 50, 5),
        Achievement(7, "projects_completed", {"projects_required": 5}, 150, 6),
        Achievement(8, "tasks_completed", {"tasks_required": 10}, 25),
        Achievement(9, "tasks_completed", {"tasks_required": 50}, 100),
        Achievement(10, "skills_acquired", {"skills_required": 1, "certified": True}, 25, 7),
        Achievement(11, "skills_acquired", {"skills_required": 5, "certified": True}, 150, 8),
        Achievement(12, "trainings_completed", {"trainings_required": 1}, 25, 9),
        Achievement(13, "trainings_completed", {"trainings_required": 10}, 150, 10),
        Achievement(14, "consecutive_days", {"days_required": 7}, 75, 12),
        Achievement(15, "consecutive_days", {"days_required": 30}, 300, 13),
        Achievement(16, "volunteer_referred", {"volunteers_required": 1}, 25, 11, is_repeatable=True),
    ),
)

# --- People and activities: sections 1 and 2 ------------------------------------------------------------------------


@dataclass(frozen=True)
class Volunteer:
    """Section 1. `key` names them in all that this module answers: e-mail, else external id, else name."""

    name: str
    email: str = ""
    external_id: str = ""
    time_zone: str = ""
    status: str = "active"
    listed: bool = True
    merged_into: str = ""

    @property
    def key(self) -> str:
        return self.email or self.external_id or self.name


@dataclass(frozen=True)
class Activity:
    """Section 2. `reversed` means that it does not count (any more); `rule` is the price in force when recorded."""

    volunteer: str
    event_type: str
    occurred_at: datetime
    occurred_on: date
    quantity: Decimal = Decimal(1)
    certified: bool = True
    reference_type: str = ""
    reference_id: str = ""
    tags: tuple[str, ...] = ()
    source: str = "csv"
    external_id: object = ""
    content: tuple = ()
    reversed: bool = False
    rule: PointRule | None = None


@dataclass
class Book:
    """What is recorded: the people and their activities."""

    volunteers: list[Volunteer] = field(default_factory=list)
    activities: list[Activity] = field(default_factory=list)

    def volunteer(self, key: str) -> Volunteer:
        """The volunteer of that key; raises StopIteration if there is none."""
        return next(volunteer for volunteer in self.volunteers if volunteer.key == key)


@dataclass(frozen=True)
class Verdict:
    """What becomes of a row: accepted, same, conflict or refused; `field` is the column at fault, else empty."""

    row: int
    verdict: str
    field: str = ""
    reason: str = ""
    activity: Activity | None = None


@dataclass(frozen=True)
class Judgement:
    """The verdicts in the order of the rows, and what is recorded afterwards."""

    verdicts: list[Verdict]
    book: Book

    @property
    def accepted(self) -> list[Activity]:
        """The activities that these rows added."""
        return [verdict.activity for verdict in self.verdicts if verdict.verdict == "accepted"]

    def count(self) -> Counter:
        """How many rows of each verdict."""
        return Counter(verdict.verdict for verdict in self.verdicts)


class Refused(Exception):
    """A row that is not taken: the column at fault, and why."""

    def __init__(self, column: str, reason: str):
        super().__init__(f"{column}: {reason}")
        self.column, self.reason = column, reason


# --- Reading one row by itself: section 2 ---------------------------------------------------------------------------

NUMBER = re.compile(r"-?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MOMENT = re.compile(
    DAY.pattern + r"[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(?P<offset>Z|[+-][0-9]{2}:?[0-9]{2})?"
)
WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True)
class Sent:
    """A row as read: well formed, but not yet judged against what else is recorded."""

    external_id: str
    email: str
    person_id: str
    name: str
    event_type: str
    quantity: Decimal
    when: date | datetime
    as_written: str
    certified: str
    reference_type: str
    reference_id: str
    reference_name: str
    description: str
    tags: tuple[str, ...]

    @property
    def is_certified(self) -> bool:
        """Section 2: skills only; true if left out."""
        return WORDS.get(self.certified.lower(), True) if self.event_type == SKILL else True

    @property
    def person(self) -> tuple[str, ...]:
        """The person as the sender names them: by name only where there is nothing else."""
        return (self.email, self.person_id) if self.email or self.person_id else ("", "", self.name)

    @property
    def content(self) -> tuple:
        """Section 2, "Exactly once": what is compared when an id comes again."""
        certified = self.is_certified if self.event_type == SKILL else self.certified
        about = (self.reference_type, self.reference_id, self.reference_name, self.description)
        return (*self.person, self.event_type, self.quantity, self.same_moment, certified, *about, *sorted(self.tags))

    @property
    def same_moment(self) -> datetime | str:
        """An instant with an offset in UTC, anything else as written."""
        return self.when if isinstance(self.when, datetime) and self.when.tzinfo else self.as_written


def read(row: Mapping[str, str | None]) -> Sent:
    """One CSV row, trimmed and checked for what can be seen in it alone. Raises Refused."""
    cell = {column: (text or "").strip() for column, text in row.items() if isinstance(column, str)}.get
    event_type = read_event_type(cell("event_type", ""))
    check_certified(event_type, cell("certified", ""))
    return Sent(
        external_id=cell("external_id", ""),
        email=read_email(cell("volunteer_email", "")),
        person_id=cell("volunteer_external_id", ""),
        name=cell("volunteer_name", ""),
        event_type=event_type,
        quantity=read_quantity(event_type, cell("quantity", "")),
        when=read_when(cell("occurred_at", "")),
        as_written=cell("occurred_at", ""),
        certified=cell("certified", ""),
        reference_type=cell("reference_type", ""),
        reference_id=cell("reference_id", ""),
        reference_name=cell("reference_name", ""),
        description=cell("description", ""),
        tags=tuple(tag.strip() for tag in cell("tags", "").split(";") if tag.strip()),
    )


def read_event_type(text: str) -> str:
    """One of the six types, in any case."""
    if text.lower() not in EVENT_TYPES:
        raise Refused("event_type", f"no such type: {text!r}")
    return text.lower()


def check_certified(event_type: str, text: str) -> None:
    """A word for yes or no, or nothing; other types than skills may say what they like."""
    if event_type == SKILL and text and text.lower() not in WORDS:
        raise Refused("certified", f"neither yes nor no: {text!r}")


def read_email(text: str) -> str:
    """Lower case, or empty."""
    if text and not EMAIL.fullmatch(text):
        raise Refused("volunteer_email", f"no e-mail address: {text!r}")
    return text.lower()


def read_quantity(event_type: str, text: str) -> Decimal:
    """Hours above 0 to 24 in hundredths; complexity 1 to 5; 1 for the rest. Only hours may not be left out."""
    if not text and event_type != HOURS:
        return Decimal(1)
    if not NUMBER.fullmatch(text):
        raise Refused("quantity", f"no number: {text!r}")
    quantity = Decimal(text)
    if not allowed(event_type, quantity):
        raise Refused("quantity", f"out of bounds: {text}")
    return quantity


def allowed(event_type: str, quantity: Decimal) -> bool:
    """Section 2, the row `quantity` of the table."""
    if event_type == HOURS:
        return 0 < quantity <= 24 and (quantity * 100) % 1 == 0
    if event_type == TASK:
        return quantity in (1, 2, 3, 4, 5)
    return quantity == 1


def read_when(text: str) -> date | datetime:
    """A bare date, a local time (naive), or an instant (in UTC)."""
    try:
        if DAY.fullmatch(text):
            return date.fromisoformat(text)
        if not (moment := MOMENT.fullmatch(text)):
            raise ValueError("not ISO 8601")
        written = datetime.fromisoformat(text)
        return written.astimezone(UTC) if moment["offset"] else written
    except (ValueError, OverflowError) as error:
        raise Refused("occurred_at", f"no date or time: {text!r} ({error})") from None


# --- When it was, by the volunteer's calendar: section 2 ------------------------------------------------------------


def fix(when: date | datetime, *, zone: ZoneInfo, now: datetime) -> tuple[datetime, date]:
    """The instant in UTC and its calendar date in the zone. Raises Refused for the future and before 1970."""
    try:
        instant = instant_of(when, zone=zone, now=now)
        day = instant.astimezone(zone).date()
    except OverflowError:
        raise Refused("occurred_at", "beyond the calendar") from None
    if instant < EPOCH:
        raise Refused("occurred_at", "before 1970")
    if is_future(when, instant, zone=zone, now=now):
        raise Refused("occurred_at", "in the future")
    return instant, day


def instant_of(when: date | datetime, *, zone: ZoneInfo, now: datetime) -> datetime:
    """Noon of a bare date (now, if that is today and still morning); a local time is read in the zone."""
    if isinstance(when, datetime):
        return (when if when.tzinfo else when.replace(tzinfo=zone)).astimezone(UTC)
    noon = datetime.combine(when, time(12), tzinfo=zone).astimezone(UTC)
    return min(noon, now) if when == now.astimezone(zone).date() else noon


def is_future(when: date | datetime, instant: datetime, *, zone: ZoneInfo, now: datetime) -> bool:
    """A date after today, or an instant more than five minutes ahead."""
    if not isinstance(when, datetime):
        return when > now.astimezone(zone).date()
    return instant > now + CLOCK_SKEW


# --- Judging rows against what is recorded: section 2 ---------------------------------------------------------------


def judge(
    rows: Iterable[Mapping[str, str | None]],
    *,
    now: datetime,
    organisation_zone: str = "UTC",
    existing: Book | None = None,
    source: str = "csv",
) -> Judgement:
    """Section 2 for a file, row by row in its own order. Row 2 is the first; `existing` is left as it was."""
    judge = Judge(now=now, organisation_zone=organisation_zone, source=source, existing=existing or Book())
    verdicts = [judge.verdict(number, row) for number, row in enumerate(rows, start=2)]
    return Judgement(verdicts, judge.book)


class Judge:
    """Keeps what is recorded while the rows of a file pass by."""

    def __init__(self, *, now: datetime, organisation_zone: str, source: str, existing: Book):
        self.now, self.organisation_zone, self.source = now.astimezone(UTC), organisation_zone, source
        self.book = Book()
        self.alike: Counter = Counter()
        self.recorded: dict[tuple, Activity] = {}
        self.hours: defaultdict = defaultdict(Decimal)
        self.references: dict[tuple, Activity] = {}
        self.people: dict[tuple[str, str], Volunteer] = {}
        self.named: defaultdict = defaultdict(list)
        for volunteer in existing.volunteers:
            self.welcome(volunteer)
        for activity in existing.activities:
            self.record(activity)

    def verdict(self, number: int, row: Mapping[str, str | None]) -> Verdict:
        """What becomes of this row; an accepted one is recorded."""
        try:
            sent = read(row)
            external_id = sent.external_id or self.id_from_content(sent)
            first = self.recorded.get((self.source, external_id))
            if first:
                return again(number, first, sent)
            return Verdict(number, "accepted", activity=self.accept(sent, external_id))
        except Refused as refused:
            return Verdict(number, "refused", refused.column, refused.reason)

    def id_from_content(self, sent: Sent) -> tuple:
        """For a row without an id: its content, and its number among the rows of equal content."""
        self.alike[sent.content] += 1
        return sent.content, self.alike[sent.content]

    def accept(self, sent: Sent, external_id: object) -> Activity:
        """Record it, and its person with it; raises Refused before anything changed."""
        known = self.find(sent)
        volunteer = known or newcomer(sent)
        activity = self.activity(sent, external_id, volunteer)
        check_active(sent, volunteer)
        check_self_referral(sent, self.entries_of(volunteer))
        self.check_reference(activity)
        self.check_day(activity)
        if not known:
            self.welcome(volunteer)
        return self.record(activity)

    def find(self, sent: Sent) -> Volunteer | None:
        """By e-mail, else by external id; with neither, the only volunteer of that name."""
        if sent.email or sent.person_id:
            found = self.people.get(("email", sent.email)) or self.people.get(("external_id", sent.person_id))
            return self.standing_for(found)
        if not sent.name:
            raise Refused("volunteer_email", "nobody is named")
        if len(self.named[sent.name]) != 1:
            raise Refused("volunteer_name", f"{len(self.named[sent.name])} volunteers of that name")
        return self.named[sent.name][0]

    def activity(self, sent: Sent, external_id: object, volunteer: Volunteer) -> Activity:
        """The activity that this row would be."""
        zone = ZoneInfo(volunteer.time_zone or self.organisation_zone)
        occurred_at, occurred_on = fix(sent.when, zone=zone, now=self.now)
        return Activity(
            volunteer=volunteer.key,
            event_type=sent.event_type,
            occurred_at=occurred_at,
            occurred_on=occurred_on,
            quantity=sent.quantity,
            certified=sent.is_certified,
            reference_type=sent.reference_type,
            reference_id=sent.reference_id,
            tags=sent.tags,
            source=self.source,
            external_id=external_id,
            content=sent.content,
        )

    def entries_of(self, volunteer: Volunteer) -> list[Volunteer]:
        """All entries of one person."""
        return [volunteer, *(one for one in self.book.volunteers if one.merged_into == volunteer.key)]

    def check_reference(self, activity: Activity) -> None:
        """Section 2, "Not twice under another id"."""
        first = self.references.get(reference_of(activity))
        if first:
            raise Refused("reference_id", f"already recorded for {first.occurred_on}")

    def check_day(self, activity: Activity) -> None:
        """No more than 24 hours in all on a date."""
        if activity.event_type == HOURS and self.hours[day_of(activity)] + activity.quantity > 24:
            raise Refused("quantity", f"more than 24 hours on {activity.occurred_on}")

    def welcome(self, volunteer: Volunteer) -> None:
        """Section 1: from now on found by e-mail, external id and name."""
        self.book.volunteers.append(volunteer)
        if not volunteer.merged_into:
            self.named[volunteer.name].append(volunteer)
        if volunteer.email:
            self.people["email", volunteer.email] = volunteer
        if volunteer.external_id:
            self.people["external_id", volunteer.external_id] = volunteer

    def standing_for(self, found: Volunteer | None) -> Volunteer | None:
        """Section 1: an entry that was merged finds the person."""
        return found and (self.book.volunteer(found.merged_into) if found.merged_into else found)

    def record(self, activity: Activity) -> Activity:
        """From now on its id is taken and, while it is not reversed, its hours and its reference are."""
        self.book.activities.append(activity)
        self.recorded[activity.source, activity.external_id] = activity
        if activity.reversed:
            return activity
        if activity.event_type == HOURS:
            self.hours[day_of(activity)] += activity.quantity
        if reference := reference_of(activity):
            self.references[reference] = activity
        return activity


def again(number: int, first: Activity, sent: Sent) -> Verdict:
    """Section 2, "Exactly once": the id is known already."""
    if first.content == sent.content:
        return Verdict(number, "same", activity=first)
    return Verdict(number, "conflict", "external_id", "this id was sent with other content", activity=first)


def newcomer(sent: Sent) -> Volunteer:
    """The person of a first accepted row."""
    if not sent.name:
        raise Refused("volunteer_name", "a new volunteer needs a name")
    return Volunteer(name=sent.name, email=sent.email, external_id=sent.person_id)


def check_active(sent: Sent, volunteer: Volunteer) -> None:
    """Nothing is recorded for somebody inactive, forgotten or merged."""
    if volunteer.status != "active":
        by_name = "volunteer_external_id" if sent.person_id else "volunteer_name"
        raise Refused("volunteer_email" if sent.email else by_name, f"this volunteer is {volunteer.status}")


def check_self_referral(sent: Sent, entries: Iterable[Volunteer]) -> None:
    """Nobody brings themselves."""
    themselves = {text.lower() for one in entries for text in (sent.email, sent.person_id, one.email, one.external_id)}
    if sent.event_type == REFERRAL and sent.reference_id and sent.reference_id.lower() in themselves:
        raise Refused("reference_id", "referring oneself")


def reference_of(activity: Activity) -> tuple | None:
    """What may be live only once; None where nothing is claimed."""
    about = (activity.event_type, activity.reference_type, activity.reference_id)
    if activity.event_type == HOURS or not activity.reference_id:
        return None
    return about if activity.event_type == REFERRAL else (*about, activity.volunteer, activity.occurred_on)


def day_of(activity: Activity) -> tuple[str, date]:
    """Whose day it was."""
    return activity.volunteer, activity.occurred_on


# --- Points: section 3 ----------------------------------------------------------------------------------------------


def exact(activity: Activity, rules: Mapping[str, PointRule] = RULES) -> Fraction:
    """The unrounded price: clip(per_unit x quantity, minimum, maximum); nothing for an uncertified skill."""
    rule = activity.rule or rules[activity.event_type]
    if activity.event_type == SKILL and not activity.certified:
        return Fraction(0)
    price = Fraction(rule.per_unit) * Fraction(activity.quantity)
    if rule.minimum is not None:
        price = max(price, Fraction(rule.minimum))
    return price if rule.maximum is None else min(price, Fraction(rule.maximum))


def day_price(activities: list[Activity], rules: Mapping[str, PointRule] = RULES) -> int:
    """One type, one volunteer, one date: floor(min(cap, sum of exact)), by the greatest cap; none if one has none."""
    caps = [(activity.rule or rules[activity.event_type]).daily_cap for activity in activities]
    total = sum(exact(activity, rules) for activity in activities)
    return floor(total if None in caps else min(total, Fraction(max(caps))))


def earned_by_days(activities: list[Activity], rules: Mapping[str, PointRule] = RULES) -> Counter:
    """The points that one volunteer's activities bring, by (event_type, occurred_on)."""
    days = defaultdict(list)
    for activity in activities:
        days[activity.event_type, activity.occurred_on].append(activity)
    return Counter({day: day_price(those, rules) for day, those in days.items()})


# --- Streaks: section 6 ---------------------------------------------------------------------------------------------


def runs(dates: Iterable[date], paused: Iterable[date] = (), apart: timedelta = timedelta(days=1)) -> list[int]:
    """The lengths of the runs of days (or of Mondays, a week apart), in order of time; paused ones are passed over."""
    lengths: list[int] = []
    before = None
    passed_over = set(paused)
    for day in sorted(set(dates)):
        if before and all(one in passed_over for one in between(before, day, apart)):
            lengths[-1] += 1
        else:
            lengths.append(1)
        before = day
    return lengths


def between(first: date, last: date, apart: timedelta) -> Iterator[date]:
    """What lies between two days, both excluded."""
    day = first + apart
    while day < last:
        yield day
        day += apart


def mondays(dates: Iterable[date]) -> set[date]:
    """The Mondays of the weeks of these days."""
    return {day - timedelta(days=day.weekday()) for day in dates}


# --- Achievements: section 4 ----------------------------------------------------------------------------------------

COUNTED = {
    "projects_completed": ("projects_required", PROJECT),
    "tasks_completed": ("tasks_required", TASK),
    "skills_acquired": ("skills_required", SKILL),
    "trainings_completed": ("trainings_required", TRAINING),
    "volunteer_referred": ("volunteers_required", REFERRAL),
}


@dataclass(frozen=True)
class Completion:
    """A completion as it should be: which, the how-manieth, and when it was reached."""

    achievement_id: int
    nth: int
    completed_at: datetime
    effective_on: date


@dataclass(frozen=True)
class Progress:
    """A row of `volunteer_achievements`."""

    current: Fraction
    target: Fraction
    times: int
    started_at: datetime
    last_progress_at: datetime


def target_of(achievement: Achievement) -> Fraction:
    """The number in the criteria; by hand it is once, and conditions are met to 100 of 100."""
    if achievement.achievement_type == "custom":
        return Fraction(100 if is_composite(achievement) else 1)
    keys = {"hours_logged": "hours_required", "consecutive_days": "days_required"}
    key = keys.get(achievement.achievement_type) or COUNTED[achievement.achievement_type][0]
    return Fraction(achievement.criteria[key])


def contributing(achievement: Achievement, activities: list[Activity]) -> list[Activity]:
    """The activities that move it, in order of occurred_at."""
    return sorted((one for one in activities if moves(achievement, one)), key=lambda one: one.occurred_at)


def is_composite(achievement: Achievement) -> bool:
    """Whether it is made of conditions."""
    return "conditions" in achievement.criteria


def moves(achievement: Achievement, activity: Activity) -> bool:
    """Whether this activity counts towards this achievement."""
    kind = achievement.achievement_type
    if is_composite(achievement):
        return any(fits(condition, activity) for condition in achievement.criteria["conditions"])
    if kind == "custom":
        return False
    if kind == "consecutive_days":
        return True
    if kind == "hours_logged":
        return activity.event_type == HOURS
    if kind == "skills_acquired" and achievement.criteria.get("certified", True) and not activity.certified:
        return False
    return activity.event_type == COUNTED[kind][1]


def values_along(achievement: Achievement, activities: list[Activity], paused: Iterable[date]) -> list[Fraction]:
    """The value after each of these activities (which all move it)."""
    if achievement.achievement_type == "consecutive_days":
        return [Fraction(max(lengths)) for lengths in runs_along(activities, paused)]
    hours = achievement.achievement_type == "hours_logged"
    return list(accumulate(Fraction(activity.quantity) if hours else Fraction(1) for activity in activities))


def times_along(achievement: Achievement, activities: list[Activity], paused: Iterable[date]) -> list[int]:
    """How often the criteria are reached after each of these activities, were it repeatable."""
    target = target_of(achievement)
    if achievement.achievement_type == "consecutive_days":
        return [sum(floor(length / target) for length in lengths) for lengths in runs_along(activities, paused)]
    return [floor(value / target) for value in values_along(achievement, activities, paused)]


def runs_along(activities: list[Activity], paused: Iterable[date]) -> Iterator[list[int]]:
    """The runs of days after each of these activities."""
    days: set[date] = set()
    lengths: list[int] = []
    for activity in activities:
        if activity.occurred_on not in days:
            days.add(activity.occurred_on)
            lengths = runs(days, paused)
        yield lengths


METRICS = {
    "hours": HOURS,
    "projects": PROJECT,
    "tasks": TASK,
    "skills": SKILL,
    "trainings": TRAINING,
    "referrals": REFERRAL,
}


def fits(condition: Mapping, activity: Activity) -> bool:
    """Whether an activity counts towards a condition: by its type, and by its tag, in whatever case."""
    type_fits = METRICS.get(condition["metric"], activity.event_type) == activity.event_type
    return type_fits and ("tag" not in condition or condition["tag"].lower() in [tag.lower() for tag in activity.tags])


def worth(condition: Mapping, known: list[Activity], day: date, paused: Iterable[date]) -> Fraction:
    """What a condition has come to on a day, by what is known up to it."""
    start = day - timedelta(days=condition["within_days"]) if "within_days" in condition else date.min
    those = [one for one in known if start < one.occurred_on <= day and fits(condition, one)]
    dates = {one.occurred_on for one in those}
    match condition["metric"]:
        case "hours":
            return sum((Fraction(one.quantity) for one in those), Fraction(0))
        case "days_active":
            return Fraction(len(dates))
        case "longest_streak":
            return Fraction(max(runs(dates, paused), default=0))
        case "longest_week_streak":
            return Fraction(max(runs(mondays(dates), mondays(paused), timedelta(days=7)), default=0))
    return Fraction(len(those))


def shares_along(
    achievement: Achievement, activities: Iterable[Activity], paused: Iterable[date]
) -> Iterator[tuple[Activity, Fraction]]:
    """How much of 100 the conditions are met as of each activity's date, the dates in their order."""
    conditions = achievement.criteria["conditions"]
    known: list[Activity] = []
    for activity in sorted(activities, key=lambda one: (one.occurred_on, one.occurred_at)):
        known.append(activity)
        shares = [
            min(Fraction(1), worth(each, known, activity.occurred_on, paused) / Fraction(each["at_least"]))
            for each in conditions
        ]
        one = max(shares) if achievement.criteria["match"] == "any" else sum(shares) / len(shares)
        yield activity, 100 * one


def completions_of(
    achievement: Achievement, activities: list[Activity], paused: Iterable[date] = ()
) -> list[Completion]:
    """Each completion, dated by the activity with which, in order of occurred_at, it was reached."""
    done: list[Completion] = []
    if not achievement.is_active:
        return done
    if is_composite(achievement):
        first = next((one for one, share in shares_along(achievement, activities, paused) if share == 100), None)
        return [Completion(achievement.id, 1, first.occurred_at, first.occurred_on)] if first else []
    those = contributing(achievement, activities)
    for activity, times in zip(those, times_along(achievement, those, paused), strict=True):
        while len(done) < (times if achievement.is_repeatable else min(times, 1)):
            done.append(Completion(achievement.id, len(done) + 1, activity.occurred_at, activity.occurred_on))
    return done


def progress_of(achievement: Achievement, activities: list[Activity], paused: Iterable[date] = ()) -> Progress | None:
    """Section 4: min(value, target), for a repeatable one what is left over; None while the value is 0. Shares are
    kept in hundredths, rounded down."""
    those = contributing(achievement, activities)
    if not those:
        return None
    target = target_of(achievement)
    if is_composite(achievement):
        best = max(share for _one, share in shares_along(achievement, activities, paused))
        value = Fraction(floor(best * 100), 100)
        if not value:
            return None
    else:
        value = values_along(achievement, those, paused)[-1]
    times = len(completions_of(achievement, activities, paused))
    left = max(Fraction(0), value - target * times) if achievement.is_repeatable else value
    return Progress(min(left, target), target, times, those[0].occurred_at, those[-1].occurred_at)


# --- What a volunteer should have -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class State:
    """Everything expected of one volunteer. `ledger` has no zero sums; `completed` is (achievement, nth, when)."""

    total_points: int
    ledger: dict[tuple[str, date], int]
    completed: set[tuple[int, int, datetime]]
    badges: dict[int, datetime]
    longest_streak_days: int
    last_run_days: int
    last_activity_date: date | None
    progress: dict[int, Progress]
    hours: Decimal
    projects: int


def expected(
    activities: Iterable[Activity],
    definitions: Definitions = STARTER,
    rules: Mapping[str, PointRule] = RULES,
    paused: Mapping[str, Iterable[date]] = {},
) -> dict[str, State]:
    """The state of each volunteer that these activities (in any order) are of, by volunteer key; so are paused days."""
    theirs = defaultdict(list)
    for activity in activities:
        theirs[activity.volunteer] += [] if activity.reversed else [activity]
    return {who: state(those, definitions, rules, paused.get(who, ())) for who, those in theirs.items()}


def state(
    activities: list[Activity],
    definitions: Definitions,
    rules: Mapping[str, PointRule] = RULES,
    paused: Iterable[date] = (),
) -> State:
    """Sections 3 to 6 for the counted activities of one volunteer."""
    completed = in_order(one for each in definitions.achievements for one in completions_of(each, activities, paused))
    held = badges_held(completed, definitions)
    ledger = earned_by_days(activities, rules) + rewards(completed, definitions) + badge_points(held, definitions)
    days = {activity.occurred_on for activity in activities}
    moved = {each.id: progress_of(each, activities, paused) for each in definitions.achievements}
    return State(
        total_points=sum(ledger.values()),
        ledger=dict(ledger),
        completed={(one.achievement_id, one.nth, one.completed_at) for one in completed},
        badges={badge: completion.completed_at for badge, completion in held.items()},
        longest_streak_days=max(runs(days, paused), default=0),
        last_run_days=runs(days, paused)[-1] if days else 0,
        last_activity_date=max(days, default=None),
        progress={achievement: row for achievement, row in moved.items() if row},
        hours=sum((one.quantity for one in activities if one.event_type == HOURS), Decimal(0)),
        projects=sum(one.event_type == PROJECT for one in activities),
    )


def in_order(completions: Iterable[Completion]) -> list[Completion]:
    """By the moment they were reached."""
    return sorted(completions, key=lambda one: (one.completed_at, one.achievement_id, one.nth))


def achievement_by_id(definitions: Definitions) -> dict[int, Achievement]:
    """The achievements by id."""
    return {achievement.id: achievement for achievement in definitions.achievements}


def badges_held(completed: list[Completion], definitions: Definitions) -> dict[int, Completion]:
    """Each active badge with the first completion that gave it."""
    held: dict[int, Completion] = {}
    for completion in completed:
        badge = definitions.badge(achievement_by_id(definitions)[completion.achievement_id].badge_id)
        if badge:
            held.setdefault(badge.id, completion)
    return held


def rewards(completed: list[Completion], definitions: Definitions) -> Counter:
    """The ledger of `achievement_earned`, by date."""
    sums: Counter = Counter()
    for one in completed:
        sums["achievement_earned", one.effective_on] += achievement_by_id(definitions)[one.achievement_id].points_reward
    return sums


def badge_points(held: Mapping[int, Completion], definitions: Definitions) -> Counter:
    """The ledger of `badge_earned`, by date."""
    sums: Counter = Counter()
    for badge_id, completion in held.items():
        sums["badge_earned", completion.effective_on] += definitions.badge(badge_id).points_value
    return sums


# --- Leaderboards: section 8 ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """One volunteer's place."""

    volunteer: str
    rank: int
    value: Fraction


@dataclass(frozen=True)
class Board:
    """One board: standings by rank, then by key; statistics over all participants, None where there are none."""

    standings: list[Standing]
    total_participants: int
    average_value: Fraction | None
    median_value: Fraction | None
    period_start: date | None
    period_end: date | None


def boards(
    activities: Iterable[Activity],
    today: date,
    volunteers: Iterable[Volunteer] = (),
    definitions: Definitions = STARTER,
    rules: Mapping[str, PointRule] = RULES,
) -> dict[tuple[str, str], Board]:
    """The nine boards on that day of the organisation's calendar. Who is not in `volunteers` is active and listed."""
    hidden = {one.key for one in volunteers if one.status != "active" or not one.listed}
    counted = [one for one in activities if not one.reversed and one.volunteer not in hidden]
    dated = {
        "points": ledger_entries(expected(counted, definitions, rules)),
        "hours": [(one.volunteer, one.occurred_on, one.quantity) for one in counted if one.event_type == HOURS],
        "projects": [(one.volunteer, one.occurred_on, 1) for one in counted if one.event_type == PROJECT],
    }
    return {
        (kind, timeframe): board(entries, *period(timeframe, today))
        for kind, entries in dated.items()
        for timeframe in ("all_time", "monthly", "weekly")
    }


def ledger_entries(states: Mapping[str, State]) -> list[tuple[str, date, int]]:
    """Whose points, of which date, how many."""
    return [(who, day, points) for who, one in states.items() for (_, day), points in one.ledger.items()]


def period(timeframe: str, today: date) -> tuple[date | None, date | None]:
    """From (inclusive), to (exclusive): the month, or the week from Monday to Sunday; all time has no bounds."""
    if timeframe == "all_time":
        return None, None
    if timeframe == "weekly":
        monday = today - timedelta(days=today.weekday())
        return monday, monday + timedelta(days=7)
    first = today.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1)


def board(entries: list[tuple], start: date | None, end: date | None) -> Board:
    """The sums within the period, ranked; only who is above 0 takes part."""
    sums: defaultdict = defaultdict(Fraction)
    for volunteer, day, value in entries:
        if (start is None or day >= start) and (end is None or day < end):
            sums[volunteer] += Fraction(value)
    values = {volunteer: value for volunteer, value in sums.items() if value > 0}
    average = sum(values.values()) / len(values) if values else None
    return Board(ranked(values), len(values), average, median(list(values.values())), start, end)


def ranked(values: Mapping[str, Fraction]) -> list[Standing]:
    """Rank is 1 + the number of greater values, so equal values share one: 1, 2, 2, 4."""
    order = sorted(values, key=lambda volunteer: (-values[volunteer], volunteer))
    greatest_first = [values[volunteer] for volunteer in order]
    return [Standing(one, 1 + greatest_first.index(values[one]), values[one]) for one in order]


def median(values: list[Fraction]) -> Fraction | None:
    """The middle value, or the mean of the two in the middle; nothing of nothing."""
    if not values:
        return None
    order = sorted(values)
    return (order[(len(order) - 1) // 2] + order[len(order) // 2]) / 2


def reverse(activity: Activity) -> Activity:
    """Section 7: the same, no longer counted."""
    return replace(activity, reversed=True)


def merge(
    activities: Iterable[Activity], one: Volunteer, other: Volunteer, everybody: Iterable[Volunteer] = ()
) -> list[Activity]:
    """Section 1: what the other did is the one's. In the order of recording, what would have been refused falls."""
    judge = Judge(now=datetime.max.replace(tzinfo=UTC), organisation_zone="UTC", source="", existing=Book())
    keys = (one.key, other.key)
    entries = [each for each in (one, other, *everybody) if each.key in keys or each.merged_into in keys]
    names = {text.lower() for each in entries for text in (each.email, each.external_id) if text}
    return [
        merged(replace(activity, volunteer=one.key), judge, names) if activity.volunteer in keys else activity
        for activity in activities
    ]


def merged(activity: Activity, judge: Judge, names: set[str]) -> Activity:
    """An activity as it stands after a merge, given all that was recorded before it."""
    stands = activity.reversed or fits_in(activity, judge, names)
    return judge.record(activity if stands else reverse(activity))


def fits_in(activity: Activity, judge: Judge, names: set[str]) -> bool:
    """Whether it could be recorded for the one person."""
    if activity.event_type == REFERRAL and activity.reference_id.lower() in names:
        return False
    try:
        judge.check_reference(activity)
        judge.check_day(activity)
    except Refused:
        return False
    return True
