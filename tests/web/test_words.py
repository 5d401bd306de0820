"""How numbers and addresses are said: in the reader's language, and from the folder in which the portal is served."""

from decimal import Decimal

from flask_babel import force_locale

from portal.web import words
from tests.web import cast


def test_numbers_follow_the_language_there_and_back(sqlite_app):
    with sqlite_app.test_request_context("/"):
        assert words.number(Decimal("1234.5")) == "1,234.5"
        with force_locale("de"):
            assert words.number(Decimal("1234.5")) == "1.234,5"
        assert words.number(Decimal("1234.5")) == "1,234.5"


def test_links_stay_in_the_folder_in_which_the_portal_is_served(sqlite_app):
    ada = cast.volunteer(sqlite_app)
    at_the_top = ada.get("/leaderboards").get_data(as_text=True)
    in_a_folder = ada.get("/leaderboards", environ_overrides={"SCRIPT_NAME": "/thanks"}).get_data(as_text=True)
    assert 'href="/history"' in at_the_top
    assert 'href="/thanks/history"' in in_a_folder
    assert 'href="/history"' not in in_a_folder
