"""Who may sign in, as what: added, given another role, kept out, let in again, given a new password."""

import secrets
from datetime import UTC, datetime

from flask import Blueprint, abort, flash, redirect, render_template, session, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import BooleanField, PasswordField, RadioField
from wtforms.validators import DataRequired, Length, Optional

from portal.access import SECRET, admins
from portal.domain import (
    accounts,
    admitting,
    organisation,
    password_links,
    passwords,
    recording,
    second_factors,
)
from portal.domain.accounts import Role, User
from portal.domain.door_mails import Occasion
from portal.domain.idempotency import OtherContent
from portal.domain.refusals import NotPossible
from portal.extensions import db
from portal.jobs.mail import is_set_up
from portal.web import door_letters, moments
from portal.web.asked import existing
from portal.web.fields import Email, Words, options
from portal.web.page import as_person
from portal.web.writing import ALREADY_SENT, OnceForm, write, write_and_tell

screen = Blueprint("users", __name__)

ROLES = [
    (Role.VOLUNTEER.value, _l("Volunteer")),
    (Role.COORDINATOR.value, _l("Coordinator")),
    (Role.ADMIN.value, _l("Admin")),
]


class UserForm(OnceForm):
    """Somebody new. Without a password one is made and shown once."""

    name = Words(_l("Name"), [DataRequired(_l("Say what they are called.")), Length(max=200)])
    email = Email(_l("E-mail"), [DataRequired(_l("They sign in with it.")), Length(max=254)])
    role = RadioField(_l("Role"), choices=options(ROLES), default=Role.VOLUNTEER.value)
    volunteers = BooleanField(_l("They volunteer, too"), default=True)
    password = PasswordField(_l("Password"), [Optional()])


class RoleForm(FlaskForm):
    """Another role."""

    role = RadioField(_l("Role"), choices=options(ROLES))


class PasswordForm(FlaskForm):
    """A new password; without one it is made and shown once."""

    password = PasswordField(_l("New password"), [Optional()])


@screen.get("/users")
@admins
def index():
    """Everybody who signs in."""
    people = [(as_person(one), one, role_word(one.role)) for one in admitting.everybody()]
    return render_template("users/index.html", people=people)


@screen.get("/users/new")
@admins
def new():
    """An empty form."""
    return render_template("users/new.html", form=UserForm())


@screen.post("/users")
@admins
def create():
    """Adds somebody; a password that was made for them is on the answer, once."""
    form = UserForm()
    if not form.validate_on_submit():
        return render_template("users/new.html", form=form), 422
    made = None if form.password.data else secrets.token_urlsafe(12)
    try:
        user_id, mine = added(form, made)
    except OtherContent:
        form.name.errors = [ALREADY_SENT]
    except passwords.Refused as error:
        form.password.errors = [str(error)]
    except ValueError as error:
        form.email.errors = [str(error)]
    else:
        return shown(db.session.get_one(User, user_id), made if mine else None)
    return render_template("users/new.html", form=form), 422


def added(form: UserForm, made: str | None) -> tuple[int, bool]:
    """The new user's id, and whether it is new: the same form sent twice is one user."""
    by, now = current_user._get_current_object(), datetime.now(UTC)
    one = {"email": form.email.data, "name": form.name.data}

    def work() -> int:
        accounts.refuse_email(one["email"])
        volunteer = recording.found_or_made(**one, now=now) if form.volunteers.data else None
        password = form.password.data or made
        return admitting.add(**one, password=password, role=form.role.data, volunteer=volunteer, by=by, now=now).id

    return write_and_tell(form.key, work, content=[one, form.role.data], now=now)


def somebody(user_id: int) -> User:
    """The user with this id; 404 for nobody, and for who was forgotten: nothing brings them back."""
    user = existing(User, user_id)
    return user if user.name else abort(404)


@screen.get("/users/<int:user_id>")
@admins
def show(user_id: int):
    """One of them."""
    return page(somebody(user_id))


@screen.post("/users/<int:user_id>/role")
@admins
def change_role(user_id: int):
    """Gives another role; ends that person's sign-ins."""
    user, form = somebody(user_id), RoleForm()
    by, now = current_user._get_current_object(), datetime.now(UTC)
    if not form.validate_on_submit():
        return page(user, role_form=form), 422
    try:
        write(lambda: admitting.change_role(user, form.role.data, by=by, now=now))
    except NotPossible as error:
        form.role.errors = [str(error)]
        return page(user, role_form=form), 422
    flash(_("%(name)s is now: %(role)s.", name=user.name, role=role_word(user.role)))
    return redirect(url_for("users.index"))


