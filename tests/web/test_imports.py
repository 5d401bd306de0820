"""Spreadsheets through the page: looked at before anything is written, told kindly, recorded once somebody says yes."""

import csv
import gzip
from datetime import UTC, datetime
from io import BytesIO, StringIO

import pytest
from sqlalchemy import func, select

from portal.domain import importing, sheets, uploads
from portal.domain.activities import Activity, Batch
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from portal.web import imports as screen
from tests import people
from tests.people import DATA
from tests.web.office import at_once
from tests.web.reading import page, statements

HEADINGS = "external_id,volunteer_email,volunteer_name,event_type,quantity,occurred_at"
ADA = "1,ada@example.org,Ada Bell,hours_logged,2,2026-05-04"


def table(*rows: str) -> bytes:
    return "\r\n".join((HEADINGS, *rows, "")).encode()


def upload(office, content: bytes | None, name: str = "may.csv", client=None, **given):
    """Sends a file; nobody has looked at it yet."""
    client = client or office.grace
    fields = page(office.grace.get("/imports")).form("/imports") | given
    fields.pop("file", None)
    file = {} if content is None else {"file": (BytesIO(content), name)}
    return client.post("/imports", data=fields | file, content_type="multipart/form-data")


def look(office, content: bytes, name: str = "may.csv", **given) -> str:
    """Sends a file and has it looked at; where that is to be seen."""
    location = upload(office, content, name, **given).location
    work_off(office)
    return location


def say_yes(office, location: str, client=None):
    """Presses the button of the preview."""
    client = client or office.grace
    confirm = f"{location}/confirmation"
    return client.post(confirm, data=page(client.get(location)).form(confirm))


def send(office, content: bytes, name: str = "may.csv", **given):
    """The whole way, but for the last work."""
    location = look(office, content, name, **given)
    return say_yes(office, location)


def work_off(office) -> None:
    """What a worker does."""

    def work():
        while batch_id := uploads.lease(now := datetime.now(UTC)):
            db.session.commit()
            importing.work_off(batch_id, lambda now=now: now)

    office.do(work)


def count(office, model) -> int:
    return office.do(lambda: db.session.scalar(select(func.count()).select_from(model)))


def problem_cells(said) -> list[tuple[str, str, str]]:
    """(row, column, what is said) of each cell that is marked."""
    found = []
    for row in said.all(".problem-rows tbody tr"):
        number = row.one("th").text
        found += [(number, cell["data-label"], cell.one(".error").text) for cell in row.all("td.wrong")]
    return found


def test_a_file_is_looked_at_first_and_recorded_when_somebody_says_yes(office):
    answer = upload(office, table(ADA))
    waiting = page(office.grace.get(answer.location))
    assert waiting.heading == "may.csv"
    assert waiting.says("It waits for its turn, safe with us.")
    assert waiting.one("#progress")["data-hx-get"] == answer.location
    work_off(office)
    part = office.grace.get(answer.location, headers={"HX-Request": "true"})
    assert part.headers["HX-Redirect"] == answer.location
    said = page(office.grace.get(answer.location))
    assert said.says("This is what it would bring. Nothing is written yet.")
    assert said.words(".numeral-value") == ["1", "2", "1", "0", "0"]
    assert said.words(".cards tbody td") == ["Ada Bell", "4 May 2026", "2 hours", "", ""]
    assert count(office, Activity) == 0
    say_yes(office, answer.location)
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
        (b"%PDF-1.7", "This is a PDF file, and no table. Send a CSV or XLSX file."),
        (b"\xd0\xcf\x11\xe0 old", "This is an old or locked Excel file. Save it as XLSX or CSV."),
    ],
)
def test_what_one_sees_at_once_to_be_no_table_is_told_at_its_field(office, content, words):
    answer = upload(office, content, news="announced")
    said = page(answer)
    assert answer.status_code == 422
    assert said.errors["file"].startswith(words)
    assert said.one("input[value=announced]").get("checked") is not None
    assert count(office, Batch) == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (table(), "There is nothing under the headings."),
        (b"\x1f\x8b nothing", "This is not a table of comma-separated values"),
        (b"PK\x03\x04 nothing", "This spreadsheet is damaged, or none. Save it again as XLSX or CSV."),
    ],
)
def test_what_a_worker_cannot_read_is_told_and_can_be_thrown_away(office, content, words):
    location = look(office, content)
    answer = office.grace.get(location)
    assert answer.location == f"{location}/columns"
    said = page(office.grace.get(answer.location))
    assert (said.heading, said.says(words)) == ("This file cannot be read", True)
    assert page(office.grace.get("/imports")).says("Cannot be read: waits for you")
    gone = office.grace.post(f"{location}/removal", data=said.form(f"{location}/removal"))
    assert gone.location == "/imports"
    assert page(office.grace.get("/imports")).says("It is thrown away. Nothing of it was recorded.")
    assert count(office, Batch) == 0


