"""A lively organisation to look at: sixty people, a year up to today. The same on every run of a day."""

import json
import os
import secrets
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from sqlalchemy import select

from portal.demo import people
from portal.demo.people import Character
from portal.demo.year import DAY, SEED, everything, hours, today_of
from portal.domain import (
    accounts,
    awarding,
    catalogue,
    closing,
    goals,
    members,
    organisation,
    periods,
    points,
    ranking,
    recognition,
    recording,
    showcase,
    snapshots,
    teams,
    volunteers,
)
from portal.domain.accounts import Role, User
from portal.domain.activities import ActivityStatus, Batch, BatchKind
from portal.domain.badges import Badge, BadgeCategory, Rarity
from portal.domain.goals import Wanted
from portal.domain.leaderboards import LeaderboardType, Timeframe
from portal.domain.submissions import Submission
from portal.domain.volunteers import Volunteer
from portal.extensions import db

SIGN_INS = "demo-sign-ins.json"
YEAR, WEEKS = timedelta(days=340), timedelta(weeks=7)


class NotEmpty(RuntimeError):
    """There is an organisation already; a demonstration is never mixed with real people."""


def make(now: datetime, instance: Path) -> dict[str, str]:
    """Makes the organisation in an empty database and commits it. Returns passwords by e-mail; they are kept, too.

    Raises NotEmpty.
    """
    if db.session.scalar(select(Volunteer.id).limit(1)) or db.session.scalar(select(User.id).limit(1)):
        raise NotEmpty("There are people in this database already; the demonstration needs an empty one.")
    organisation.change("organisation_name", "Riverside Volunteers")
    add_people(now)
    passwords = add_users(now)
    yesterday = now - DAY
    record([row for row in everything(now) if row.occurred_at < now.date().isoformat()], yesterday)
    snapshots.refresh(now=yesterday)
    record([row for row in everything(now) if row.occurred_at >= now.date().isoformat()], now)
    by_hand(now)
    put_forward()
    together(now)
    wait_for_review(now)
    snapshots.refresh(now=now)
    remember_results(now)
    db.session.commit()
    keep(passwords, instance)
    return passwords


def add_people(now: datetime) -> None:
    """The sixty, who joined over the past years."""
    random = Random(SEED)
    for one in people.EVERYBODY:
        joined = now - timedelta(days=2 if one is people.NEWCOMER else random.randint(400, 1500))
        volunteer = Volunteer(
            name=one.name,
            email=one.email,
            time_zone=one.zone,
            visibility=one.visibility,
            joined_at=joined,
            birth_date=date(now.year - 14, 5, 3) if one is people.MINOR else None,
        )
        db.session.add(volunteer)
        db.session.flush()
        points.open_balances([volunteer.id], now)


def add_users(now: datetime) -> dict[str, str]:
    """Ada volunteers, Grace coordinates, Linus is the admin; each with a password made up now."""
    passwords = {}
    for address, name, role in (
        (people.ADA.email, people.ADA.name, Role.VOLUNTEER),
        (people.GRACE.email, people.GRACE.name, Role.COORDINATOR),
        ("linus@example.org", "Linus Berg", Role.ADMIN),
        (people.NEWCOMER.email, people.NEWCOMER.name, Role.VOLUNTEER),
    ):
        passwords[address] = "-".join(secrets.choice(WORDS) for _ in range(4))
        volunteer = next(iter(volunteers.named(emails=[address])), None)
        user = {"email": address, "name": name, "password": passwords[address], "role": role}
        accounts.add_user(**user, volunteer=volunteer, now=now)
    return passwords


WORDS = (
    *("amber", "basil", "cedar", "clover", "coral", "ember", "fable", "fern", "harbour", "hazel", "island", "ivory"),
    *("juniper", "kettle", "lantern", "linen", "maple", "meadow", "nutmeg", "oak", "olive", "orchard", "pebble"),
    *("pepper", "pine", "plum", "poppy", "quartz", "quill", "reed", "river", "saffron", "sage", "silver", "sparrow"),
    *("sunrise", "thistle", "timber", "tulip", "velvet", "violet", "walnut", "willow", "winter", "yarrow", "zephyr"),
)


def record(rows: list[Submission], now: datetime) -> None:
    """Records and counts, quietly."""
    batch = Batch(kind=BatchKind.IMPORT, name="Demonstration", source="demo", quiet=True, created_at=now)
    db.session.add(batch)
    db.session.flush()
    verdicts = recording.record(rows, source="demo", now=now, batch=batch)
    recognition.settle({one.volunteer_id for one in verdicts if one.volunteer_id}, now=now)
    batch.rows = batch.done = batch.accepted = len(rows)
    batch.finished_at = now


