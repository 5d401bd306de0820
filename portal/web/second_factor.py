"""My second factor: an app whose codes I type, and codes on paper for the day on which the phone is lost."""

from datetime import UTC, datetime

from flask import Blueprint, abort, flash, redirect, render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import PasswordField
from wtforms.validators import InputRequired

from portal.access import arrivals, this_sign_in, volunteers
from portal.domain import accounts, passwords, second_factors, time_codes
from portal.domain.accounts import User
from portal.domain.refusals import NotPossible
from portal.domain.second_factors import SecondFactor
from portal.extensions import limiter
from portal.web import moments, words
from portal.web.addresses import url_for
from portal.web.asked import existing
from portal.web.my_sign_in import me_or_network, myself
from portal.web.qr import qr_code
from portal.web.signin import CodeForm, is_wrong
from portal.web.writing import write

screen = Blueprint("second_factor", __name__)


class SureForm(FlaskForm):
    """The password once more: whoever found this browser open must not change how one comes in."""

    password = PasswordField(_l("Your password"), [InputRequired(_l("Your password, please."))])


@screen.get("/my-sign-in/second-factor")
@arrivals
def index():
    """What there is, and what one can add."""
    return page()


@screen.post("/my-sign-in/second-factor/app")
@arrivals
def begin():
    """Begins with an app."""
    user, now = myself(), datetime.now(UTC)
    try:
        write(lambda: second_factors.begin_app(user, now))
    except NotPossible as error:
        flash(str(error), "error")
        return redirect(url_for("second_factor.index"))
    return redirect(url_for("second_factor.app"))


@screen.get("/my-sign-in/second-factor/app")
@arrivals
def app():
    """The QR code that an app reads, and a field for its first code."""
    return app_page(CodeForm(formdata=None))


@screen.post("/my-sign-in/second-factor/app/confirmation")
@limiter.limit("30 per hour", key_func=me_or_network, deduct_when=is_wrong)
@arrivals
def confirm():
    """The first code: from now on it is asked for. The codes on paper stand on this answer and nowhere else."""
    form, user, now = CodeForm(), myself(), datetime.now(UTC)
    if not form.validate_on_submit():
        return app_page(form), 422
    codes = write(lambda: confirmed(user, form.code.data or "", now))
    if codes is None:
        form.code.errors = [_("This is not the code of now. Wait for the next one, and look at your phone's clock.")]
        return app_page(form), 422
    return codes_page(codes, first=True)


def confirmed(user: User, code: str, now: datetime) -> list[str] | None:
    """Codes on paper for whose first code was right; sign-ins elsewhere end, which showed none."""
    if not second_factors.confirm_app(user, "".join(code.split()), now=now):
        return None
    accounts.end_sign_ins(user, now, but=this_sign_in(now))
    return second_factors.new_backup_codes(user, now=now)


@screen.post("/my-sign-in/second-factor/codes")
@limiter.limit("10 per 10 minutes", key_func=me_or_network, deduct_when=is_wrong)
@volunteers
def new_codes():
    """New codes on paper."""
    form, user, now = SureForm(), myself(), datetime.now(UTC)
    if user.second_factor_since is None or not sure(form, user):
        return page(form), 422
    return codes_page(write(lambda: second_factors.new_backup_codes(user, now=now)), first=False)


@screen.post("/my-sign-in/second-factor/<int:factor_id>/removal")
@limiter.limit("10 per 10 minutes", key_func=me_or_network, deduct_when=is_wrong)
@volunteers
def remove(factor_id: int):
    """Takes one away."""
    one, form, user, now = existing(SecondFactor, factor_id), SureForm(), myself(), datetime.now(UTC)
    if one.user_id != user.id:
        abort(404)
    if not sure(form, user):
        return page(form), 422
    try:
        write(lambda: second_factors.remove(user, one, now=now))
    except NotPossible as error:
        form.password.errors = [str(error)]
        return page(form), 422
    flash(_("It is gone."))
    return redirect(url_for("second_factor.index"))


def sure(form: SureForm, user: User) -> bool:
    """Whether the password came along, of who has one."""
    if not user.has_password:
        return True
    if form.validate_on_submit() and passwords.matches(form.password.data or "", user.password_hash):
        return True
    form.password.errors = form.password.errors or [_("This is not your password.")]
    return False


def page(form: SureForm | None = None) -> str:
    """What there is."""
    user, now, zone = myself(), datetime.now(UTC), words.my_zone()
    given = {
        "factors": [about(one, now, zone) for one in second_factors.of(user)],
        "codes_left": second_factors.backup_codes_left(user),
        "asked": accounts.second_factor_asked_of(user.role),
        "owing": user.owes_second_factor,
        "has_password": user.has_password,
    }
    return render_template("second_factor/index.html", form=form or SureForm(formdata=None), **given)


def about(one: SecondFactor, now: datetime, zone) -> dict:
    """One of them as the list shows it."""
    return {
        "id": one.id,
        "kind": one.kind,
        "name": one.name or _("An app on your phone"),
        "since": moments.day(one.confirmed_at, zone),
        "used": moments.ago(one.last_used_at, now, zone),
    }


def app_page(form: CodeForm):
    """The QR code of an app that was begun."""
    user = myself()
    found = second_factors.app_of(user)
    if found is None or found.confirmed_at is not None:
        return redirect(url_for("second_factor.index"))
    given = {
        "code": qr_code(second_factors.address_of(found, user)),
        "secret": time_codes.typed_secret(second_factors.secret_of(found)),
    }
    return render_template("second_factor/app.html", form=form, **given)


def codes_page(codes: list[str], *, first: bool) -> str:
    """The codes on paper, once."""
    return render_template("second_factor/codes.html", codes=codes, first=first, who=current_user.email)
