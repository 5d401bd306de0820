"""The screens. A module is one blueprint: its forms first, then its routes. Doors commit; the domain does not."""

from importlib import import_module

from flask import Flask

from portal.web import door_letters, errors, form_words, language, letters, page, polls

SCREENS = (
    *("start", "signin", "forgotten", "links", "my_sign_in", "passkeys", "openid", "second_factor"),
    *("theme", "language", "health", "dashboard", "badges", "achievements", "history", "hours", "pauses"),
    *("notifications", "unsubscribing", "showcase", "settings", "avatars", "inviting", "leaving"),
    *("own_data", "leaderboards", "results", "profiles", "desk", "reviews", "review_changes", "awards"),
    *("activities", "corrections", "reversals", "batches", "volunteers", "birth_dates", "merging", "forgetting"),
    *("imports", "sheet_columns", "definitions", "rules"),
    *("badge_definitions", "achievement_definitions", "foresight", "users", "tokens", "boards", "displays"),
    *("screens", "previews", "checkups", "teams", "team_boards", "team_definitions", "team_members", "goals"),
    *("pairing", "tv", "invitations", "joining", "sign_ups", "door"),
)


def register(app: Flask) -> None:
    """Adds every screen, what all pages share, and what is said when something goes wrong."""
    for name in SCREENS:
        app.register_blueprint(import_module(f"portal.web.{name}").screen)
    page.register(app)
    language.register(app)
    form_words.register(app)
    letters.register(app)
    door_letters.register(app)
    errors.register(app)
    polls.register(app)
