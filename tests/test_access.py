"""The keepers of the doors: who is let in, sent to sign in, or refused; and sign-ins that end when they end."""

from collections.abc import Generator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask, g, request
from flask_login import current_user

from portal import access, create_app
from portal.domain import accounts
from portal.domain.accounts import Role
from portal.extensions import db

NOW = datetime.now(UTC)
DOORS = {
    "/door/open": access.anyone,
    "/door/mine": access.volunteers,
    "/door/desk": access.coordinators,
    "/door/rules": access.admins,
    "/door/api/read": access.scope("read"),
    "/door/api/award": access.scope("award"),
}


@pytest.fixture
def house(fresh_app) -> Generator[Flask]:
    """An application with a made-up route of each kind, and a volunteer, a coordinator and an admin."""
    for path, keeper in DOORS.items():
        fresh_app.add_url_rule(path, path.replace("/", "_"), keeper(lambda: f"in as {who()}"), methods=["GET"])
    fresh_app.add_url_rule("/door/enter/<role>", "door_enter", access.anyone(enter))
    fresh_app.add_url_rule("/door/leave", "door_leave", access.anyone(leave))
    with fresh_app.app_context():
        for role in Role:
            accounts.add_user(email=f"{role}@example.org", name=role, password="long enough", role=role, now=NOW)
        db.session.commit()
    return fresh_app


def who() -> str:
    token = g.get("token")
    return token.user.email if token else getattr(current_user, "email", "nobody")


def enter(role: str) -> str:
    access.enter(accounts.by_email(f"{role}@example.org"), now=datetime.now(UTC))
    db.session.commit()
    return "hello"


def leave() -> str:
    access.leave(now=datetime.now(UTC))
    db.session.commit()
    return "good bye"


def browser(house: Flask, role: str | None = None):
    """A browser, signed in as somebody with this role."""
    client = house.test_client()
    if role:
        client.get(f"/door/enter/{role}")
    return client


def token(house: Flask, role: str, *scopes: str, **changes) -> dict:
    """The header with which another system of somebody with this role comes."""
    with house.app_context():
        user = accounts.by_email(f"{role}@example.org")
        row, secret = accounts.add_token(user, name="till", scopes=list(scopes), now=NOW, days=None)
        for name, value in changes.items():
            setattr(row, name, value)
        db.session.commit()
    return {"Authorization": f"Bearer {secret}"}


@pytest.mark.parametrize(
    ("role", "statuses"),
    [
        (None, {"/door/open": 200, "/door/mine": 302, "/door/desk": 302, "/door/rules": 302}),
        ("volunteer", {"/door/open": 200, "/door/mine": 200, "/door/desk": 403, "/door/rules": 403}),
        ("coordinator", {"/door/open": 200, "/door/mine": 200, "/door/desk": 200, "/door/rules": 403}),
        ("admin", {"/door/open": 200, "/door/mine": 200, "/door/desk": 200, "/door/rules": 200}),
    ],
)
def test_each_door_opens_for_those_whom_it_names(house, role, statuses):
    client = browser(house, role)
    assert {path: client.get(path).status_code for path in statuses} == statuses


def test_who_is_signed_out_comes_back_after_signing_in(house):
    answer = browser(house).get("/door/mine?month=2026-05&sort=name")
    assert answer.location == "/sign-in?next=%2Fdoor%2Fmine%3Fmonth%3D2026-05%26sort%3Dname"


def test_htmx_is_told_to_go_to_the_sign_in_page_as_a_whole(house):
    headers = {"HX-Request": "true", "HX-Current-URL": "https://laurels.example.org/door/mine?page=2"}
    answer = browser(house).get("/door/mine", headers=headers)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/sign-in?next=%2Fdoor%2Fmine")
    assert answer.text == ""


@pytest.mark.parametrize(
    "elsewhere",
    [
        *("//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example/"),
        *("javascript:alert(1)", "/%2Fevil.example", "/%5Cevil.example", "/\t/evil.example", "/a\r\nSet-Cookie: b=c"),
        *("/%0d%0aSet-Cookie: b", "evil.example", "https:evil.example", "@evil.example", "", None),
    ],
)
def test_nobody_is_sent_elsewhere(elsewhere):
    assert access.own_path(elsewhere) == "/"


@pytest.mark.parametrize("own", ["/", "/door/mine", "/door/mine?month=2026-05&q=a%20b", "/volunteers/7#top", "/b/é"])
def test_own_paths_are_kept(own):
    assert access.own_path(own) == own


def test_a_cookie_that_somebody_kept_is_dead_after_sign_out(house):
    client = browser(house, "volunteer")
    kept = client.get_cookie("laurels").value
    client.get("/door/leave")
    thief = house.test_client()
    thief.set_cookie("laurels", kept)
    assert thief.get("/door/mine").status_code == 302


