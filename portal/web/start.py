"""The first visitor, who has the one-time link, becomes the first admin."""

from datetime import UTC, datetime

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from portal import config
from portal.access import anyone, enter
from portal.domain import accounts, audit, organisation
from portal.domain.accounts import Role
from portal.extensions import limiter
from portal.writing import write

screen = Blueprint("start", __name__)


class FirstForm(FlaskForm):
    """The organisation, and who looks after it."""

    organisation_name = StringField(
        _l("What is your organisation called?"), validators=[InputRequired(), Length(max=80)]
    )
    time_zone = StringField(_l("Time zone"), validators=[InputRequired()])
    name = StringField(_l("Your name"), validators=[InputRequired(), Length(max=200)])
    email = EmailField(_l("Your e-mail"), validators=[InputRequired()])
    password = PasswordField(_l("A password"), validators=[InputRequired()])

    def validate_time_zone(self, field) -> None:
        """Only zones of the tz database."""
        try:
            config.time_zone(field.data)
        except config.Misconfigured:
            raise ValidationError(_("This is not a time zone; try one like Europe/Lisbon.")) from None

    def validate_email(self, field) -> None:
        """Only what looks like an address."""
        if not accounts.E_MAIL.fullmatch(field.data.strip()):
            raise ValidationError(_("This is not an e-mail address."))

    def validate_password(self, field) -> None:
        """Long enough."""
        if len(field.data) < accounts.SHORTEST_PASSWORD:
            least = accounts.SHORTEST_PASSWORD
            raise ValidationError(_("At least %(least)s characters, please.", least=least))


@screen.get("/start/<secret>")
@limiter.limit("30 per minute")
@anyone
def new(secret: str):
    """The form; for everybody else nothing is here."""
    if not accounts.is_first_link(secret):
        abort(404)
    return page(FirstForm(time_zone=organisation.setting("time_zone")), secret)


@screen.post("/start/<secret>")
@limiter.limit("30 per minute")
@anyone
def create(secret: str):
    """Makes the admin and signs them in."""
    if not accounts.is_first_link(secret):
        abort(404)
    form = FirstForm()
    if not form.validate_on_submit():
        return page(form, secret), 422
    write(lambda: make_first(form, secret, datetime.now(UTC)))
    flash(_("Welcome! You are the first admin. Add your people, or import what they did."))
    return redirect(url_for("imports.index"))


def make_first(form: FirstForm, secret: str, now: datetime) -> None:
    """One transaction; of two visitors at once one comes too late."""
    if not accounts.is_first_link(secret):
        abort(404)
    organisation.remember("first_admin", None)
    organisation.change("organisation_name", form.organisation_name.data.strip())
    organisation.change("time_zone", form.time_zone.data)
    given = {"email": form.email.data, "name": form.name.data.strip(), "password": form.password.data}
    admin = accounts.add_user(**given, role=Role.ADMIN, now=now)
    audit.note("define", admin, at=now, by=admin, after={"role": Role.ADMIN.value})
    enter(admin, now=now)


def page(form: FirstForm, secret: str) -> str:
    """The page around the form."""
    return render_template("start/new.html", form=form, secret=secret)
