"""Being built."""

from flask import Blueprint

from portal.access import anyone

screen = Blueprint("tv", __name__)


@screen.get("/tv")
@anyone
def show():
    """Being built."""
    return ""
