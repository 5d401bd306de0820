"""The current standings of one team: its listed members, each in their place on the whole board."""

from sqlalchemy import Row, bindparam

from portal.domain.places import PLACES, Place, stands, who
from portal.domain.teams import Team, TeamMember
from portal.extensions import rows

IN_TEAM = PLACES.join(TeamMember, TeamMember.volunteer_id == who.id).where(TeamMember.team_id == bindparam("team"))
AFTER = IN_TEAM.where(stands.position > bindparam("after")).order_by(stands.position).limit(bindparam("number"))
BEFORE = (
    IN_TEAM.where(stands.position < bindparam("before")).order_by(stands.position.desc()).limit(bindparam("number"))
)


def page(team: Team, shown: Row, *, after: int = 0, before: int | None = None, limit: int = 50) -> list[Place]:
    """Places in their order: those after a position on the whole board, or the last ones before one."""
    which = {"board": shown.id, "team": team.id, "number": limit}
    if before is None:
        return [Place(*row) for row in rows(AFTER, after=after, **which)]
    return [Place(*row) for row in rows(BEFORE, before=before, **which)][::-1]
