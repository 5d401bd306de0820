"""Everything that is kept about oneself, to take along."""

import csv
import io
import json
from datetime import UTC, datetime

from flask import Blueprint, Response, abort, render_template
from flask_login import current_user

from portal.access import volunteers
from portal.domain import own_data
from portal.domain.volunteers import Volunteer

screen = Blueprint("own_data", __name__)


def me_or_404() -> Volunteer:
    """The volunteer who is signed in."""
    return current_user.volunteer or abort(404)


@screen.get("/my-data")
@volunteers
def index():
    """What there is, and the two files."""
    me_or_404()
    return render_template("own_data/index.html")


@screen.get("/my-data.json")
@volunteers
def document():
    """All of it."""
    found = own_data.document(me_or_404(), current_user._get_current_object(), datetime.now(UTC))
    return as_file(json.dumps(found, ensure_ascii=False, indent=2), "application/json", "my-data.json")


@screen.get("/my-data.csv")
@volunteers
def table():
    """What I did, as a table that an import takes."""
    text = io.StringIO()
    csv.writer(text).writerows(own_data.table(me_or_404()))
    return as_file("\ufeff" + text.getvalue(), "text/csv", "my-activities.csv")


def as_file(text: str, mimetype: str, name: str) -> Response:
    """A file that the browser saves."""
    return Response(text, mimetype=mimetype, headers={"Content-Disposition": f'attachment; filename="{name}"'})
