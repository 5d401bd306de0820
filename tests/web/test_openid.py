"""The organisation's own sign-in, against a provider that runs: it says who one is, and never what one may do."""

from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from portal import config
from portal.domain import accounts, organisation, second_factors
from portal.domain.accounts import User
from portal.extensions import db
from tests.browser.house import free_port
from tests.machinery import provider as providers
from tests.machinery.provider import CLIENT, SECRET, Provider
from tests.people import NOW, sign_up
from tests.web.post import send
from tests.web.reading import page

ADA = {"email": "Ada@Example.org", "email_verified": True, "name": "Ada Bell"}
OLGA = {"email": "olga@example.org", "email_verified": True, "name": "Olga Petrova"}


@pytest.fixture(scope="module")
def running():
    """A provider, in a process of its own."""
    with providers.running(free_port()) as provider:
        yield provider


@pytest.fixture
def provider(app, running) -> Provider:
    """The portal knows it, and Ada signs in there."""
    app.config |= {"OIDC_ISSUER": running.issuer, "OIDC_CLIENT_ID": CLIENT, "OIDC_CLIENT_SECRET": SECRET}
    app.extensions.pop("openid", None)
    with app.app_context():
        sign_up("Ada Bell", "volunteer")
        sign_up("Grace Moreau", "coordinator")
    yield running
    app.extensions.pop("openid", None)


def go(app, provider, *, browser=None, url: str = "/sign-in/openid"):
    """A browser that went there and came back, and the answer that it got."""
    browser = browser or app.test_client()
    back = provider.visit(browser.get(url).location)
    where = urlsplit(back)
    return browser, browser.get(f"{where.path}?{where.query}")


def comes_in(browser) -> bool:
    return not browser.get("/my-sign-in").location


def test_who_is_known_by_a_verified_e_mail_is_in(app, provider):
    provider.says(**ADA)
    way = page(app.test_client().get("/sign-in?next=/my-sign-in")).links["Sign in with your organisation"]
    browser, answer = go(app, provider, url=way)
    assert answer.location == "/my-sign-in"
    assert page(browser.get("/my-sign-in")).says("You sign in as ada@example.org.")


def test_state_nonce_and_pkce_go_along_and_the_session_is_a_new_one(app, provider):
    provider.says(**ADA)
    browser = app.test_client()
    sent = parse_qs(urlsplit(browser.get("/sign-in/openid").location).query)
    assert {"state", "nonce", "code_challenge"} <= sent.keys()
    assert sent["code_challenge_method"] == ["S256"]
    before = browser.get_cookie("laurels").value
    browser, _answer = go(app, provider, browser=browser)
    assert "code_verifier" in provider.asked()[-1]
    assert browser.get_cookie("laurels").value != before


@pytest.mark.parametrize(
    "lie",
    [
        pytest.param({"email_verified": False}, id="not verified"),
        pytest.param({"email_verified": "true"}, id="a word"),
        pytest.param({"email_verified": None}, id="nothing said"),
        pytest.param({"email": "ada"}, id="no address"),
        pytest.param({"email": None}, id="no e-mail"),
        pytest.param({"iss": "https://evil.example"}, id="another provider"),
        pytest.param({"aud": "another portal"}, id="for another"),
        pytest.param({"nonce": "another"}, id="asked by another"),
        pytest.param({"exp": -3600}, id="over"),
        pytest.param({"key": "other"}, id="signed by another"),
        pytest.param({"algorithm": "none"}, id="not signed"),
        pytest.param({"algorithm": "HS256"}, id="signed with what everybody knows"),
    ],
)
def test_what_cannot_be_believed_lets_nobody_in(app, provider, lie, caplog):
    provider.says(**ADA | lie)
    browser, answer = go(app, provider)
    assert (answer.status_code, page(answer).heading) == (400, "That did not work")
    assert not comes_in(browser)
    assert "sign-in by OpenID Connect failed" in caplog.text


