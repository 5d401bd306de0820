"""Files of activities through the page: mistakes told at their field, progress, and what did not stand to be mended."""

import csv
import gzip
from datetime import UTC, datetime
from io import BytesIO, StringIO

import pytest
from sqlalchemy import func, select

from portal.domain import uploads
from portal.domain.activities import Activity, Batch
from portal.extensions import db
from portal.web import imports as screen
from tests import people
from tests.web.office import at_once
from tests.web.reading import page, statements

HEADINGS = "external_id,volunteer_email,volunteer_name,event_type,quantity,occurred_at"
ADA = "1,ada@example.org,Ada Bell,hours_logged,2,2026-05-04"


def table(*rows: str) -> bytes:
    return "\r\n".join((HEADINGS, *rows, "")).encode()


def send(office, content: bytes | None, name: str = "may.csv", client=None, **given):
    client = client or office.grace
    fields = page(office.grace.get("/imports")).form("/imports") | given
    fields.pop("file", None)
    file = {} if content is None else {"file": (BytesIO(content), name)}
    return client.post("/imports", data=fields | file, content_type="multipart/form-data")


def work_off(office) -> None:
    """What a worker does."""

    def work():
        while batch_id := uploads.lease(now := datetime.now(UTC)):
            db.session.commit()
            uploads.work_off(batch_id, lambda now=now: now)

    office.do(work)


def count(office, model) -> int:
    return office.do(lambda: db.session.scalar(select(func.count()).select_from(model)))


def test_a_file_is_taken_in_shown_working_and_then_done(office):
    answer = send(office, table(ADA))
    waiting = page(office.grace.get(answer.location))
    assert waiting.heading == "may.csv"
    assert waiting.says("It waits for its turn, safe with us.")
    assert waiting.one("#progress")["data-hx-get"] == answer.location
    work_off(office)
    part = page(office.grace.get(answer.location, headers={"HX-Request": "true"}))
    (outer,) = [one for one in part.root.children if not isinstance(one, str)]
    assert (outer["id"], outer.get("data-hx-get"), outer["data-announce"]) == ("progress", None, "Done. 1 recorded.")
    assert part.words(".numeral-value") == ["1", "0", "0"]
    assert "Undo all of it" in part.links
    assert office.total("Ada Bell") == 30
    assert page(office.grace.get("/imports")).says("1 recorded")


def test_a_zipped_file_is_as_good(office):
    send(office, gzip.compress(table(ADA)), "may.csv.gz")
    work_off(office)
    assert office.total("Ada Bell") == 30


def test_it_is_quiet_unless_they_shall_hear_of_it(office):
    news = "SELECT count(*) FROM notifications"
    send(office, table(ADA))
    work_off(office)
    assert office.do(lambda: db.session.scalar(db.text(news))) == 0
    send(office, table(ADA.replace("1,ada", "2,ben").replace("Ada Bell", "Ben Okafor")), news="announced")
    work_off(office)
    assert office.do(lambda: db.session.scalar(db.text(news))) > 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "Choose a file."),
        (b"", "This file is empty."),
        (b"name,hours\nAda,2\n", "The first row must name the columns; missing: event_type, occurred_at."),
        (table(), "There is nothing under the headings."),
        (table(ADA).decode().encode("utf-16"), "This is not text in UTF-8. Save it as CSV UTF-8 and try again."),
        (b"\x1f\x8b nothing", "This is not a table of comma-separated values"),
    ],
)
def test_a_file_that_cannot_be_taken_is_told_kindly_at_its_field(office, content, words):
    answer = send(office, content, news="announced")
    said = page(answer)
    assert answer.status_code == 422
    assert said.errors["file"].startswith(words)
    assert said.one("input[value=announced]").get("checked") is not None
    assert count(office, Batch) == 0


@pytest.mark.parametrize("wire", [None, 3000])
def test_a_file_that_is_too_large_is_told_at_its_field(office, monkeypatch, wire):
    monkeypatch.setattr(screen, "LARGEST", 2000)
    if wire:
        monkeypatch.setattr(screen, "STILL_READ", wire)
    answer = send(office, table(*[ADA] * 100))
    assert (answer.status_code, page(answer).errors["file"][:26]) == (422, "This file is too large: at")
    assert count(office, Batch) == 0


def test_a_double_click_brings_one_file(office):
    data = page(office.grace.get("/imports")).form("/imports")
    data.pop("file")
    places = set()
    for _ in range(2):
        file = {"file": (BytesIO(table(ADA)), "may.csv")}
        places.add(office.grace.post("/imports", data=data | file, content_type="multipart/form-data").location)
    assert (len(places), count(office, Batch)) == (1, 1)


def test_many_clicks_at_once_bring_one_file(office):
    data, browsers = page(office.grace.get("/imports")).form("/imports"), office.browsers("grace", 6)
    data.pop("file")

    def click(number: int):
        file = {"file": (BytesIO(table(ADA)), "may.csv")}
        sent = data | browsers[number].token | file
        return browsers[number].client.post("/imports", data=sent, content_type="multipart/form-data").location

    assert (len(set(at_once(6, click))), count(office, Batch)) == (1, 1)


