"""Being built."""

from flask import Blueprint

from portal.access import coordinators

screen = Blueprint("activities", __name__)


@screen.get("/activities/new")
@coordinators
def new():
    """Being built."""
    return ""
