"""Who a route is for. One of these stands right above each view: @anyone @arrivals @volunteers @coordinators
@admins, or @scope("read") in the API. A route without one stops the application from starting.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from urllib.parse import unquote, urlencode, urlsplit

from flask import Flask, Request, Response, abort, current_app, g, jsonify, redirect, request, session
from flask_login import current_user

from portal.domain import accounts
from portal.domain.accounts import Role, Scope, SignIn, User
from portal.extensions import login
from portal.writing import note

SIGN_IN = "/sign-in"
SECRET, HALF = "sign_in", "half_in"
"""Where the session keeps the secret of a sign-in, and of one that waits for the second factor."""
SECOND_FACTOR = "/my-sign-in/second-factor"
login.session_protection = None  # its word for off: our sign-ins are rows


def anyone(view: Callable) -> Callable:
    """For everybody, signed in or not."""
    return _mark(view, "anyone")


def volunteers(view: Callable) -> Callable:
    """For everybody who is signed in."""
    return _for(Role.VOLUNTEER, view)


def arrivals(view: Callable) -> Callable:
    """For everybody who is signed in, also while they owe a second factor: here they set it up."""
    return _for(Role.VOLUNTEER, view, owing=True)


def coordinators(view: Callable) -> Callable:
    """For coordinators and admins."""
    return _for(Role.COORDINATOR, view)


def admins(view: Callable) -> Callable:
    """For admins."""
    return _for(Role.ADMIN, view)


def _mark(view: Callable, access: str) -> Callable:
    setattr(view, "access", access)  # noqa: B010 - types know of no attributes on functions
    return view


def _for(role: Role, view: Callable, *, owing: bool = False) -> Callable:
    @wraps(view)
    def guarded(*args, **kwargs):
        if not current_user.is_authenticated:
            return to_sign_in()
        if not owing and current_user.owes_second_factor:
            return to_second_factor()
        if not current_user.may(role):
            current_app.logger.warning("user %s refused: %s %s", current_user.id, request.method, request.path)
            abort(403)
        return view(*args, **kwargs)

    return _mark(guarded, role.value)


def scope(name: str) -> Callable[[Callable], Callable]:
    """For holders of a bearer token with this scope; the token is then in `g.token`. Errors are problem details."""
    needed = Scope(name)

    def mark(view: Callable) -> Callable:
        @wraps(view)
        def guarded(*args, **kwargs):
            g.token = bearer_token()
            if g.token is None:
                return problem(401, "Who are you?", "Send a valid token: Authorization: Bearer ...")
            if not g.token.allows(needed):
                current_app.logger.warning("token %s refused: %s %s", g.token.id, request.method, request.path)
                return problem(403, "Not with this token", f"This needs the scope {needed.value!r}.")
            if (used := accounts.token_used(g.token, datetime.now(UTC))) is not None:
                note(used)
            return view(*args, **kwargs)

        return _mark(guarded, f"scope:{needed.value}")

    return mark


def bearer_token() -> accounts.Token | None:
    """The live token that this request carries in its Authorization header; None if it has none."""
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token:
        return None
    return accounts.live_token(given.token, datetime.now(UTC))


def problem(status: int, title: str, detail: str, **more) -> Response:
    """An error as RFC 9457 has it."""
    answer = jsonify({"title": title, "status": status, "detail": detail} | more)
    answer.status_code, answer.mimetype = status, "application/problem+json"
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def to_sign_in() -> Response:
    """Sends whoever is signed out to the sign-in page, and afterwards back here. htmx is told to go there itself:
    a redirect would put the sign-in page into the middle of another."""
    if request.headers.get("HX-Request") == "true":
        place = urlsplit(request.headers.get("HX-Current-URL", "")).path
        return Response(status=401, headers={"HX-Redirect": sign_in_address(place)})
    here = request.full_path.rstrip("?") if request.method == "GET" else ""
    return redirect(sign_in_address(request.script_root + here))  # ty: ignore[invalid-explicit-return]


def to_second_factor() -> Response:
    """Sends whoever owes a second factor to where they set it up; htmx goes there itself."""
    place = request.script_root + SECOND_FACTOR
    if request.headers.get("HX-Request") == "true":
        return Response(status=403, headers={"HX-Redirect": place})
    return redirect(place)  # ty: ignore[invalid-explicit-return]


def sign_in_address(place: str) -> str:
    """Where to sign in, coming back to `place` afterwards."""
    back = own_path(place)
    return request.script_root + SIGN_IN + ("" if back == "/" else "?" + urlencode({"next": back}))


def own_path(place: str | None) -> str:
    """`place` if it is a path of this very site, otherwise `/`: no other host, however it is dressed up."""
    place = place or "/"
    plain = unquote(place)
    if not plain.startswith("/") or plain.startswith("//") or "\\" in plain or not plain.isprintable():
        return "/"
    return place


def enter(user: User, *, now: datetime, remembered: bool = False) -> None:
    """Signs this browser in as `user`, under a new secret, whatever its session held before. The caller commits."""
    session.clear()
    session[SECRET] = accounts.sign_in(user, browser=request.user_agent.string, now=now, remembered=remembered)
    session.permanent = remembered


def enter_half(user: User, *, now: datetime, remembered: bool, goes_to: str) -> None:
    """Lets this browser go on to show `user`'s second factor, and nothing else. The caller commits."""
    session.clear()
    browser = request.user_agent.string
    session[HALF] = accounts.sign_in(user, browser=browser, now=now, remembered=remembered, half=True)
    session["goes_to"] = goes_to


def half_in(now: datetime) -> SignIn | None:
    """The sign-in that waits for its second factor in this browser."""
    return accounts.live_sign_in(session[HALF], now, half=True) if HALF in session else None


def leave(*, now: datetime) -> None:
    """Ends this browser's sign-in, for whoever kept its cookie too. The caller commits."""
    for row in sign_ins_here(now):
        row.ended_at = now
    session.clear()


def sign_ins_here(now: datetime) -> list[SignIn]:
    """What is signed in, or half, in this browser."""
    kept = ((session.get(SECRET, ""), False), (session.get(HALF, ""), True))
    rows = (accounts.live_sign_in(secret, now, half=half) for secret, half in kept)
    return [row for row in rows if row is not None]


def this_sign_in(now: datetime) -> SignIn | None:
    """The sign-in of this very browser."""
    return accounts.live_sign_in(session.get(SECRET, ""), now)


@login.request_loader
def signed_in_user(_request: Request) -> User | None:
    """Whom flask-login's `current_user` stands for: the user of a sign-in that is still alive in the database."""
    secret, now = session.get(SECRET), datetime.now(UTC)
    row = accounts.live_sign_in(secret, now) if secret else None
    if row is not None and (seen := accounts.sign_in_seen(row, now)) is not None:
        note(seen)
    return row.user if row else None


def is_static(endpoint: str) -> bool:
    """Whether it serves files that anybody may see."""
    return endpoint == "static" or endpoint.endswith(".static")


def unmarked(app: Flask) -> list[str]:
    """Endpoints that do not say who they are for."""
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules() if not is_static(rule.endpoint)}
    return sorted(name for name in endpoints if not hasattr(app.view_functions[name], "access"))


def refuse_unmarked(app: Flask) -> None:
    """Raises RuntimeError if there is a route that does not say who it is for. The last thing that create_app does."""
    if missing := unmarked(app):
        raise RuntimeError(f"Say with a decorator of portal.access who these are for: {', '.join(missing)}")
