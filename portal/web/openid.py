"""Signing in by the organisation's own sign-in (OpenID Connect), where it has one.

It says who somebody is, by an e-mail that it has verified, and nothing else: what they may do is decided here. Authlib
keeps state, nonce and PKCE; it is loaded as it is first needed.
"""

from datetime import UTC, datetime

from flask import Blueprint, abort, current_app, redirect, render_template, request, session
from flask_babel import get_locale
from flask_babel import gettext as _

from portal.access import anyone, own_path
from portal.domain import accounts, sign_ups
from portal.extensions import limiter
from portal.web.addresses import url_for
from portal.web.networks import network
from portal.web.signin import let_in
from portal.web.writing import write

screen = Blueprint("openid", __name__)

ANSWERS_WITHIN = 5
"""Seconds that the other sign-in may take over each answer."""
LONGEST_NAME = 200


class NotBelieved(Exception):
    """What came back is not what was asked for; the message says why, for the log."""


def provider():
    """The organisation's own sign-in, by Authlib; 404 where there is none."""
    app = current_app._get_current_object()
    if not app.config["OIDC_ISSUER"]:
        abort(404)
    if "openid" not in app.extensions:
        from authlib.integrations.flask_client import OAuth

        app.extensions["openid"] = OAuth(app).register(
            "oidc",
            client_id=app.config["OIDC_CLIENT_ID"],
            client_secret=app.config["OIDC_CLIENT_SECRET"],
            server_metadata_url=app.config["OIDC_ISSUER"].rstrip("/") + "/.well-known/openid-configuration",
            client_kwargs={
                "scope": "openid email profile",
                "code_challenge_method": "S256",
                "default_timeout": ANSWERS_WITHIN,
            },
        )
    return app.extensions["openid"]


@screen.get("/sign-in/openid")
@limiter.limit("30 per minute", key_func=network)
@anyone
def begin():
    """Sends somebody to the other sign-in."""
    found = provider()
    session["goes_to"] = own_path(request.args.get("next"))
    try:
        return found.authorize_redirect(url_for("openid.back", _external=True))
    except Exception as error:
        return failed(error)


@screen.get("/sign-in/openid/back")
@limiter.limit("30 per minute", key_func=network)
@anyone
def back():
    """Where they come back to: in, if they are known by a verified e-mail; else into the queue, or told whom to ask."""
    found = provider()
    try:
        claims = believed(found.authorize_access_token().get("userinfo"))
    except Exception as error:
        return failed(error)
    user = accounts.by_email(claims["email"])
    if user is not None and user.active:
        return let_in(user, own_path(session.get("goes_to")))
    if user is None and sign_ups.are_open():
        write(lambda: queue(claims, datetime.now(UTC)))
        return redirect(url_for("joining.thanks", confirmed=1))
    return render_template("openid/unknown.html", email=claims["email"]), 403


back.writes = True


def believed(claims) -> dict:
    """What was said of somebody. Raises NotBelieved unless it comes from the one we asked, with a verified e-mail."""
    issuer = current_app.config["OIDC_ISSUER"].rstrip("/")
    if not claims or str(claims.get("iss", "")).rstrip("/") != issuer:
        raise NotBelieved("it comes from somebody else")
    if claims.get("email_verified") is not True:
        raise NotBelieved("the e-mail is not verified")
    if not accounts.E_MAIL.fullmatch(email := str(claims.get("email", "")).strip()):
        raise NotBelieved("there is no e-mail")
    name = " ".join(str(claims.get("name") or email).split())
    return {"email": email.lower(), "name": name[:LONGEST_NAME] if name.isprintable() else email}


def queue(claims: dict, now: datetime) -> None:
    """Asks to join for them, once: they have shown who they are, and a coordinator says yes or no."""
    if not sign_ups.waits(claims["email"]):
        one = sign_ups.ask(**claims, password=None, why="", code=None, confirmed=True, now=now)
        one.language = str(get_locale() or "en")


def failed(error: Exception):
    """What whoever comes back with something wrong is told; why goes into the log."""
    current_app.logger.warning("sign-in by OpenID Connect failed: %s: %s", type(error).__name__, error)
    words = _("Your organisation’s sign-in did not let you in here. Try once more; if it stays, tell an admin.")
    return render_template("openid/failed.html", words=words), 400
