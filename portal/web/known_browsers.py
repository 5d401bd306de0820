"""Browsers in which somebody was signed in before. Guesses from everywhere else slow each other down, but not these:
whoever guesses cannot lock the owner out (a cookie, signed, for each account that was here)."""

from datetime import timedelta

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug import Response

from portal.domain.accounts import fingerprint

COOKIE, LASTS, MOST = "known", timedelta(days=365), 5


def mark(email: str) -> str:
    """What such a cookie holds of an account."""
    return fingerprint(email.strip().lower())[:20]


def signer() -> URLSafeTimedSerializer:
    """What signs it."""
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="known browser")


def accounts_here() -> list[str]:
    """The accounts that were signed in here."""
    try:
        said = signer().loads(request.cookies.get(COOKIE, ""), max_age=int(LASTS.total_seconds()))
        return [str(one) for one in said][:MOST]
    except (BadSignature, TypeError):
        return []


def knows(email: str) -> bool:
    """Whether this account was signed in here."""
    return mark(email) in accounts_here()


def remember(response: Response, email: str) -> Response:
    """Leaves in this browser that this account was signed in here; only the sign-in page gets it back."""
    here = [mark(email), *(one for one in accounts_here() if one != mark(email))][:MOST]
    keeps = {"httponly": True, "samesite": "Lax", "secure": request.is_secure, "path": request.script_root + "/sign-in"}
    response.set_cookie(COOKIE, signer().dumps(here), max_age=LASTS, **keeps)
    return response
