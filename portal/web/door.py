"""Coming in, as admins decide it: may people ask to join, and who needs a second factor."""

from datetime import UTC, datetime

from flask import Blueprint, current_app, flash, redirect, render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField

from portal.access import admins
from portal.domain import accounts, keeping_doors, organisation
from portal.domain.accounts import Role
from portal.jobs.mail import is_set_up
from portal.web.addresses import url_for
from portal.web.fields import options
from portal.web.writing import write

screen = Blueprint("door", __name__)

FROM = [
    (accounts.NOBODY, _l("Nobody has to")),
    (Role.ADMIN.value, _l("Admins")),
    (Role.COORDINATOR.value, _l("Coordinators and admins")),
]


class DoorForm(FlaskForm):
    """What an organisation decides."""

    sign_up = BooleanField(_l("People may ask to join by themselves"))
    second_factor_from = RadioField(_l("Who has to show a second factor"), choices=options(FROM))


@screen.get("/coming-in")
@admins
def index():
    """The decisions."""
    return page(DoorForm(data={key: organisation.setting(key) for key in keeping_doors.DECISIONS}))


@screen.post("/coming-in")
@admins
def update():
    """Decides."""
    form = DoorForm()
    if not form.validate_on_submit():
        return page(form), 422
    what = {"sign_up": form.sign_up.data, "second_factor_from": form.second_factor_from.data}
    by, now = current_user._get_current_object(), datetime.now(UTC)
    write(lambda: keeping_doors.choose(**what, by=by, now=now))
    flash(_("Saved."))
    return redirect(url_for("door.index"))


def page(form: DoorForm) -> str:
    """The page around the form."""
    given = {"has_mail": is_set_up(), "join": url_for("joining.new", _external=True)}
    has_own = current_user.second_factor_since is not None
    provider = current_app.config.get("OIDC_ISSUER") or None
    return render_template("door/index.html", form=form, has_own=has_own, provider=provider, **given)
