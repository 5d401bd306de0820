"""Being built."""

from flask import Blueprint

from portal.access import volunteers

screen = Blueprint("history", __name__)


@screen.get("/history")
@volunteers
def index():
    """Being built."""
    return ""
