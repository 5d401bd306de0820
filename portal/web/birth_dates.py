"""A birth date put right by a coordinator: volunteers give theirs once, since it keeps the young from being shown."""

from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import DateField
from wtforms.validators import Optional

from portal.access import coordinators
from portal.domain import particulars
from portal.domain.refusals import FieldRefused
from portal.domain.volunteers import Volunteer
from portal.web.asked import existing
from portal.writing import write

screen = Blueprint("birth_dates", __name__)


class BirthDateForm(FlaskForm):
    """When somebody was born."""

    birth_date = DateField(_l("Birth date"), [Optional()])


@screen.get("/people/<int:volunteer_id>/birth-date")
@coordinators
def edit(volunteer_id: int):
    """What is known."""
    one = existing(Volunteer, volunteer_id)
    return page(one, BirthDateForm(formdata=None, birth_date=one.birth_date))


@screen.post("/people/<int:volunteer_id>/birth-date")
@coordinators
def update(volunteer_id: int):
    """Keeps another."""
    one, form, now = existing(Volunteer, volunteer_id), BirthDateForm(), datetime.now(UTC)
    by = current_user._get_current_object()
    if not form.validate_on_submit():
        return page(one, form), 422
    try:
        write(lambda: particulars.correct_birth_date(one, form.birth_date.data, by=by, now=now))
    except FieldRefused as error:
        form.birth_date.errors = [str(error)]
        return page(one, form), 422
    flash(_("It is kept."))
    return redirect(url_for("volunteers.show", volunteer_id=volunteer_id))


def page(one: Volunteer, form: BirthDateForm) -> str:
    """The page around the form."""
    return render_template("birth_dates/edit.html", one=one, form=form)
