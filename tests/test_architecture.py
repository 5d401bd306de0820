"""One direction, names that say something, a keeper at every door, one line of migrations; and each rule bites."""

import re

import pytest
from alembic.script import ScriptDirectory
from flask import Flask

from portal import access
from tests.machinery.architecture import ROOT, complaints, sources


def test_every_module_imports_only_what_stands_to_its_right():
    assert complaints(sources()) == []


@pytest.mark.parametrize(
    ("module", "text", "complaint"),
    [
        ("portal.domain.points", "from portal.web import pages", "does not stand to its right"),
        ("portal.domain.points", "from portal import access", "does not stand to its right"),
        ("portal.domain.volunteers", "from portal.domain import points", "does not stand to its right"),
        ("portal.domain.volunteers", "from portal.domain.points import price", "does not stand to its right"),
        ("portal.domain.points", "def f():\n    import portal.jobs.queue", "does not stand to its right"),
        ("portal.domain.points", "from ..jobs import queue", "does not stand to its right"),
        ("portal.web.pages", "from portal.api import tokens", "does not stand to its right"),
        ("portal.jobs.counting", "from portal.access import anyone", "does not stand to its right"),
        ("portal.config", "from portal.extensions import db", "does not stand to its right"),
        ("portal.domain.points", "import redis", "of which the domain knows nothing"),
        ("portal.domain.points", "from flask import request", "imports flask.request"),
        ("portal.domain.points", "import os\nzone = os.environ['TZ']", "reads the environment in line 2"),
        ("portal.domain.scores", "", "has no place in the domain's order"),
        ("portal.plugins", "", "has no place among the rooms"),
        ("portal.web.utils", "", "give it the name of what it is about"),
        ("portal.services", "", "give it the name of what it is about"),
    ],
)
def test_a_module_that_breaks_a_rule_is_named(module, text, complaint):
    made_up = {**sources(), "portal.web.pages": "", "portal.api.tokens": "", "portal.jobs.queue": "", module: text}
    found = complaints(made_up)
    assert any(line.startswith(module) and complaint in line for line in found), found


def test_what_points_to_the_right_is_no_offence():
    text = "from portal.domain import points\nfrom portal.jobs import queue\nfrom portal.extensions import db"
    assert complaints({"portal.web.pages": text}) == []


def test_every_route_says_who_it_is_for(sqlite_app):
    assert access.unmarked(sqlite_app) == []


def test_a_route_that_does_not_say_so_is_named_and_stops_the_start():
    app = Flask("made_up")
    app.add_url_rule("/open", "open", access.anyone(lambda: "come in"))
    app.add_url_rule("/forgotten", "forgotten", lambda: "come in")
    assert access.unmarked(app) == ["forgotten"]
    with pytest.raises(RuntimeError, match="forgotten"):
        access.refuse_unmarked(app)


def test_migrations_stand_in_one_line():
    assert len(ScriptDirectory(ROOT / "migrations").get_heads()) == 1


def test_migrations_are_numbered_and_named():
    names = sorted(file.name for file in (ROOT / "migrations" / "versions").glob("*.py"))
    assert [name[:4] for name in names] == [f"{number:04}" for number in range(1, len(names) + 1)]
    assert [name for name in names if not re.fullmatch(r"\d{4}_[a-z_]+\.py", name)] == []
