"""Taking back what was counted by mistake: first all that it takes away is shown, then it is done, with a reason."""

from collections.abc import Sequence
from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy import select
from wtforms import BooleanField
from wtforms.validators import DataRequired, Length

from portal.access import coordinators
from portal.database import among
from portal.domain import corrections
from portal.domain.achievements import Achievement
from portal.domain.activities import Activity
from portal.domain.badges import Badge
from portal.domain.corrections import Loss
from portal.domain.idempotency import OtherContent
from portal.domain.refusals import NotPossible
from portal.extensions import db
from portal.jobs.queue import ring
from portal.web import explanations, words
from portal.web.asked import existing, go_on, is_part
from portal.web.choosing import person
from portal.web.fields import Paragraph
from portal.web.writing import OnceForm, write_once

screen = Blueprint("reversals", __name__)


class ReversalForm(OnceForm):
    """Why, and whether medals go too."""

    reason = Paragraph(
        _l("Why?"),
        validators=[DataRequired(_l("Say why: they read it.")), Length(max=500, message=_l("Too long."))],
    )
    keep_badges = BooleanField(_l("Let them keep the medals"))


@screen.get("/activities/<int:activity_id>/reversal/new")
@coordinators
def new(activity_id: int):
    """What it would take away, and the form."""
    return shown(existing(Activity, activity_id), ReversalForm(formdata=None))


new.writes = True


@screen.post("/activities/<int:activity_id>/reversal")
@coordinators
def create(activity_id: int):
    """Takes it back."""
    activity, form, now = existing(Activity, activity_id), ReversalForm(), datetime.now(UTC)
    if not form.validate_on_submit():
        return shown(activity, form), 422
    by, keep = current_user._get_current_object(), form.keep_badges.data
    content = {"reversal": activity_id, "reason": form.reason.data, "keep": keep}
    who = activity.volunteer_id
    try:
        work = {"content": content, "now": now}
        write_once(form.key, lambda: take_back(activity_id, by, form.reason.data, now, keep), **work)
    except NotPossible as refusal:
        flash(str(refusal), "error")
    except OtherContent:
        flash(_("That was done already."), "error")
    else:
        ring("boards.refresh_boards")
        flash(_("Taken back; the medals stay.") if keep else _("Taken back, with all that it brought."))
    return go_on(url_for("volunteers.show", volunteer_id=who))


def take_back(activity_id: int, by, reason: str, now: datetime, keep: bool) -> dict:
    """One transaction."""
    activity = db.session.get_one(Activity, activity_id)
    corrections.reverse(activity, by=by, reason=reason, now=now, keep_badges=keep)
    return {"activity": activity_id}


def shown(activity: Activity, form: ReversalForm):
    """The page, or, where it cannot be taken back, the activity with the reason why not."""
    number, now = activity.id, datetime.now(UTC)
    try:
        loss = corrections.preview(activity, by=current_user._get_current_object(), now=now)
    except NotPossible as refusal:
        db.session.rollback()
        flash(str(refusal), "error")
        return redirect(url_for("activities.show", activity_id=number))
    db.session.rollback()  # nobody waits for a page that is being drawn
    given = taken(loss) | {"form": form, "activity": existing(Activity, number)}
    activity, today = given["activity"], words.my_today(now)
    name = "reversals/_form.html" if is_part() else "reversals/new.html"
    what = {"what": explanations.name_of(activity), "how_much": explanations.measure(activity)}
    on = words.day_in_a_sentence(activity.occurred_on, today)
    return render_template(name, person=person(activity.volunteer), on=on, number=number, **what, **given)


def these(model, ids: Sequence[int]) -> list:
    """The rows with these ids, by id."""
    return list(db.session.scalars(select(model).where(among(model.id, ids)).order_by(model.id)))


def taken(loss: Loss) -> dict:
    """What goes and comes, in words: points, achievements, badges, the place."""
    moves = loss.place is not None and loss.place != loss.place_after
    after = words.ordinal(loss.place_after) if loss.place_after else _("none")
    return {
        "points": loss.points,
        "achievements": these(Achievement, loss.achievement_ids),
        "badges": these(Badge, loss.badge_ids),
        "new_achievements": these(Achievement, loss.new_achievement_ids),
        "new_badges": these(Badge, loss.new_badge_ids),
        "place": _("%(now)s, then %(after)s", now=words.ordinal(loss.place), after=after) if moves else None,
    }
