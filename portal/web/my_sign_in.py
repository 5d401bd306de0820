"""How I sign in: my password, my second factor, and where I am signed in."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, flash, redirect, render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import PasswordField
from wtforms.validators import InputRequired

from portal.access import this_sign_in, volunteers
from portal.domain import accounts, admitting, passwords, second_factors, sign_ins
from portal.domain.accounts import SignIn, User
from portal.domain.door_mails import Occasion
from portal.extensions import limiter
from portal.web import browsers, door_letters, moments, words
from portal.web.addresses import url_for
from portal.web.asked import existing
from portal.web.networks import network
from portal.web.signin import is_wrong
from portal.web.writing import write

screen = Blueprint("my_sign_in", __name__)


class ChangeForm(FlaskForm):
    """The password of now, and the one from now on."""

    old = PasswordField(_l("Your password now"), [InputRequired(_l("Your password of now, please."))])
    new = PasswordField(_l("Your new password"), [InputRequired(_l("The new one, please."))])


def myself() -> User:
    """Who is signed in."""
    return current_user._get_current_object()


def me_or_network() -> str:
    """Whose password is being tried."""
    return f"user {current_user.id}" if current_user.is_authenticated else network()


@screen.get("/my-sign-in")
@volunteers
def index():
    """All of it."""
    return page(ChangeForm())


@screen.post("/my-sign-in/password")
@limiter.limit("10 per 10 minutes", key_func=me_or_network, deduct_when=is_wrong)
@volunteers
def change_password():
    """Sets another password; whoever is signed in elsewhere has to know it."""
    form, user, now = ChangeForm(), myself(), datetime.now(UTC)
    if not form.validate_on_submit():
        return page(form), 422
    if not passwords.matches(form.old.data or "", user.password_hash):
        form.old.errors = [_("This is not your password.")]
        return page(form), 422
    try:
        write(lambda: changed(user, form.new.data or "", now))
    except passwords.Refused as error:
        form.new.errors = [str(error)]
        return page(form), 422
    door_letters.hurry()
    flash(_("Your new password holds. Everywhere else you are signed out."))
    return redirect(url_for("my_sign_in.index"))


def changed(user: User, password: str, now: datetime) -> None:
    """A new password of one's own, and a mail about it, in case it was somebody else."""
    admitting.change_password(user, password, by=user, now=now, but=this_sign_in(now))
    door_letters.add(Occasion.PASSWORD_CHANGED, user.email, about_id=user.id, now=now)


@screen.post("/my-sign-in/sign-ins/<int:sign_in_id>/end")
@volunteers
def end(sign_in_id: int):
    """Ends one of them, at once."""
    row, now = existing(SignIn, sign_in_id), datetime.now(UTC)
    if row.user_id != current_user.id:
        abort(404)
    write(lambda: sign_ins.end(row, by=myself(), now=now))
    flash(_("That browser is signed out."))
    return redirect(url_for("my_sign_in.index"))


@screen.post("/my-sign-in/sign-ins/end")
@volunteers
def end_others():
    """Ends all but this one."""
    now = datetime.now(UTC)
    write(lambda: sign_ins.end_others(myself(), but=this_sign_in(now), now=now))
    flash(_("Everywhere else you are signed out."))
    return redirect(url_for("my_sign_in.index"))


def page(form: ChangeForm) -> str | Response:
    """The page around the form."""
    now, zone, user = datetime.now(UTC), words.my_zone(), myself()
    here = this_sign_in(now)
    return render_template(
        "my_sign_in/index.html",
        form=form,
        email=user.email,
        has_password=user.has_password,
        sign_ins=[about(one, here, now, zone) for one in sign_ins.of(user, now)],
        factors=second_factors.of(user),
        codes_left=second_factors.backup_codes_left(user),
        asked=accounts.second_factor_asked_of(user.role),
    )


def about(one: SignIn, here: SignIn | None, now: datetime, zone: ZoneInfo) -> dict:
    """A sign-in as the list shows it."""
    return {
        "id": one.id,
        "browser": browsers.in_words(one.browser),
        "since": moments.day(one.created_at, zone),
        "seen": moments.ago(one.last_seen_at or one.created_at, now, zone),
        "mine": here is not None and one.id == here.id,
        "remembered": one.remembered,
    }