@pytest.mark.parametrize("wire", [None, 3000])
def test_a_file_that_is_too_large_is_told_at_its_field(office, monkeypatch, wire):
    monkeypatch.setattr(sheets, "LARGEST", 2000)
    if wire:
        monkeypatch.setattr(screen, "STILL_READ", wire)
    answer = upload(office, table(*[ADA] * 100))
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
    links = page(office.grace.get(location)).links
    link = links.get("All of them as a file") or links["These rows as a file"]
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
    _headings, row = download(office, look(office, out.getvalue().encode()))
    assert row[5] == "'" + cell


def test_many_rows_to_mend_come_all(office, monkeypatch):
    monkeypatch.setattr(screen, "AT_ONCE", 7)
    monkeypatch.setattr(screen, "SHOWN_ROWS", 5)
    bad = (f"{number},ada@example.org,Ada Bell,hours_logged,x,2026-05-05" for number in range(20))
    answer = send(office, table(*bad, ADA.replace("1,", "99,", 1)))
    work_off(office)
    assert [row[0] for row in download(office, answer.location)] == ["row", *(str(number) for number in range(2, 22))]
    said = page(office.grace.get(answer.location))
    assert len(said.all(".rejected tbody tr")) == 5
    assert said.says("These are the first 5 of 20.")


def test_scripts_in_cells_and_names_are_text(office):
    name = "<script>alert(1)</script>.csv"
    location = look(office, table("1,<img src=x onerror=alert(1)>,<b>x</b>,hours_logged,1,2026-05-05", ADA), name)
    pages = [office.grace.get(place).get_data(as_text=True) for place in (location, f"{location}/columns")]
    say_yes(office, location)
    work_off(office)
    for html in (*pages, office.grace.get(location).get_data(as_text=True)):
        assert "<script>alert" not in html
        assert "<img src=x" not in html
    assert page(office.grace.get("/imports")).links[name] == location


def test_a_file_that_failed_says_why(office, monkeypatch):
    answer = send(office, table(ADA))
    monkeypatch.setattr(importing.imports, "record_part", lambda *_a, **_k: 1 / 0)
    work_off(office)
    assert page(office.grace.get(answer.location)).says("Something went wrong; the log knows more.")
    assert page(office.grace.get("/imports")).says("Stopped")


def test_earlier_files_go_on_from_page_to_page(office, monkeypatch):
    monkeypatch.setattr(screen, "ON_A_PAGE", 2)
    for number in range(3):
        upload(office, table(ADA), f"{number}.csv")
    first = page(office.grace.get("/imports"))
    second = page(office.grace.get(first.links["Older"]))
    assert [one.words("a.person-name") for one in (first, second)] == [["2.csv", "1.csv"], ["0.csv"]]


@pytest.mark.parametrize("number", [999, 10**30])
def test_what_is_not_there_is_not_there(office, number):
    places = (f"/imports/{number}", f"/imports/{number}/rejected.csv", f"/imports/{number}/columns")
    assert [office.grace.get(place).status_code for place in places] == [404] * 3
    forms = [f"/imports/{number}/{name}" for name in ("confirmation", "cancellation", "removal", "columns", "reading")]
    token = {"csrf_token": office.token()}
    assert {office.grace.post(place, data=token).status_code for place in forms} <= {404, 405}


def test_it_is_for_coordinators_each_of_them(office):
    location, ada = look(office, table(ADA)), office.signed_in("ada")
    before = office.dump()
    places = ("/imports", location, f"{location}/columns", f"{location}/rejected.csv")
    assert [ada.get(place).status_code for place in places] == [403] * 4
    token = {"csrf_token": office.token(ada)}
    forms = [f"{location}/{name}" for name in ("confirmation", "cancellation", "removal", "columns", "reading")]
    assert [ada.post(place, data=token).status_code for place in forms] == [403] * 5
    assert upload(office, table(ADA), client=ada, csrf_token=office.token(ada)).status_code == 403
    nobody = office.app.test_client()
    assert all(nobody.get(place).location.startswith("/sign-in?next=") for place in places)
    assert office.dump() == before
    assert [office.signed_in("linus").get(place).status_code for place in places] == [200] * 4


def test_the_number_of_queries_does_not_grow(office):
    def queries(*places: str) -> list[int]:
        found = []
        for place in places:
            with statements(office.app) as asked:
                assert office.grace.get(place).status_code == 200
            found.append(len(asked))
        return found

    bad = "{},ada@example.org,Ada Bell,hours_logged,x,2026-05-05"
    good = "{},v{}@example.org,V,hours_logged,1,2026-05-05"
    one = look(office, table(bad.format(1), good.format(2, 1)))
    few = queries("/imports", one, f"{one}/columns")
    many = look(office, table(*(bad.format(n) for n in range(30)), *(good.format(n, n) for n in range(90, 130))))
    for number in range(4):
        upload(office, table(bad.format(number)))
    assert queries("/imports", many, f"{many}/columns") == few
    for location in (one, many):
        say_yes(office, location)
    work_off(office)
    assert queries(many) == queries(one)


