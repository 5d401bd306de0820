"""Who comes into a team and who leaves it, and what that changes: boards and goals are refreshed in a few seconds."""

from collections.abc import Collection, Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import delete, insert, select

from portal.database import among
from portal.domain import audit, goals, leaderboards, organisation, points, volunteers
from portal.domain.accounts import User
from portal.domain.leaderboards import LeaderboardType
from portal.domain.refusals import NotPossible
from portal.domain.teams import Team, TeamMember
from portal.domain.volunteers import Status, Volunteer
from portal.extensions import db


def put_in(team: Team, volunteer_ids: Collection[int], *, by: User, now: datetime) -> list[int]:
    """Puts people into a team, each once; ids of those who were not in it. Raises NotPossible for who is not active,
    and for a retired team.

    The people are locked, so that nobody is forgotten or merged meanwhile; then the team, so that two admins at once
    take turns.
    """
    points.lock(volunteer_ids)
    people = volunteers.by_ids(volunteer_ids)
    db.session.refresh(team, with_for_update=True)
    if team.retired_at is not None:
        raise NotPossible(_("This team is retired. Take it back first."))
    if len(people) < len(set(volunteer_ids)) or any(one.status != Status.ACTIVE for one in people.values()):
        raise NotPossible(_("One of them is not active any more."))
    there = select(TeamMember.volunteer_id).where(TeamMember.team_id == team.id)
    new = sorted(people.keys() - set(db.session.scalars(there)))
    if new:
        rows = [{"team_id": team.id, "volunteer_id": number, "since": now} for number in new]
        db.session.execute(insert(TeamMember), rows)
        audit.note("put_in", team, at=now, by=by, after={"volunteers": new})
        touch([team.id], now)
    return new


def take_out(team: Team, volunteer: Volunteer, *, by: User, now: datetime) -> bool:
    """Takes somebody out of a team; whether they were in it."""
    db.session.refresh(team, with_for_update=True)
    gone = left(TeamMember.team_id == team.id, TeamMember.volunteer_id == volunteer.id)
    if gone:
        audit.note("take_out", team, at=now, by=by, before={"volunteers": [volunteer.id]})
        touch([team.id], now)
    return bool(gone)


def retire(team: Team, *, by: User, now: datetime) -> None:
    """A team is no more: on no board, with no goals to be seen. Who was in it stands there still."""
    db.session.refresh(team, with_for_update=True)
    if team.retired_at is None:
        team.retired_at = now
        audit.note("retire", team, at=now, by=by, before={"retired": False}, after={"retired": True})
        touch([team.id], now)


def bring_back(team: Team, *, by: User, now: datetime) -> None:
    """Takes a retired team back, with whoever is in it."""
    db.session.refresh(team, with_for_update=True)
    if team.retired_at is not None:
        team.retired_at = None
        audit.note("reactivate", team, at=now, by=by, before={"retired": True}, after={"retired": False})
        touch([team.id], now)


def hand_over(other: Volunteer, into: Volunteer) -> list[int]:
    """The other's teams go to the one that stays, each once; which they were. The goals of both's teams are looked at:
    who is active may change, too. Whoever merges touches the boards."""
    query = select(TeamMember).where(among(TeamMember.volunteer_id, [other.id, into.id])).order_by(TeamMember.team_id)
    rows = list(db.session.scalars(query))
    own = {row.team_id: row for row in rows if row.volunteer_id == into.id}
    theirs = {row.team_id: row for row in rows if row.volunteer_id == other.id}
    for team_id, row in theirs.items():
        if team_id in own:
            own[team_id].since = min(own[team_id].since, row.since)
    new = [
        {"team_id": team_id, "volunteer_id": into.id, "since": row.since}
        for team_id, row in theirs.items()
        if team_id not in own
    ]
    if new:
        db.session.execute(insert(TeamMember), new)
    db.session.flush()
    left(TeamMember.volunteer_id == other.id)
    goals.mark_due(own.keys() | theirs.keys())
    return sorted(theirs)


def leave_all(volunteer_ids: Collection[int]) -> list[int]:
    """Takes somebody who is forgotten out of all teams; which they were. Whoever forgets touches the boards."""
    gone = left(among(TeamMember.volunteer_id, volunteer_ids))
    goals.mark_due(gone)
    return gone


def left(*which) -> list[int]:
    """Ends memberships; the teams of those that there were."""
    db.session.flush()
    gone = sorted(set(db.session.scalars(delete(TeamMember).where(*which).returning(TeamMember.team_id))))
    db.session.expire_all()
    return gone


def touch(team_ids: Sequence[int], now: datetime) -> None:
    """Has the boards and these teams' goals rebuilt: members are those of now, so all current boards change."""
    db.session.flush()
    goals.mark_due(team_ids)
    for board in LeaderboardType:
        leaderboards.touch(board, [organisation.today(now)], now)
