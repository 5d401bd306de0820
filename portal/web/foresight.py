"""Who would earn an achievement today, asked from its form; a long look comes in pieces."""

import time
from datetime import UTC, datetime

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.access import admins
from portal.domain import directory, foreseeing
from portal.domain.achievements import Achievement
from portal.domain.achievements.criteria import CriteriaRefused
from portal.domain.badges import Badge
from portal.domain.foreseeing import Outlook
from portal.extensions import db
from portal.web import words
from portal.web.achievement_form import FROM_NOW, AchievementForm, kind_in_form, prepared
from portal.web.asked import asked_row, ids_of, is_part

screen = Blueprint("foresight", __name__)

PATIENCE = 0.4
"""Seconds that a piece takes at most, and a little."""
NAMED = 12
"""How many are named."""
SO_FAR = ("after", "looked_at", "people", "points", "named")
"""What a piece hands on to the next one."""


@screen.get("/definitions/foresight")
@admins
def show():
    """The next piece of the look, or that the form is not ready for one."""
    achievement = asked_row(Achievement, "of")
    form = prepared(AchievementForm(request.args, meta={"csrf": False}), achievement)
    try:
        draft = draft_of(form, achievement)
    except CriteriaRefused as error:
        return part(refusal=error.reason)
    if draft is None:
        return part(refusal=_("Choose a kind and a medal first."))
    if form.start.data == FROM_NOW:
        return part(words=_("It counts from now on, so nobody earns it today."))
    deadline = time.monotonic() + PATIENCE
    outlook = foreseeing.look(draft, after=number("after"), enough=lambda: time.monotonic() > deadline)
    return told(outlook)


def draft_of(form: AchievementForm, achievement: Achievement | None) -> Achievement | None:
    """The achievement as it would be saved, in no session; None if a choice is none. Raises CriteriaRefused."""
    if not form.badge_id.validate(form) or (achievement is None and not form.achievement_type.validate(form)):
        return None
    kind = kind_in_form(achievement) if achievement else form.achievement_type.data
    values = form.values(kind, datetime.now(UTC))
    since = achievement.counts_from if achievement else None
    draft = Achievement(**{"is_repeatable": False, "counts_from": since} | values, is_active=True)
    draft.id = achievement.id if achievement else 0
    draft.points_reward = max(form.points_reward.data or 0, 0)
    draft.badge = db.session.get(Badge, draft.badge_id) if draft.badge_id else None
    return draft


def number(name: str) -> int:
    """A number that the last piece handed on."""
    return min(max(request.args.get(name, 0, type=int), 0), 2**62)


def told(outlook: Outlook) -> str:
    """What is known so far."""
    people = number("people") + len(outlook.earners)
    points = number("points") + sum(one.points for one in outlook.earners)
    named = [*ids_of(request.args.get("named", "").split(".")), *(one.volunteer_id for one in outlook.earners)][:NAMED]
    looked_at, everybody = number("looked_at") + outlook.looked_at, foreseeing.everybody()
    if outlook.finished:
        return part(words=in_words(people, points), names=directory.by_ids(named), more=max(0, people - len(named)))
    so_far = {"after": outlook.last_id, "looked_at": looked_at, "people": people, "points": points}
    asked = {name: values for name, values in request.args.lists() if name not in SO_FAR}
    return part(
        words=ngettext("%(n)s would earn it so far.", "%(n)s would earn it so far.", people, n=words.number(people)),
        looked_at=looked_at,
        everybody=max(everybody, looked_at),
        next_url=url_for(".show", **asked, **so_far, named=".".join(map(str, named))),
    )


def in_words(people: int, points: int) -> str:
    """'37 people would earn it today: 925 points in all.'"""
    if not people:
        return _("Nobody would earn it today.")
    who = words.people(people)
    if not points:
        return ngettext("%(who)s would earn it today.", "%(who)s would earn it today.", people, who=who)
    sum_ = words.points(points)
    return _("%(who)s would earn it today: %(points)s in all.", who=who, points=sum_)


def part(**about) -> str:
    """The part of the form's page that shows it; without scripts it is a page of its own."""
    given = {"words": "", "refusal": None, "names": (), "more": 0, "next_url": None} | about
    return render_template("definitions/_foresight.html" if is_part() else "definitions/foresight.html", **given)
