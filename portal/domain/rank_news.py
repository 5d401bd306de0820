"""Which places are news: the first ten, and a climb by ten; by month and of all time (docs/rules.md, section 8)."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import func, select

from portal.database import among
from portal.domain import leaderboards, notifications, organisation
from portal.domain.activities import Activity, Batch
from portal.domain.earlier import day_before
from portal.domain.leaderboards import Leaderboard, Timeframe
from portal.domain.notifications import News
from portal.extensions import db

MORE_THAN = 20
"""Participants: among fewer, a place says little."""

FIRST = 10
CLIMB = 10


def announce(new: Leaderboard, old: Leaderboard, now: datetime) -> None:
    """Writes the news of a snapshot that took the place of another; nothing of what came quietly."""
    few = new.total_participants <= MORE_THAN
    if few or new.timeframe == Timeframe.WEEKLY or not leaderboards.people_are_compared():
        return
    told = notifications.untold([*entered(new, old), *climbed(new, now)])
    quiet = came_quietly([row[0] for row in told]) if told else set()
    notifications.tell([row for row in told if row[0] not in quiet], now)


def entered(new: Leaderboard, old: Leaderboard) -> Iterator[tuple]:
    """Who is among the first ten now and was not before; once a board and period."""
    were = among_first(old) if old.period_start == new.period_start and old.total_participants > MORE_THAN else {}
    key = f"first:{new.leaderboard_type}/{new.timeframe}:{new.period_start or ''}"
    for who, rank in among_first(new).items():
        if who not in were:
            yield (who, News.RANK.value, key, about(new) | {"rank": rank})


def among_first(board: Leaderboard) -> dict[int, int]:
    """The ranks of those who share the first ten."""
    return {row["volunteer_id"]: row["rank"] for row in board.rankings if row["rank"] <= FIRST}


def climbed(new: Leaderboard, now: datetime) -> Iterator[tuple]:
    """Who stands at least ten places higher than at the end of the day before, as far as that kept places; once a
    day and board."""
    before = day_before(new, now)
    key = f"climb:{new.leaderboard_type}/{new.timeframe}:{organisation.today(now)}"
    for row in new.rankings if before else ():
        who, rank = row["volunteer_id"], row["rank"]
        if before.ranks.get(who, 0) - rank >= CLIMB:
            yield (who, News.RANK.value, key, about(new) | {"rank": rank, "climbed": before.ranks[who] - rank})


def about(board: Leaderboard) -> dict:
    """Which board news speaks of."""
    start = board.period_start and board.period_start.isoformat()
    return {"leaderboard_type": board.leaderboard_type, "timeframe": board.timeframe, "period_start": start}


def came_quietly(volunteer_ids: Sequence[int]) -> set[int]:
    """Those of whom the last that was counted came in a quiet batch."""
    newest_first = (Activity.counted_at.desc(), Activity.id.desc())
    number = func.row_number().over(partition_by=Activity.volunteer_id, order_by=newest_first).label("number")
    last = (
        select(Activity.volunteer_id, Batch.quiet, number)
        .join(Batch, Batch.id == Activity.batch_id, isouter=True)
        .where(among(Activity.volunteer_id, volunteer_ids), Activity.counted_at.is_not(None))
        .subquery()
    )
    return set(db.session.scalars(select(last.c.volunteer_id).where(last.c.number == 1, last.c.quiet)))
