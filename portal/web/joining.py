"""Asking to join, by oneself: where an organisation allows it, a coordinator says yes or no afterwards."""

from datetime import UTC, datetime

from flask import Blueprint, redirect, render_template, request
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from portal.access import anyone
from portal.domain import accounts, badges, passwords, sign_ups
from portal.domain.door_mails import Occasion
from portal.domain.sign_ups import LONGEST_CODE, LONGEST_WHY
from portal.extensions import limiter
from portal.jobs.mail import is_set_up
from portal.web import door_letters
from portal.web.addresses import url_for
from portal.web.fields import Email, Paragraph, Words
from portal.web.networks import network
from portal.web.writing import write

screen = Blueprint("joining", __name__)


class JoinForm(FlaskForm):
    """Who would like to join. `website` is hidden from people: whoever fills it in is none."""

    name = Words(_l("Your name"), [DataRequired(_l("Say what you are called.")), Length(max=200)])
    email = Email(_l("Your e-mail"), [DataRequired(_l("You will sign in with it.")), Length(max=254)])
    password = PasswordField(_l("A password"), [InputRequired(_l("A password, please."))])
    why = Paragraph(_l("What brings you here?"), [Optional(), Length(max=LONGEST_WHY)])
    website = StringField(_l("Leave this empty"))
    code = HiddenField()

    def validate_email(self, field) -> None:
        """Only what looks like an address."""
        if not accounts.E_MAIL.fullmatch(field.data):
            raise ValidationError(_("This is not an e-mail address."))

    @property
    def asked(self) -> dict:
        """What the form says."""
        said = {name: self[name].data for name in ("name", "email", "password", "why")}
        return said | {"code": (self.code.data or "")[:LONGEST_CODE] or None}


@screen.get("/join")
@anyone
def new():
    """The form."""
    return page(JoinForm(formdata=None))


@screen.get("/join/<code>")
@anyone
def new_by_friend(code: str):
    """The form, by the link of a friend."""
    return page(JoinForm(formdata=None, code=code[:LONGEST_CODE]))


@screen.post("/join")
@limiter.limit("10 per hour", key_func=network)
@limiter.limit("300 per day", key_func=lambda: "joining")
@anyone
def create():
    """Takes what they say. Nobody learns from the answer who is here already."""
    form, now = JoinForm(), datetime.now(UTC)
    if not sign_ups.are_open():
        return page(form)
    if not form.validate_on_submit():
        return page(form), 422
    if not form.website.data:
        try:
            write(lambda: taken(form, now))
        except passwords.Refused as error:
            form.password.errors = [str(error)]
            return page(form), 422
        door_letters.hurry()
    return redirect(url_for("joining.thanks"))


def taken(form: JoinForm, now: datetime) -> None:
    """Keeps it; where there is mail, they show first that the address is theirs."""
    one = sign_ups.ask(**form.asked, confirmed=not is_set_up(), now=now)
    one.language = str(get_locale() or "en")
    door_letters.add(Occasion.ASKED_TO_JOIN, one.email, about_id=one.id, now=now)


@screen.get("/join/thanks")
@anyone
def thanks():
    """What happens next."""
    confirmed = "confirmed" in request.args or not is_set_up()
    return render_template("joining/thanks.html", confirmed=confirmed, medals=badges.starters())


def page(form: JoinForm):
    """The page around the form; where nobody joins by themselves, whom to ask."""
    if not sign_ups.are_open():
        return render_template("joining/closed.html"), 404
    return render_template("joining/new.html", form=form, medals=badges.starters())
