"""The JSON door, for other systems: bearer tokens, problem details, the same domain as the screens."""

from flask import Blueprint, Flask

from portal.extensions import csrf

api = Blueprint("api", __name__, url_prefix="/api/v1")


def register(app: Flask) -> None:
    """Adds the API. It knows no cookies, so that no other site can use somebody's."""
    from portal.api import activities, leaderboards, volunteers  # noqa: F401 - each adds its routes to `api`

    csrf.exempt(api)
    app.register_blueprint(api)
