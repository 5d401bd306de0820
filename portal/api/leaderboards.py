"""The boards as they stand."""

from datetime import UTC, date, datetime, time, timedelta

from flask import abort

from portal.access import scope
from portal.api import api
from portal.api.answers import instant, number, picture_url
from portal.domain import organisation, snapshots
from portal.domain.leaderboards import LeaderboardType, Timeframe, people_are_compared, shown_rankings
from portal.domain.periods import Board


@api.get("/leaderboards/<board>/<timeframe>")
@scope("read")
def leaderboard(board: str, timeframe: str) -> dict:
    """The current snapshot of a board: the first hundred, and figures over all who take part."""
    if board not in set(LeaderboardType) or timeframe not in set(Timeframe) or not people_are_compared():
        abort(404)
    snapshot = snapshots.current(Board(LeaderboardType(board), Timeframe(timeframe)))
    return {
        "id": snapshot.id,
        "leaderboard_type": snapshot.leaderboard_type,
        "timeframe": snapshot.timeframe,
        "period_start": midnight(snapshot.period_start),
        "period_end": last_second(snapshot.period_end),
        "generated_at": instant(snapshot.generated_at),
        "is_current": snapshot.is_current,
        "total_participants": snapshot.total_participants,
        "average_value": number(snapshot.average_value),
        "median_value": number(snapshot.median_value),
        "rankings": [with_picture(one) for one in shown_rankings(snapshot)],
    }


def with_picture(row: dict) -> dict:
    """A place with the address of the picture, where there is one."""
    return row | {"volunteer_avatar": row["volunteer_avatar"] and picture_url(row["volunteer_id"])}


def midnight(day: date | None) -> str | None:
    """The instant at which a date begins by the organisation's calendar; None for none."""
    return None if day is None else instant(datetime.combine(day, time(), tzinfo=organisation.zone()))


def last_second(end: date | None) -> str | None:
    """The last second before a period's end, which is not part of it; None for none."""
    if end is None:
        return None
    first_after = datetime.combine(end, time(), tzinfo=organisation.zone()).astimezone(UTC)
    return instant(first_after - timedelta(seconds=1))
