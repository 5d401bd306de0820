"""What a television shows that has nothing to show yet: a few words, and a field for the eight digits of a code."""

import unicodedata
from datetime import UTC, datetime

from flask import Blueprint, Response, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFError

from portal.access import anyone
from portal.domain import pairing
from portal.domain.showing import Medal
from portal.extensions import limiter
from portal.web import language
from portal.web.fields import Words
from portal.web.networks import network
from portal.web.polls import TOLD
from portal.web.writing import write

screen = Blueprint("pairing", __name__)

FROM_ONE_NETWORK = "10 per 10 minutes"
FROM_ALL = "300 per hour"
"""Wrong codes. So 50 of a hundred million are tried while a code holds: whoever guesses on for a year, while somebody
pairs a screen every week, comes in with a chance of 1 to 38,000, and sees what everybody sees in the hall."""


class PairingForm(FlaskForm):
    """A code, as somebody types it with a remote control."""

    code = Words(_l("Code"))

    @property
    def digits(self) -> str:
        """Its digits, in whatever script and groups they were typed."""
        text = self.code.data or ""
        return "".join(str(unicodedata.decimal(letter)) for letter in text if letter.isdecimal())


def as_television(blueprint: Blueprint) -> None:
    """What holds for all pages of a television: no cache keeps them, no other site learns of their addresses, no search
    engine lists them; and whatever happens, none is an error page."""
    blueprint.after_request(tell)
    blueprint.register_error_handler(429, too_often)
    blueprint.register_error_handler(CSRFError, without_cookies)


def tell(response: Response) -> Response:
    """Says so in every answer; but for what a page with a form says itself, for one that sends no referrer at all would
    look as if it came from elsewhere."""
    for name, value in TOLD.items():
        response.headers.setdefault(name, value)
    return response


def is_wrong(response: Response) -> bool:
    """Only wrong codes are counted."""
    return response.status_code == 422


@screen.post("/tv")
@limiter.limit(FROM_ALL, key_func=lambda: "pairing", deduct_when=is_wrong)
@limiter.limit(FROM_ONE_NETWORK, key_func=network, deduct_when=is_wrong)
@anyone
def pair():
    """Gives the television that types a good code a secret of its own, and shows the boards."""
    form, now = PairingForm(), datetime.now(UTC)
    secret = write(lambda: pairing.pair(form.digits, now=now)) if len(form.digits) == pairing.DIGITS else None
    if secret is not None:
        return redirect(url_for("tv.enter", token=secret))
    form.code.errors = [wrong(form)]
    return message(_("That is not the code"), how_to(), 422, form)


def wrong(form: PairingForm) -> str:
    """What may be the matter with a code."""
    if len(form.digits) != pairing.DIGITS:
        return _("A code has eight digits.")
    return _("Look at it once more. A code is good for ten minutes and for one screen; an admin gets you another.")


def how_to() -> str:
    """How one gets a picture."""
    return _("On a computer, an admin opens Displays and chooses “Pair a screen”. Type the eight digits here.")


def goodbye() -> Response:
    """What a screen shows whose display or link was ended."""
    return message(_("Thank you for watching"), _("The link of this screen has ended.") + " " + how_to(), 410)


def too_often(_error) -> Response:
    """What whoever guesses is told."""
    return message(_("A little slower, please"), _("That was too often in a short time. Wait for ten minutes."), 429)


def without_cookies(_error) -> Response:
    """What a television is told that keeps no cookies; or one on which the page was open for too long."""
    words = _("If this comes again, this television keeps no cookies: open the link of the display on it instead.")
    return message(_("Please type it once more"), words, 400, PairingForm(formdata=None))


def message(title: str, words: str, status: int, form: PairingForm | None = None) -> Response:
    """A calm page with a few words, and where one types a code."""
    thanks = Medal("", "leadership", "rare", "#4CAF50", "hand-heart")
    form = form or (PairingForm(formdata=None) if status != 429 else None)
    given = {"title": title, "words": words, "medal": thanks, "form": form, "digits": pairing.DIGITS}
    headers = {"Referrer-Policy": "same-origin", "Content-Language": language.language()}
    return make_response(render_template("tv/message.html", **given), status, headers)


as_television(screen)
