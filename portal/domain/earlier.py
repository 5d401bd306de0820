"""How the boards stood at the end of the day before (docs/rules.md, section 8)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sqlalchemy import bindparam, select

from portal.domain import organisation
from portal.domain.leaderboards import Leaderboard
from portal.extensions import rows


@dataclass(frozen=True, slots=True)
class Before:
    """The last snapshot of an earlier day: ranks of its first hundred, and how many took part."""

    ranks: dict[int, int]
    participants: int

    def change(self, volunteer_id: int, rank: int) -> int | str | None:
        """How far somebody went up since then; None for who is new, '' where that is not known."""
        if volunteer_id in self.ranks:
            return self.ranks[volunteer_id] - rank
        return None if self.participants <= len(self.ranks) else ""


shot = Leaderboard.__table__.c
DAY_BEFORE = (
    select(shot.rankings, shot.total_participants)
    .where(shot.leaderboard_type == bindparam("kind"), shot.timeframe == bindparam("timeframe"))
    .where(shot.period_start.is_not_distinct_from(bindparam("start")))
    .where(shot.generated_at < bindparam("midnight"))
    .order_by(shot.generated_at.desc(), shot.id.desc())
    .limit(1)
)


def day_before(shown, now: datetime) -> Before | None:
    """How a board (a snapshot or its row) stood then, within the same period; None if it did not exist."""
    which = {"kind": shown.leaderboard_type, "timeframe": shown.timeframe, "start": shown.period_start}
    for rankings, participants in rows(DAY_BEFORE, **which, midnight=midnight(organisation.today(now))):
        if participants:
            return Before({row["volunteer_id"]: row["rank"] for row in rankings}, participants)
    return None


def midnight(day: date) -> datetime:
    """When a day of the organisation's calendar begins."""
    return datetime.combine(day, time(), tzinfo=organisation.zone()).astimezone(UTC)
