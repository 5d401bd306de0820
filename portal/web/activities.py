"""Activities: recorded by a coordinator for one or several people, and looked at while they are counted."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import BooleanField, DateField, Field, SelectField, TimeField
from wtforms.validators import InputRequired, Optional

from portal.access import coordinators
from portal.domain import groups, recording
from portal.domain.activities import Activity, Batch, EventType, group
from portal.domain.idempotency import OtherContent
from portal.domain.judging import Rejected
from portal.domain.submissions import Submission
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from portal.jobs.queue import ring
from portal.web import choosing, deeds, words
from portal.web.asked import asked_row, existing, go_on, is_part
from portal.web.choosing import Choice, ChoosingForm, chosen
from portal.web.fields import Paragraph, Words, options
from portal.web.page import Link
from portal.web.typed_numbers import in_digits
from portal.web.writing import OnceForm, write_once

screen = Blueprint("activities", __name__)
SOURCE = "desk"
FIELDS = {"quantity": "hours", "reference_id": "reference_id", "volunteer_id": "query"}
"""At which field of the form a refusal is said, where the two have different names."""


class NotRecorded(ValueError):
    """What the rules don't let in: the form's field, and why."""

    def __init__(self, field: str, reason: str):
        super().__init__(reason)
        self.field, self.reason = field, reason


class ActivityForm(ChoosingForm, OnceForm):
    """What somebody did. Which fields matter depends on the kind; the others are not looked at."""

    event_type = SelectField(_l("What kind"))
    hours = Words(_l("Hours"))
    complexity = SelectField(_l("Complexity"), choices=[str(number) for number in range(1, 6)])
    certified = BooleanField(_l("There is a certificate"), default=True)
    occurred_on = DateField(_l("Day"), validators=[InputRequired(_l("On which day?"))])
    at = TimeField(_l("Time of day"), validators=[Optional()])
    reference_name = Words(_l("What was it?"))
    reference_id = Words(_l("Its number or e-mail"))
    description = Paragraph(_l("Anything worth remembering"))
    tags = Words(_l("Tags"))

    def fill(self) -> None:
        """Names the kinds; what one of them needs does not say that it may stay empty."""
        kinds = [
            (EventType.HOURS_LOGGED, _("Hours given")),
            (EventType.TASK_COMPLETED, _("A task done")),
            (EventType.PROJECT_COMPLETED, _("A project completed")),
            (EventType.TRAINING_COMPLETED, _("A training completed")),
            (EventType.SKILL_CERTIFIED, _("A skill acquired")),
            (EventType.VOLUNTEER_REFERRED, _("Somebody brought along")),
        ]
        self.event_type.choices = options(kinds)
        self.hours.flags.required = True

    def submission(self, volunteer_id: int) -> Submission:
        """What it says of one person; the key of the form makes a retry the same again."""
        kind = self.event_type.data
        hours, when = in_digits(self.hours.data).replace(",", "."), self.occurred_on.data.isoformat()
        quantities = {EventType.HOURS_LOGGED: hours, EventType.TASK_COMPLETED: self.complexity.data}
        return Submission(
            event_type=kind,
            quantity=quantities.get(EventType(kind), ""),
            occurred_at=f"{when}T{self.at.data:%H:%M}" if self.at.data else when,
            volunteer_id=str(volunteer_id),
            external_id=f"{self.key[:100]}/{volunteer_id}",
            reference_id=self.reference_id.data,
            reference_name=self.reference_name.data,
            description=self.description.data,
            certified=("yes" if self.certified.data else "no") if kind == EventType.SKILL_CERTIFIED else "",
            tags=";".join(self.tags.data.split(",")),
        )

    def content(self, ids: Sequence[int]) -> list[str]:
        """What a retry has to repeat to be one."""
        return [self.submission(one).fingerprint().hex() for one in ids]


@screen.get("/activities/new")
@coordinators
def new():
    """The form; `to` in the address names whom it is about, `like` an earlier one that it starts from."""
    today, batch = words.my_today(datetime.now(UTC)), asked_row(Batch, "like")
    earlier = groups.given(batch).activity if batch is not None else None
    if batch is None or earlier is None:
        return shown(ActivityForm(formdata=None, occurred_on=today), Choice(chosen(request.args.getlist("to"))))
    choice = Choice([], but=current_user.volunteer_id)
    choice.add(groups.active_in(batch, choosing.MOST_AT_ONCE + 1))
    return shown(like(earlier, today), choice)


def like(earlier: Activity, today: date) -> ActivityForm:
    """The form with what an earlier activity says, for today. Its number is not taken over: that stands once."""
    return ActivityForm(
        formdata=None,
        event_type=earlier.event_type,
        hours=f"{earlier.quantity.normalize():f}" if earlier.event_type == EventType.HOURS_LOGGED else "",
        complexity=str(int(earlier.quantity)) if earlier.event_type == EventType.TASK_COMPLETED else "1",
        certified=earlier.certified,
        occurred_on=today,
        reference_name=earlier.reference_name or "",
        description=earlier.description or "",
        tags=", ".join(earlier.tags or []),
    )


@screen.post("/activities")
@coordinators
def create():
    """Records it for everybody or, if that cannot be, for nobody. Searching, adding, taking out redraw the form."""
    form = ActivityForm()
    choice, only_choosing = choosing.choose(form, but_oneself=True)
    form.fill()
    if only_choosing:
        return shown(form, choice), choice.status
    if not choice.people:
        choice.problem = _("Nobody is chosen yet. Type a part of a name.")
    if not form.validate() or choice.problem:
        return shown(form, choice), 422
    now, ids = datetime.now(UTC), choice.ids
    try:
        recorded = write_once(form.key, lambda: record(form, ids, now), content=form.content(ids), now=now)
    except NotRecorded as refusal:
        return refused(form, refusal), 422
    except OtherContent:
        form.idempotency_key.data = ActivityForm(formdata=None).idempotency_key.data
        told = _("You sent this before, with something else in it; that stands. Send it again to record this as well.")
        return shown(form, Choice(chosen(request.form.getlist("recipients")), problem=told)), 422
    ring("counting.count_pending")
    if recorded["batch"] is None:
        return go_on(url_for("activities.show", activity_id=recorded["ids"][0]))
    n = words.number(len(recorded["ids"]))
    flash(_("Recorded for %(n)s people. It is being counted.", n=n))
    return go_on(url_for("batches.show", batch_id=recorded["batch"]))


def record(form: ActivityForm, ids: Sequence[int], now: datetime) -> dict:
    """One transaction; the activities' ids, and the batch of a group. Raises NotRecorded for the first of them for whom
    it cannot be."""
    by = current_user._get_current_object()
    if by.volunteer_id in ids:
        raise NotRecorded("query", _("Log your own hours on your own page; somebody else confirms them."))
    name = form.reference_name.data or form.event_type.data
    batch = group(name, size=len(ids), by=by, now=now) if len(ids) > 1 else None
    rows = [form.submission(one) for one in ids]
    verdicts = recording.record(rows, source=SOURCE, now=now, by=by, batch=batch)
    for volunteer_id, verdict in zip(ids, verdicts, strict=True):
        if isinstance(verdict, Rejected):
            name = db.session.get_one(Volunteer, volunteer_id).name
            reason = verdict.reason if len(ids) == 1 else _("%(name)s: %(why)s", name=name, why=verdict.reason)
            raise NotRecorded(verdict.field, reason)
    return {"ids": [verdict.activity_id for verdict in verdicts], "batch": batch and batch.id}


def refused(form: ActivityForm, refusal: NotRecorded) -> str:
    """The form again, with the reason at its field."""
    choice, field = Choice(chosen(request.form.getlist("recipients"))), field_of(form, refusal.field)
    if field is None:
        choice.problem = refusal.reason
    else:
        field.errors = [refusal.reason]
    return shown(form, choice)


def field_of(form: ActivityForm, column: str) -> Field | None:
    """The field that says what a submission has in this column; None if there is none."""
    if column == "occurred_at":
        return form.at if form.at.data else form.occurred_on
    return form._fields.get(FIELDS.get(column, column))


def shown(form: ActivityForm, choice: Choice) -> str:
    """The page around the form, or for htmx the form alone."""
    form.fill()
    name = "activities/_form.html" if is_part() else "activities/new.html"
    given = {} if is_part() else {"earlier": [start(one) for one in groups.recorded_lately()]}
    return render_template(name, form=form, **given, **choosing.given(choice))


def start(batch: Batch) -> Link:
    """An earlier group to start from: 'Beach clean-up', '12 people, Sat 21 Nov'."""
    when = words.near_day(words.local_date(batch.created_at), words.my_today(datetime.now(UTC)))
    note = _("%(people)s, %(when)s", people=words.people(batch.rows), when=when)
    return Link(batch.name, url_for("activities.new", like=batch.id), note=note)


@screen.get("/activities/<int:activity_id>")
@coordinators
def show(activity_id: int):
    """An activity: being counted, then what it brought. htmx asks for that part alone."""
    activity, now = existing(Activity, activity_id), datetime.now(UTC)
    given = deeds.outcome(activity, words.my_today(now))
    if is_part():
        return render_template("activities/_outcome.html", **given)
    return render_template("activities/show.html", **given, **deeds.about(activity, now))
