"""Signing in and out. Sign-ins are rows: ended here, they are over for every copy of their cookie."""

from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField
from wtforms.validators import InputRequired

from portal.access import anyone, enter, leave, own_path
from portal.domain import accounts, badges
from portal.extensions import limiter
from portal.writing import write

screen = Blueprint("signin", __name__)


class SignInForm(FlaskForm):
    """E-mail and password."""

    email = EmailField(_l("E-mail"), validators=[InputRequired()])
    password = PasswordField(_l("Password"), validators=[InputRequired()])


def account_typed() -> str:
    """Whose account is being tried: limits hold for an account from one network, and never lock its owner out."""
    return f"{request.remote_addr} {request.form.get('email', '').strip().lower()[:254]}"


@screen.get("/sign-in")
@anyone
def new():
    """The form."""
    if current_user.is_authenticated:
        return redirect(own_path(request.args.get("next")))
    return page(SignInForm())


@screen.post("/sign-in")
@limiter.limit("10 per minute", key_func=account_typed)
@limiter.limit("60 per minute")
@anyone
def create():
    """Lets in whoever knows the password; the words are the same for a wrong one and an unknown e-mail."""
    form = SignInForm()
    if not form.validate_on_submit():
        return page(form), 422
    user = accounts.check_password(form.email.data or "", form.password.data or "")
    if user is None:
        form.password.errors = [_("This e-mail and password don't belong together.")]
        return page(form), 422
    write(lambda: enter(user, now=datetime.now(UTC)))
    return redirect(own_path(request.args.get("next")))


@screen.post("/sign-out")
@anyone
def destroy():
    """Ends this sign-in."""
    write(lambda: leave(now=datetime.now(UTC)))
    flash(_("You are signed out."))
    return redirect(url_for("signin.new"))


def page(form: SignInForm) -> str:
    """The page around the form."""
    return render_template(
        "signin/new.html",
        form=form,
        kind="password",
        medals=badges.starters(),
        heading=_("Welcome back"),
        words=_("Sign in to see what your hours add up to."),
    )
