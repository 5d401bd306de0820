"""Being built."""

from flask import Blueprint

from portal.access import coordinators

screen = Blueprint("reviews", __name__)


@screen.get("/reviews")
@coordinators
def index():
    """Being built."""
    return ""
