"""Tables to take along: CSV that spreadsheets open as it stands, sent as it is made."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from flask import Response, stream_with_context

from portal.domain.own_data import harmless

AT_ONCE = 200


def as_file(rows: Iterable[Sequence], name: str) -> Response:
    """A file that the browser saves. Numbers stay numbers; a text that looks like a formula gets an apostrophe."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(stream_with_context(parts(rows)), mimetype="text/csv", headers=headers)


def parts(rows: Iterable[Sequence]) -> Iterator[str]:
    """The file in parts. It begins with the mark by which spreadsheets know UTF-8."""
    text = io.StringIO("\ufeff")
    text.seek(0, io.SEEK_END)
    writer = csv.writer(text)
    for number, row in enumerate(rows, 1):
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])
        if number % AT_ONCE == 0:
            yield text.getvalue()
            text = io.StringIO()
            writer = csv.writer(text)
    yield text.getvalue()
