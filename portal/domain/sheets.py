"""Uploaded files as tables: read to their end before anything is kept, and never larger than we can hold."""

import gzip
from collections.abc import Iterator
from io import BytesIO, RawIOBase, TextIOWrapper

from flask_babel import gettext as _

from portal.domain import imports
from portal.domain.imports import NotReadable, Row

LARGEST = 32 * 1024 * 1024
"""Bytes of a file as it is sent."""
LARGEST_UNPACKED = 512 * 1024 * 1024
MOST_COLUMNS = 200


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


def looked_through(content: bytes) -> int:
    """How many rows a file has. Raises NotReadable if it cannot be read to its end, or is none that is meant here."""
    if not content.strip():
        raise NotReadable(_("This file is empty."))
    if len(content) > LARGEST:
        raise NotReadable(_("This file is too large: at most %(megabytes)s MB.", megabytes=LARGEST // 1024 // 1024))
    headings, rows = table_of(content)
    if len(headings) > MOST_COLUMNS:
        raise NotReadable(_("This file has too many columns: at most %(most)s.", most=MOST_COLUMNS))
    number = sum(1 for _row in rows)
    if not number:
        raise NotReadable(_("There is nothing under the headings."))
    return number


def table_of(content: bytes) -> tuple[list[str], Iterator[Row]]:
    """Headings and rows of an uploaded file, gzip or not. Raises imports.NotReadable."""
    raw = BytesIO(content)
    plain = Unpacked(gzip.GzipFile(fileobj=raw)) if content[:2] == imports.GZIP else raw
    return imports.read_rows(TextIOWrapper(plain, encoding="utf-8-sig", newline=""))