@screen.post("/users/<int:user_id>/deactivation")
@admins
def deactivate(user_id: int):
    """Keeps somebody out, at once."""
    user, by, now = somebody(user_id), current_user._get_current_object(), datetime.now(UTC)
    try:
        write(lambda: admitting.deactivate(user, by=by, now=now))
    except NotPossible as error:
        return page(user, refusal=str(error)), 409
    flash(_("%(name)s cannot sign in any more.", name=user.name))
    return redirect(url_for("users.index"))


@screen.post("/users/<int:user_id>/reactivation")
@admins
def reactivate(user_id: int):
    """Lets somebody in again."""
    user, by, now = somebody(user_id), current_user._get_current_object(), datetime.now(UTC)
    write(lambda: admitting.reactivate(user, by=by, now=now))
    flash(_("%(name)s can sign in again.", name=user.name))
    return redirect(url_for("users.index"))


@screen.post("/users/<int:user_id>/password")
@admins
def change_password(user_id: int):
    """Sets a new password; ends that person's sign-ins, but not the one that does this."""
    user, form, now = somebody(user_id), PasswordForm(), datetime.now(UTC)
    if not form.validate_on_submit():
        return page(user, password_form=form), 422
    by = current_user._get_current_object()
    made = None if form.password.data else secrets.token_urlsafe(12)

    def work() -> None:
        but = accounts.live_sign_in(session.get(SECRET, ""), now)
        admitting.change_password(user, form.password.data or made, by=by, now=now, but=but)

    try:
        write(work)
    except passwords.Refused as error:
        form.password.errors = [str(error)]
        return page(user, password_form=form), 422
    return shown(user, made)


@screen.post("/users/<int:user_id>/password-link")
@admins
def make_password_link(user_id: int):
    """A link with which they choose a new password: by mail, or without mail on this answer alone."""
    user, by, now = somebody(user_id), current_user._get_current_object(), datetime.now(UTC)
    if not user.active:
        return page(user, refusal=_("They are kept out. Let them in again first.")), 409
    if is_set_up():
        write(lambda: door_letters.add(Occasion.PASSWORD_LINK, user.email, about_id=user.id, now=now))
        door_letters.hurry()
        flash(_("A link is on its way to %(email)s.", email=user.email))
        return redirect(url_for("users.show", user_id=user.id))
    secret = write(lambda: password_links.make(user, by=by, now=now))
    link = url_for("links.follow", kind="password", secret=secret, _external=True)
    return render_template("users/link.html", user=user, link=link)


@screen.post("/users/<int:user_id>/second-factor-reset")
@admins
def reset_second_factor(user_id: int):
    """Takes the second factor away from somebody who lost it; they are told, and set up a new one."""
    user, by, now = somebody(user_id), current_user._get_current_object(), datetime.now(UTC)

    def work() -> None:
        second_factors.reset(user, by=by, now=now)
        door_letters.add(Occasion.SECOND_FACTOR_RESET, user.email, about_id=user.id, now=now)

    try:
        write(work)
    except NotPossible as error:
        return page(user, refusal=str(error)), 409
    door_letters.hurry()
    flash(_("%(name)s signs in with the password alone now.", name=user.name))
    return redirect(url_for("users.show", user_id=user.id))


def shown(user: User, made: str | None):
    """Where it goes on: a password that was made stands on this answer and nowhere else."""
    if made:
        return render_template("users/password.html", user=user, password=made)
    flash(_("%(name)s can sign in now.", name=user.name))
    return redirect(url_for("users.index"))


def role_word(role: str) -> str:
    """A role as people say it."""
    return str(dict(ROLES)[role])


def page(
    user: User,
    *,
    role_form: RoleForm | None = None,
    password_form: PasswordForm | None = None,
    refusal: str | None = None,
) -> str:
    """The page of one user."""
    return render_template(
        "users/show.html",
        user=user,
        myself=user.id == current_user.id,
        person=as_person(user),
        role_word=role_word(user.role),
        role_form=role_form or RoleForm(formdata=None, role=user.role),
        password_form=password_form or PasswordForm(formdata=None),
        since=moments.day(user.created_at, organisation.zone()),
        has_mail=is_set_up(),
        refusal=refusal,
    )
