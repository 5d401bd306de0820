"""XLSX files as rows of text, read as a stream: of a sheet with a million rows one is in memory at a time.

Read by ourselves, since who sends a file decides what is in it: nothing is computed, followed, unpacked or kept beyond
what is said here. A formula is the value that was kept with it; macros, links and drawings are not looked at.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from posixpath import join, normpath
from typing import BinaryIO
from xml.parsers.expat import ExpatError, ParserCreate
from zipfile import BadZipFile, ZipFile
from zlib import error as ZlibError

from flask_babel import gettext as _

from portal.domain.refusals import NotReadable

ZIP, OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
LARGEST_SHEET = 1024 * 1024 * 1024
LARGEST_STRINGS = 32 * 1024 * 1024
LARGEST_PART = 8 * 1024 * 1024
MOST_PARTS = 2000
LONGEST_CELL = 1_000_000
MOST_CELLS, MOST_ROWS = 16_384, 1_048_576
"""What a sheet has room for."""
CHUNK = 64 * 1024
MOST_KNOWN, LONGEST_NUMBER = 50_000, 64
DATES = frozenset((*range(14, 18), *range(27, 37), *range(50, 59)))
MOMENTS, TIMES, SPANS = frozenset((22,)), frozenset((18, 19, 20, 21)), frozenset((45, 46, 47))
"""Numbers of the formats that come with every file."""
UNSAID = re.compile(r'"[^"]*"|\\.|_.|\*.')
SPAN = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
BRACKETS = re.compile(r"\[[^\]]*\]")
LONGEST_TAG = 4 * 1024 * 1024
BROKEN = (
    *(BadZipFile, ExpatError, ZlibError, EOFError, OSError),
    *(LookupError, NotImplementedError, RuntimeError, TypeError, ValueError),
)


class Book:
    """An opened file: the names of its sheets, and their rows. Raises NotReadable for what is no such file."""

    def __init__(self, file: BinaryIO):
        with readable():
            self.zip = ZipFile(file)
            refuse_bomb(self.zip)
            found = Contents()
            self.parse("xl/workbook.xml", LARGEST_PART, start=found.start)
            self.parse("xl/_rels/workbook.xml.rels", LARGEST_PART, start=found.start)
            self.parse("xl/styles.xml", LARGEST_PART, start=found.start, end=found.end, missing=True)
        self.found = found
        self.sheets = [name for name, target in found.sheets if found.targets.get(target, "").startswith("xl/")]
        if not self.sheets:
            raise NotReadable(_("There is no sheet in this file."))

    def rows(self, sheet: str) -> Iterator[tuple[int, list[str]]]:
        """The rows of a sheet that have something in them, with their numbers, every cell as text. Raises
        NotReadable."""
        reader = SheetReader(self.found, self.strings())
        target = self.found.targets[dict(self.found.sheets)[sheet]]
        with readable():
            for _step in self.steps(target, LARGEST_SHEET, reader.start, reader.end, reader.says):
                yield from reader.taken()

    def strings(self) -> list[str]:
        """The texts that cells point to."""
        strings = Strings()
        with readable():
            self.parse("xl/sharedStrings.xml", LARGEST_STRINGS, strings.start, strings.end, strings.says, missing=True)
        return strings.found

    def parse(self, name: str, largest: int, start=None, end=None, says=None, *, missing: bool = False) -> None:
        """Reads a part to its end; one that may be `missing` then says nothing."""
        if not missing or name in self.zip.NameToInfo:
            for _step in self.steps(name, largest, start, end, says):
                pass

    def steps(self, name: str, largest: int, start, end, says) -> Iterator[None]:
        """Reads a part some thousand characters at a time."""
        if self.zip.getinfo(name).file_size > largest:
            raise NotReadable(_("Unpacked, this file is too large. Cut it into smaller ones."))
        parser = ParserCreate(namespace_separator="}")
        parser.StartDoctypeDeclHandler = refuse_doctype
        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.CharacterDataHandler = says
        parser.buffer_text = True
        fed = 0
        with self.zip.open(name) as part:
            while chunk := part.read(CHUNK):
                parser.Parse(chunk, False)
                fed += len(chunk)
                if fed - parser.CurrentByteIndex > LONGEST_TAG:  # which the parser keeps until it ends
                    raise ValueError(name)
                yield
            parser.Parse(b"", True)
            yield


class readable:
    """Says of whatever is wrong with a file that it is no spreadsheet."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind, error, _where) -> None:
        if isinstance(error, BROKEN) and not isinstance(error, NotReadable):
            raise NotReadable(_("This spreadsheet is damaged, or none. Save it again as XLSX or CSV.")) from None


