"""Tokens: shown once, never more than their owner may, over at once when they are revoked."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from portal.domain import accounts
from portal.domain.accounts import Token
from portal.extensions import db
from tests import people
from tests.web.admin import SCRIPT, answers
from tests.web.reading import page


def alive(admin, secret: str) -> bool:
    """Whether a token lets somebody in."""
    return admin.do(lambda: accounts.live_token(secret, people.NOW) is not None)


def test_a_token_is_shown_once_and_kept_nowhere(any_admin):
    assert any_admin.read("/tokens").says("No tokens yet")
    form = any_admin.read("/tokens/new").fields | {"name": "Shift planner", "scopes": ["read", "record"], "days": "30"}
    answer = any_admin.linus.post("/tokens", data=form)
    secret = page(answer).says("#secret")
    assert secret.startswith("laurels_")
    assert answer.headers["Cache-Control"] == "no-store"
    assert alive(any_admin, secret)
    assert secret not in str(any_admin.dump())
    again = page(any_admin.linus.post("/tokens", data=form))
    assert again.says("It was made already")
    assert secret not in again.html
    assert any_admin.read("/tokens").words(".key-name") == ["Shift planner"]
    said = any_admin.read("/tokens").text
    assert "In the name of Linus Berg · Read what its owner may see, Record activities" in said
    assert "Until 19 June 2026 · last used: never" in said
    action, what, _before, after = any_admin.audited()[-1]
    assert (action, what, after["scopes"], after["days"]) == ("define", "tokens", ["read", "record"], 30)


def test_the_same_form_with_something_else_in_it_is_refused(admin):
    form = admin.read("/tokens/new").fields | {"name": "Planner", "scopes": ["read"]}
    admin.linus.post("/tokens", data=form)
    found = page(admin.linus.post("/tokens", data=form | {"name": "Another"}))
    assert (found.status, "sent already" in found.errors["name"]) == (422, True)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "Say which system"),
        ("owner", "nobody@example.org", "Nobody signs in"),
        ("owner", "", "Say in whose name"),
        ("scopes", [], "Choose at least one."),
        ("scopes", ["everything"], "not a valid choice"),
        ("days", "-5", "Not a valid choice"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(admin, field, value, words):
    found = admin.send("/tokens/new", **{"name": "Planner", "scopes": ["read"], field: value})
    assert found.status == 422
    assert words in found.errors[field]
    assert admin.dump()["tokens"] == []


def test_a_token_may_not_do_more_than_its_owner(admin):
    found = admin.send("/tokens/new", name="Planner", owner="grace@example.org", scopes=["read", "define"])
    assert found.status == 422
    assert "coordinator" in found.errors["scopes"]
    assert admin.send("/tokens/new", name="Planner", owner="grace@example.org", scopes=["record"]).status == 200


def test_a_revoked_token_is_over_at_once(any_admin):
    secret = any_admin.send("/tokens/new", name=SCRIPT, scopes=["read"]).says("#secret")
    found = any_admin.read("/tokens")
    assert SCRIPT in found.text
    assert "<script>alert" not in found.html
    number = any_admin.do(lambda: db.session.scalar(select(Token.id)))
    after = any_admin.press("/tokens", f"/tokens/{number}/revocation")
    assert "Revoked on 20 May 2026" in after.text
    assert not alive(any_admin, secret)
    assert (
        any_admin.app.test_client()
        .get("/api/v1/leaderboards/points/all_time", headers={"Authorization": f"Bearer {secret}"})
        .status_code
        == 401
    )
    assert any_admin.audited()[-1][:2] == ("revoke", "tokens")


def test_the_list_costs_the_same_however_long_it_is(admin):
    admin.send("/tokens/new", name="First", scopes=["read"])
    few = admin.cost("/tokens")
    for number in range(6):
        admin.send("/tokens/new", name=f"Token {number}", scopes=["read"], owner="grace@example.org")
    admin.send("/tokens/new", name="Ada's", scopes=["read"], owner="ada@example.org")
    assert admin.cost("/tokens") == few


def test_only_admins_look_after_tokens(admin):
    for browser in (admin.grace, admin.signed_in("ada")):
        assert set(answers(browser, admin.app, "tokens").values()) == {403}
    assert admin.dump()["tokens"] == []


def test_when_it_was_used_last_is_known_to_the_minute(any_admin):
    made = any_admin.linus.post(
        "/tokens", data=any_admin.read("/tokens/new").fields | {"name": "Planner", "scopes": ["read"]}
    )
    headers = {"Authorization": f"Bearer {page(made).says('#secret')}"}

    def used():
        return any_admin.do(lambda: db.session.scalars(select(Token.last_used_at)).one())

    assert used() is None
    for seconds, known in ((0, 0), (59, 0), (61, 61)):
        with time_machine.travel(people.NOW + timedelta(seconds=seconds), tick=False):
            assert (
                any_admin.app.test_client().get("/api/v1/leaderboards/points/all_time", headers=headers).status_code
                == 200
            )
        assert used() == people.NOW + timedelta(seconds=known)


def test_it_may_be_used_while_somebody_writes(sqlite_app):
    with sqlite_app.app_context():
        secret = accounts.add_token(people.linus(), name="t", scopes=["read"], now=people.NOW, days=None)[1]
        db.session.commit()
        headers = {"Authorization": f"Bearer {secret}"}
        with db.engine.connect() as other, other.begin():
            other.execute(update(Token).values(name="held"))
            answer = sqlite_app.test_client().get("/api/v1/leaderboards/points/all_time", headers=headers)
    assert answer.status_code == 200
