"""Being built."""

from flask import Blueprint

from portal.access import admins

screen = Blueprint("displays", __name__)


@screen.get("/displays")
@admins
def index():
    """Being built."""
    return ""
