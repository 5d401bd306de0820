"""Laurels: with which volunteer organisations thank their people. create_app names every part; read this first."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter

from portal import api, cli, config, languages, web
from portal.access import refuse_unmarked
from portal.database import prepare
from portal.domain import (  # noqa: F401 - each brings its tables
    accounts,
    achievements,
    activities,
    assessing,
    audit,
    avatars,
    badges,
    displays,
    door_mails,
    goals,
    idempotency,
    invitations,
    inviting,
    layouts,
    leaderboards,
    letters,
    notifications,
    organisation,
    password_links,
    pauses,
    points,
    problems,
    screens,
    second_factors,
    sign_ups,
    team_boards,
    teams,
    undoing,
    uploads,
    volunteers,
)
from portal.extensions import babel, csrf, db, limiter, login, migrate


class Portal(Flask):
    """Flask, without what it looks for anew in every request and never finds here."""

    jinja_environment = web.page.Environment

    def ensure_sync(self, func):
        """A view or hook as it is: none is a coroutine."""
        return func


def create_app(**settings) -> Flask:
    """The application. `settings` hold over the environment; tests use that."""
    app = Portal(
        "portal", root_path=str(config.ROOT / "portal"), template_folder="../templates", static_folder="../static"
    )
    app.config.update(config.from_environment() | settings)
    if app.config["PRODUCTION"]:
        config.refuse_weak_key(app.config["SECRET_KEY"])
    bind_extensions(app)
    app.url_map.converters["int"] = Number
    web.register(app)
    api.register(app)
    cli.register(app)
    refuse_unmarked(app)
    believe_proxies(app)
    return app


class Number(IntegerConverter):
    """A whole number in an address, no larger than a database has them; larger ones are nowhere."""

    def __init__(self, *given, max: int | None = None, **more):
        super().__init__(*given, max=2**63 - 1 if max is None else max, **more)


def believe_proxies(app: Flask) -> None:
    """Takes the word of so many web servers in front for who asks, how, and for which host; of nobody else."""
    if number := app.config["TRUSTED_PROXIES"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=number, x_proto=number, x_host=number, x_prefix=number)


def bind_extensions(app: Flask) -> None:
    """Binds the libraries of extensions.py to this application."""
    db.init_app(app)
    migrate.init_app(app, db, directory=str(config.ROOT / "migrations"), compare_type=True)
    login.init_app(app)
    csrf.init_app(app)
    babel.init_app(app, locale_selector=languages.of_request)
    limiter.init_app(app)
    with app.app_context():
        prepare(db.engine)
