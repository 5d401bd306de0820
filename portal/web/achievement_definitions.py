"""Making and changing an achievement: its fields follow its kind, and everybody is assessed by it."""

from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from portal.access import admins
from portal.domain import defining, organisation
from portal.domain.achievements import Achievement, AchievementType
from portal.domain.achievements.criteria import CriteriaRefused
from portal.domain.badges import Badge
from portal.domain.defining import MOST_POINTS, NameTaken
from portal.domain.refusals import FieldRefused, NotPossible
from portal.extensions import db
from portal.jobs.queue import ring
from portal.web import moments
from portal.web.achievement_form import (
    KIND_WORDS,
    TELL,
    UNITS,
    AchievementForm,
    filled,
    form_for,
    kind_in_form,
    prepared,
)
from portal.web.asked import asked_row, existing
from portal.web.criteria_words import criteria_words
from portal.web.definitions import reached_words
from portal.web.writing import write

screen = Blueprint("achievement_definitions", __name__)


@screen.get("/definitions/achievements/new")
@admins
def new():
    """An empty form."""
    return page(form_for(None))


@screen.post("/definitions/achievements")
@admins
def create():
    """Makes an achievement and has everybody assessed."""
    return save(None)


@screen.get("/definitions/achievements/<int:achievement_id>")
@admins
def edit(achievement_id: int):
    """The form of an achievement."""
    achievement = existing(Achievement, achievement_id)
    return page(form_for(achievement), achievement)


@screen.post("/definitions/achievements/<int:achievement_id>")
@admins
def update(achievement_id: int):
    """Changes an achievement and has everybody assessed."""
    return save(existing(Achievement, achievement_id))


@screen.get("/definitions/criteria")
@admins
def criteria():
    """The fields of a kind, as one chooses it."""
    form = prepared(AchievementForm(request.args, meta={"csrf": False}), achievement := asked_row(Achievement, "of"))
    if form.certified and "amount" not in request.args:
        form.certified.data = True
    rearrange(form)
    return render_template("definitions/_criteria.html", form=form, **about_kind(form, achievement))


@screen.get("/definitions/reward")
@admins
def reward():
    """What an achievement brings, as one chooses it."""
    form = prepared(AchievementForm(request.args, meta={"csrf": False}), None)
    return render_template("definitions/_reward.html", form=form, **about_reward(form))


@screen.post("/definitions/achievements/<int:achievement_id>/retirement")
@admins
def retire(achievement_id: int):
    """From now on nobody earns it; who has, keeps it."""
    return activate(existing(Achievement, achievement_id), False)


@screen.post("/definitions/achievements/<int:achievement_id>/return")
@admins
def bring_back(achievement_id: int):
    """It can be earned again; who has done it meanwhile gets it quietly."""
    return activate(existing(Achievement, achievement_id), True)


@screen.post("/definitions/achievements/<int:achievement_id>/deletion")
@admins
def delete(achievement_id: int):
    """Deletes an achievement that nobody ever completed."""
    achievement = existing(Achievement, achievement_id)
    name, by, now = achievement.name, current_user._get_current_object(), datetime.now(UTC)
    try:
        write(lambda: defining.delete_achievement(achievement, by=by, now=now))
    except NotPossible as error:
        return page(filled(achievement), achievement, refusal=str(error)), 409
    flash(_("“%(name)s” is deleted.", name=name))
    return redirect(url_for("definitions.index"))


def save(achievement: Achievement | None):
    """Writes what the form says, or shows it again with what is wrong."""
    form = form_for(achievement)
    if request.form.get("show") == "foresight":
        fields = {name: values for name, values in request.form.lists() if name not in ("csrf_token", "show")}
        return redirect(url_for("foresight.show", of=achievement.id if achievement else None, **fields))
    if request.form.get("show"):
        rearrange(form)
        return page(form, achievement)
    if not form.validate_on_submit() or not saved(form, achievement):
        return page(form, achievement), 422
    ring("assessing.assess")
    flash(_("“%(name)s” is saved.", name=form.name.data))
    return redirect(url_for("definitions.index"))


def saved(form: AchievementForm, achievement: Achievement | None) -> bool:
    """Whether it could be saved; otherwise the reason stands at its field."""
    by, now = current_user._get_current_object(), datetime.now(UTC)
    quiet = form.start.data != TELL
    kind = kind_in_form(achievement) if achievement else form.achievement_type.data

    def work() -> None:
        one = achievement or Achievement()
        defining.save_achievement(one, form.values(kind, now), by=by, now=now, quiet=quiet)

    try:
        write(work)
    except NameTaken as error:
        form.name.errors = [str(error)]
    except CriteriaRefused as error:
        refuse_criteria(form, error)
    except FieldRefused as error:
        form.start.errors = [str(error)]
    else:
        return True
    return False


def refuse_criteria(form: AchievementForm, error: CriteriaRefused) -> None:
    """Puts what is wrong with the criteria at its field."""
    if form.conditions:
        form.conditions.refuse(error.key, error.reason)
    else:
        form["certified" if error.key == "certified" else "amount"].errors = [error.reason]


def rearrange(form: AchievementForm) -> None:
    """Adds or takes away a condition, if a button for that was pressed."""
    if form.conditions:
        form.conditions.rearrange(request.values.get("show", ""))


def activate(achievement: Achievement, active: bool):
    """Retires an achievement or brings it back."""
    by, now = current_user._get_current_object(), datetime.now(UTC)
    write(lambda: defining.set_active(achievement, active, by=by, now=now))
    if active:
        ring("assessing.assess")
    words = _("“%(name)s” can be earned again.") if active else _("“%(name)s” is retired. Who has it keeps it.")
    flash(words % {"name": achievement.name})
    return redirect(url_for("definitions.index"))


def about_kind(form: AchievementForm, achievement: Achievement | None) -> dict:
    """What the part with the criteria needs to know."""
    kind = kind_in_form(achievement) if achievement else form.achievement_type.data
    kind = kind if kind in dict(KIND_WORDS) else AchievementType.HOURS_LOGGED.value
    return {
        "kind": kind,
        "kind_word": dict(KIND_WORDS)[kind],
        "unit": UNITS.get(kind),
        "achievement": achievement,
        "again_url": url_for(".criteria", of=achievement.id if achievement else None),
    }


def about_reward(form: AchievementForm) -> dict:
    """What reaching it brings: points of its own, and those of the medal."""
    badge = db.session.get(Badge, form.badge_id.data) if form.badge_id.data else None
    own = min(max(form.points_reward.data or 0, 0), MOST_POINTS)
    return {"badge": badge, "own": own, "sum": own + (badge.points_value if badge else 0)}


def page(form: AchievementForm, achievement: Achievement | None = None, refusal: str | None = None) -> str:
    """The page around the form."""
    one = achievement
    return render_template(
        "definitions/achievement.html",
        form=form,
        reached=reached_words(defining.completers().get(one.id, 0)) if one else None,
        criteria_now=criteria_words(one) if one else None,
        since=moments.day(one.counts_from, organisation.zone()) if one and one.counts_from else None,
        refusal=refusal,
        **about_kind(form, one),
        **about_reward(form),
    )