def refuse_doctype(*_given) -> None:
    """No spreadsheet has one; what expands itself to fill any memory does."""
    raise NotReadable(_("This spreadsheet is damaged, or none. Save it again as XLSX or CSV."))


def refuse_bomb(zipped: ZipFile) -> None:
    """Raises NotReadable for what would unpack to more than we read. No more is unpacked than is declared here."""
    parts = zipped.infolist()
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_SHEET:
        raise NotReadable(_("Unpacked, this file is too large. Cut it into smaller ones."))
    if any(part.flag_bits & 1 for part in parts):
        raise NotReadable(_("This file is locked with a password. Save it without one."))


def bare(name: str) -> str:
    """An element's or attribute's name without its namespace."""
    return name.rpartition("}")[2]


@dataclass
class Contents:
    """What a workbook says of its sheets, and which styles mean dates and times."""

    sheets: list[tuple[str, str]] = field(default_factory=list)
    targets: dict[str, str] = field(default_factory=dict)
    since_1904: bool = False
    formats: dict[int, str] = field(default_factory=dict)
    styles: list[int] = field(default_factory=list)
    in_styles: bool = False

    def start(self, name: str, given: dict[str, str]) -> None:
        """An element of workbook.xml, of its relations, or of styles.xml."""
        name, given = bare(name), {bare(key): value for key, value in given.items()}
        if name == "sheet":
            self.sheets.append((given["name"], given["id"]))
        elif name == "Relationship" and given.get("Type", "").endswith("/worksheet"):
            self.targets[given["Id"]] = inside(given["Target"])
        elif name == "workbookPr":
            self.since_1904 = given.get("date1904", "") in ("1", "true")
        elif name == "numFmt":
            self.formats[int(given["numFmtId"])] = given["formatCode"]
        elif name == "cellXfs":
            self.in_styles = True
        elif name == "xf" and self.in_styles:
            self.styles.append(int(given.get("numFmtId", "0")))

    def end(self, name: str) -> None:
        """The end of an element."""
        if bare(name) == "cellXfs":
            self.in_styles = False

    def kinds(self) -> list[str]:
        """For each style how a number in it is meant: 'date', 'moment', 'time', 'span', or '' for a number."""
        return [kind_of(number, self.formats.get(number, "")) for number in self.styles]


def inside(target: str) -> str:
    """Where a part is that the workbook points to."""
    return target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))


def kind_of(number: int, code: str) -> str:
    """How a number is meant that is shown in this format."""
    for kind, numbers in (("date", DATES), ("moment", MOMENTS), ("time", TIMES), ("span", SPANS)):
        if number in numbers:
            return kind
    said = UNSAID.sub("", code.partition(";")[0])
    if SPAN.search(said):
        return "span"
    said = BRACKETS.sub("", said).lower()
    days, hours = any(letter in said for letter in "yd"), any(letter in said for letter in "hs")
    return "moment" if days and hours else "date" if days else "time" if hours else ""


class Strings:
    """The texts of sharedStrings.xml."""

    def __init__(self):
        self.found: list[str] = []
        self.text: list[str] | None = None
        self.aside = 0

    def start(self, name: str, _given) -> None:
        """A text begins, or what tells how to read one aloud."""
        name = bare(name)
        if name == "si":
            self.text = []
        self.aside += name == "rPh"

    def says(self, text: str) -> None:
        """Some of a text."""
        if self.text is not None and not self.aside:
            self.text.append(text)

    def end(self, name: str) -> None:
        """A text ends."""
        name = bare(name)
        if name == "si":
            self.found.append("".join(self.text or ()).strip())
            self.text = None
        self.aside -= name == "rPh"


