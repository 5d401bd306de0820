"""One's own data as files: all of it, nothing of others, and a table that an import takes."""

import csv
import io
import json

import pytest
from sqlalchemy import select

from portal.domain import awarding, own_data
from portal.domain.activities import Activity
from portal.extensions import db
from tests import people
from tests.people import MONDAY, NOW, PROJECT, did
from tests.web.reading import page, signed_in

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def ada(sqlite_app):
    """Ada, who did this and that, at her browser; Ben did more, and there is a secret to earn."""
    with sqlite_app.app_context():
        ada, grace = people.join("Ada Bell"), people.grace()
        people.join("Ben Okafor")
        people.sign_up("Ada Bell", "volunteer", volunteer=ada)
        people.define("tasks_completed", {"tasks_required": 9}, name="Hush hush", is_secret=True)
        people.count(
            did(quantity="2.5", tags="soup;river", reference_name="=HYPERLINK(1)", external_id="one"),
            did("task_completed", 3, when="2026-05-05T09:00:00+02:00", external_id="two"),
            did(PROJECT, reference_id="7", reference_type="project", reference_name="Bridge", when=MONDAY),
            did(quantity=1, reference_name="Never was", external_id="three"),
            did(quantity=3, volunteer_email="ben@example.org", reference_name="Bens Geheimnis"),
        )
        people.take_back(db.session.scalar(select(Activity.id).where(Activity.external_id == "three")))
        awarding.award(7, to=ada, by=grace, reason="You sang", now=NOW)
        db.session.commit()
    return signed_in(sqlite_app, "ada@example.org")


def test_the_document_has_all_of_it_and_nothing_of_others(ada):
    answer = ada.get("/my-data.json")
    found = json.loads(answer.text)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="my-data.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert (found["person"]["name"], found["person"]["email"]) == ("Ada Bell", "ada@example.org")
    assert [one["quantity"] for one in found["activities"]] == [2.5, 1, 1, 3]
    assert sum(one["points_change"] for one in found["points"]) == found["totals"]["total_points"]
    assert found["given_by_hand"][0]["reason"] == "You sang"
    assert "First Hour" in [one["name"] for one in found["achievements"] if one["completions"]]
    assert "First Step" in [one["name"] for one in found["badges"]]
    assert found["news"]
    for word in ("Ben", "Geheimnis", "Hush", "hash"):
        assert word not in answer.text


def test_the_table_harms_no_spreadsheet_and_an_import_takes_it(sqlite_app, ada):
    text = ada.get("/my-data.csv").get_data().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["event_type"] for row in rows] == ["hours_logged", "project_completed", "task_completed"]
    assert rows[0]["reference_name"] == "'=HYPERLINK(1)"
    assert (rows[0]["tags"], rows[0]["certified"]) == ("soup;river", "yes")
    with sqlite_app.app_context():
        before = db.session.scalars(select(Activity)).all()
        sent = [did(row.pop("event_type"), row.pop("quantity"), row.pop("occurred_at"), **row) for row in kept(rows)]
        people.count(*sent, source="another organisation")
        assert len(db.session.scalars(select(Activity)).all()) == len(before) + 2, "the project stands already"


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠x"])
def test_no_cell_of_the_table_is_a_formula(text):
    assert own_data.cell(text) == f"'{text}"


def kept(rows: list[dict]) -> list[dict]:
    """All but the project, which would be there twice."""
    return [row for row in rows if row["reference_id"] == ""]


def test_the_page_leads_to_both(ada):
    links = page(ada.get("/my-data")).links
    assert {"/my-data.json", "/my-data.csv"} <= set(links.values()) | set(links)
    assert "/my-data" in page(ada.get("/settings")).html
