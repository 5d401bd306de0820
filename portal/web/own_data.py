"""Everything that is kept about oneself, to take along."""

import json
from datetime import UTC, datetime

from flask import Blueprint, Response, abort, render_template
from flask_login import current_user

from portal.access import volunteers
from portal.domain import own_data
from portal.domain.volunteers import Volunteer
from portal.web import tables

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
    text = json.dumps(found, ensure_ascii=False, indent=2)
    headers = {"Content-Disposition": 'attachment; filename="my-data.json"'}
    return Response(text, mimetype="application/json", headers=headers)


@screen.get("/my-data.csv")
@volunteers
def table():
    """What I did, as a table that an import takes."""
    return tables.as_file(own_data.table(me_or_404()), "my-activities.csv")
