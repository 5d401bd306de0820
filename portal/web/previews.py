"""What a display shows, on its admin's own screen: the television's page itself, in a frame or by itself."""

from datetime import UTC, datetime

from flask import Blueprint, Response, url_for

from portal.access import admins
from portal.domain import displays
from portal.web import walls
from portal.web.page import POLICY
from portal.web.pictures import drawn
from portal.web.screens import live
from portal.web.tv import answer, whole
from portal.web.walls import spoken

screen = Blueprint("previews", __name__)

FRAMED = POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'")


@screen.get("/displays/<int:display_id>/picture")
@admins
def show(display_id: int):
    """The page as a television has it now; our own pages may put it into a frame."""
    look, url = spoken(displays.look(live(display_id))), url_for("previews.boards", display_id=display_id)
    response = whole(look, url, datetime.now(UTC))
    response.headers["Content-Security-Policy"] = FRAMED
    return response


@screen.get("/displays/<int:display_id>/picture/boards")
@admins
def boards(display_id: int) -> Response:
    """What it asks for again and again."""
    look, now = spoken(displays.look(live(display_id))), datetime.now(UTC)
    return answer(drawn(walls.current(now, look.panels), look, now), look)
