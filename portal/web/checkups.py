"""Whether everything adds up: what the last check-up found, another now, and mending what can be mended."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from sqlalchemy import select

from portal.access import admins
from portal.database import among
from portal.domain import checkups
from portal.domain.accounts import User
from portal.domain.achievements import Achievement
from portal.domain.badges import Badge
from portal.domain.checkups import Checkup, Found
from portal.domain.doctor import Difference
from portal.domain.goals import Goal
from portal.domain.teams import Team
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from portal.jobs.queue import ring
from portal.web import page, words
from portal.web.asked import is_part
from portal.web.checkup_words import CHECKS, group_of, remark, thing, value_of
from portal.web.page import Person
from portal.web.writing import write

screen = Blueprint("checkups", __name__)
NAMED = (
    ("achievement_id", Achievement.id, Achievement.name),
    ("badge_id", Badge.id, Badge.name),
    ("team_id", Team.id, Team.name),
    ("goal_id", Goal.id, Goal.title),
)
"""What the names of things are that a difference may be about."""


@dataclass(frozen=True)
class Line:
    """A difference as the page has it: whose, what, both values."""

    person: Person | None
    what: str
    stored: str
    recomputed: str


@dataclass(frozen=True)
class Group:
    """What a check found: nothing, or its differences, of which the first are shown."""

    name: str
    title: str
    words: str
    lines: list[Line]
    count: str
    more: str | None
    mendable: bool


@screen.get("/checkups")
@admins
def index():
    """What was found last, or how far it is; htmx asks for that part alone."""
    now = datetime.now(UTC)
    return render_template("checkups/_result.html" if is_part() else "checkups/index.html", **result(now))


@screen.post("/checkups")
@admins
def create():
    """Has a worker look everything over."""
    return ask(mends=False)


@screen.post("/checkups/mending")
@admins
def mend():
    """Has a worker mend what can be mended, and look everything over again."""
    return ask(mends=True)


def ask(*, mends: bool):
    """Asks for it, unless it is under way already, and leads to where one sees it."""
    by, now = current_user._get_current_object(), datetime.now(UTC)
    if not write(lambda: checkups.request(by=by, now=now, mends=mends)):
        flash(_("Everything is being looked over already."))
    ring("checkups.look")
    return redirect(url_for("checkups.index"))


def result(now: datetime) -> dict:
    """What checkups/_result.html is given."""
    last, found = checkups.last(), checkups.found()
    given = {"running": running(last, now) if last.under_way else None, "failed": last.failed, "found": None}
    if found is not None:
        given["found"] = in_words(found, now)
        given["before"] = verdict(found)
    given["announcement"] = given["found"] and not last.under_way and given["found"]["title"]
    return given


def running(last: Checkup, now: datetime) -> dict:
    """How far it is."""
    done, of = checkups.progress()
    return {
        "title": _("Mending, and looking again …") if last.mends else _("Looking everything over …"),
        "done": done,
        "of": of,
        "words": _("%(done)s of %(of)s parts", done=done, of=of) if of else _("It waits for its turn"),
        "asked": asked(last, now),
    }


def in_words(found: Found, now: datetime) -> dict:
    """What was found, in words."""
    groups = grouped(found)
    return {
        "title": verdict(found),
        "when": looked_over(found, now),
        "mended": found.mended and ngettext("%(num)s entry was mended.", "%(num)s entries were mended.", found.mended),
        "total": found.total,
        "mendable": found.mendable,
        "parts": parts_words(found),
        "wrong": [group for group in groups if group.lines],
        "right": [group for group in groups if not group.lines],
        "remarks": [remark(one) for one in found.remarks],
    }


def verdict(found: Found) -> str:
    """In a line."""
    if not found.total:
        return _("Everything adds up")
    number = words.number(found.total)
    return ngettext("%(n)s difference", "%(n)s differences", found.total, n=number)


def parts_words(found: Found) -> str:
    """How many of them can be mended."""
    if found.mendable == found.total:
        return _("All of it can be worked out anew from what people did.")
    facts = found.total - found.mendable
    stay = ngettext(
        "%(n)s is in what people did or were given: that stays as it is until somebody has looked at it.",
        "%(n)s are in what people did or were given: that stays as it is until somebody has looked at it.",
        facts,
        n=words.number(facts),
    )
    if not found.mendable:
        return stay
    can = ngettext(
        "%(n)s can be worked out anew.", "%(n)s can be worked out anew.", found.mendable, n=words.number(found.mendable)
    )
    return f"{can} {stay}"


def looked_over(found: Found, now: datetime) -> str:
    """'Looked over today at 14:05, for Linus Berg.', 'Looked over yesterday at 03:00, as each night.'"""
    if found.by_id is None:
        return _("Looked over %(day)s at %(time)s, as each night.", **when(found.at, now))
    return _("Looked over %(day)s at %(time)s, for %(name)s.", name=name_of(found.by_id), **when(found.at, now))


def asked(last: Checkup, now: datetime) -> str:
    """'Linus Berg asked for it today at 14:05.', 'It began by itself today at 03:00.'"""
    moment = datetime.fromisoformat(last.asked_at)
    if last.by_id is None:
        return _("It began by itself %(day)s at %(time)s.", **when(moment, now))
    return _("%(name)s asked for it %(day)s at %(time)s.", name=name_of(last.by_id), **when(moment, now))


def when(moment: datetime, now: datetime) -> dict[str, str]:
    """An instant by the calendar and the clock of whoever is signed in."""
    zone = words.my_zone()
    day = words.day_in_a_sentence(moment.astimezone(zone).date(), now.astimezone(zone).date())
    return {"day": day, "time": words.clock(moment, zone)}


def name_of(user_id: int) -> str:
    """What the user is called."""
    user = db.session.get(User, user_id)
    return user.name if user and user.name else _("somebody who left")


def grouped(found: Found) -> list[Group]:
    """Every check with what it found, in the order of CHECKS."""
    lines, counts = defaultdict(list), defaultdict(int)
    people, names = named(found.differences)
    for one in found.differences:
        lines[group_of(one.check)].append(one)
    for check, number in found.counts.items():
        counts[group_of(check)] += number
    return [group(name, counts[name], lines[name], people, names) for name in CHECKS]


def group(name: str, count: int, differences: list[Difference], people: dict, names: dict) -> Group:
    """One check with what it found."""
    check, shown = CHECKS[name], len(differences)
    number = words.number(count)
    return Group(
        name=name,
        title=str(check.title),
        words=str(check.else_ if count else check.holds),
        lines=[line(one, people, names) for one in differences],
        count=ngettext("%(n)s difference", "%(n)s differences", count, n=number),
        more=_("These are the first %(n)s of %(all)s.", n=shown, all=number) if shown < count else None,
        mendable=all(one.mendable for one in differences),
    )


def line(one: Difference, people: dict[int, Person], names: dict) -> Line:
    """A difference in words."""
    person = None
    if one.volunteer_id is not None:
        person = people.get(one.volunteer_id) or Person(_("Somebody who is gone (%(id)s)", id=one.volunteer_id), "?")
    return Line(person, thing(one, names), value_of(one, one.stored), value_of(one, one.recomputed))


def named(differences: Iterable[Difference]) -> tuple[dict[int, Person], dict[str, dict[int, str]]]:
    """Whom and what these are about: people by id, and names by the place where they belong."""
    query = select(Volunteer).where(among(Volunteer.id, {one.volunteer_id for one in differences if one.volunteer_id}))
    people = {one.id: as_person(one) for one in db.session.scalars(query)}
    names = {}
    for place, number, name in NAMED:
        ids = {one.about[place] for one in differences if place in one.about}
        names[place] = dict(db.session.execute(select(number, name).where(among(number, ids))).all())
    return people, names


def as_person(one: Volunteer) -> Person:
    """A volunteer by their full name, with the way to their page."""
    name = one.name or _("A former volunteer")
    return page.somebody(name, one.id, one.avatar, url_for("volunteers.show", volunteer_id=one.id))
