"""Being built."""

from flask import Blueprint

from portal.access import admins

screen = Blueprint("definitions", __name__)


@screen.get("/definitions")
@admins
def index():
    """Being built."""
    return ""
