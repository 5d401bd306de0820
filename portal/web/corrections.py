"""Putting an activity right: taken back and recorded anew in one step, after a look at what that changes."""

from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms.validators import DataRequired, Length

from portal.access import coordinators
from portal.domain import corrections
from portal.domain.activities import Activity, EventType
from portal.domain.corrections import DoesNotStand, Loss
from portal.domain.idempotency import OtherContent
from portal.domain.refusals import NotPossible
from portal.domain.submissions import Submission
from portal.extensions import db
from portal.jobs.queue import ring
from portal.web import explanations, words
from portal.web.activities import SOURCE, ActivityForm, field_of
from portal.web.asked import existing, go_on, is_part
from portal.web.choosing import person
from portal.web.fields import Paragraph
from portal.web.reversals import taken
from portal.web.typed_numbers import as_written
from portal.web.writing import write_once

screen = Blueprint("corrections", __name__)


class CorrectionForm(ActivityForm):
    """What it should have been, and why it is another now."""

    reason = Paragraph(
        _l("Why?"),
        validators=[DataRequired(_l("Say why: they read it.")), Length(max=500, message=_l("Too long."))],
    )

    def other(self, activity: Activity) -> Submission:
        """What is to stand in place of an activity; an instant that nobody changed stays to the second."""
        one = self.submission(activity.volunteer_id)
        one.external_id = f"{self.key[:100]}/{activity.id}"
        if one.event_type == activity.event_type:
            one.reference_type = activity.reference_type
        if (self.occurred_on.data, self.at.data) == when(activity):
            one.occurred_at = activity.occurred_at.isoformat()
        return one


def when(activity: Activity) -> tuple:
    """The date and the time of an activity by its volunteer's clock, to the minute."""
    there = activity.occurred_at.astimezone(activity.volunteer.zone)
    return there.date(), there.time().replace(second=0, microsecond=0)


def as_it_is(activity: Activity) -> dict:
    """What the form says of an activity before anything is changed in it."""
    day, at = when(activity)
    hours = activity.event_type == EventType.HOURS_LOGGED
    return {
        "event_type": activity.event_type,
        "hours": as_written(f"{activity.quantity.normalize():f}") if hours else "",
        "complexity": str(int(activity.quantity)),
        "certified": activity.certified,
        "occurred_on": day,
        "at": at,
        "reference_name": activity.reference_name,
        "reference_id": activity.reference_id,
        "description": activity.description,
        "tags": ", ".join(activity.tags or []),
    }


@screen.get("/activities/<int:activity_id>/correction/new")
@coordinators
def new(activity_id: int):
    """The form, as the activity is."""
    activity = existing(Activity, activity_id)
    return shown(activity, CorrectionForm(formdata=None, **as_it_is(activity)))


@screen.post("/activities/<int:activity_id>/correction")
@coordinators
def create(activity_id: int):
    """First shows what would change; sent again just so, it is done."""
    activity, form, now = existing(Activity, activity_id), CorrectionForm(), datetime.now(UTC)
    form.fill()
    if not form.validate():
        return shown(activity, form), 422
    other, by = form.other(activity), current_user._get_current_object()
    print_ = other.fingerprint().hex()
    try:
        if request.form.get("seen") != print_:
            loss = corrections.preview_correction(activity, other, by=by, source=SOURCE, now=now)
            db.session.rollback()
            return shown(existing(Activity, activity_id), form, loss=loss, seen=print_)
        content = {"correction": activity_id, "reason": form.reason.data, "other": print_}
        done = write_once(form.key, lambda: put_right(activity_id, form, by, now), content=content, now=now)
    except DoesNotStand as refusal:
        db.session.rollback()
        (field_of(form, refusal.field) or form.event_type).errors = [str(refusal)]
        return shown(existing(Activity, activity_id), form), 422
    except NotPossible as refusal:
        db.session.rollback()
        flash(str(refusal), "error")
        return go_on(url_for("activities.show", activity_id=activity_id))
    except OtherContent:
        flash(_("That was done already."), "error")
        return go_on(url_for("activities.show", activity_id=activity_id))
    ring("boards.refresh_boards")
    flash(_("Put right. What was there before is taken back."))
    return go_on(url_for("activities.show", activity_id=done))


def put_right(activity_id: int, form: CorrectionForm, by, now: datetime) -> int:
    """One transaction."""
    activity = db.session.get_one(Activity, activity_id)
    how = {"by": by, "reason": form.reason.data, "source": SOURCE, "now": now}
    return corrections.correct(activity, form.other(activity), **how)


def shown(activity: Activity, form: CorrectionForm, *, loss: Loss | None = None, seen: str = ""):
    """The page around the form, or for htmx the form alone; or, for what does not count, the activity itself."""
    number, today = activity.id, words.my_today(datetime.now(UTC))
    try:
        corrections.refuse(activity, by=current_user._get_current_object())
    except NotPossible as refusal:
        db.session.rollback()
        flash(str(refusal), "error")
        return redirect(url_for("activities.show", activity_id=number))
    db.session.rollback()
    form.fill()
    activity = existing(Activity, number)
    given = {"number": number, "form": form, "seen": seen, "looked": loss is not None}
    given |= {"what": explanations.name_of(activity), "how_much": explanations.measure(activity)}
    given["on"] = words.day_in_a_sentence(activity.occurred_on, today)
    given |= taken(loss) if loss is not None else {}
    name = "corrections/_form.html" if is_part() else "corrections/new.html"
    return render_template(name, person=person(activity.volunteer), **given)


new.writes = True
