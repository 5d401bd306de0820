"""Being built."""

from flask import Blueprint

from portal.access import volunteers

screen = Blueprint("leaderboards", __name__)


@screen.get("/leaderboards")
@volunteers
def show():
    """Being built."""
    return ""
