"""Files as people send them, and as nobody should: read as a stream, or refused with a reason."""

import csv
import tracemalloc
import zipfile
from io import BytesIO, StringIO

import pytest

from portal.domain import layouts, sheets, spreadsheets
from portal.domain.refusals import NotReadable
from portal.domain.sheets import How
from portal.domain.tallies import OnTop, Tallies

TYPES = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEETS = '<sheets><sheet name="A" r:id="r1"/></sheets>'
WORKBOOK = f'<workbook {MAIN} xmlns:r="{RELATION}"><workbookPr{{more}}/>{SHEETS}</workbook>'
LINKS = (
    f'<Relationships><Relationship Id="r1" Type="{RELATION}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
)
STYLES = f"""<styleSheet {MAIN}><numFmts><numFmt numFmtId="164" formatCode="[h]:mm"/><numFmt numFmtId="165"
formatCode="dd/mm/yyyy&quot; day&quot;"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf/>
<xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="20"/><xf numFmtId="22"/></cellXfs>
</styleSheet>"""


def workbook(*rows: str, strings: str = "", more: str = "", **parts: str) -> BytesIO:
    """An XLSX file with these rows in its sheet, as small as one can be."""
    found = {
        "[Content_Types].xml": TYPES,
        "xl/workbook.xml": WORKBOOK.format(more=more),
        "xl/_rels/workbook.xml.rels": LINKS,
        "xl/styles.xml": STYLES,
        "xl/worksheets/sheet1.xml": f"<worksheet {MAIN}><sheetData>{''.join(rows)}</sheetData></worksheet>",
    } | parts
    if strings:
        found["xl/sharedStrings.xml"] = f"<sst {MAIN}>{strings}</sst>"
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, text in found.items():
            zipped.writestr(name, text)
    return out


def row(*cells: object, number: int | None = None) -> str:
    """A row of texts and numbers; what begins with < is a cell as it is."""
    where = f' r="{number}"' if number else ""
    return f"<row{where}>{''.join(map(cell, cells))}</row>"


def cell(value: object) -> str:
    if str(value).startswith("<"):
        return str(value)
    return (
        f"<c><v>{value}</v></c>" if isinstance(value, (int, float)) else f'<c t="inlineStr"><is><t>{value}</t></is></c>'
    )


HEAD = row("E-mail", "Date", "Hours")


def texts(file: BytesIO) -> list[list[str]]:
    return [cells for _number, cells in sheets.rows_of(file, sheets.look_through(file))]


def refused(content: bytes | BytesIO) -> str:
    """Why a file cannot be read."""
    with pytest.raises(NotReadable) as found:
        sheets.look_through(content if isinstance(content, BytesIO) else BytesIO(content))
    return str(found.value)


# --- Workbooks ------------------------------------------------------------------------------------------------------


def test_cells_say_what_people_see():
    dated = [f'<c s="{style}"><v>{value}</v></c>' for style, value in ((1, 46093), (3, 46093), (5, 46093.75))]
    spans = [f'<c s="{style}"><v>{value}</v></c>' for style, value in ((2, 2.0625), (4, 0.39583333))]
    file = workbook(row("a", "b", "c", "d", "e", "f"), row(*dated, *spans, 2.0000000000000004))
    assert texts(file) == [["2026-03-12", "2026-03-12", "2026-03-12 18:00", "49:30", "09:30", "2"]]


def test_the_calendar_of_1904_and_the_day_that_never_was():
    rows = [row("a", "b"), row('<c s="1"><v>44631</v></c>', 1)]
    assert texts(workbook(*rows, more=' date1904="1"')) == [["2026-03-12", "1"]]
    rows = [row("a", "b"), *(row(f'<c s="1"><v>{day}</v></c>', 1) for day in (1, 59, 61))]
    assert [one[0] for one in texts(workbook(*rows))] == ["1900-01-01", "1900-02-28", "1900-03-01"]


