"""The way out of mails, at the foot of each of them: works signed out, and says nothing of anybody.

Mail programs may press the button by themselves (RFC 8058), without a cookie and without a form's token: the link,
which is signed, for one person and one way, is the token.
"""

from flask import Blueprint, abort, render_template

from portal.access import anyone
from portal.domain import mail_choices, volunteers
from portal.domain.mail_choices import Way
from portal.domain.volunteers import Volunteer
from portal.extensions import csrf, db, limiter
from portal.web import letters
from portal.writing import write

screen = Blueprint("unsubscribing", __name__)


@screen.get("/unsubscribe/<token>")
@anyone
def new(token: str):
    """Asks; mail programs open links by themselves, so looking changes nothing."""
    _volunteer, way = wanted(token)
    return render_template("unsubscribing/show.html", token=token, way=way, done=False)


@screen.post("/unsubscribe/<token>")
@csrf.exempt
@limiter.limit("60 per minute")
@anyone
def create(token: str):
    """Nothing goes that way any more. The second time is as good as the first."""
    volunteer, way = wanted(token)
    write(lambda: mail_choices.stop(volunteer, way))
    return render_template("unsubscribing/show.html", token=token, way=way, done=True)


def wanted(token: str) -> tuple[Volunteer, Way]:
    """Whose mails, and which, a link is about; 404 for one that is none of ours."""
    said = letters.read_token(token) or abort(404)
    volunteer = db.session.get(Volunteer, said[0]) or abort(404)
    return volunteers.standing_for(volunteer), said[1]
