"""Links that work once: an invitation, a new password, a confirmed e-mail.

A link's secret is in the address for one request: it goes into the session, the address leads on without it, and no
page that could name it to others is ever shown there.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Blueprint, abort, redirect, render_template, session
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug import Response
from wtforms import BooleanField, PasswordField
from wtforms.validators import InputRequired

from portal.access import anyone
from portal.domain import badges, invitations, one_time, password_links, passwords, sign_ups
from portal.domain.door_mails import Occasion
from portal.domain.invitations import Invitation
from portal.domain.one_time import LinkOver, State
from portal.domain.password_links import PasswordLink
from portal.domain.sign_ups import SignUp
from portal.extensions import limiter
from portal.jobs.mail import is_set_up
from portal.web import door_letters, signin
from portal.web.addresses import url_for
from portal.web.networks import network
from portal.web.writing import write

screen = Blueprint("links", __name__)

MODELS = {"invitation": Invitation, "password": PasswordLink, "joining": SignUp}
"""What a link may be of."""


class PasswordForm(FlaskForm):
    """A password of one's own."""

    password = PasswordField(_l("Your password"), [InputRequired(_l("A password, please."))])
    remember = BooleanField(_l("Stay signed in on this device"))


class SameForm(FlaskForm):
    """The password that one chose when one asked to join."""

    password = PasswordField(_l("The password that you chose"), [InputRequired(_l("Your password, please."))])


@dataclass(frozen=True, slots=True)
class Words:
    """What a page says around its form."""

    heading: str
    lede: str
    button: str
    email: str


@screen.get("/links/<kind>/<secret>")
@limiter.limit("60 per minute", key_func=network)
@anyone
def follow(kind: str, secret: str):
    """Takes the secret out of the address, into the session, whatever it is worth; looking changes nothing else."""
    if kind not in MODELS:
        abort(404)
    session[f"link_{kind}"] = secret[:100]
    response = redirect(url_for("links.show", kind=kind))
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@screen.get("/links/<kind>")
@anyone
def show(kind: str):
    """What the link is good for."""
    row = row_of(kind)
    state = one_time.state_of(row, datetime.now(UTC))
    return over(kind, state) if state != State.GOOD else page(kind, row, form_of(kind))


@screen.post("/links/<kind>")
@limiter.limit("20 per minute", key_func=network)
@anyone
def use(kind: str):
    """Does what the link is good for, once."""
    row = row_of(kind)
    if (state := one_time.state_of(row, datetime.now(UTC))) != State.GOOD:
        return over(kind, state)
    form = form_of(kind)
    if not form.validate_on_submit():
        return page(kind, row, form), 422
    try:
        return DOES[kind](form, session[f"link_{kind}"])
    except LinkOver as error:
        return over(kind, error.state)
    except ValueError as error:
        form.password.errors = [str(error)]
        return page(kind, row, form), 422


def row_of(kind: str):
    """What the link in this session is of."""
    if kind not in MODELS:
        abort(404)
    return one_time.with_secret(MODELS[kind], session.get(f"link_{kind}", ""))


def form_of(kind: str) -> FlaskForm:
    """The form of such a link."""
    return SameForm() if kind == "joining" else PasswordForm()


def accept(form: PasswordForm, secret: str) -> Response:
    """They are one of us now, and signed in."""
    user = write(lambda: invitations.accept(secret, password=form.password.data, now=datetime.now(UTC)))
    return signin.let_in(user, url_for("dashboard.show"), remembered=form.remember.data)


def choose(form: PasswordForm, secret: str) -> Response:
    """The new password holds; a second factor is asked for all the same."""
    now = datetime.now(UTC)

    def work():
        user = password_links.use(secret, form.password.data, now=now)
        door_letters.add(Occasion.PASSWORD_CHANGED, user.email, about_id=user.id, now=now)
        return user

    user = write(work)
    door_letters.hurry()
    return signin.let_in(user, url_for("dashboard.show"), remembered=form.remember.data)


def confirm(form: SameForm, secret: str) -> Response:
    """The address is theirs. Whoever types the password of the one who asked is the one who asked: a stranger who put
    in somebody else's address gets nowhere by having them press a button."""
    row = one_time.with_secret(SignUp, secret)
    if not passwords.matches(form.password.data or "", row and row.password_hash):
        raise ValueError(_("This is not the password that was chosen. If it was not you who asked, leave it."))
    write(lambda: sign_ups.confirm(secret, datetime.now(UTC)))
    session.pop("link_joining", None)
    return redirect(url_for("joining.thanks", confirmed=1))


DOES = {"invitation": accept, "password": choose, "joining": confirm}


def page(kind: str, row, form: FlaskForm) -> str:
    """The page around the form."""
    about = {"kind": kind, "words": words_of(kind, row), "form": form, "medals": badges.starters()}
    return render_template("links/show.html", **about)


def words_of(kind: str, row) -> Words:
    """What it says."""
    if kind == "invitation":
        lede = _("%(by)s invites you. Choose a password, and you are in.", by=row.invited_by.name)
        return Words(_("Welcome, %(name)s", name=row.name), lede, _("Come in"), row.email)
    if kind == "password":
        lede = _("Everywhere else you are signed out then.")
        return Words(_("Choose a new password"), lede, _("Set it and sign in"), row.user.email)
    lede = _("Say that this address is yours, and a coordinator takes it from there.")
    return Words(_("Hello, %(name)s", name=row.name), lede, _("Yes, it is mine"), row.email)


def over(kind: str, state: State) -> tuple[str, int]:
    """What whoever comes too late is told, and the way out."""
    headings = {
        State.USED: _("This link was used already"),
        State.EXPIRED: _("This link has expired"),
        State.WITHDRAWN: _("This link holds no more"),
        State.UNKNOWN: _("This link leads nowhere"),
    }
    found = {"heading": headings[state], "kind": kind, "state": state.value, "has_mail": is_set_up()}
    return render_template("links/over.html", **found), 404 if state == State.UNKNOWN else 410
