"""Leaving: for a while, or for good. For good takes two steps, and the password."""

from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import BooleanField, PasswordField
from wtforms.validators import InputRequired

from portal.access import anyone, volunteers
from portal.domain import accounts, leaving
from portal.domain.refusals import NotPossible
from portal.domain.volunteers import Status
from portal.extensions import limiter
from portal.jobs.queue import ring
from portal.writing import write

screen = Blueprint("leaving", __name__)


class LeavingForm(FlaskForm):
    """That it is really them, and that they know."""

    password = PasswordField(_l("Your password"), [InputRequired(_l("So that nobody else does this for you."))])
    certain = BooleanField(_l("I know that there is no way back"), [InputRequired(_l("Please say that you know."))])


@screen.get("/leaving")
@volunteers
def index():
    """The two ways, and what each of them means."""
    return page()


def page(refusal: str | None = None) -> str:
    """The first step."""
    volunteer = current_user.volunteer
    return render_template(
        "leaving/index.html",
        refusal=refusal,
        is_volunteer=volunteer is not None,
        paused=volunteer is not None and volunteer.status == Status.INACTIVE,
    )


@screen.post("/leaving/pause")
@volunteers
def pause():
    """Makes one inactive, and signs one out everywhere."""
    by, now = current_user._get_current_object(), datetime.now(UTC)
    write(lambda: leaving.pause(by, now=now))
    return gone(url_for(".paused"))


@screen.post("/leaving/return")
@volunteers
def come_back():
    """Ends that."""
    by, now = current_user._get_current_object(), datetime.now(UTC)
    try:
        write(lambda: leaving.come_back(by, now=now))
    except NotPossible as error:
        return page(str(error)), 409
    ring("boards.refresh_boards")
    flash(_("Good to have you back."))
    return redirect(url_for("dashboard.show"))


@screen.get("/leaving/new")
@volunteers
def new():
    """The second step."""
    return last_page(LeavingForm(formdata=None))


@screen.post("/leaving")
@limiter.limit("10 per minute", key_func=lambda: f"leaving {current_user.get_id()} {request.remote_addr}")
@volunteers
def create():
    """Forgets oneself."""
    form, by, now = LeavingForm(), current_user._get_current_object(), datetime.now(UTC)
    if not form.validate_on_submit():
        return last_page(form), 422
    if accounts.check_password(by.email, form.password.data) is None:
        form.password.errors = [_("That is not your password.")]
        return last_page(form), 422
    try:
        write(lambda: leaving.leave(by, now=now))
    except NotPossible as error:
        return page(str(error)), 409
    return gone(url_for(".left"))


def last_page(form: LeavingForm) -> str:
    """The page around the form."""
    return render_template("leaving/new.html", form=form, is_volunteer=current_user.volunteer is not None)


def gone(url: str):
    """Signed out, to a last word."""
    ring("boards.refresh_boards")
    session.clear()
    return redirect(url)


@screen.get("/goodbye")
@anyone
def left():
    """Thanks to whoever left."""
    return render_template("leaving/goodbye.html", paused=False)


@screen.get("/see-you")
@anyone
def paused():
    """Thanks to whoever left for a while."""
    return render_template("leaving/goodbye.html", paused=True)
