"""Being built."""

from flask import Blueprint

from portal.access import volunteers

screen = Blueprint("badges", __name__)


@screen.get("/badges")
@volunteers
def index():
    """Being built."""
    return ""


@screen.get("/badges/<int:badge_id>")
@volunteers
def show(badge_id):
    """Being built."""
    return ""
