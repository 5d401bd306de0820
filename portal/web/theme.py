"""Light, dark, or as the device has it: kept in a cookie."""

from flask import Blueprint, redirect, request

from portal.access import anyone, own_path
from portal.web.page import THEMES
from portal.web.static import A_YEAR

screen = Blueprint("theme", __name__)


@screen.post("/theme")
@anyone
def update():
    """Keeps the choice and goes back to where it was made."""
    response = redirect(own_path(request.form.get("next")))
    theme = request.form.get("theme", "")
    response.set_cookie("theme", theme if theme in THEMES else "", max_age=A_YEAR, samesite="Lax")
    return response
