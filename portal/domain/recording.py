"""Recording what people did: judged row by row against what is there, stored as pending (docs/rules.md, section 2).

One path for a single activity and for a file of a million: a list is looked up in a handful of statements, judged in
plain Python in its own order, and written in bulk. Who calls it commits.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy import exists, func, select

from portal.database import among, bulk_insert, draw_ids, from_units, to_units, units
from portal.domain import organisation, points, volunteers
from portal.domain.accounts import User
from portal.domain.activities import LIVE, ONCE_A_DAY, Activity, ActivityStatus, Batch, EventType
from portal.domain.judging import Accepted, Draft, Judge, Known, Person, Verdict
from portal.domain.points import PointRule
from portal.domain.submissions import Reading, Submission, parse_date
from portal.domain.volunteers import Status, Volunteer
from portal.extensions import db

FARTHEST = timedelta(days=2)
"""Between the date that a sender writes and the volunteer's own: offsets and zones add up to more than a day."""


def record(
    rows: Sequence[Submission],
    *,
    source: str,
    now: datetime,
    by: User | None = None,
    batch: Batch | None = None,
    status: ActivityStatus = ActivityStatus.PENDING,
    creates_people: bool = False,
    numbers: Counter | None = None,
    not_about: int | None = None,
) -> list[Verdict]:
    """Records what stands of these rows and says of each what became of it, in their order.

    `source` is whose ids the rows carry. `numbers` is handed from one part of a file to the next, so that rows
    without an id are told apart. Rows about the volunteer `not_about`, who sends them, don't stand. Raises
    IntegrityError where another door records the same at the same moment: the caller rolls back and tries again
    (`database.retried`).
    """
    judge = open_judge(rows, source=source, now=now, creates_people=creates_people, numbers=numbers)
    judge.not_about = not_about
    verdicts = [judge.judge(row) for row in rows]
    store(judge, verdicts, source=source, by=by, batch=batch, status=status)
    return verdicts


def is_known(source: str, external_id: str) -> bool:
    """Whether something was recorded under this id of that source."""
    known = exists().where(Activity.source == source, Activity.external_id == external_id)
    return bool(db.session.scalar(select(known)))


def open_judge(
    rows: Sequence[Submission], *, source: str, now: datetime, creates_people: bool, numbers: Counter | None = None
) -> Judge:
    """A judge who knows all that is there about these rows; the volunteers they name are locked."""
    known = Known(numbers=numbers if numbers is not None else Counter())
    judge = Judge(known, organisation.zone(), now, creates_people)
    learn(judge, rows, source)
    return judge


def learn(judge: Judge, rows: Sequence[Submission], source: str, *, is_new: bool = False) -> None:
    """Looks up what is there about these rows, in a number of statements that does not grow with them. Of a source
    that `is_new` no id is taken."""
    rows = [row for row in rows if row.is_text()]  # the others are refused whatever is there
    people = lock_people(rows, judge.known)
    if not is_new:
        learn_ids(judge.known, rows, source)
    learn_references(judge.known, rows, people)
    learn_hours(judge.known, rows, people)


def lock_people(rows: Sequence[Submission], known: Known) -> list[int]:
    """Finds the volunteers that the rows name, locks them, and looks again at what holds for them now."""
    named = volunteers.named(
        ids={int(row.volunteer_id) for row in rows if row.volunteer_id.isdecimal() and len(row.volunteer_id) < 19},
        emails={row.volunteer_email for row in rows} - {""},
        external_ids={row.volunteer_external_id.strip() for row in rows} - {""},
        names={row.volunteer_name.strip() for row in rows if len(row.person()) == 3} - {""},
    )
    merged = True
    while merged:  # as long as somebody was merged while we waited for the locks
        behind = volunteers.with_those_behind(named)  # held here, so that the next line asks the database nothing
        targets = {entry.id: volunteers.standing_for(behind[entry.id]).id for entry in named}
        locked = points.lock(set(targets.values()))
        now_there = volunteers.by_ids(locked)
        merged = any(one.merged_into_id for one in now_there.values())
    people = {one.id: as_person(one) for one in now_there.values()}
    for entry in named:
        know(known, entry, people[targets[entry.id]])
    if any(row.event_type == EventType.VOLUNTEER_REFERRED and row.reference_id for row in rows):
        for entry in volunteers.leading_to(locked):
            people[entry.merged_into_id].earlier_names |= {name for name in (entry.email, entry.external_id) if name}
    return locked


