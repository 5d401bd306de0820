"""How a television comes to show a display: by its link, shown once, or by a code that one types there."""

from datetime import UTC, datetime

from flask import Blueprint, abort, render_template, url_for
from flask_login import current_user

from portal.access import admins
from portal.domain import displays, pairing
from portal.domain.displays import Display
from portal.domain.idempotency import OtherContent
from portal.web.asked import existing
from portal.web.qr import qr_code
from portal.web.writing import OnceForm, write, write_and_tell

screen = Blueprint("screens", __name__)


class LinkForm(OnceForm):
    """A new link."""


@screen.post("/displays/<int:display_id>/link")
@admins
def renew_link(display_id: int):
    """A new link, which stands on this answer and nowhere else; the old one ends."""
    display, form, now, secret = live(display_id), LinkForm(), datetime.now(UTC), ""
    by = current_user._get_current_object()

    def work() -> bool:
        nonlocal secret
        secret = displays.renew_link(display, by=by, now=now)
        return True

    try:
        _done, mine = write_and_tell(form.key, work, content=["link", display_id], now=now)
    except OtherContent:
        mine = False
    return link_page(display, secret if mine else None)


def link_page(display: Display, secret: str | None):
    """Where the link of a display stands; without a secret it says that it did."""
    link = url_for("tv.enter", token=secret, _external=True) if secret else None
    return render_template("displays/link.html", display=display, link=link, code=link and qr_code(link))


@screen.post("/displays/<int:display_id>/code")
@admins
def offer_code(display_id: int):
    """A code for one more screen; pressed twice, the code that one sees is the one that holds."""
    display, now = live(display_id), datetime.now(UTC)
    code = write(lambda: pairing.offer(display, by=current_user._get_current_object(), now=now))
    half = pairing.DIGITS // 2
    given = {"code": f"{code[:half]} {code[half:]}", "minutes": pairing.HOLDS.seconds // 60}
    return render_template("displays/code.html", display=display, address=url_for("tv.show", _external=True), **given)


def live(display_id: int) -> Display:
    """A display that has not ended; 404 if there is none."""
    display = existing(Display, display_id)
    return display if display.revoked_at is None else abort(404)
