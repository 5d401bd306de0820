"""Check-ups: that everything is to be looked over, asked for by an admin or for the night, and what was found.

The database owns the work: a request stands until what was found stands in its place, whoever dies in between. Who is
at it says so every few seconds; of two who look all the same, the first to come to an end is the one that counts.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Update, update

from portal.domain import doctor, organisation
from portal.domain.accounts import User
from portal.domain.doctor import Difference, Remark, Report
from portal.domain.organisation import Setting
from portal.extensions import db

LEASE = timedelta(seconds=8)
"""How long whoever is at it may be silent before another begins."""
TRIES = 5
"""How often it is begun; then it is given up, for it would keep a worker busy for good."""
KEPT_EACH = 25
"""Differences that are kept of each check; of the others it is known how many there are."""
REQUEST, HOLD, FOUND = "checkup", "checkup_hold", "checkup_found"


@dataclass(frozen=True)
class Checkup:
    """A request: its number, who asked (None for the night) and when, whether to mend, and how it ended."""

    number: int = 0
    asked_at: str = ""
    by_id: int | None = None
    mends: bool = False
    tries: int = 0
    mended: int = 0
    finished_at: str | None = None
    failed: bool = False

    @property
    def under_way(self) -> bool:
        """Whether somebody asked and it is not done."""
        return bool(self.number) and self.finished_at is None


@dataclass(frozen=True)
class Found:
    """What the last check-up that came to an end found. Of each check the first differences are kept."""

    at: datetime
    by_id: int | None
    mended: int
    counts: dict[str, int]
    mendable: int
    differences: list[Difference]
    remarks: list[Remark]

    @property
    def total(self) -> int:
        """How many differences there are."""
        return sum(self.counts.values())


def last(*, lock: bool = False) -> Checkup:
    """The newest request, under way or done; number 0 if nobody ever asked."""
    kept = db.session.get(Setting, f"_{REQUEST}", with_for_update=lock or None, populate_existing=True)
    return Checkup(**kept.value) if kept else Checkup()


def found() -> Found | None:
    """What was found last; None before the first time."""
    kept = organisation.remembered(FOUND)
    if kept is None:
        return None
    differences = [Difference(**one) for one in kept["differences"]]
    remarks = [Remark(**one) for one in kept["remarks"]]
    return Found(**kept | {"at": datetime.fromisoformat(kept["at"]), "differences": differences, "remarks": remarks})


def progress() -> tuple[int, int]:
    """How many parts whoever is at it has looked at, and of how many; (0, 0) before the first."""
    held = organisation.remembered(HOLD) or {}
    same = held.get("number") == last().number
    return (held["done"], held["of"]) if same else (0, 0)


def request(*, by: User | None, now: datetime, mends: bool = False) -> bool:
    """Asks for everything to be looked over, and mended where that can be; False if it is under way already."""
    before = last(lock=True)
    if before.under_way:
        return False
    keep(Checkup(before.number + 1, now.isoformat(), by and by.id, mends))
    return True


def waits(now: datetime) -> bool:
    """Whether a request is open and nobody is at it."""
    return last().under_way and not is_held(last().number, now)


def is_held(number: int, now: datetime) -> bool:
    """Whether somebody was at this one a moment ago."""
    held = organisation.remembered(HOLD)
    return bool(held) and held["number"] == number and datetime.fromisoformat(held["until"]) > now


def lease(now: datetime) -> Checkup | None:
    """Takes the request that nobody is at, or None; gives it up if it was begun too often. Commit before going on."""
    one = last(lock=True)
    if not one.under_way or is_held(one.number, now):
        return None
    if one.tries >= TRIES:
        give_up(one.number, now)
        return None
    keep(taken := replace(one, tries=one.tries + 1))
    organisation.remember(HOLD, hold(one.number, now, 0, 0))
    return taken


def hold(number: int, now: datetime, done: int, of: int) -> dict:
    """What says that somebody is at it, and how far."""
    return {"number": number, "until": (now + LEASE).isoformat(), "done": done, "of": of}


def holding(number: int, now: datetime, done: int, of: int) -> Update:
    """The statement with which whoever is at it says so again."""
    return update(Setting).where(Setting.key == f"_{HOLD}").values(value=hold(number, now, done, of))


def mend(number: int, report: Report, now: datetime) -> None:
    """Mends what can be, in the name of who asked, and keeps how much that was: a worker may die right after."""
    asked = last()
    by = db.session.get(User, asked.by_id) if asked.by_id else None
    mended = doctor.repair(report, now, by=by)
    one = last(lock=True)  # the last thing that is locked: whoever asks meanwhile does not wait for the mending
    if one.number == number and one.under_way:
        keep(replace(one, mended=one.mended + mended))


def finish(number: int, report: Report, now: datetime) -> None:
    """Keeps what was found, unless another came to an end first."""
    one = last(lock=True)
    if one.number != number or not one.under_way:
        return
    organisation.remember(FOUND, worth_keeping(one, report, now))
    keep(replace(one, finished_at=now.isoformat()))


def give_up(number: int, now: datetime) -> None:
    """Ends it without a finding; what was found before stays."""
    one = last(lock=True)
    if one.number == number and one.under_way:
        keep(replace(one, finished_at=now.isoformat(), failed=True))


def keep(one: Checkup) -> None:
    """Writes a request down."""
    organisation.remember(REQUEST, asdict(one))


def worth_keeping(one: Checkup, report: Report, now: datetime) -> dict:
    """A report as JSON: ids, never names, which are put on when it is read."""
    return {
        "at": now.isoformat(),
        "by_id": one.by_id,
        "mended": one.mended,
        "counts": dict(Counter(each.check for each in report.differences)),
        "mendable": len(report.mendable),
        "differences": [as_text(each) for each in first_of_each(report.differences)],
        "remarks": [asdict(each) for each in report.remarks],
    }


def first_of_each(differences: Iterable[Difference]) -> Iterable[Difference]:
    """The first differences of each check, so that none hides the others."""
    seen = Counter()
    for each in differences:
        seen[each.check] += 1
        if seen[each.check] <= KEPT_EACH:
            yield each


def as_text(each: Difference) -> dict:
    """A difference whose values JSON can say."""
    about = {name: as_said(value) for name, value in each.about.items()}
    values = {"stored": as_said(each.stored), "recomputed": as_said(each.recomputed)}
    names = {"check": each.check, "volunteer_id": each.volunteer_id, "what": each.what, "mendable": each.mendable}
    return names | values | {"about": about}


def as_said(value: object) -> int | str | None:
    """A number or nothing as it is, anything else in words."""
    return value if value is None or type(value) is int else str(value)