def by_hand(now: datetime) -> None:
    """Thanks with points, and a secret badge that two of them hold."""
    grace = accounts.by_email(people.GRACE.email)
    secret = Badge(
        name="Night Owl",
        description="You were there when the city slept.",
        category=BadgeCategory.SPECIAL,
        rarity=Rarity.EPIC,
        icon="star",
        color="#5E35B1",
        points_value=50,
        is_secret=True,
        created_at=now,
        updated_at=now,
    )
    db.session.add(secret)
    db.session.flush()
    for one in (people.HERO, people.PROJECTS):
        awarding.grant(secret, to=who(one), by=grace, reason="Three nights on the bus", now=now)
    for place, one in enumerate((people.ADA, people.HERO, people.LEARNER, people.STREAK)):
        text = people.THANKS[place]
        awarding.award(20, to=who(one), by=grace, reason=text, now=now - timedelta(hours=3 * place))


def put_forward() -> None:
    """Two of them show medals of theirs to others: those that are hardest to come by first."""
    for one in (people.ADA, people.HERO):
        medals = catalogue.held_by(who(one).id)
        for held in sorted(medals, key=lambda held: -(held.badge.points_value or 0))[:3]:
            showcase.add(awarding.held(who(one).id, held.badge_id))


def together(now: datetime) -> None:
    """Teams with who is in them, a goal for everybody, and one of the kitchen; each well on its way."""
    linus = accounts.by_email("linus@example.org")
    made = {}
    for name, sort, crew in people.TEAMS:
        made[name] = teams.make(name, sort, by=linus, now=now)
        members.put_in(made[name], [who(one).id for one in crew], by=linus, now=now)
    today = organisation.today(now)
    year = {"first_on": today.replace(month=1, day=1), "last_on": today.replace(month=12, day=31)}
    kitchen = made["The Saturday kitchen"].id
    quarter = {"first_on": today - 60 * DAY, "last_on": today + 30 * DAY}
    goals.make(on_its_way("{} hours together this year", 1000, team_id=None, **year), by=linus, now=now)
    goals.make(on_its_way("{} hours at the stoves", 50, team_id=kitchen, **quarter), by=linus, now=now)


def on_its_way(title: str, step: int, **more) -> Wanted:
    """So many hours that a good part of them is done: the next whole number of steps."""
    wanted = Wanted(title=title, metric=LeaderboardType.HOURS, target=Decimal(step), **more)
    target = (int(goals.value_of(wanted) or 0) * 11 // (10 * step) + 1) * step
    return replace(wanted, title=title.format(f"{target:,}"), target=Decimal(target))


def who(one: Character) -> Volunteer:
    """The volunteer that a character is."""
    return volunteers.named(emails=[one.email])[0]


def wait_for_review(now: datetime) -> None:
    """Hours that some of them logged themselves and that nobody has looked at yet."""
    random = Random(SEED + 1)
    rows = []
    for one in (people.ADA, *people.OTHERS[:6], people.MINOR, people.UNLISTED):
        row = hours(one, today_of(one, now) - random.randint(1, 6) * DAY, random, at_least=4, at_most=10)
        row.external_id = f"demo/{one.address}/waiting"
        rows.append(row)
    recording.record(rows, source="portal", now=now, status=ActivityStatus.AWAITING_REVIEW)


def remember_results(now: datetime) -> None:
    """What the months of the year and the last weeks came to, as if the portal had been there."""
    today = organisation.today(now)
    for board in periods.BOARDS:
        began = today - (YEAR if board.timeframe == Timeframe.MONTHLY else WEEKS)
        for ended in periods.periods_until(board.timeframe, periods.period_of(board.timeframe, began), today):
            ranking.build(board, ended, now, is_current=False)
    closing.close_results(now, today)


def keep(passwords: dict[str, str], instance: Path) -> None:
    """Keeps the passwords where only the owner of the instance reads them."""
    instance.mkdir(parents=True, exist_ok=True)
    path = instance / SIGN_INS
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(passwords, file, indent=2)


def kept(instance: Path) -> dict[str, str] | None:
    """The passwords of a demonstration that was made before; None if there is none."""
    path = instance / SIGN_INS
    return json.loads(path.read_text()) if path.exists() else None
