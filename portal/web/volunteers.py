"""Being built."""

from flask import Blueprint

from portal.access import coordinators

screen = Blueprint("volunteers", __name__)


@screen.get("/people")
@coordinators
def index():
    """Being built."""
    return ""