def test_signing_in_begins_a_new_session_and_leaves_others_alone(house):
    client = browser(house, "volunteer")
    first = client.get_cookie("laurels").value
    client.get("/door/enter/coordinator")
    assert client.get_cookie("laurels").value != first
    assert client.get("/door/desk").text == "in as coordinator@example.org"
    assert browser(house, "volunteer").get("/door/mine").text == "in as volunteer@example.org"


@pytest.mark.parametrize("change", ["ended", "deactivated", "expired"])
def test_a_sign_in_that_is_over_is_over_at_once(house, change):
    client = browser(house, "volunteer")
    assert client.get("/door/mine").status_code == 200
    with house.app_context():
        user = accounts.by_email("volunteer@example.org")
        if change == "ended":
            accounts.end_sign_ins(user, datetime.now(UTC))
        elif change == "deactivated":
            user.active = False
        else:
            db.session.query(accounts.SignIn).update({"expires_at": NOW - timedelta(seconds=1)})
        db.session.commit()
    assert client.get("/door/mine").status_code == 302


def test_another_role_holds_from_the_next_request_on(house):
    client = browser(house, "admin")
    assert client.get("/door/rules").status_code == 200
    with house.app_context():
        accounts.by_email("admin@example.org").role = Role.VOLUNTEER
        db.session.commit()
    assert client.get("/door/rules").status_code == 403


def test_a_forged_cookie_is_nobody(house):
    client = house.test_client()
    client.set_cookie("laurels", "eyJzaWduX2luIjoiYSJ9.aaaa.bbbb")
    assert client.get("/door/mine").status_code == 302


def test_a_token_opens_what_its_scopes_and_its_owners_role_allow(house):
    client = browser(house)
    reads, awards = token(house, "volunteer", "read"), token(house, "coordinator", "read", "award")
    assert client.get("/door/api/read", headers=reads).text == "in as volunteer@example.org"
    assert client.get("/door/api/award", headers=reads).status_code == 403
    assert client.get("/door/api/award", headers=awards).status_code == 200
    with house.app_context():
        accounts.by_email("coordinator@example.org").role = Role.VOLUNTEER
        db.session.commit()
    assert client.get("/door/api/award", headers=awards).status_code == 403


@pytest.mark.parametrize(
    "header", [None, "Bearer", "Bearer ", "Bearer wrong", "Basic dTpw", "laurels_wrong", "Bearer \u00e9"]
)
def test_without_a_valid_token_the_api_asks_for_one(house, header):
    answer = browser(house, "admin").get("/door/api/read", headers={"Authorization": header} if header else {})
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json["status"] == 401


@pytest.mark.parametrize("change", [{"revoked_at": NOW}, {"expires_at": NOW - timedelta(seconds=1)}])
def test_a_token_that_is_over_is_over_at_once(house, change):
    assert browser(house).get("/door/api/read", headers=token(house, "admin", "read", **change)).status_code == 401


def test_a_refusal_says_what_was_missing_and_is_logged(house, caplog):
    answer = browser(house).get("/door/api/award", headers=token(house, "volunteer", "read"))
    assert (answer.status_code, answer.mimetype) == (403, "application/problem+json")
    assert "award" in answer.json["detail"]
    browser(house, "volunteer").get("/door/rules")
    assert [line for line in caplog.messages if "refused: GET" in line] == [
        "token 1 refused: GET /door/api/award",
        "user 1 refused: GET /door/rules",
    ]


def test_there_is_no_scope_that_nobody_has():
    with pytest.raises(ValueError, match="everything"):
        access.scope("everything")


ELSEWHERE = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "thanks.example.org"}


@pytest.mark.parametrize(("proxies", "told"), [(0, ("127.0.0.1", "http", "localhost")), (1, tuple(ELSEWHERE.values()))])
def test_only_proxies_that_are_there_are_believed(proxies, told):
    app = create_app(TESTING=True, SQLALCHEMY_DATABASE_URI="sqlite://", TRUSTED_PROXIES=proxies)
    view = access.anyone(lambda: "|".join((request.remote_addr, request.scheme, request.host)))
    app.add_url_rule("/door", "door", view)

    assert tuple(app.test_client().get("/door", headers=ELSEWHERE).text.split("|")) == told


def test_it_answers_only_under_its_own_names(sqlite_app):
    sqlite_app.config["TRUSTED_HOSTS"] = ["thanks.example.org"]
    client = sqlite_app.test_client()

    assert client.get("/sign-in", headers={"Host": "thanks.example.org"}).status_code == 200
    refused = client.get("/sign-in", headers={"Host": "evil.example"})
    assert (refused.status_code, "evil.example" in refused.text) == (400, False)
    assert client.get("/api/v1/nowhere", headers={"Host": "evil.example"}).mimetype == "application/problem+json"
