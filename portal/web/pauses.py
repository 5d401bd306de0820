"""Taking a pause, and coming back early: a streak waits meanwhile."""

from datetime import UTC, date, datetime

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import current_user
from wtforms import DateField
from wtforms.validators import InputRequired

from portal.access import volunteers
from portal.domain import idempotency, pauses, pausing
from portal.domain.pauses import Pause
from portal.domain.refusals import FieldRefused
from portal.domain.volunteers import Volunteer
from portal.web import words
from portal.web.asked import existing
from portal.web.writing import ALREADY_SENT, OnceForm, write, write_once

screen = Blueprint("pauses", __name__)


class PauseForm(OnceForm):
    """From when to when."""

    first_on = DateField(_l("First day"), validators=[InputRequired(_l("From which day on?"))])
    last_on = DateField(_l("Last day"), validators=[InputRequired(_l("Until which day?"))])


def me_or_404() -> Volunteer:
    """The volunteer who is signed in."""
    return current_user.volunteer or abort(404)


@screen.get("/pauses")
@volunteers
def index():
    """One's own pauses, and the form for another."""
    return page(PauseForm(formdata=None), me_or_404())


@screen.post("/pauses")
@volunteers
def create():
    """Takes a pause."""
    me, form, now = me_or_404(), PauseForm(), datetime.now(UTC)
    if not form.validate_on_submit():
        return page(form, me), 422
    first, last = form.first_on.data, form.last_on.data
    try:
        write_once(
            form.key,
            lambda: pausing.take(me, first, last, now=now).id,
            content=["pause", first.isoformat(), last.isoformat()],
            now=now,
        )
    except FieldRefused as error:
        form[error.field].errors = [str(error)]
        return page(form, me), 422
    except idempotency.OtherContent:
        form.first_on.errors = [ALREADY_SENT]
        return page(form, me), 422
    flash(_("Enjoy your break. Your streak waits for you."))
    return redirect(url_for(".index"))


@screen.post("/pauses/<int:pause_id>/end")
@volunteers
def end(pause_id: int):
    """Takes back what is left of a pause."""
    me, pause, now = me_or_404(), existing(Pause, pause_id), datetime.now(UTC)
    if pause.volunteer_id != me.id:
        abort(404)
    write(lambda: pausing.end(pause, me, now=now))
    flash(_("Good to have you back."))
    return redirect(url_for(".index"))


def page(form: PauseForm, me: Volunteer) -> str:
    """The page around the form."""
    today = me.today(datetime.now(UTC))
    left = pausing.days_left(me.id, today.year)
    return render_template(
        "pauses/index.html",
        form=form,
        today=today.isoformat(),
        pauses=[in_words(one, today) for one in pauses.of(me.id)],
        left=ngettext(
            "%(n)s day is left for pauses this year.", "%(n)s days are left for pauses this year.", left, n=left
        ),
    )


def in_words(pause: Pause, today: date) -> dict:
    """A pause as its owner reads it."""
    days = sum(1 for _day in pause.days())
    return {
        "id": pause.id,
        "when": span(pause, today),
        "days": ngettext("%(n)s day", "%(n)s days", days, n=words.number(days)),
        "state": state(pause, today),
        "can_end": pausing.can_end(pause, today),
        "has_begun": pause.first_on < today,
    }


def span(pause: Pause, today: date) -> str:
    """'6 Dec to 20 Dec'."""
    first, last = words.short_day(pause.first_on, today), words.short_day(pause.last_on, today)
    return first if first == last else _("%(first)s to %(last)s", first=first, last=last)


def state(pause: Pause, today: date) -> str:
    """Whether it is over, under way, or to come."""
    if pause.last_on < today:
        return _("over")
    return _("under way") if pause.first_on <= today else _("to come")
