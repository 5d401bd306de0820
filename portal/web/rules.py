"""Being built."""

from flask import Blueprint

from portal.access import admins

screen = Blueprint("rules", __name__)


@screen.get("/rules")
@admins
def index():
    """Being built."""
    return ""
