"""Writing down hours of one's own; then what they brought, in place."""

import secrets
from datetime import UTC, date, datetime, timedelta

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import current_user
from wtforms import DateField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from portal.access import volunteers
from portal.domain import diary, organisation, points, recording, reviewing
from portal.domain.activities import Activity, ActivityStatus, EventType
from portal.domain.judging import Rejected, Verdict
from portal.domain.refusals import FieldRefused, NotPossible
from portal.domain.submissions import LONGEST, Submission
from portal.domain.volunteers import Volunteer
from portal.jobs import queue
from portal.web import celebrating, words
from portal.web.explanations import name_of
from portal.web.fields import Paragraph, Words
from portal.web.hours_field import HoursField
from portal.web.starter_words import translated
from portal.web.writing import OnceForm
from portal.writing import write

screen = Blueprint("hours", __name__)
SOURCE = "portal"


class HoursForm(OnceForm):
    """What somebody did."""

    reference_name = Words(
        _l("What was it?"),
        validators=[
            DataRequired(_l("A word or two, so that you know it again.")),
            Length(max=LONGEST["reference_name"]),
        ],
    )
    hours = HoursField(_l("Hours"), validators=[InputRequired(_l("How many hours?"))])
    occurred_on = DateField(_l("Day"), validators=[InputRequired(_l("Which day was it?"))])
    description = Paragraph(_l("Anything else?"), validators=[Length(max=LONGEST["description"])])

    def validate_occurred_on(self, field) -> None:
        """Not too long ago; what lies in the future is refused when it is recorded."""
        days = organisation.setting("oldest_own_hours_days")
        today = current_user.volunteer.today(datetime.now(UTC))
        if field.data is not None and field.data < today - timedelta(days=days):
            text = _("You can write down the last %(days)s days yourself. Ask a coordinator for older ones.", days=days)
            raise ValidationError(text)


FIELDS = {"quantity": "hours", "occurred_at": "occurred_on", "reference_name": "reference_name"}
"""At which field of the form something is said that recording refuses."""
FIELDS_KEPT = ("reference_name", "occurred_on", "description")
"""What the form says in the words of an activity."""


def me_or_404() -> Volunteer:
    """The volunteer who is signed in, where people may write down their own hours."""
    if current_user.volunteer is None or not organisation.setting("self_logging"):
        abort(404)
    return current_user.volunteer


def own_or_404(activity_id: int) -> Activity:
    """One of one's own activities."""
    return diary.own(current_user.volunteer_id, activity_id) or abort(404)


@screen.get("/hours/new")
@volunteers
def new():
    """The form, for today unless it is changed."""
    me = me_or_404()
    form = HoursForm(formdata=None, occurred_on=me.today(datetime.now(UTC)))
    return page(form, me)


@screen.post("/hours")
@volunteers
def create():
    """Records the hours once, however often the form is sent."""
    me, form, now = me_or_404(), HoursForm(), datetime.now(UTC)
    if not form.validate_on_submit():
        return page(form, me), 422
    verdict = write(lambda: record(form, me, now))
    if isinstance(verdict, Rejected):
        say_refusal(form, verdict.field, verdict.reason)
        return page(form, me), 422
    queue.ring("counting.count_pending")
    return to_page(url_for(".show", activity_id=verdict.activity_id))


@screen.get("/hours/<int:activity_id>/change")
@volunteers
def edit(activity_id: int):
    """The form with what was written down. What counts meanwhile, or was decided about, is shown as it is."""
    activity, me = own_or_404(activity_id), me_or_404()
    if not is_open(activity):
        return redirect(url_for(".show", activity_id=activity.id))
    return page(written(activity), me, activity)


@screen.post("/hours/<int:activity_id>/change")
@volunteers
def change(activity_id: int):
    """Records what the form says in place of what was written down, once, however often the form is sent."""
    activity, me, form, now = own_or_404(activity_id), me_or_404(), HoursForm(), datetime.now(UTC)
    if not form.validate_on_submit():
        return page(form, me, activity), 422
    by, other = current_user._get_current_object(), submission(form, me)
    try:
        new_id = write(lambda: reviewing.change(activity, other, by=by, source=SOURCE, now=now))
    except FieldRefused as refusal:
        say_refusal(form, refusal.field, str(refusal))
        return page(form, me, activity), 422
    except NotPossible as refusal:
        return draw(own_or_404(activity_id), now, error=str(refusal)), 422
    queue.ring("counting.count_pending")
    flash(_("It is changed."))
    return to_page(url_for(".show", activity_id=new_id))


def is_open(activity: Activity) -> bool:
    """Whether its owner may still change it: they logged it here, and it does not count yet."""
    waits = activity.status in (ActivityStatus.AWAITING_REVIEW, ActivityStatus.PENDING)
    return waits and activity.source == SOURCE and activity.event_type == EventType.HOURS_LOGGED


def written(activity: Activity) -> HoursForm:
    """The form with what was written down."""
    form = HoursForm(formdata=None, **{name: getattr(activity, name) for name in FIELDS_KEPT})
    form.hours.raw_data = [words.number(activity.quantity)]
    return form


def record(form: HoursForm, me: Volunteer, now: datetime) -> Verdict:
    """Records what the form says; it waits for a coordinator where the organisation wants that."""
    review = organisation.setting("review_hours")
    status = ActivityStatus.AWAITING_REVIEW if review else ActivityStatus.PENDING
    by = current_user._get_current_object()
    return recording.record([submission(form, me)], source=SOURCE, now=now, by=by, status=status)[0]


