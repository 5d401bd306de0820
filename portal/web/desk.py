"""Being built."""

from flask import Blueprint

from portal.access import coordinators

screen = Blueprint("desk", __name__)


@screen.get("/desk")
@coordinators
def show():
    """Being built."""
    return ""