# --- Other people's columns -----------------------------------------------------------------------------------------


def sheet(name: str) -> bytes:
    return (DATA / f"sheet-{name}").read_bytes()


def test_first_and_last_name_and_hours_in_many_spellings(office):
    location = look(office, sheet("first-last.csv"))
    said = page(office.grace.get(location))
    assert said.words(".numeral-value") == ["3", "7.25", "3", "0", "1"]
    assert said.says("1 of them new")
    assert said.says("Dates are read with the month first: 3/4/2026 is 4 March.")
    rows = [[cell.text for cell in row.all("td")] for row in said.all(".cards")[0].all("tbody tr")]
    assert rows[0] == ["Ada Bell", "4 March 2026", "2.5 hours", "", "Sorted the soup tins"]
    assert rows[2] == ["Zoë Hart New", "15 March 2026", "3.5 hours", "", "=SUM(A1:A9)"]
    assert problem_cells(said) == [
        ("5", "Total Hours Worked", "“two” is not a number of hours; write 2 or 1:30."),
    ]
    say_yes(office, location)
    work_off(office)
    assert office.do(lambda: db.session.scalar(select(Volunteer.name).where(Volunteer.email == "zoe@example.org")))
    assert count(office, Activity) == 3


def test_mail_date_hours_program(office):
    said = page(office.grace.get(look(office, sheet("program.csv"))))
    assert said.words(".numeral-value") == ["2", "3.25", "2", "0", "2"]
    assert problem_cells(said) == [
        ("4", "volunteer_email", "Nobody is known like this: a new volunteer needs a name."),
        ("5", "hours", "Hours are more than 0 and at most 24."),
    ]


def test_names_with_times_of_day(office):
    said = page(office.grace.get(look(office, sheet("times.csv"))))
    rows = [[cell.text for cell in row.all("td")] for row in said.all(".cards")[0].all("tbody tr")]
    assert rows == [
        ["Ada Bell", "4 March 2026", "2.5 hours", "Beach clean-up", ""],
        ["Ben Okafor", "28 March 2026", "4 hours", "Night shelter", "Overnight"],
    ]
    assert problem_cells(said) == [
        ("4", "Volunteer Name", "Nobody has this name: add an e-mail or an id."),
        ("5", "Start Time", "“nine” is not a time; write it like 9:30."),
        ("5", "End Time", "From “nine” to “11:00 AM” are no hours; write times like 9:30."),
    ]


def test_semicolons_decimal_commas_and_letters_of_windows(office):
    said = page(office.grace.get(look(office, sheet("semicolons.csv"))))
    assert said.words(".numeral-value") == ["2", "3.75", "2", "0", "0"]
    assert said.says("Read as Windows-1252. Do all names look right?")
    assert said.says("Für die Küche")


def test_utf_16_with_tabs(office):
    said = page(office.grace.get(look(office, sheet("utf16.csv"))))
    assert said.words(".numeral-value") == ["2", "3.5", "2", "0", "0"]
    assert said.says("Jardín")


def test_a_workbook_with_several_sheets_dates_times_and_formulas(office):
    location = look(office, sheet("march.xlsx"), "march.xlsx")
    said = page(office.grace.get(location))
    rows = [[cell.text for cell in row.all("td")] for row in said.all(".cards")[0].all("tbody tr")]
    assert rows == [
        ["Ada Bell", "4 March 2026", "2.5 hours", "Food bank", "2"],
        ["Ben Okafor", "5 March 2026", "1.5 hours", "Food bank", ""],
        ["Ben Okafor", "6 March 2026", "2.25 hours", "Choir", "yes"],
    ]
    assert [cell[:2] for cell in problem_cells(said)] == [("6", "Date"), ("6", "Hours")]
    other = page(office.grace.get(f"{location}/columns"))
    fields = other.form(f"{location}/reading")
    assert fields["sheet"] == "March"
    office.grace.post(f"{location}/reading", data=fields | {"sheet": "Read me"})
    work_off(office)
    said = page(office.grace.get(f"{location}/columns"))
    assert said.says("There is nothing under the headings.")
    office.grace.post(f"{location}/reading", data=said.form(f"{location}/reading") | {"sheet": "March"})
    work_off(office)
    assert page(office.grace.get(location)).words(".numeral-value")[0] == "3"


