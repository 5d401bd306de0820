"""Being built."""

from flask import Blueprint

from portal.access import admins

screen = Blueprint("tokens", __name__)


@screen.get("/tokens")
@admins
def index():
    """Being built."""
    return ""
