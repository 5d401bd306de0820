"""Being built."""

from flask import Blueprint

from portal.access import volunteers

screen = Blueprint("achievements", __name__)


@screen.get("/achievements")
@volunteers
def index():
    """Being built."""
    return ""
