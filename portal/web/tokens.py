"""Tokens with which other systems come in: shown once, with scopes, revocable."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import SelectField, SelectMultipleField
from wtforms.validators import DataRequired, InputRequired, Length

from portal.access import admins
from portal.domain import accounts, admitting, organisation
from portal.domain.accounts import Scope, Token
from portal.domain.idempotency import OtherContent
from portal.extensions import db
from portal.web import moments
from portal.web.asked import existing
from portal.web.fields import Email, Words, options
from portal.web.writing import ALREADY_SENT, OnceForm, write, write_and_tell

screen = Blueprint("tokens", __name__)

SCOPES = [
    (Scope.READ.value, _l("Read what its owner may see")),
    (Scope.RECORD.value, _l("Record activities")),
    (Scope.AWARD.value, _l("Award points and badges")),
    (Scope.DEFINE.value, _l("Define badges, achievements and rules")),
    (Scope.ADMIN.value, _l("Manage users and settings")),
]
LASTS = [("30", _l("30 days")), ("90", _l("90 days")), ("365", _l("A year")), ("0", _l("Until it is revoked"))]


class TokenForm(OnceForm):
    """A token for a system of somebody's."""

    name = Words(_l("Which system is it for?"), [DataRequired(_l("Say which system it is for.")), Length(max=100)])
    owner = Email(_l("In whose name (e-mail)"), [DataRequired(_l("Say in whose name it acts.")), Length(max=254)])
    scopes = SelectMultipleField(
        _l("What it may do"),
        [
            InputRequired(_l("Choose at least one.")),
        ],
        choices=options(SCOPES),
    )
    days = SelectField(_l("How long it holds"), choices=options(LASTS), default="90")


@screen.get("/tokens")
@admins
def index():
    """All tokens."""
    now, zone = datetime.now(UTC), organisation.zone()
    return render_template("tokens/index.html", tokens=[about(one, now, zone) for one in admitting.every_token()])


@screen.get("/tokens/new")
@admins
def new():
    """An empty form."""
    return render_template("tokens/new.html", form=TokenForm(owner=current_user.email, scopes=[Scope.READ.value]))


@screen.post("/tokens")
@admins
def create():
    """Makes a token; its secret stands on this answer and nowhere else."""
    form = TokenForm()
    owner = accounts.by_email(form.owner.data or "")
    if not form.validate_on_submit():
        return render_template("tokens/new.html", form=form), 422
    if owner is None or not owner.active:
        form.owner.errors = [_("Nobody signs in with this e-mail.")]
        return render_template("tokens/new.html", form=form), 422
    try:
        token_id, secret = made(form, owner)
    except OtherContent:
        form.name.errors = [ALREADY_SENT]
    except ValueError as error:
        form.scopes.errors = [str(error)]
    else:
        token = db.session.get_one(Token, token_id)
        return render_template("tokens/secret.html", token=token, secret=secret, scopes=scope_words(token))
    return render_template("tokens/new.html", form=form), 422


def made(form: TokenForm, owner: accounts.User) -> tuple[int, str | None]:
    """The token's id and its secret; the same form sent twice is one token, and its secret is not said again."""
    by, now, secret = current_user._get_current_object(), datetime.now(UTC), ""
    what = {"name": form.name.data, "scopes": form.scopes.data, "days": int(form.days.data) or None}

    def work() -> int:
        nonlocal secret
        token, secret = admitting.add_token(owner, **what, by=by, now=now)
        return token.id

    token_id, mine = write_and_tell(form.key, work, content=[owner.id, what], now=now)
    return token_id, secret if mine else None


@screen.post("/tokens/<int:token_id>/revocation")
@admins
def revoke(token_id: int):
    """Ends a token, at once."""
    token, by, now = (
        existing(Token, token_id),
        current_user._get_current_object(),
        datetime.now(UTC),
    )
    write(lambda: admitting.revoke_token(token, by=by, now=now))
    flash(_("“%(name)s” is revoked.", name=token.name))
    return redirect(url_for("tokens.index"))


def scope_words(token: Token) -> list[str]:
    """What a token may do, in words; what its owner may not do any more is left out."""
    return [str(label) for scope, label in SCOPES if token.allows(scope)]


def about(token: Token, now: datetime, zone: ZoneInfo) -> dict:
    """A token as the list shows it."""
    return {
        "id": token.id,
        "name": token.name,
        "owner": token.user.name,
        "scopes": scope_words(token),
        "used": moments.ago(token.last_used_at, now, zone),
        "state": state(token, now, zone),
        "live": token.revoked_at is None,
    }


def state(token: Token, now: datetime, zone: ZoneInfo) -> str:
    """Whether it holds, and how long."""
    if token.revoked_at is not None:
        return _("Revoked on %(day)s", day=moments.day(token.revoked_at, zone))
    if not token.user.active:
        return _("Its owner cannot sign in")
    if token.expires_at is None:
        return _("Until it is revoked")
    if token.expires_at <= now:
        return _("Over since %(day)s", day=moments.day(token.expires_at, zone))
    return _("Until %(day)s", day=moments.day(token.expires_at, zone))