def as_person(volunteer: Volunteer) -> Person:
    """A volunteer as the judge sees them."""
    return Person(
        volunteer.name,
        volunteer.email or "",
        volunteer.external_id or "",
        volunteer.zone,
        volunteer.id,
        volunteer.status == Status.ACTIVE,
    )


def know(known: Known, entry: Volunteer, person: Person) -> None:
    """Makes `person` findable by what `entry` is called; the two differ where somebody was merged."""
    known.people.setdefault(("number", str(entry.id)), person)
    if entry.email:
        known.people.setdefault(("email", entry.email), person)
    if entry.external_id:
        known.people.setdefault(("id", entry.external_id), person)
    if entry.status in (Status.ACTIVE, Status.INACTIVE):
        known.by_name.setdefault(entry.name, {})[person.id] = person


def learn_ids(known: Known, rows: Sequence[Submission], source: str) -> None:
    """Which of the ids in these rows are taken; for rows without one, which numbers of their content are."""
    wanted = {row.external_id for row in rows if row.external_id}
    prints = Counter(row.fingerprint() for row in rows if not row.external_id)
    for print_, times in prints.items():
        first = known.numbers[print_] + 1
        wanted.update(f"{print_.hex()}-{number}" for number in range(first, first + times))
    query = (
        select(Activity.external_id, Activity.content_hash, Activity.id, Activity.volunteer_id)
        .where(Activity.source == source)
        .where(among(Activity.external_id, wanted - known.ids.keys()))
    )
    for external_id, print_, activity_id, volunteer_id in db.session.execute(query):
        known.ids[external_id] = (bytes(print_), activity_id, volunteer_id)


def learn_references(known: Known, rows: Sequence[Submission], people: list[int]) -> None:
    """Which references in these rows stand already."""
    wanted = {row.reference_id for row in rows if row.reference_id}
    if not wanted:
        return
    columns = (
        *(Activity.volunteer_id, Activity.event_type, Activity.reference_type),
        *(Activity.reference_id, Activity.occurred_on),
    )
    theirs = select(*columns).where(among(Activity.volunteer_id, people)).where(Activity.event_type.in_(ONCE_A_DAY))
    referrals = select(*columns).where(Activity.event_type == EventType.VOLUNTEER_REFERRED)
    for query in (theirs, referrals):
        for found in db.session.execute(query.where(among(Activity.reference_id, wanted), LIVE)):
            referral = found.event_type == EventType.VOLUNTEER_REFERRED
            key = tuple(found)[2:4] if referral else tuple(found)
            known.references.setdefault(key, found.occurred_on)


def learn_hours(known: Known, rows: Sequence[Submission], people: list[int]) -> None:
    """How many hours these volunteers have on the dates around the rows."""
    days = {row.occurred_at.strip()[:10] for row in rows if row.event_type == EventType.HOURS_LOGGED}
    dates = [parsed for day in days if (parsed := parse_date(day))]
    if not dates or not people:
        return
    query = (
        select(Activity.volunteer_id, Activity.occurred_on, func.sum(units(Activity.quantity)))
        .where(among(Activity.volunteer_id, people))
        .where(Activity.occurred_on.between(min(dates) - FARTHEST, max(dates) + FARTHEST))
        .where(Activity.event_type == EventType.HOURS_LOGGED, LIVE)
        .group_by(Activity.volunteer_id, Activity.occurred_on)
    )
    for volunteer_id, day, hundredths in db.session.execute(query):
        known.hours[(volunteer_id, day)] = max(known.hours[(volunteer_id, day)], int(hundredths))


