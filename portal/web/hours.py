"""Being built."""

from flask import Blueprint

from portal.access import volunteers

screen = Blueprint("hours", __name__)


@screen.get("/hours/new")
@volunteers
def new():
    """Being built."""
    return ""