def test_a_formula_is_the_value_that_was_kept_and_none_is_computed():
    kept, lost = "<c><f>1+1</f><v>2</v></c>", "<c><f>1+1</f></c>"
    assert texts(workbook(row("a", "b", "c"), row(kept, lost, "x"))) == [["2", "", "x"]]


def test_shared_strings_with_formats_and_readings_aloud():
    strings = "<si><r><t>Ad</t></r><r><t>a</t></r><rPh><t>eda</t></rPh></si><si><t> Bell </t></si>"
    cells = ['<c t="s"><v>0</v></c>', '<c t="s"><v>1</v></c>']
    assert texts(workbook(row("a", "b"), row(*cells), strings=strings)) == [["Ada", "Bell"]]


def test_cells_and_rows_may_be_left_out():
    file = workbook(row("a", "b", "c", number=1), row('<c r="C7"><v>5</v></c>', number=7))
    facts = sheets.look_through(file)
    assert list(sheets.rows_of(file, facts)) == [(7, ["", "", "5"])]


HOSTILE = {
    "no zip": BytesIO(b"PK\x03\x04" + b"x" * 100),
    "no workbook": workbook(**{"xl/workbook.xml": "<a>"}),
    "broken": workbook(HEAD, "<row><c>"),
    "a doctype": workbook(**{"xl/workbook.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}),
    "laughs in a sheet": workbook(
        **{"xl/worksheets/sheet1.xml": '<!DOCTYPE a [<!ENTITY b "cccc">]><a>&b;</a>'},
    ),
    "a row beyond the last": workbook(HEAD, row("a", "b", "c", number=10**12)),
    "a row before the first": workbook(HEAD, row("a", "b", "c", number=-1)),
    "a column beyond the last": workbook(HEAD, row('<c r="ZZZZ1"><v>1</v></c>')),
    "a string that is not there": workbook(HEAD, row('<c t="s"><v>9</v></c>')),
    "a string of minus one": workbook(HEAD, row('<c t="s"><v>x</v></c>')),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_workbook_is_damaged_or_none(name):
    assert refused(HOSTILE[name]) == "This spreadsheet is damaged, or none. Save it again as XLSX or CSV."


def test_a_workbook_of_16384_columns_has_too_many():
    assert "too many columns" in refused(workbook(row(*["a"] * 16_384), row(*["b"] * 16_384)))


def test_a_cell_of_a_million_letters_is_too_long():
    assert "more than a million characters" in refused(workbook(HEAD, row("a" * 1_000_001, "b")))


def test_bombs_are_refused_before_they_go_off(monkeypatch):
    monkeypatch.setattr(spreadsheets, "LARGEST_SHEET", 1_000_000)
    monkeypatch.setattr(spreadsheets, "LARGEST_STRINGS", 100_000)
    assert "too large" in refused(workbook(HEAD, row(*["a" * 100] * 3) * 10_000))
    assert "too large" in refused(workbook(HEAD, row(1, 2, 3), strings="<si><t>aaaaaaaaaaaaaaaaaa</t></si>" * 9000))
    monkeypatch.setattr(spreadsheets, "LONGEST_TAG", 100_000)
    assert "damaged" in refused(workbook(HEAD, f'<row spans="{"1" * 400_000}"></row>'))


def test_macros_and_links_are_not_looked_at():
    parts = {"xl/vbaProject.bin": "macro", "xl/externalLinks/externalLink1.xml": "<a/>"}
    assert texts(workbook(HEAD, row("a", "b", "c"), **parts)) == [["a", "b", "c"]]


def test_of_a_long_sheet_a_few_rows_are_in_memory():
    file = workbook(HEAD, row("ada@example.org", 46093, 2) * 60_000)
    tracemalloc.start()
    assert sheets.look_through(file).rows == 60_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8_000_000


# --- Texts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_however_a_text_is_written_it_is_read(delimiter, encoding):
    text = f"E-mail{delimiter}Note\r\nada@example.org{delimiter}Fête\r\nben@example.org{delimiter}\r\n"
    assert texts(BytesIO(text.encode(encoding))) == [["ada@example.org", "Fête"], ["ben@example.org", ""]]


def test_decimal_commas_between_semicolons_are_no_columns():
    content = b"Name;Stunden;Notiz\nAda;1,5;a, b, c\nBen;2,25;d, e\n"
    assert sheets.look_through(BytesIO(content)).how == How("utf-8-sig", ";")


def test_what_is_chosen_holds_and_says_so_where_it_cannot_be():
    content = BytesIO("Name;Note\nAda;Fête\n".encode("cp1252"))
    assert sheets.look_through(content, How("cp1250", ";")).shown == [["Ada", "Fęte"]]
    with pytest.raises(NotReadable, match="This is not text in UTF-8"):
        sheets.look_through(content, How("utf-8-sig", ";"))


def test_a_title_above_the_headings_is_none_of_them():
    facts = sheets.look_through(BytesIO(b"Hours of March\n\nName,Hours\nAda,2\n,,\n"))
    assert (facts.headings, facts.rows) == (["Name", "Hours"], 1)


def test_headings_can_be_told_apart():
    facts = sheets.look_through(BytesIO(b"Note,,Note,Note (2)\n1,2,3,4\n"))
    assert facts.headings == ["Note", "Column 2", "Note (2)", "Note (2) (2)"]
    assert facts.doubled([0]) == ["Note"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"E-mail,Date,Hours\n", "nothing under the headings"),
        (bytes(256) * 20, "no text"),
        (",".join(["a"] * 16_384).encode() + b"\n1\n", "too many columns"),
        (b'E-mail,Date\n"ada,' + b"x" * 1_000_001, "a quotation mark never ends"),
        (b"a,b\n" + b"x" * 1_048_576 + b",1\n", "more than a million characters"),
    ],
)
def test_texts_that_nobody_can_use_say_why(content, words):
    assert words in refused(content)


def test_nul_bytes_and_open_quotes_keep_no_other_row_out():
    content = b'E-mail,Date,Hours\na\0da@example.org,2026-05-04,1\nben@example.org,2026-05-04,"2\n'
    reader = layouts.reader(layouts.guess(["E-mail", "Date", "Hours"]), 3)
    found = [reader.read(cells) for cells in texts(BytesIO(content))]
    assert [(said.is_text(), said.quantity, problems) for said, problems in found] == [
        (False, "1", ()),
        (True, "2", ()),
    ]


@pytest.mark.parametrize("text", ["1900-01-01", "2999-12-31", "1e308", "=1+1", "<script>", "٣"])
def test_odd_cells_are_read_or_told_and_never_stop_a_file(text):
    reader = layouts.reader(layouts.guess(["E-mail", "Date", "Hours"]), 3)
    for cells in (["ada@example.org", text, "1"], ["ada@example.org", "2026-05-04", text], [text, text, text], []):
        submission, problems = reader.read(cells)
        assert problems or submission.quantity == "1"


# --- What is remembered of many rows --------------------------------------------------------------------------------


def test_tallies_are_as_good_as_a_dictionary():
    tallies, known = Tallies(), {}
    for number in range(60_000):
        key = (number * 7919 % 40_000, "x")
        tallies[key] += number
        known[key] = known.get(key, 0) + number
    known = {key: value % 2**32 for key, value in known.items()}
    assert all(tallies[key] == value for key, value in known.items())
    assert tallies["never"] == 0


def test_what_is_counted_on_top_changes_nothing_below_until_it_is_settled():
    below = Tallies()
    below["a"] = 2
    above = OnTop(below)
    above["a"] += 1
    assert (above["a"], below["a"]) == (3, 2)
    above.settle()
    assert below["a"] == 3


def test_a_written_table_is_read_back():
    out = StringIO()
    rows = [["a", 'b "c"', "d, e"], ["line\nbreak", "x", "y"]]
    csv.writer(out).writerows([["One", "Two", "Three"], *rows])
    assert texts(BytesIO(out.getvalue().encode())) == rows
