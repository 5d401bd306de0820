"""What nobody should ask for is refused in words, and what comes from another site changes nothing."""

import pytest

from portal.domain.accounts import Role
from tests.people import join, linus, sign_up
from tests.web.reading import page, signed_in

HUGE = 10**30


@pytest.fixture
def house(app):
    """Ada volunteers, Linus is admin."""
    with app.app_context():
        sign_up("Ada Bell", Role.VOLUNTEER, volunteer=join("Ada Bell"))
        linus()
    return app


@pytest.mark.parametrize(
    "address",
    [
        *(f"/badges/1?older={HUGE}", f"/leaderboards?after={HUGE}", f"/leaderboards?before={HUGE}"),
        *("/leaderboards?after=1099511627776", "/leaderboards?q=%00a", "/people?q=%00a"),
        *(f"/history?older=2026-05-01T00:00:00Z~1~{HUGE}", f"/history?older=2026-05-01T00:00:00Z~{HUGE}~1"),
        *("/history?older=0001-01-01T00:00:00%2B14:00~1~1", "/history?newer=9999-12-31T23:59:59-14:00~1~1"),
        *(f"/definitions/reward?badge_id={HUGE}", "/awards/suggestions?query=%00a"),
    ],
)
def test_nonsense_in_an_address_is_never_an_error_of_ours(house, address):
    for email in ("ada@example.org", "linus@example.org"):
        assert signed_in(house, email).get(address).status_code < 500


def test_a_text_that_is_none_is_never_an_error_of_ours(house):
    client = house.test_client()
    form = page(client.get("/sign-in")).fields

    answer = client.post("/sign-in", data=form | {"email": "ada\x00@example.org", "password": "x"})

    assert answer.status_code in (400, 422)


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
)
def test_a_page_of_another_site_changes_nothing_even_with_a_token(house, headers):
    client = house.test_client()
    token = page(client.get("/sign-in")).fields["csrf_token"]

    answer = client.post("/theme", data={"csrf_token": token, "theme": "dark"}, headers=headers)

    assert answer.status_code == 403
    assert client.get_cookie("theme") is None


def test_our_own_pages_may(house):
    client = house.test_client()
    token = page(client.get("/sign-in")).fields["csrf_token"]
    own = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}

    assert client.post("/theme", data={"csrf_token": token, "theme": "dark"}, headers=own).status_code == 302