def test_an_answer_that_this_browser_did_not_ask_for_is_refused(app, provider):
    provider.says(**ADA)
    back = urlsplit(provider.visit(app.test_client().get("/sign-in/openid").location))
    thief = app.test_client()
    assert thief.get(f"{back.path}?{back.query}").status_code == 400
    assert thief.get(f"{back.path}?code=x&state=y").status_code == 400
    assert not comes_in(thief)


def test_an_answer_is_good_once(app, provider):
    provider.says(**ADA)
    browser = app.test_client()
    back = urlsplit(provider.visit(browser.get("/sign-in/openid").location))
    copied = browser.get_cookie("laurels").value
    browser.get(f"{back.path}?{back.query}")
    thief = app.test_client()
    thief.set_cookie("laurels", copied)
    assert thief.get(f"{back.path}?{back.query}").status_code == 400
    assert not comes_in(thief)


def test_no_role_comes_from_outside(app, provider):
    provider.says(**ADA, role="admin", roles=["admin"], groups=["admins"], is_admin=True)
    browser, _answer = go(app, provider)
    assert browser.get("/users").status_code == 403


def test_who_is_kept_out_stays_out(app, provider):
    with app.app_context():
        accounts.by_email("ada@example.org").active = False
        db.session.commit()
    provider.says(**ADA)
    browser, answer = go(app, provider)
    assert answer.status_code == 403
    assert not comes_in(browser)


def test_the_second_factor_is_asked_for_all_the_same(app, provider):
    with app.app_context():
        ada = accounts.by_email("ada@example.org")
        second_factors.begin_app(ada, NOW).confirmed_at = ada.second_factor_since = NOW
        db.session.commit()
    provider.says(**ADA)
    browser, answer = go(app, provider)
    assert answer.location == "/sign-in/second-step"
    assert not comes_in(browser)


def test_a_stranger_is_told_whom_to_ask(app, provider):
    provider.says(**OLGA)
    browser, answer = go(app, provider)
    assert (answer.status_code, page(answer).heading) == (403, "Not here yet")
    assert not comes_in(browser)


def test_where_people_may_ask_to_join_a_stranger_waits_for_a_coordinator(app, provider):
    with app.app_context():
        organisation.change("sign_up", True)
        db.session.commit()
    provider.says(**OLGA)
    for _ in range(2):
        browser, answer = go(app, provider)
        assert page(browser.get(answer.location)).says("A coordinator looks at it")
        assert not comes_in(browser)
    grace = go(app, provider_says(provider, "grace@example.org"))[0]
    found = page(grace.get("/sign-ups"))
    assert len(found.all(".sign-up")) == 1
    send(grace, "/sign-ups", found.one("form.sign-up-yes")["action"])
    provider.says(**OLGA)
    assert comes_in(go(app, provider)[0])
    with app.app_context():
        olga = db.session.scalars(select(User).where(User.email == "olga@example.org")).one()
        assert (olga.role, olga.has_password, olga.comes_in) == ("volunteer", False, True)


def provider_says(provider: Provider, email: str) -> Provider:
    provider.says(email=email, email_verified=True)
    return provider


def test_a_provider_that_is_away_is_told_kindly(app, provider):
    app.config["OIDC_ISSUER"] = f"http://127.0.0.1:{free_port()}"
    answer = app.test_client().get("/sign-in/openid")
    assert (answer.status_code, page(answer).heading) == (400, "That did not work")


def test_where_there_is_none_there_is_nothing(sqlite_app):
    client = sqlite_app.test_client()
    assert client.get("/sign-in/openid").status_code == 404
    assert client.get("/sign-in/openid/back").status_code == 404
    assert not page(client.get("/sign-in")).says("Sign in with your organisation")


@pytest.mark.parametrize(
    ("issuer", "client", "words"),
    [("http://login.example.org", "x", "https://"), ("https://login.example.org", "", "OIDC_CLIENT_ID")],
)
def test_half_of_the_settings_stop_the_start(monkeypatch, issuer, client, words):
    monkeypatch.setenv("OIDC_ISSUER", issuer)
    monkeypatch.setenv("OIDC_CLIENT_ID", client)
    monkeypatch.setenv("OIDC_CLIENT_SECRET", client)
    with pytest.raises(config.Misconfigured, match=words):
        config.openid()
