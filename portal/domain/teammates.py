"""The current standings of one team: its listed members, each in their place on the whole board.

It takes as long as the team is large, not the board: SQLite would go through the board by position, which `+ 0` keeps
it from.
"""

from sqlalchemy import Row, bindparam, select

from portal.domain.places import PLACES, Place, stands
from portal.domain.teams import Team, TeamMember
from portal.extensions import rows

MEMBERS = select(TeamMember.volunteer_id).where(TeamMember.team_id == bindparam("team"))
IN_TEAM = PLACES.where(stands.volunteer_id.in_(MEMBERS))
POSITION = stands.position + 0
AFTER = IN_TEAM.where(bindparam("after") < POSITION).order_by(POSITION).limit(bindparam("number"))
BEFORE = IN_TEAM.where(bindparam("before") > POSITION).order_by(POSITION.desc()).limit(bindparam("number"))


def page(team: Team, shown: Row, *, after: int = 0, before: int | None = None, limit: int = 50) -> list[Place]:
    """Places in their order: those after a position on the whole board, or the last ones before one."""
    which = {"board": shown.id, "team": team.id, "number": limit}
    if before is None:
        return [Place(*row) for row in rows(AFTER, after=after, **which)]
    return [Place(*row) for row in rows(BEFORE, before=before, **which)][::-1]
