"""Being built."""

from flask import Blueprint

from portal.access import coordinators

screen = Blueprint("imports", __name__)


@screen.get("/imports")
@coordinators
def index():
    """Being built."""
    return ""