class SheetReader:
    """The rows of a sheet, as they come by."""

    def __init__(self, contents: Contents, strings: list[str]):
        self.strings, self.kinds = strings, contents.kinds()
        self.epoch = datetime(1904, 1, 1, tzinfo=UTC) if contents.since_1904 else datetime(1899, 12, 30, tzinfo=UTC)
        self.ready: list[tuple[int, list[str]]] = []
        self.number = self.place = self.length = 0
        self.cells: list[str] = []
        self.kind = self.style = ""
        self.text: list[str] | None = None
        self.speaks = False
        self.aside = 0
        self.known: dict[tuple[str, str], str] = {}  # the same numbers come again and again

    def taken(self) -> list[tuple[int, list[str]]]:
        """The rows that came by since one asked."""
        ready, self.ready = self.ready, []
        return ready

    def start(self, name: str, given: dict[str, str]) -> None:
        """A row, a cell, or what is in one."""
        name = bare(name)
        if name == "c":
            self.place = place_of(given["r"]) if "r" in given else self.place + 1
            self.kind, self.style = given.get("t", "n"), given.get("s", "")
            self.text, self.length = [], 0
        elif name in ("v", "t"):
            self.speaks = self.text is not None and not self.aside
        elif name == "row":
            self.number = int(given.get("r", self.number + 1))
            if not 0 < self.number <= MOST_ROWS:
                raise ValueError(self.number)
            self.place, self.cells = 0, []
        self.aside += name == "rPh"

    def says(self, text: str) -> None:
        """Some of what is in a cell."""
        if self.speaks and self.text is not None:
            self.text.append(text)
            self.length += len(text)
            if self.length > LONGEST_CELL:
                raise NotReadable(_("Row %(row)s holds a cell of more than a million characters.", row=self.number))

    def end(self, name: str) -> None:
        """The end of a row, a cell, or what is in one."""
        name = bare(name)
        if name == "c" and self.text is not None:
            if self.text:
                self.keep(self.meant("".join(self.text)))
            self.text = None
        elif name in ("v", "t"):
            self.speaks = False
        elif name == "row" and any(self.cells):
            self.ready.append((self.number, self.cells))
        self.aside -= name == "rPh"

    def keep(self, text: str) -> None:
        """Puts a text where its cell is."""
        if not 0 < self.place <= MOST_CELLS:
            raise ValueError(self.place)
        missing = self.place - 1 - len(self.cells)
        if missing >= 0:
            self.cells.extend([""] * missing)
            self.cells.append(text)

    def meant(self, text: str) -> str:
        """What a cell says, as people read it."""
        if self.kind == "s":
            return self.strings[int(text)]
        if self.kind in ("str", "inlineStr", "d"):
            return text.strip()
        if self.kind == "e":
            return text
        if self.kind == "b":
            return "yes" if text.strip() == "1" else "no"
        key = (self.style, text)
        if key not in self.known:
            if len(self.known) > MOST_KNOWN:
                self.known.clear()
            kind = self.kinds[int(self.style)] if self.style and int(self.style) < len(self.kinds) else ""
            self.known[key] = number_words(text.strip()[:LONGEST_NUMBER], kind, self.epoch)
        return self.known[key]


def place_of(reference: str) -> int:
    """The number of the column in 'AB17': 28."""
    number = 0
    for letter in reference[:4].upper():
        if not "A" <= letter <= "Z":
            break
        number = number * 26 + ord(letter) - 64
    return number


def number_words(text: str, kind: str, epoch: datetime) -> str:
    """A number as text: '2026-03-12' for a date, '09:30' for a time of day, '49:30' for a span, '1.5' for a number.

    Spreadsheets reckon in fractions of two: what is not a number of hundredths but for their error is rounded to it.
    """
    try:
        number = float(text)
    except ValueError:
        return text
    if not -1e15 < number < 1e15:
        return text
    if (kind == "time" and number < 1) or kind == "span":
        minutes = round(abs(number) * 1440)
        return f"{'-' if number < 0 else ''}{minutes // 60:02}:{minutes % 60:02}"
    if kind and 0 <= number < 2_958_466:
        return moment_words(number, kind, epoch)
    near = round(number, 2)
    number = near if abs(number - near) < 1e-9 else number
    return str(int(number)) if number == int(number) else repr(number)


def moment_words(number: float, kind: str, epoch: datetime) -> str:
    """The date, and the time where the format shows one. In the calendar of 1900 there is a 29th of February, as in
    the program that others copied it from."""
    if epoch.year == 1899 and number < 60:
        number += 1
    moment = epoch + timedelta(seconds=round(number * 86400))
    shows_time = kind in ("moment", "time") and (moment.hour or moment.minute)
    return moment.strftime("%Y-%m-%d %H:%M") if shows_time else moment.date().isoformat()