def test_dates_that_may_be_two_are_asked_about_and_remembered(office):
    location = look(office, sheet("ambiguous.csv"))
    columns = office.grace.get(location).location
    assert page(office.grace.get("/imports")).says("Waits for you: which column is which?")
    fields = page(office.grace.get(columns)).form(columns)
    answer = office.grace.post(columns, data=fields)
    assert answer.status_code == 422
    assert page(answer).says("All dates of this file may be read in two ways. Which is it?")
    assert office.grace.post(columns, data=fields | {"date_order": "day_first"}).location == location
    work_off(office)
    said = page(office.grace.get(location))
    assert said.says("Dates are read with the day first: 3/4/2026 is 3 April.")
    assert said.says("3 April 2026")
    again = look(office, sheet("ambiguous.csv"))
    assert page(office.grace.get(again)).says("3 April 2026")


def test_columns_that_nobody_knows_are_chosen_by_hand_and_can_be_forgotten(office):
    content = b"Wer,Wann,Wie lang,Wozu\nada@example.org,2026-05-04,2,Tafel\n"
    location = look(office, content)
    columns = f"{location}/columns"
    fields = page(office.grace.get(columns)).form(columns)
    answer = office.grace.post(columns, data=fields | {"description": "3", "news": "announced"})
    said = page(answer)
    assert answer.status_code == 422
    assert said.errors["date"] == "Say in which column the date is."
    assert (said.form(columns)["description"], said.form(columns)["news"]) == ("3", "announced")
    chosen = {"volunteer_email": "0", "date": "1", "hours": "2", "reference_name": "3"}
    office.grace.post(columns, data=fields | chosen)
    work_off(office)
    assert page(office.grace.get(location)).words(".numeral-value") == ["1", "2", "1", "0", "0"]
    overview = page(office.grace.get("/imports"))
    assert overview.says("Wer, Wann, Wie lang, Wozu")
    forget = "/imports/layouts/1/removal"
    office.grace.post(forget, data=overview.form(forget))
    assert not page(office.grace.get("/imports")).says("Wer, Wann, Wie lang, Wozu")


def test_two_yeses_count_once_and_another_windows_yes_to_what_has_changed_none(office):
    location = look(office, sheet("program.csv"))
    confirm = f"{location}/confirmation"
    first, second = (page(office.grace.get(location)).form(confirm) for _ in range(2))
    columns = f"{location}/columns"
    office.grace.post(columns, data=page(office.grace.get(columns)).form(columns) | {"unknown": "refused"})
    work_off(office)
    office.grace.post(confirm, data=first)
    assert page(office.grace.get(location)).says("Meanwhile this import has gone on, here or in another window.")
    third = page(office.grace.get(location)).form(confirm)
    for _ in range(2):
        office.grace.post(confirm, data=third)
    office.grace.post(confirm, data=second)
    work_off(office)
    assert count(office, Activity) == 2


def test_problems_are_filtered_by_column_and_go_on_from_page_to_page(office, monkeypatch):
    monkeypatch.setattr(screen, "SHOWN_ROWS", 3)
    rows = [f"ada@example.org,2026-05-04,x{n}" for n in range(5)] + ["ada@example.org,soon,1"]
    location = look(office, "\n".join(["E-mail,Date,Hours", *rows]).encode())
    said = page(office.grace.get(location))
    assert [cell[0] for cell in problem_cells(said)] == ["2", "3", "4"]
    assert [cell[0] for cell in problem_cells(page(office.grace.get(said.links["More"])))] == ["5", "6", "7"]
    assert [cell[:2] for cell in problem_cells(page(office.grace.get(said.links["Date 1"])))] == [("7", "Date")]


def test_known_rows_say_where_they_came_from_and_that_they_were_undone(office):
    first = send(office, sheet("program.csv"), "march.csv").location
    work_off(office)
    again = look(office, sheet("program.csv"))
    said = page(office.grace.get(again))
    assert said.says("2 rows are known: “march.csv” brought them on")
    assert said.says("There is nothing new in it to be recorded.")
    activity = office.do(lambda: db.session.scalars(select(Activity.id)).first())
    office.do(lambda: people.take_back(activity))
    said = page(office.grace.get(look(office, sheet("program.csv"))))
    assert said.says("1 of them were taken back since, and do not count again.")
    assert first in said.links.values() or f"/batches/{first.rpartition('/')[2]}" in said.links.values()


def test_recording_can_be_ended_and_what_is_recorded_stays(office):
    location = send(office, table(ADA)).location
    said = page(office.grace.get(location))
    cancel = f"{location}/cancellation"
    office.grace.post(cancel, data=said.form(cancel))
    work_off(office)
    said = page(office.grace.get(location))
    assert said.says("Ended after 0 of 1 rows. What was recorded by then stays, and is counted.")
    assert page(office.grace.get("/imports")).says("Cancelled, 0 recorded")
