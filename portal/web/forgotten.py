"""A forgotten password: a link by mail. The answer is the same whether or not somebody signs in with the address."""

from datetime import UTC, datetime

from flask import Blueprint, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import ValidationError
from wtforms.validators import DataRequired, Length

from portal.access import anyone
from portal.domain import accounts
from portal.domain.door_mails import Occasion
from portal.extensions import limiter
from portal.jobs.mail import is_set_up
from portal.web import door_letters
from portal.web.addresses import url_for
from portal.web.fields import Email
from portal.web.networks import network
from portal.web.signin import account_from_here
from portal.web.writing import write

screen = Blueprint("forgotten", __name__)


class ForgottenForm(FlaskForm):
    """One's e-mail."""

    email = Email(_l("Your e-mail"), [DataRequired(_l("Your e-mail, please.")), Length(max=254)])

    def validate_email(self, field) -> None:
        """Only what looks like an address."""
        if not accounts.E_MAIL.fullmatch(field.data):
            raise ValidationError(_("This is not an e-mail address."))


@screen.get("/forgotten")
@anyone
def new():
    """The form; where there is no mail, whom to ask."""
    return page(ForgottenForm())


@screen.post("/forgotten")
@limiter.limit("5 per hour", key_func=account_from_here)
@limiter.limit("20 per hour", key_func=network)
@anyone
def create():
    """Has a mail written. Whether there is anybody to write to is looked up later, by whoever writes it."""
    form, now = ForgottenForm(), datetime.now(UTC)
    if not is_set_up() or not form.validate_on_submit():
        return page(form), 422
    write(lambda: door_letters.add(Occasion.FORGOT_PASSWORD, form.email.data.lower(), now=now))
    door_letters.hurry()
    return redirect(url_for("forgotten.new", sent=1))


def page(form: ForgottenForm) -> str:
    """The page around the form."""
    sent = "sent" in request.args and request.method == "GET"
    return render_template("forgotten/new.html", form=form, has_mail=is_set_up(), sent=sent)
