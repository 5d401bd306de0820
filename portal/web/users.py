"""Being built."""

from flask import Blueprint

from portal.access import admins

screen = Blueprint("users", __name__)


@screen.get("/users")
@admins
def index():
    """Being built."""
    return ""
