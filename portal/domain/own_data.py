"""Everything that is kept about a volunteer, for themself: as one document, and as a table of what they did."""

from base64 import b64encode
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.domain import aims, avatars, inviting, pauses, points, second_factors, teams
from portal.domain.accounts import SignIn, User
from portal.domain.achievements import Completion
from portal.domain.activities import Activity, ActivityStatus
from portal.domain.badges import VolunteerBadge
from portal.domain.notifications import Notification
from portal.domain.points import Award, PointsHistory
from portal.domain.portraits import LARGE
from portal.domain.volunteers import Volunteer
from portal.extensions import db

PERSON = (
    *("id", "name", "shown_name", "email", "external_id", "time_zone", "birth_date", "nickname", "visibility"),
    *("language", "mail_choices"),
)
BALANCE = (
    *("total_points", "total_hours", "total_projects", "rank", "rank_percentile"),
    *("current_streak_days", "longest_streak_days", "last_activity_date"),
)
ACTIVITY = (
    *("id", "event_type", "quantity", "occurred_at", "occurred_on", "reference_type", "reference_id"),
    *("reference_name", "description", "certified", "tags", "source", "external_id", "status"),
    *("recorded_at", "reviewed_at", "counted_at", "reversed_at", "reason"),
)
LEDGER = (
    *("id", "points_change", "balance_after", "event_type", "description", "effective_at", "effective_on"),
    *("created_at", "activity_id", "completion_id", "volunteer_badge_id", "award_id"),
)
SHEET = (
    *("volunteer_email", "volunteer_name", "external_id", "event_type", "quantity", "occurred_at"),
    *("reference_type", "reference_id", "reference_name", "description", "certified", "tags"),
)
"""Columns of the table: those of an import, so that another organisation can take it in."""
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet compute a cell instead of showing it."""


def document(volunteer: Volunteer, user: User, now: datetime) -> dict:
    """All of it, ready for JSON. Of others there is nothing in it but what they wrote to this person."""
    theirs = volunteer.id
    return {
        "made_at": plain(now),
        "person": fields(volunteer, (*PERSON, "joined_at")),
        "sign_in": fields(user, ("email", "name", "role", "language", "created_at")),
        "sign_ins": [
            fields(one, ("browser", "created_at", "last_seen_at", "expires_at", "ended_at"))
            for one in rows(select(SignIn).where(SignIn.user_id == user.id).order_by(SignIn.id))
        ],
        "second_factors": [
            fields(one, ("kind", "name", "created_at", "last_used_at")) for one in second_factors.of(user)
        ],
        "totals": fields(points.balance_of(theirs), BALANCE),
        "activities": [fields(one, ACTIVITY) for one in activities(theirs)],
        "points": [fields(one, LEDGER) for one in of_theirs(PointsHistory, theirs)],
        "given_by_hand": [
            fields(one, ("id", "points", "reason", "note", "created_at")) for one in of_theirs(Award, theirs)
        ],
        "achievements": achievements(user),
        "badges": badges(theirs),
        "picture": picture(volunteer),
        "friend_link": inviting.code_of(volunteer),
        "pauses": [fields(one, ("first_on", "last_on", "created_at")) for one in pauses.of(theirs)],
        "teams": [
            {"name": one.team.name, "sort": one.team.sort, "since": plain(one.since)} for one in teams.of(theirs)
        ],
        "news": [fields(one, ("kind", "data", "created_at", "read_at")) for one in of_theirs(Notification, theirs)],
    }


def picture(volunteer: Volunteer) -> str | None:
    """Their picture, as a data address that browsers open."""
    content = avatars.shown(volunteer, volunteer.avatar or "", LARGE)
    return f"data:image/webp;base64,{b64encode(content).decode()}" if content else None


def achievements(user: User) -> list[dict]:
    """Those that they may know of and have begun, with how far they are and each completion."""
    begun = {one.achievement.id: one for one in aims.of(user) if one.value or one.times}
    done = select(Completion).where(Completion.volunteer_id == user.volunteer_id).order_by(Completion.id)
    times: dict[int, list[dict]] = {number: [] for number in begun}
    for one in rows(done):
        if one.achievement_id in times:
            times[one.achievement_id].append(fields(one, ("nth", "completed_at", "reason", "reversed_at")))
    return [
        {
            "name": one.achievement.name,
            "progress": plain(one.value),
            "target": plain(one.target),
            "completions": times[number],
        }
        for number, one in begun.items()
    ]


def badges(volunteer_id: int) -> list[dict]:
    """Those that they hold or held; of secret ones only those that they hold."""
    query = select(VolunteerBadge).options(joinedload(VolunteerBadge.badge))
    query = query.where(VolunteerBadge.volunteer_id == volunteer_id).order_by(VolunteerBadge.id)
    names = ("earned_at", "earned_reason", "is_showcased", "revoked_at", "revoked_reason")
    known = [one for one in rows(query) if one.revoked_at is None or not one.badge.is_secret]
    return [{"name": one.badge.name} | fields(one, names) for one in known]


def table(volunteer: Volunteer) -> Iterator[list[str]]:
    """What they did and counts, row by row under its headings."""
    yield list(SHEET)
    for one in (one for one in activities(volunteer.id) if one.status == ActivityStatus.COUNTED):
        who = {"volunteer_email": volunteer.email, "volunteer_name": volunteer.name}
        yield [cell(who[name] if name in who else getattr(one, name)) for name in SHEET]


def activities(volunteer_id: int) -> list[Activity]:
    """What they did, in order."""
    return sorted(of_theirs(Activity, volunteer_id), key=lambda one: (one.occurred_at, one.id))


def of_theirs(model, volunteer_id: int) -> list:
    """Their rows of a table, in order of id."""
    return rows(select(model).where(model.volunteer_id == volunteer_id).order_by(model.id))


def rows(query) -> list:
    """What a query finds."""
    return list(db.session.scalars(query))


def fields(row, names: tuple[str, ...]) -> dict:
    """Some fields of a row."""
    return {name: plain(getattr(row, name)) for name in names}


def plain(value):
    """A value as JSON has it: instants and dates by ISO 8601, numbers as numbers."""
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    return value.isoformat() if isinstance(value, date) else value


def cell(value) -> str:
    """A value as a table has it; nothing that a spreadsheet would take for a formula."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = ";".join(value) if isinstance(value, list) else "" if value is None else str(plain(value))
    return harmless(text)


def harmless(text: str) -> str:
    """A text that spreadsheets show as it stands: what looks like a formula gets an apostrophe before it."""
    return f"'{text}" if text.startswith(DANGEROUS) else text
