"""Uploaded files as tables: what kind they are, their headings and their rows, never more in memory than a few rows."""

import csv
import gzip
import zlib
from codecs import getincrementaldecoder
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from io import BufferedReader, RawIOBase, TextIOWrapper
from itertools import islice
from typing import BinaryIO

from flask_babel import gettext as _

from portal.domain import cells, spreadsheets
from portal.domain.cells import DateOrder
from portal.domain.refusals import NotReadable
from portal.domain.spreadsheets import LONGEST_CELL, Book

MEGABYTE = 1024 * 1024
LARGEST = 200 * MEGABYTE
"""Bytes of a file as it is sent."""
LARGEST_UNPACKED = 512 * MEGABYTE
MOST_ROWS = 1_048_576
MOST_COLUMNS = 200
MOST_SHEETS = 20
LONGEST_HEADING = 200
GZIP = b"\x1f\x8b"
OTHERS = {b"%PDF": "PDF", b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG", b"GIF8": "GIF", b"{\\rtf": "RTF"}
"""How files begin that are sent by mistake."""
HEAD, LOOKED_AT, SHOWN, BEAT = 64 * 1024, 200, 8, 20_000
"""Bytes, and rows, by which a file is known; rows that are shown as they stand, and after how many one hears."""
DELIMITERS = (",", ";", "\t", "|")
ENCODINGS = ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "cp1250", "cp1251", "mac-roman")
GUESSED = ("cp1252",)
"""Encodings in which anything can be read, rightly or not: somebody has to look at it."""
BROKEN = (csv.Error, UnicodeError, OSError, EOFError, zlib.error)


@dataclass(frozen=True)
class How:
    """How a file is to be read: what was guessed, or chosen. Of a spreadsheet the sheet, of a text the rest."""

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""


@dataclass(frozen=True)
class Facts:
    """What was found in a file: how it is read, its headings, rows as they stand, and how its dates are written.

    `begins` is the number of the row with the headings, `rows` how many have something in them below it, `orders`
    says of columns in which dates stand how often they show which order, and under '' how many show none.
    """

    how: How
    headings: list[str]
    begins: int
    rows: int
    shown: list[list[str]]
    sheets: list[str] = field(default_factory=list)
    orders: dict[str, dict[str, int]] = field(default_factory=dict)

    def as_kept(self) -> dict:
        """What JSON can say of it."""
        return asdict(self)

    @staticmethod
    def from_kept(kept: dict) -> "Facts":
        """What was kept."""
        return Facts(**kept | {"how": How(**kept["how"])})

    def order_of(self, column: int) -> DateOrder | None:
        """In which order the dates of a column are written, where they show it."""
        shown = [DateOrder(order) for order in self.orders.get(str(column), {}) if order]
        return shown[0] if len(shown) == 1 else None

    def may_be_two(self, column: int) -> bool:
        """Whether there are dates in a column that may be read in two ways."""
        return bool(self.orders.get(str(column)))

    def doubled(self, columns: Iterable[int]) -> list[str]:
        """The headings of these columns that others have, too."""
        names = {self.headings[column] for column in columns}
        return [name for name in self.headings if name in names and f"{name} (2)" in self.headings]


class Unpacked(RawIOBase):
    """What a gzip file holds, up to a limit: a small file can unpack to fill any memory."""

    def __init__(self, zipped: gzip.GzipFile):
        self.zipped, self.left = zipped, LARGEST_UNPACKED

    def readable(self) -> bool:
        """It is there to be read."""
        return True

    def readinto(self, buffer) -> int:
        """The next bytes. Raises NotReadable beyond the limit."""
        number = self.zipped.readinto(buffer)
        self.left -= number
        if self.left < 0:
            raise NotReadable(_("Unpacked, this file is too large. Cut it into smaller ones."))
        return number


def refuse_at_once(head: bytes, size: int) -> None:
    """Raises NotReadable for what one sees at its first bytes to be no table; the rest is for a worker to find."""
    if not size:
        raise NotReadable(_("This file is empty."))
    if size > LARGEST:
        raise NotReadable(_("This file is too large: at most %(megabytes)s MB.", megabytes=LARGEST // MEGABYTE))
    if head.startswith(spreadsheets.OLD_EXCEL):
        raise NotReadable(_("This is an old or locked Excel file. Save it as XLSX or CSV."))
    for beginning, name in OTHERS.items():
        if head.startswith(beginning):
            raise NotReadable(_("This is a %(name)s file, and no table. Send a CSV or XLSX file.", name=name))


def is_spreadsheet(file: BinaryIO) -> bool:
    """Whether it is an XLSX file, or pretends to be one."""
    file.seek(0)
    return file.read(4) == spreadsheets.ZIP


def unpacked(file: BinaryIO) -> BinaryIO:
    """The text in a file, gzip or not, from its beginning."""
    file.seek(0)
    packed = file.read(2) == GZIP
    file.seek(0)
    return BufferedReader(Unpacked(gzip.GzipFile(fileobj=file)), MEGABYTE) if packed else file


def look_through(file: BinaryIO, chosen: How | None = None, each: Callable[[int], None] = lambda _rows: None) -> Facts:
    """Reads a file to its end, and says what is in it. What was `chosen` holds; the rest is guessed. `each` hears
    now and then how many rows were read. Raises NotReadable."""
    chosen = chosen or How()
    if is_spreadsheet(file):
        return facts_of_book(spreadsheets.Book(file), chosen.sheet, each)
    try:
        encoding = chosen.encoding or encoding_of(unpacked(file))
        delimiter = chosen.delimiter or delimiter_of(head_of(unpacked(file), encoding))
    except BROKEN as error:
        raise unreadable(error, chosen.encoding) from None
    how = How(encoding, delimiter)
    return facts_of(how, lines_of(unpacked(file), how), [], each)


def facts_of_book(book: Book, chosen: str, each: Callable[[int], None]) -> Facts:
    """What is in the chosen sheet, or in the first that holds a table. Raises NotReadable."""
    failure = None
    for sheet in [chosen] if chosen in book.sheets else book.sheets[:MOST_SHEETS]:
        try:
            return facts_of(How(sheet=sheet), book.rows(sheet), book.sheets, each)
        except NotReadable as error:
            failure = failure or error
    raise failure or NotReadable(_("There is no sheet in this file."))


def rows_of(file: BinaryIO, facts: Facts) -> Iterator[tuple[int, list[str]]]:
    """The rows below the headings that have something in them, with their numbers. Raises NotReadable."""
    lines = all_rows(file, facts.how)
    return ((number, row) for number, row in lines if number > facts.begins)


def all_rows(file: BinaryIO, how: How) -> Iterator[tuple[int, list[str]]]:
    """All rows that have something in them."""
    return spreadsheets.Book(file).rows(how.sheet) if how.sheet else lines_of(unpacked(file), how)


def lines_of(binary: BinaryIO, how: How) -> Iterator[tuple[int, list[str]]]:
    """The rows of a text. Raises NotReadable."""
    csv.field_size_limit(LONGEST_CELL)
    text = TextIOWrapper(binary, encoding=how.encoding, newline="")
    number = 0
    try:
        for number, row in enumerate(filter(None, csv.reader(text, delimiter=how.delimiter)), 1):
            if any(row):
                yield number, row
    except BROKEN as error:
        raise unreadable(error, how.encoding, number + 1) from None
    finally:
        with suppress(ValueError):  # closed by now, where nobody read to the end
            text.detach()


def unreadable(error: Exception, encoding: str, row: int = 0) -> NotReadable:
    """What to say of a file that cannot be read on."""
    if isinstance(error, UnicodeError):
        return NotReadable(_("This is not text in %(encoding)s. Choose how it is written.", encoding=name_of(encoding)))
    if "field limit" in str(error):
        words = _(
            "Row %(row)s holds a cell of more than a million characters: perhaps a quotation mark never ends.", row=row
        )
        return NotReadable(words)
    return NotReadable(_("This is not a table of comma-separated values: %(error)s.", error=error))


def name_of(encoding: str) -> str:
    """How people call an encoding."""
    return {"cp1252": "Windows-1252", "cp1250": "Windows-1250", "cp1251": "Windows-1251", "mac-roman": "Mac Roman"}.get(
        encoding, "UTF-16" if encoding.startswith("utf-16") else "UTF-8"
    )


def encoding_of(binary: BinaryIO) -> str:
    """How a text is written: by its first bytes, else UTF-8 if all of it is, else as in Windows in the west."""
    head = binary.read(HEAD)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    first, second = (head[start::2].count(0) for start in (0, 1))
    if min(first, second) * 10 < max(first, second) > len(head) // 5:
        return "utf-16-le" if second > first else "utf-16-be"
    refuse_binary(head)
    decoder = getincrementaldecoder("utf-8-sig")()
    try:
        decoder.decode(head)
        while more := binary.read(MEGABYTE):
            decoder.decode(more)
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def refuse_binary(head: bytes) -> None:
    """Raises NotReadable for what is no text."""
    odd = sum(head.count(number) for number in range(32) if number not in (9, 10, 13))
    if odd * 10 > len(head):
        raise NotReadable(_("This is no text and no spreadsheet. Send a CSV or XLSX file."))


def head_of(binary: BinaryIO, encoding: str) -> str:
    """The beginning of a text."""
    return getincrementaldecoder(encoding)().decode(binary.read(HEAD))


def delimiter_of(head: str) -> str:
    """What stands between cells: what cuts most of the first rows into equally many."""
    return max(DELIMITERS, key=lambda one: evenness(head, one))


def evenness(head: str, delimiter: str) -> tuple[int, int]:
    """How many of the first rows are cut into as many cells as most are, and how many that is."""
    lines = head.splitlines(keepends=True)
    widths = Counter()
    try:
        for row in islice(csv.reader(lines[:LOOKED_AT], delimiter=delimiter), LOOKED_AT):
            widths[len(row)] += len(row) > 1
    except csv.Error:
        pass
    width, times = max(widths.items(), key=lambda one: (one[1], one[0]), default=(0, 0))
    return times, width


def facts_of(how: How, rows: Iterator[tuple[int, list[str]]], sheets: list[str], each: Callable[[int], None]) -> Facts:
    """What is in a table, read to its end. Raises NotReadable."""
    first = list(islice(rows, LOOKED_AT))
    begins, headings = headings_of(first)
    first = [(number, row) for number, row in first if number > begins]
    dates = [column for column in range(len(headings)) if any(is_dated(row, column) for _number, row in first)]
    seen: dict[int, Counter] = {column: Counter() for column in dates}
    count = 0
    for part in (first, rows):
        for _number, row in part:
            count += 1
            if count % BEAT == 0:
                each(count)
            for column in dates:
                if column < len(row):
                    seen[column][cells.order_said(row[column])] += 1
            if count > MOST_ROWS:
                raise NotReadable(_("This file has more than a million rows. Cut it into smaller ones."))
    if not count:
        raise NotReadable(_("There is nothing under the headings."))
    orders = {
        str(column): {order: times for order, times in found.items() if order is not None}
        for column, found in seen.items()
    }
    shown = [[cell[:200] for cell in row[: len(headings)]] for _number, row in first[:SHOWN]]
    return Facts(
        how, headings, begins, count, shown, sheets, {column: found for column, found in orders.items() if found}
    )


def headings_of(first: Sequence[tuple[int, list[str]]]) -> tuple[int, list[str]]:
    """The first row that names several columns, and its number; above it there may be a title. Raises NotReadable."""
    named = [(number, row) for number, row in first[:10] if sum(map(bool, map(str.strip, row))) > 1]
    found = named or list(first[:1])
    if not found or not any(cell.strip() for cell in found[0][1]):
        raise NotReadable(_("This file is empty."))
    number, row = found[0]
    while row and not row[-1].strip():
        row = row[:-1]
    if len(row) > MOST_COLUMNS:
        raise NotReadable(_("This file has too many columns: at most %(most)s.", most=MOST_COLUMNS))
    return number, each_once([cell.strip()[:LONGEST_HEADING] for cell in row])


def each_once(headings: Sequence[str]) -> list[str]:
    """Headings by which columns can be told apart: 'Notes', 'Notes (2)', 'Column 3'."""
    found: dict[str, None] = {}
    for number, heading in enumerate(headings, 1):
        name, times = heading or _("Column %(number)s", number=number), 1
        unique = name
        while unique in found:
            times += 1
            unique = f"{name} ({times})"
        found[unique] = None
    return list(found)


def is_dated(row: Sequence[str], column: int) -> bool:
    """Whether a date stands there that may be read in two ways, or shows in which one."""
    return column < len(row) and cells.order_said(row[column]) is not None
