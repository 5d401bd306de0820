"""Being built."""

from flask import Blueprint

from portal.access import volunteers

screen = Blueprint("profiles", __name__)


@screen.get("/volunteers/<int:volunteer_id>")
@volunteers
def show(volunteer_id):
    """Being built."""
    return ""
