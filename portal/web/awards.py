"""Being built."""

from flask import Blueprint

from portal.access import coordinators

screen = Blueprint("awards", __name__)


@screen.get("/awards/new")
@coordinators
def new():
    """Being built."""
    return ""