COLUMNS = (
    *("id", "volunteer_id", "event_type", "quantity", "occurred_at", "occurred_on", "reference_type", "reference_id"),
    *("reference_name", "description", "certified", "tags", "external_id", "content_hash", "exact", "day_cap"),
)


def store(
    judge: Judge,
    verdicts: Sequence[Verdict],
    *,
    source: str,
    by: User | None,
    batch: Batch | None,
    status: ActivityStatus,
) -> None:
    """Writes what the judge accepted, newcomers first, and puts the new ids into the verdicts."""
    add_volunteers(list(judge.newcomers), judge.now)
    connection = db.session.connection()
    fresh = [one for one in verdicts if isinstance(one, Accepted) and not one.same]
    ids = draw_ids(connection, Activity.__table__, len(fresh))
    prices = {kind: priced(rule) for kind, rule in points.rules().items()}
    rows = []
    for verdict, activity_id, draft in zip(fresh, ids, judge.drafts, strict=True):
        verdict.activity_id, verdict.volunteer_id = activity_id, draft.person.id
        price = prices[draft.reading.event_type](draft.reading)
        rows.append((activity_id, *as_stored(draft), draft.external_id, draft.print_, *price))
    bulk_insert(
        *(connection, Activity.__table__, COLUMNS, rows),
        **{"source": source, "status": status.value, "booked": False, "batch_id": batch and batch.id},
        **{"recorded_by_id": by and by.id, "recorded_at": judge.now},
    )
    answer_repeated(fresh, verdicts)


def answer_repeated(fresh: Sequence[Accepted], verdicts: Sequence[Verdict]) -> None:
    """What stands twice in one list has the id of the first, as when it comes again later."""
    first = {one.external_id: one for one in fresh}
    for one in verdicts:
        if isinstance(one, Accepted) and one.activity_id is None:
            one.activity_id, one.volunteer_id = first[one.external_id].activity_id, first[one.external_id].volunteer_id


def as_stored(draft: Draft) -> tuple:
    """What a draft says, in the order of COLUMNS."""
    row, reading = draft.row, draft.reading
    return (
        *(draft.person.id, reading.event_type, reading.quantity, draft.occurred_at, draft.occurred_on),
        *(row.reference_type.strip(), row.reference_id or None, row.reference_name.strip() or None),
        *(row.description.strip() or None, reading.certified, reading.tags),
    )


def priced(rule: PointRule) -> Callable[[Reading], tuple[int, int | None]]:
    """A function from a reading to its price and daily cap, both in ten-thousandths of a point."""
    cap = None if rule.daily_cap is None else to_units(rule.daily_cap, 4)

    @lru_cache(maxsize=4096)
    def price(quantity: int, certified: bool) -> int:
        return to_units(rule.price(from_units(quantity, 2), certified=certified), 4)

    return lambda reading: (price(reading.quantity, reading.certified), cap)


def add_volunteers(people: Sequence[Person], now: datetime) -> None:
    """Makes volunteers of newcomers, in the order of their e-mails so that two imports don't block each other."""
    people = sorted(people, key=lambda person: (person.email, person.external_id))
    connection = db.session.connection()
    ids = draw_ids(connection, Volunteer.__table__, len(people))
    for person, new_id in zip(people, ids, strict=True):
        person.id = new_id
    volunteers.add_all(
        [(one.id, one.name, one.email or None, one.external_id or None, one.zone.key) for one in people], now
    )
    points.open_balances(ids, now)


def found_or_made(*, email: str, name: str, now: datetime) -> Volunteer:
    """The volunteer with this e-mail, or a new one, in the organisation's time zone."""
    email = email.strip().lower()
    for entry in volunteers.named(emails=[email]):
        return volunteers.standing_for(entry)
    person = Person(name, email, "", organisation.zone())
    add_volunteers([person], now)
    return db.session.get_one(Volunteer, person.id)
