"""Medals and achievements: all that can be earned, and how far an assessment for everybody has come."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from flask import Blueprint, render_template
from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _

from portal.access import admins
from portal.domain import assessing, defining
from portal.domain.assessing import Assessment
from portal.web.criteria_words import criteria_words
from portal.web.starter_words import translated

screen = Blueprint("definitions", __name__)


@screen.get("/definitions")
@admins
def index():
    """Everything that can be earned, retired and secret things too."""
    holders, completers = defining.holders(), defining.completers()
    return render_template(
        "definitions/index.html",
        badges=[(one, held_words(holders.get(one.id, 0))) for one in defining.badges()],
        achievements=[
            (one, criteria_words(one), reached_words(completers.get(one.id, 0))) for one in defining.achievements()
        ],
        assessments=progress(assessing.in_sight(datetime.now(UTC)), completers),
    )


@screen.get("/definitions/assessments")
@admins
def assessments():
    """How far assessing has come; the page asks for this again while there is something to tell."""
    found = assessing.in_sight(datetime.now(UTC))
    return render_template("definitions/_assessments.html", assessments=progress(found, defining.completers()))


def progress(found: Sequence[Assessment], completers: dict[int, int]) -> list[dict]:
    """What is told of each assessment."""
    return [
        {
            "id": one.id,
            "name": translated(one.achievement.name),
            "done": min(one.done, one.total),
            "total": one.total,
            "finished": one.finished_at is not None,
            "words": assessment_words(one, completers.get(one.achievement_id, 0)),
        }
        for one in found
    ]


def assessment_words(one: Assessment, holding: int) -> str:
    """How far an assessment has come."""
    if one.finished_at is not None:
        return " ".join((_("Everybody was looked at."), reached_words(holding)))
    total = max(one.total, one.done)
    return _("Looked at %(done)s of %(total)s volunteers", done=number(one.done), total=number(total))


def held_words(count: int) -> str:
    """How many hold a badge."""
    return ngettext("%(n)s holds it", "%(n)s hold it", count, n=number(count)) if count else _("Nobody holds it yet")


def reached_words(count: int) -> str:
    """How many have completed an achievement."""
    if not count:
        return _("Nobody has reached it yet")
    return ngettext("%(n)s has reached it", "%(n)s have reached it", count, n=number(count))


def number(value: int | Decimal) -> str:
    """A number as people write it."""
    return format_decimal(value)
