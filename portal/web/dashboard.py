"""Being built."""

from flask import Blueprint

from portal.access import volunteers

screen = Blueprint("dashboard", __name__)


@screen.get("/")
@volunteers
def show():
    """Being built."""
    return ""