def submission(form: HoursForm, me: Volunteer) -> Submission:
    """What the form says, as recording takes it."""
    return Submission(
        event_type=EventType.HOURS_LOGGED,
        quantity=f"{form.hours.data:f}",
        occurred_at=form.occurred_on.data.isoformat(),
        volunteer_id=str(me.id),
        external_id=form.key,
        reference_name=form.reference_name.data,
        description=form.description.data or "",
    )


def say_refusal(form: HoursForm, name: str, reason: str) -> None:
    """Puts what recording refused at its field. A form that was sent before, and changed since, is a new one."""
    if name == "external_id":
        form.idempotency_key.data = secrets.token_urlsafe(16)
        text = _("This form was sent before, with other words. Send it once more if these are other hours.")
        form.reference_name.errors = [text]
        return
    form[FIELDS.get(name, "hours")].errors = [reason]


def to_page(url: str) -> Response:
    """Goes there; htmx is told to go by itself, or it would put the page into the form."""
    if request.headers.get("HX-Request") == "true":
        return Response(status=204, headers={"HX-Redirect": url})
    return redirect(url)  # ty: ignore[invalid-explicit-return]


def page(form: HoursForm, me: Volunteer, activity: Activity | None = None) -> str:
    """The page around the form; for htmx the form alone. `activity` is what is being changed, if it is no new one."""
    part = request.headers.get("HX-Request") == "true" and request.method == "POST"
    rate = points.rules()[EventType.HOURS_LOGGED].per_unit
    brings = ngettext(
        "An hour brings %(n)s point.", "An hour brings %(n)s points.", words.plural(rate), n=words.number(rate)
    )
    return render_template(
        "hours/_form.html" if part else "hours/new.html",
        form=form,
        url=url_for(".change", activity_id=activity.id) if activity else url_for(".create"),
        shown_url=url_for(".show", activity_id=activity.id) if activity else None,
        recent=diary.recent_names(me.id),
        rule=brings if rate else None,
        review=organisation.setting("review_hours"),
    )


@screen.get("/hours/<int:activity_id>")
@volunteers
def show(activity_id: int):
    """What became of them: waiting, being counted, or what they brought."""
    activity, now = own_or_404(activity_id), datetime.now(UTC)
    return draw(activity, now)


def draw(activity: Activity, now: datetime, *, error: str | None = None) -> str:
    """The page, or for htmx the part that asks for itself."""
    part = request.headers.get("HX-Request") == "true"
    today = current_user.volunteer.today(now)
    if activity.status == ActivityStatus.COUNTED:
        name, given = "_celebration", celebrating.given(activity, now)
    else:
        name, given = "_counting", counting(activity, today, error)
    template = f"hours/{name}.html" if part else "hours/show.html"
    return render_template(
        template, counted=name == "_celebration", title=given.get("heading", _("Thank you")), **given
    )


def counting(activity: Activity, today: date, error: str | None) -> dict:
    """What is said of hours that don't count, or not yet."""
    asked = min(max(request.args.get("asked", 0, type=int), 0), 20)
    waits = activity.status == ActivityStatus.AWAITING_REVIEW
    logged = _(
        "%(hours)s, %(what)s, %(day)s",
        hours=words.hours(activity.quantity),
        what=name_of(activity),
        day=celebrating.day_of(activity, today),
    )
    return {
        "logged": logged,
        "heading": heading(activity),
        "waiting": activity.status != ActivityStatus.PENDING,
        "said": said(activity),
        "url": url_for(".show", activity_id=activity.id, asked=asked + 1),
        "delay": min(400 + 200 * asked, 5000),
        "change_url": url_for(".edit", activity_id=activity.id)
        if is_open(activity) and organisation.setting("self_logging")
        else None,
        "withdraw_url": url_for(".withdraw", activity_id=activity.id)
        if waits or activity.status == ActivityStatus.PENDING
        else None,
        "error": error,
    }


def heading(activity: Activity) -> str:
    """In a word."""
    if activity.status == ActivityStatus.REVERSED:
        return _("Corrected")
    if activity.status == ActivityStatus.REJECTED:
        return _("Turned down") if activity.reason else _("Withdrawn")
    return _("Thank you")


def said(activity: Activity) -> str:
    """What became of it, in a sentence."""
    if activity.status == ActivityStatus.AWAITING_REVIEW:
        return _("It is safe with us. A coordinator looks at it, and you will hear when it counts.")
    if activity.status == ActivityStatus.REVERSED:
        return _("A coordinator corrected this: %(reason)s", reason=translated(activity.reason) or "–")
    if activity.status == ActivityStatus.REJECTED and activity.reason:
        return _("A coordinator turned it down: %(reason)s", reason=translated(activity.reason))
    if activity.status == ActivityStatus.REJECTED:
        return _("You withdrew it. It does not count.")
    return _("Counting what it brings. It is already safe.")


@screen.post("/hours/<int:activity_id>/withdrawal")
@volunteers
def withdraw(activity_id: int):
    """Takes back what does not count yet."""
    now, by = datetime.now(UTC), current_user._get_current_object()
    activity = own_or_404(activity_id)
    try:
        write(lambda: reviewing.withdraw(activity, by=by, now=now))
    except NotPossible as refusal:
        return draw(own_or_404(activity_id), now, error=str(refusal)), 422
    flash(_("It is withdrawn."))
    return to_page(url_for(".show", activity_id=activity_id))
