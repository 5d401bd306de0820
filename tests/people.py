"""The cast, and what they do: Ada volunteers, Grace coordinates, Linus is admin. Small builders for tests.

Everything happens at NOW unless a test says otherwise: a Wednesday in May. Builders commit, as doors do.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from portal.domain import accounts, imports, points, recognition, recording, snapshots
from portal.domain.accounts import Role, User
from portal.domain.achievements import Achievement, Completion
from portal.domain.activities import Activity, ActivityStatus
from portal.domain.activities import unsettled_volunteers as unsettled
from portal.domain.badges import Badge, VolunteerBadge
from portal.domain.judging import Accepted, Rejected, Verdict
from portal.domain.points import PointRule, PointsHistory, VolunteerPoints
from portal.domain.submissions import Submission
from portal.domain.volunteers import Volunteer
from portal.extensions import db

DATA = Path(__file__).parent / "data"
NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
MONDAY = date(2026, 5, 4)
DAY = timedelta(days=1)
PASSWORD = "a password of their own"
HOURS, TASK, PROJECT = "hours_logged", "task_completed", "project_completed"
TRAINING, SKILL, REFERRAL = "training_completed", "skill_certified", "volunteer_referred"

# --- People ---------------------------------------------------------------------------------------------------------


def join(name: str = "Ada Bell", *, zone: str = "UTC", now: datetime = NOW, **more) -> Volunteer:
    """A volunteer; ada@example.org unless the e-mail is given otherwise (None for none)."""
    email = more.pop("email", f"{name.split()[0].lower()}@example.org")
    volunteer = Volunteer(name=name, email=email, time_zone=zone, joined_at=now, **more)
    db.session.add(volunteer)
    db.session.flush()
    points.open_balances([volunteer.id], now)
    db.session.commit()
    return volunteer


def sign_up(name: str, role: Role, *, volunteer: Volunteer | None = None) -> User:
    """Somebody who signs in with PASSWORD."""
    user = accounts.add_user(
        email=f"{name.split()[0].lower()}@example.org",
        name=name,
        password=PASSWORD,
        role=role,
        volunteer=volunteer,
        now=NOW,
    )
    db.session.commit()
    return user


def grace() -> User:
    """Grace coordinates."""
    return sign_up("Grace Moreau", Role.COORDINATOR)


def linus() -> User:
    """Linus is admin."""
    return sign_up("Linus Berg", Role.ADMIN)


# --- What they do ---------------------------------------------------------------------------------------------------


def did(kind: str = HOURS, quantity: object = "", when: object = MONDAY, **more) -> Submission:
    """Something that Ada did (an hour on Monday), or somebody else who is named."""
    if not any(key.startswith("volunteer_") for key in more):
        more["volunteer_email"] = "ada@example.org"
    quantity = str(quantity) or ("1" if kind == HOURS else "")
    return Submission(event_type=kind, quantity=quantity, occurred_at=str(when), **more)


def days(*numbers: int, kind: str = TASK, start: date = MONDAY, **more) -> list[Submission]:
    """Something each day; the days count from `start`, which is 0."""
    return [did(kind, when=start + number * DAY, **more) for number in numbers]


def record(
    *rows: Submission, now: datetime = NOW, source: str = "test", status: str = "pending", **how
) -> list[Verdict]:
    """Records these as one list."""
    how["status"] = ActivityStatus(status)
    verdicts = recording.record(rows, source=source, now=now, **how)
    db.session.commit()
    return verdicts


def settle(*volunteer_ids: int, now: datetime = NOW) -> list[int]:
    """Settles these volunteers, or whoever has something to settle."""
    settled = recognition.settle(volunteer_ids or unsettled(10_000), now=now)
    db.session.commit()
    return settled


def count(*rows: Submission, now: datetime = NOW, **how) -> list[int]:
    """Records and counts these one list; their ids. None of them may be rejected."""
    verdicts = record(*rows, now=now, **how)
    assert [verdict for verdict in verdicts if isinstance(verdict, Rejected)] == []
    settle(now=now)
    return [verdict.activity_id for verdict in verdicts]


def take_back(*activity_ids: int, now: datetime = NOW) -> None:
    """Reverses counted activities and settles."""
    mark_reversed(*activity_ids, now=now)
    settle(now=now)


def mark_reversed(*activity_ids: int, now: datetime = NOW) -> None:
    """Marks counted activities as reversed, without settling."""
    for activity_id in activity_ids:
        activity = db.session.get_one(Activity, activity_id, populate_existing=True)
        activity.status, activity.reversed_at, activity.reason = "reversed", now, "a mistake"
    db.session.commit()


def import_file(path: Path, *, now: datetime = NOW, source: str = "csv", quiet: bool = True) -> list[Verdict]:
    """Records a file as `flask import` does and counts what waits, both at the same given instant."""
    batch_id = imports.open_batch(path.name, source=source, quiet=quiet, now=now).id
    numbers, verdicts = Counter(), []
    with path.open("rb") as file:
        for part in imports.parts(imports.table_of(file).rows()):
            verdicts += imports.record_part(part, batch_id=batch_id, source=source, now=now, numbers=numbers)
    whose = {one.volunteer_id for one in verdicts if isinstance(one, Accepted) and one.volunteer_id}
    imports.count(imports.pending_of(whose), now=now, each=lambda _number: None)
    return verdicts


def refresh(now: datetime = NOW, **how) -> list[str]:
    """Brings the boards up to date; which were rebuilt, as 'points weekly'."""
    rebuilt = snapshots.refresh(now=now, **how)
    db.session.commit()
    return [f"{board.type} {board.timeframe}" for board in rebuilt]


# --- What there is to earn ------------------------------------------------------------------------------------------


def price(kind: str, per_unit: object, **limits: object) -> None:
    """Changes a point rule; minimum, maximum and daily_cap are empty unless they are given."""
    rule = db.session.get_one(PointRule, kind)
    rule.per_unit = per_unit
    rule.minimum, rule.maximum, rule.daily_cap = (limits.get(name) for name in ("minimum", "maximum", "daily_cap"))
    db.session.commit()


def nothing_to_earn() -> None:
    """Retires the starter set, so that points come from activities alone."""
    for achievement in db.session.scalars(select(Achievement)):
        achievement.is_active = False
    db.session.commit()


def define(kind: str, criteria: dict, *, reward: int = 0, badge: Badge | None = None, **more) -> Achievement:
    """A new achievement."""
    number = len(db.session.scalars(select(Achievement.id)).all()) + 1
    achievement = Achievement(
        name=more.pop("name", f"Achievement {number}"),
        description="",
        achievement_type=kind,
        criteria=criteria,
        points_reward=reward,
        badge_id=badge and badge.id,
        created_at=NOW,
        updated_at=NOW,
        **more,
    )
    db.session.add(achievement)
    db.session.commit()
    return achievement


def medal(value: int = 10, **more) -> Badge:
    """A new badge."""
    number = len(db.session.scalars(select(Badge.id)).all()) + 1
    texts = {"name": f"Badge {number}", "description": "", "category": "special", "rarity": "common"}
    badge = Badge(**texts | more, points_value=value, created_at=NOW, updated_at=NOW)
    db.session.add(badge)
    db.session.commit()
    return badge


# --- What became of it ----------------------------------------------------------------------------------------------


def said(verdicts: Iterable[Verdict]) -> list[str]:
    """Verdicts in short: 'accepted', 'same', 'conflict:external_id', 'refused:quantity'."""
    return [short(verdict) for verdict in verdicts]


def short(verdict: Verdict) -> str:
    if isinstance(verdict, Rejected):
        return ("conflict:" if verdict.conflict else "refused:") + verdict.field
    return "same" if verdict.same else "accepted"


def balance(volunteer: Volunteer) -> VolunteerPoints:
    """What this volunteer has, as it stands in the database."""
    query = select(VolunteerPoints).where(VolunteerPoints.volunteer_id == volunteer.id)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def total(volunteer: Volunteer) -> int:
    """Their points."""
    return balance(volunteer).total_points


def ledger(volunteer: Volunteer) -> list[PointsHistory]:
    """Their rows of the ledger, in order of id."""
    query = select(PointsHistory).where(PointsHistory.volunteer_id == volunteer.id).order_by(PointsHistory.id)
    return list(db.session.scalars(query))


def changes(volunteer: Volunteer) -> list[int]:
    """What their ledger rows changed, in order of id."""
    return [row.points_change for row in ledger(volunteer)]


def completions(volunteer: Volunteer, *, live: bool = True) -> list[Completion]:
    """Their completions in order of id; with live=False those that were reversed."""
    query = select(Completion).where(Completion.volunteer_id == volunteer.id).order_by(Completion.id)
    found = db.session.scalars(query.execution_options(populate_existing=True))
    return [one for one in found if (one.reversed_at is None) is live]


def badges(volunteer: Volunteer, *, held: bool = True) -> list[VolunteerBadge]:
    """The badges that they hold in order of id; with held=False those that were revoked."""
    query = select(VolunteerBadge).where(VolunteerBadge.volunteer_id == volunteer.id).order_by(VolunteerBadge.id)
    found = db.session.scalars(query.execution_options(populate_existing=True))
    return [one for one in found if (one.revoked_at is None) is held]
