"""Whether the portal is well, for whoever watches it."""

from flask import Blueprint, jsonify
from sqlalchemy import text

from portal.access import anyone
from portal.extensions import csrf, db

screen = Blueprint("health", __name__)
csrf.exempt(screen)


@screen.get("/healthz")
@anyone
def show():
    """200 once the database answers."""
    db.session.execute(text("SELECT 1"))
    return jsonify({"status": "ok"})
