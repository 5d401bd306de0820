"""Forgetting somebody who asked for it: shown first what goes and what stays, then done for good."""

import unicodedata
from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms.validators import DataRequired

from portal.access import admins
from portal.domain import forgetting
from portal.domain.refusals import NotPossible
from portal.domain.volunteers import Volunteer
from portal.jobs.queue import ring
from portal.web.asked import existing
from portal.web.fields import Words
from portal.web.writing import write

screen = Blueprint("forgetting", __name__)


class ForgettingForm(FlaskForm):
    """The name once more, for there is no way back."""

    name = Words(_l("Type their full name"), [DataRequired(_l("Type the name, so that it is nobody else."))])


@screen.get("/people/<int:volunteer_id>/forgetting/new")
@admins
def new(volunteer_id: int):
    """What goes and what stays."""
    one = existing(Volunteer, volunteer_id)
    refusal = None
    try:
        forgetting.refuse(one, current_user._get_current_object())
    except NotPossible as error:
        refusal = str(error)
    return page(one, ForgettingForm(formdata=None), refusal)


@screen.post("/people/<int:volunteer_id>/forgetting")
@admins
def create(volunteer_id: int):
    """Does it."""
    one, form, now = existing(Volunteer, volunteer_id), ForgettingForm(), datetime.now(UTC)
    if not form.validate_on_submit():
        return page(one, form), 422
    if plain(form.name.data) != plain(one.name):
        form.name.errors = [_("This is not their name.")]
        return page(one, form), 422
    by = current_user._get_current_object()
    try:
        write(lambda: forgetting.forget(one, by=by, now=now))
    except NotPossible as error:
        return page(one, form, str(error)), 409
    ring("boards.refresh_boards")
    flash(_("They are forgotten. What they did still counts, without a name."))
    return redirect(url_for("volunteers.show", volunteer_id=volunteer_id))


def plain(name: str) -> str:
    """A name as it is compared: however it is spaced and capitalised, whichever code points spell it, and without the
    signs that join letters or turn the direction and that nobody sees."""
    seen = "".join(letter for letter in name if unicodedata.category(letter) != "Cf")
    return " ".join(unicodedata.normalize("NFKC", seen).casefold().split())


def page(one: Volunteer, form: ForgettingForm, refusal: str | None = None) -> str:
    """The page around the form."""
    return render_template("forgetting/new.html", one=one, form=form, refusal=refusal)
