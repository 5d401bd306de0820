"""Hours that wait and are not quite right: confirmed as what they should be, with a reason that the volunteer reads."""

from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user

from portal.access import coordinators
from portal.domain import reviewing
from portal.domain.activities import Activity, ActivityStatus
from portal.domain.idempotency import OtherContent
from portal.domain.refusals import FieldRefused, NotPossible
from portal.extensions import db
from portal.jobs.queue import ring
from portal.web import explanations, words
from portal.web.activities import SOURCE, field_of
from portal.web.asked import existing, go_on, is_part
from portal.web.choosing import person
from portal.web.corrections import CorrectionForm, as_it_is
from portal.web.writing import write_once

screen = Blueprint("review_changes", __name__)


@screen.get("/reviews/<int:activity_id>/change")
@coordinators
def new(activity_id: int):
    """The form, with what was logged."""
    activity = existing(Activity, activity_id)
    if (refusal := why_not(activity)) is not None:
        flash(refusal, "error")
        return redirect(url_for("reviews.index"))
    return shown(activity, CorrectionForm(formdata=None, **as_it_is(activity)))


@screen.post("/reviews/<int:activity_id>/change")
@coordinators
def create(activity_id: int):
    """Confirms what the form says in place of what was logged, once however often it is sent."""
    activity, form, now = existing(Activity, activity_id), CorrectionForm(), datetime.now(UTC)
    form.fill()
    if not form.validate():
        return shown(activity, form), 422
    content = {"change": activity_id, "reason": form.reason.data, "other": form.other(activity).fingerprint().hex()}
    try:
        write_once(form.key, lambda: put_right(activity_id, form, now), content=content, now=now)
    except FieldRefused as refusal:
        (field_of(form, refusal.field) or form.event_type).errors = [str(refusal)]
        return shown(existing(Activity, activity_id), form), 422
    except (NotPossible, OtherContent) as refusal:
        flash(str(refusal) if isinstance(refusal, NotPossible) else _("That was done already."), "error")
        return go_on(url_for("reviews.index"))
    ring("counting.count_pending")
    flash(_("Changed and confirmed. It is being counted, and they will read why."))
    return go_on(url_for("reviews.index"))


def why_not(activity: Activity) -> str | None:
    """Why there is nothing to decide here; None where there is."""
    if activity.volunteer_id == current_user.volunteer_id:
        return _("Somebody else has to look at your own hours.")
    if activity.status != ActivityStatus.AWAITING_REVIEW:
        return _("Somebody else has decided about these hours already.")
    return None


def put_right(activity_id: int, form: CorrectionForm, now: datetime) -> int:
    """One transaction."""
    activity, by = db.session.get_one(Activity, activity_id), current_user._get_current_object()
    how = {"by": by, "reason": form.reason.data, "source": SOURCE, "now": now}
    return reviewing.confirm_changed(activity, form.other(activity), **how)


def shown(activity: Activity, form: CorrectionForm) -> str:
    """The page around the form, or for htmx the form alone."""
    form.fill()
    return render_template(
        "reviews/_change_form.html" if is_part() else "reviews/change.html",
        form=form,
        url=url_for(".create", activity_id=activity.id),
        person=person(activity.volunteer),
        what=explanations.name_of(activity),
        how_much=explanations.measure(activity),
        on=words.day_in_a_sentence(activity.occurred_on, words.my_today(datetime.now(UTC))),
    )
