"""What people say of themselves: name, birth date, time zone, language, and how others see them (docs/rules.md, section
1). The audit knows which of them changed, and never what they said."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext as _

from portal.domain import audit, leaderboards, organisation, points
from portal.domain.accounts import User
from portal.domain.leaderboards import LeaderboardType
from portal.domain.refusals import FieldRefused
from portal.domain.volunteers import Status, Visibility, Volunteer, shown_name
from portal.extensions import db

LONGEST_NAME, LONGEST_NICKNAME = 200, 60
ABOUT = ("name", "birth_date", "time_zone", "language")
SEEN = ("nickname", "visibility")
SHOWN = frozenset(("name", *SEEN))
"""What changes a line on a board, or its place among equal ones."""
EARLIEST = date(1900, 1, 1)
JOINERS = "\u200c\u200d"
"""Signs that join letters or part them: some scripts need them, and nobody sees them."""
BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")
"""What Unicode calls letters or signs, and nobody sees."""
HEAP = re.compile(r"[\u0300-\u036f\u0489\u20d0-\u20f0]{4,}")
"""More accents on one letter than any script has: they would lie over other people's lines."""


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody wants to be changed, by field, and the version of it (see `version`) that they had before them."""

    wanted: Mapping[str, object]
    seen: str


def version(who: Volunteer | User, fields: tuple[str, ...]) -> str:
    """A word that changes with what these fields say."""
    said = [str(getattr(who, name)) for name in fields]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def change(volunteer: Volunteer, asked: Change, *, by: User, now: datetime) -> set[str]:
    """Changes what somebody says of themself; which fields were another. What is there already is no change.

    Raises FieldRefused with the field, also where another window has changed something meanwhile.
    """
    points.lock([volunteer.id])
    db.session.refresh(volunteer)
    changed = {name for name, value in asked.wanted.items() if getattr(volunteer, name) != value}
    if not changed:
        return changed
    refuse(volunteer, asked, changed, now)
    for name in changed:
        setattr(volunteer, name, asked.wanted[name])
    if changed & SHOWN:
        touch_boards(now)
    audit.note("change", volunteer, at=now, by=by, after={"fields": sorted(changed)})
    db.session.flush()
    return changed


def refuse(volunteer: Volunteer, asked: Change, changed: set[str], now: datetime) -> None:
    """Raises FieldRefused for what cannot be."""
    first = min(changed, key=list(asked.wanted).index)
    if volunteer.status not in (Status.ACTIVE, Status.INACTIVE):
        raise FieldRefused(first, _("Your entry was put together with another just now. Load the page again."))
    if version(volunteer, tuple(asked.wanted)) != asked.seen:
        raise FieldRefused(first, _("This was changed in another window meanwhile. Load the page again."))
    if "birth_date" in changed:
        refuse_birth_date(volunteer, asked.wanted["birth_date"], now)
    if asked.wanted.get("visibility") == Visibility.NICKNAME and not asked.wanted["nickname"]:
        raise FieldRefused("nickname", _("Say by which nickname."))


def refuse_birth_date(volunteer: Volunteer, day: date | None, now: datetime) -> None:
    """Raises FieldRefused for a date on which nobody was born, and where one was given before: it keeps the young from
    being shown, so that they cannot take it back themselves."""
    if volunteer.birth_date is not None:
        raise FieldRefused("birth_date", _("Only a coordinator can change it now."))
    refuse_day(day, volunteer.today(now))


def refuse_day(day: date | None, today: date) -> None:
    """Raises FieldRefused for a date on which nobody who helps was born."""
    if day is not None and not EARLIEST <= day <= today:
        raise FieldRefused("birth_date", _("This cannot be a birth date."))


def correct_birth_date(volunteer: Volunteer, day: date | None, *, by: User, now: datetime) -> None:
    """A coordinator puts somebody's birth date right. Raises FieldRefused for one that cannot be, and for one's own."""
    points.lock([volunteer.id])
    db.session.refresh(volunteer)
    if by.volunteer_id == volunteer.id and volunteer.birth_date is not None:
        raise FieldRefused("birth_date", _("Somebody else has to change your own."))
    if volunteer.status not in (Status.ACTIVE, Status.INACTIVE):
        raise FieldRefused("birth_date", _("This entry was merged or forgotten meanwhile."))
    refuse_day(day, volunteer.today(now))
    if day != volunteer.birth_date:
        volunteer.birth_date = day
        audit.note("change", volunteer, at=now, by=by, after={"fields": ["birth_date"]})
        db.session.flush()


def change_user(user: User, wanted: Mapping[str, object], *, by: User, now: datetime) -> None:
    """The same of a sign-in: name and language, which follow those of its volunteer."""
    changed = {name for name, value in wanted.items() if getattr(user, name) != value}
    for name in changed:
        setattr(user, name, wanted[name])
    if changed:
        audit.note("change", user, at=now, by=by, after={"fields": sorted(changed)})
        db.session.flush()


def touch_boards(now: datetime) -> None:
    """Every current board is rebuilt in a few seconds: who hides leaves it, and equal ones stand by name."""
    for board in LeaderboardType:
        leaderboards.touch(board, [organisation.today(now)], now)


def as_seen(volunteer: Volunteer, *, visibility: str, nickname: str | None) -> Volunteer:
    """Somebody as others would see them if they chose that; kept nowhere."""
    kept = ("id", "name", "birth_date", "avatar", "status", "joined_at", "time_zone")
    seen = Volunteer(**{name: getattr(volunteer, name) for name in kept}, nickname=nickname, visibility=visibility)
    seen.shown_name = shown_name(seen.name, seen.nickname, seen.visibility)
    return seen


def tidy(text: str) -> str:
    """A name as it is kept: one way of writing each letter, single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def can_be_called(name: str) -> bool:
    """Whether others can read this as a name: with letters or figures that are seen, and nothing that turns the line
    around or lies over the ones beside it."""
    letters = [one for one in name if one not in BLANK and one not in JOINERS]
    readable = all(one.isprintable() for one in letters) and not HEAP.search(unicodedata.normalize("NFD", name))
    return readable and any(unicodedata.category(one)[0] in "LN" for one in letters)
