"""How the boards are kept: whether people are compared, when results are closed, and how far a rebuild is."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select

from portal.domain import audit, leaderboards, organisation
from portal.domain.accounts import User
from portal.domain.leaderboards import BoardTouch, Leaderboard, LeaderboardType
from portal.domain.refusals import FieldRefused
from portal.extensions import db

KEPT = "boards"
LATEST_CLOSING = 31
"""Days after which a result is closed, at the latest: until then it is ranked anew."""


@dataclass(frozen=True, slots=True)
class State:
    """How far it is. `waiting` is since when something waits, `began` since when something is rebuilt, each None for
    nothing; `seconds` is how long the last rebuild took, `failed` when it last failed, if it did not succeed since."""

    waiting: datetime | None
    began: datetime | None = None
    ended: datetime | None = None
    seconds: float | None = None
    failed: datetime | None = None

    @property
    def under_way(self) -> bool:
        """Whether something is still to come."""
        return self.waiting is not None or self.began is not None


def state() -> State:
    """How far it is now."""
    kept = organisation.remembered(KEPT) or {}
    times = {name: datetime.fromisoformat(kept[name]) for name in ("began", "ended", "failed") if kept.get(name)}
    return State(db.session.scalar(select(func.min(BoardTouch.touched_at))), seconds=kept.get("seconds"), **times)


def begin(now: datetime) -> None:
    """Keeps that a rebuild has begun: it is one transaction, of which nobody sees anything before its end."""
    keep(began=now.astimezone(UTC).isoformat())


def finish(seconds: float, now: datetime) -> None:
    """Keeps that it has come to its end; belongs into the rebuild's own transaction."""
    keep(began=None, failed=None, ended=now.astimezone(UTC).isoformat(), seconds=round(seconds, 2))


def give_up(now: datetime) -> None:
    """Keeps that it has failed: the last boards stand."""
    keep(began=None, failed=now.astimezone(UTC).isoformat())


def keep(**what) -> None:
    """Changes what is kept about the last rebuild."""
    organisation.remember(KEPT, {**(organisation.remembered(KEPT) or {}), **what})


def request(now: datetime) -> None:
    """Has every board rebuilt."""
    for kind in LeaderboardType:
        leaderboards.touch(kind, {organisation.today(now)}, now)


def current() -> list[Leaderboard]:
    """The nine, in their order."""
    order = list(LeaderboardType)
    found = db.session.scalars(select(Leaderboard).where(Leaderboard.is_current).order_by(Leaderboard.timeframe))
    return sorted(found, key=lambda one: order.index(LeaderboardType(one.leaderboard_type)))


def choose(*, compares_people: bool, closing_days: int, by: User, now: datetime) -> None:
    """Decides whether there are boards of people, and how many days after its end a result is closed.

    Raises FieldRefused for closing_days.
    """
    if not 0 <= closing_days <= LATEST_CLOSING:
        raise FieldRefused("closing_days", f"between 0 and {LATEST_CLOSING}")
    for key, value in (("boards_of_people", compares_people), ("closing_days", closing_days)):
        before = organisation.setting(key)
        if before != value:
            organisation.change(key, value)
            audit.note_of("setting", "settings", None, at=now, by=by, before={key: before}, after={key: value})