def test_rows_that_do_not_stand_are_shown_with_row_column_and_reason(office):
    answer = send(
        office, table(ADA, "2,ada@example.org,Ada Bell,hours_logged,25,2026-05-05", "3,x,Y,hours_logged,1,soon")
    )
    work_off(office)
    said = page(office.grace.get(answer.location))
    rows = [[cell.text for cell in row.inside if cell.tag in ("th", "td")] for row in said.all(".rejected tbody tr")]
    assert [row[:3] for row in rows] == [
        ["3", "quantity", "Hours are more than 0 and at most 24."],
        ["4", "volunteer_email", "This is not an e-mail address: x"],
    ]
    assert said.words(".numeral-value") == ["1", "0", "2"]


def download(office, location: str) -> list[list[str]]:
    link = page(office.grace.get(location)).links["All of them as a file"]
    answer = office.grace.get(link)
    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    return list(csv.reader(StringIO(answer.get_data(as_text=True))))


def test_what_is_to_be_mended_comes_as_a_file_that_can_be_sent_again(office):
    answer = send(office, table(ADA, "2,ada@example.org,Ada Bell,hours_logged,25,2026-05-05"))
    work_off(office)
    headings, row = download(office, answer.location)
    assert headings == ["row", "column", "reason", *HEADINGS.split(",")]
    assert row[:2] + row[3:] == [
        "3",
        "quantity",
        "2",
        "ada@example.org",
        "Ada Bell",
        "hours_logged",
        "25",
        "2026-05-05",
    ]
    mended = StringIO()
    csv.writer(mended).writerows([headings, ["4" if cell == "25" else cell for cell in row]])
    send(office, mended.getvalue().encode(), "mended.csv")
    work_off(office)
    assert count(office, Activity) == 2


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "＋1", "－1", "＠x", '=HYPERLINK("http://x")']
)
def test_cells_that_look_like_formulas_are_harmless(office, cell):
    out = StringIO()
    csv.writer(out).writerows([HEADINGS.split(","), ["1", "ada@example.org", cell, "hours_logged", "x", "2026-05-05"]])
    answer = send(office, out.getvalue().encode())
    work_off(office)
    _headings, row = download(office, answer.location)
    assert row[5] == "'" + cell


def test_many_rows_to_mend_come_all(office, monkeypatch):
    monkeypatch.setattr(screen, "AT_ONCE", 7)
    monkeypatch.setattr(screen, "SHOWN_ROWS", 5)
    answer = send(
        office, table(*(f"{number},ada@example.org,Ada Bell,hours_logged,x,2026-05-05" for number in range(20)))
    )
    work_off(office)
    assert [row[0] for row in download(office, answer.location)] == ["row", *(str(number) for number in range(2, 22))]
    said = page(office.grace.get(answer.location))
    assert len(said.all(".rejected tbody tr")) == 5
    assert said.says("These are the first 5 of 20.")


def test_scripts_in_cells_and_names_are_text(office):
    name = "<script>alert(1)</script>.csv"
    answer = send(office, table("1,<img src=x onerror=alert(1)>,<b>x</b>,hours_logged,1,2026-05-05"), name)
    work_off(office)
    html = office.grace.get(answer.location).get_data(as_text=True)
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert page(office.grace.get("/imports")).links[name] == answer.location


def test_a_file_that_failed_says_why(office):
    answer = send(office, table(ADA))
    office.do(lambda: uploads.fail(1, ZeroDivisionError(), people.NOW))
    assert page(office.grace.get(answer.location)).says("Something went wrong; the log knows more.")
    assert page(office.grace.get("/imports")).says("Stopped")


def test_earlier_files_go_on_from_page_to_page(office, monkeypatch):
    monkeypatch.setattr(screen, "ON_A_PAGE", 2)
    for number in range(3):
        send(office, table(ADA), f"{number}.csv")
    first = page(office.grace.get("/imports"))
    second = page(office.grace.get(first.links["Older"]))
    assert [one.words("a.person-name") for one in (first, second)] == [["2.csv", "1.csv"], ["0.csv"]]


@pytest.mark.parametrize("number", [999, 10**30])
def test_what_is_not_there_is_not_there(office, number):
    places = (f"/imports/{number}", f"/imports/{number}/rejected.csv")
    assert [office.grace.get(place).status_code for place in places] == [404, 404]


def test_it_is_for_coordinators(office):
    location, ada = send(office, table(ADA)).location, office.signed_in("ada")
    before = office.dump()
    places = ("/imports", location, f"{location}/rejected.csv")
    assert [ada.get(place).status_code for place in places] == [403] * 3
    assert send(office, table(ADA), client=ada, csrf_token=office.token(ada)).status_code == 403
    nobody = office.app.test_client()
    assert all(nobody.get(place).location.startswith("/sign-in?next=") for place in places)
    assert office.dump() == before


def test_the_number_of_queries_does_not_grow(office):
    def queries(*places: str) -> list[int]:
        found = []
        for place in places:
            with statements(office.app) as asked:
                assert office.grace.get(place).status_code == 200
            found.append(len(asked))
        return found

    bad = "{},ada@example.org,Ada Bell,hours_logged,x,2026-05-05"
    one = send(office, table(bad.format(1))).location
    work_off(office)
    few = queries("/imports", one)
    many = send(office, table(*(bad.format(number) for number in range(30)))).location
    for number in range(4):
        send(office, table(bad.format(number)))
    work_off(office)
    assert queries("/imports", many) == few
