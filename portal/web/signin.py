"""Signing in and out. Sign-ins are rows: ended here, they are over for every copy of their cookie."""

from datetime import UTC, datetime

from flask import Blueprint, current_app, flash, redirect, render_template, request, session
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug import Response
from wtforms import BooleanField, EmailField, PasswordField
from wtforms.validators import InputRequired

from portal.access import anyone, enter, enter_half, half_in, leave, own_path, sign_ins_here
from portal.domain import accounts, badges, second_factors, sign_ups
from portal.domain.accounts import SignIn, User
from portal.extensions import limiter
from portal.web import known_browsers
from portal.web.addresses import url_for
from portal.web.fields import Words
from portal.web.networks import network
from portal.web.page import Link
from portal.writing import write

screen = Blueprint("signin", __name__)


class SignInForm(FlaskForm):
    """E-mail and password."""

    email = EmailField(_l("E-mail"), [InputRequired(_l("Your e-mail, please."))])
    password = PasswordField(_l("Password"), [InputRequired(_l("Your password, please."))])
    remember = BooleanField(_l("Stay signed in on this device"))


class CodeForm(FlaskForm):
    """A code from an app, or one on paper."""

    code = Words(_l("Code"), [InputRequired(_l("The code, please."))])


def typed() -> str:
    """The e-mail that is being tried."""
    return request.form.get("email", "").strip().lower()[:254]


def account_from_here() -> str:
    """Whose account is being tried: limits hold for an account from one network, and never lock its owner out."""
    return f"{network()} {typed()}"


def is_wrong(response: Response) -> bool:
    """Only what was wrong is counted."""
    return response.status_code == 422


def is_known() -> bool:
    """Whether that account was signed in in this browser before; then others who guess do not slow it down."""
    return known_browsers.knows(typed())


@screen.get("/sign-in")
@anyone
def new():
    """The form."""
    if current_user.is_authenticated:
        return redirect(own_path(request.args.get("next")))
    return page(SignInForm())


@screen.post("/sign-in")
@limiter.limit("10 per minute", key_func=account_from_here)
@limiter.limit("50 per hour", key_func=account_from_here, deduct_when=is_wrong)
@limiter.limit("60 per minute", key_func=network)
@limiter.limit("100 per hour", key_func=typed, deduct_when=is_wrong, exempt_when=is_known)
@anyone
def create():
    """Lets in whoever knows the password; the words are the same for a wrong one and an unknown e-mail."""
    form = SignInForm()
    if not form.validate_on_submit():
        return page(form), 422
    password = form.password.data or ""
    user = accounts.check_password(form.email.data or "", password)
    if user is None:
        form.password.errors = [_("This e-mail and password don't belong together.")]
        return page(form), 422
    write(lambda: accounts.hash_anew(user, password))
    return let_in(user, own_path(request.args.get("next")), remembered=form.remember.data)


def let_in(user: User, goes_to: str, *, remembered: bool = False) -> Response:
    """Signs this browser in, or asks for the second factor first, and leads on. All ways in end here."""
    now = datetime.now(UTC)
    if user.second_factor_since is not None:
        write(lambda: enter_half(user, now=now, remembered=remembered, goes_to=goes_to))
        return redirect(url_for("signin.second_step"))
    return whole(user, goes_to, remembered=remembered, now=now)


@screen.post("/sign-out")
@anyone
def destroy():
    """Ends this sign-in."""
    write(lambda: leave(now=datetime.now(UTC)))
    flash(_("You are signed out."))
    return redirect(url_for("signin.new"))


@screen.get("/sign-in/second-step")
@anyone
def second_step():
    """Where one who knew the password types a code."""
    row = half_in(datetime.now(UTC))
    return redirect(url_for("signin.new")) if row is None else second_page(row, CodeForm())


def owner() -> str:
    """Whose second factor is being tried. With a new password wrong codes are forgotten: only who knows the password
    gets here, so a new one keeps them out, and lets the owner in."""
    row = half_in(datetime.now(UTC))
    return f"{row.user_id} {accounts.fingerprint(row.user.password_hash)}" if row else network()


@screen.post("/sign-in/second-step")
@limiter.limit("20 per hour", key_func=owner, deduct_when=is_wrong)
@limiter.limit("60 per minute", key_func=network)
@anyone
def take_second_step():
    """Signs in whoever knows the code; after some wrong ones they begin with the password again."""
    now = datetime.now(UTC)
    row, form = half_in(now), CodeForm()
    if row is None:
        flash(_("That took too long. Sign in once more."), "error")
        return redirect(url_for("signin.new"))
    if not form.validate_on_submit():
        return second_page(row, form), 422
    if write(lambda: second_factors.tried(row, form.code.data or "", now)):
        return whole(row.user, own_path(session.get("goes_to")), remembered=row.remembered, now=now)
    if row.ended_at is not None:
        flash(_("That was too often. Sign in once more."), "error")
        return redirect(url_for("signin.new"))
    form.code.errors = [_("This is not the code of now, or it was used before. Wait for the next one.")]
    return second_page(row, form), 422


def whole(user: User, goes_to: str, *, remembered: bool, now: datetime) -> Response:
    """A whole sign-in under a new secret, once all was shown; a half one that waited is over."""
    before = sign_ins_here(now)

    def work() -> None:
        for row in before:
            row.ended_at = now
        enter(user, now=now, remembered=remembered)

    write(work)
    return known_browsers.remember(redirect(goes_to), user.email)


def second_page(row: SignIn, form: CodeForm) -> str:
    """The page around the code."""
    kinds = {one.kind for one in second_factors.of(row.user)}
    return render_template("signin/second_step.html", form=form, has_app="app" in kinds, has_passkey="passkey" in kinds)


def page(form: SignInForm) -> str:
    """The page around the form."""
    back = own_path(request.args.get("next"))
    return render_template(
        "signin/new.html",
        form=form,
        action=url_for("signin.create", **({} if back == "/" else {"next": back})),
        medals=badges.starters(),
        heading=_("Welcome back"),
        words=_("Sign in to see what your hours add up to."),
        forgot_url=url_for("forgotten.new"),
        join_url=url_for("joining.new") if sign_ups.are_open() else None,
        passkey_url=url_for("passkeys.first", **({} if back == "/" else {"next": back})),
        providers=providers(),
    )


def providers() -> list[Link]:
    """Other ways to sign in: the organisation's own, where there is one."""
    if not current_app.config["OIDC_ISSUER"]:
        return []
    back = own_path(request.args.get("next"))
    url = url_for("openid.begin", **({} if back == "/" else {"next": back}))
    return [Link(_("Sign in with your organisation"), url)]
