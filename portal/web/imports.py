"""Files of activities: uploaded, worked off while one looks on, and what did not stand to be mended and sent again."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO

from flask import Blueprint, Response, abort, render_template, request, stream_with_context, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf.file import FileField
from wtforms import RadioField

from portal.access import coordinators
from portal.domain import sheets, uploads
from portal.domain.accounts import User
from portal.domain.activities import Batch, BatchKind
from portal.domain.idempotency import OtherContent
from portal.domain.imports import NotReadable
from portal.domain.sheets import LARGEST
from portal.domain.submissions import COLUMNS
from portal.domain.uploads import RejectedRow
from portal.extensions import db
from portal.jobs.queue import ring
from portal.web import moments, words
from portal.web.asked import asked_id, existing, go_on, is_part
from portal.web.batches import undoing_of
from portal.web.fields import options
from portal.web.writing import OnceForm, write_once

screen = Blueprint("imports", __name__)
QUIET, ANNOUNCED = "quiet", "announced"
STILL_READ = 4 * LARGEST
"""Bytes up to which a file that is too large is taken off the wire, so that the form can say so."""
ON_A_PAGE, SHOWN_ROWS, AT_ONCE = 30, 100, 1000
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class ImportForm(OnceForm):
    """A file, and whether people hear of what it brings them."""

    file = FileField(_l("File"))
    news = RadioField(
        _l("Do they hear of it?"),
        choices=options([(QUIET, _l("Quietly")), (ANNOUNCED, _l("Tell them"))]),
        default=QUIET,
    )

    def __init__(self, **given):
        super().__init__(**given)
        self.file.flags.required = True


@dataclass(frozen=True, slots=True)
class Row:
    """An import in the list."""

    name: str
    url: str
    when: str
    by: str
    state: str
    wrong: bool


@screen.url_value_preprocessor
def take_more_off_the_wire(_endpoint, _values) -> None:
    """A file that is somewhat too large is read nevertheless: a browser whose sending is cut off shows no answer."""
    request.max_content_length = STILL_READ


@screen.errorhandler(413)
def too_large(_error):
    """Said at the field, as long as the file could be read."""
    form = ImportForm(formdata=None)
    form.file.errors = [size_words()]
    return index_page(form), 422


def size_words() -> str:
    """How large a file may be."""
    return _("This file is too large: at most %(megabytes)s MB.", megabytes=LARGEST // 1024 // 1024)


@screen.get("/imports")
@coordinators
def index():
    """Earlier imports, and the form for another."""
    return index_page(ImportForm(formdata=None))


def index_page(form: ImportForm) -> str:
    """The page around the form."""
    found = uploads.recent(ON_A_PAGE + 1, before=asked_id("before"))
    now, more = datetime.now(UTC), len(found) > ON_A_PAGE
    return render_template(
        "imports/index.html",
        form=form,
        columns=COLUMNS,
        megabytes=LARGEST // 1024 // 1024,
        rows=[row(batch, by, now) for batch, by in found[:ON_A_PAGE]],
        older_url=url_for("imports.index", before=found[ON_A_PAGE - 1][0].id) if more else None,
        first_url=url_for("imports.index") if asked_id("before") else None,
    )


def row(batch: Batch, by: User | None, now: datetime) -> Row:
    """An import in the list."""
    return Row(
        name=batch.name or _("Without a name"),
        url=url_for("imports.show", batch_id=batch.id),
        when=moments.clock(batch.created_at, now, words.my_zone()),
        by=by.name if by is not None else _("a command"),
        state=state_words(batch),
        wrong=bool(batch.failure or batch.refused),
    )


def state_words(batch: Batch) -> str:
    """How far an import is, or what became of it."""
    if batch.failure:
        return _("Stopped")
    if batch.finished_at is None:
        return _("Under way")
    if batch.refused:
        return _(
            "%(n)s recorded, %(refused)s refused", n=words.number(batch.accepted), refused=words.number(batch.refused)
        )
    return _("%(n)s recorded", n=words.number(batch.accepted))


@screen.post("/imports")
@coordinators
def create():
    """Keeps the file for the workers, once however often it is sent."""
    form, now = ImportForm(), datetime.now(UTC)
    content = form.file.data.read(LARGEST + 1) if form.file.data else b""
    if not form.validate() or not is_given(form, content):
        return index_page(form), 422
    db.session.rollback()  # nobody waits while a file is read to its end
    try:
        rows, same = sheets.looked_through(content), fingerprint(form, content)
        batch_id = write_once(form.key, lambda: take(form, content, rows, now), content=same, now=now)
    except NotReadable as error:
        form.file.errors = [str(error)]
        return index_page(form), 422
    except OtherContent:
        form = ImportForm(formdata=None)
        form.file.errors = [_("Another file was sent with this form. Choose this one again.")]
        return index_page(form), 422
    ring("uploads.import_files")
    return go_on(url_for("imports.show", batch_id=batch_id))


def is_given(form: ImportForm, content: bytes) -> bool:
    """Whether there is a file of a size that we take; otherwise the form says what is wrong."""
    if not form.file.data:
        form.file.errors = [_("Choose a file.")]
    elif len(content) > LARGEST:
        form.file.errors = [size_words()]
    return not form.file.errors


def take(form: ImportForm, content: bytes, rows: int, now: datetime) -> int:
    """One transaction."""
    given = {"rows": rows, "quiet": form.news.data == QUIET, "by": current_user._get_current_object()}
    return uploads.take(content, form.file.data.filename, now=now, **given).id


def fingerprint(form: ImportForm, content: bytes) -> dict:
    """What a retry has to repeat to be one."""
    return {"file": uploads.fingerprint(content), "news": form.news.data}


@screen.get("/imports/<int:batch_id>")
@coordinators
def show(batch_id: int):
    """How far it is; htmx asks for that part alone, until it is done."""
    batch = existing_import(batch_id)
    given = progress(batch) | undoing_of(batch)
    if is_part():
        return render_template("imports/_progress.html", **given)
    by = db.session.get(User, batch.recorded_by_id) if batch.recorded_by_id else None
    return render_template("imports/show.html", line=row(batch, by, datetime.now(UTC)), quiet=batch.quiet, **given)


def existing_import(batch_id: int) -> Batch:
    """The import with this number; 404 if there is none."""
    batch = existing(Batch, batch_id)
    return batch if batch.kind == BatchKind.IMPORT else abort(404)


def progress(batch: Batch) -> dict:
    """What imports/_progress.html is given."""
    finished = batch.finished_at is not None
    return {
        "url": url_for("imports.show", batch_id=batch.id),
        "download_url": url_for("imports.rejected", batch_id=batch.id),
        "finished": finished,
        "failure": batch.failure,
        "counting": not finished and batch.rows and batch.done >= batch.rows,
        "done": batch.done,
        "rows": batch.rows,
        "done_words": _("%(done)s of %(rows)s rows", done=words.number(batch.done), rows=words.number(batch.rows)),
        "counts": [
            (_("Recorded"), words.number(batch.accepted)),
            (_("Known already"), words.number(batch.same)),
            (_("Refused"), words.number(batch.refused)),
        ],
        "refused": batch.refused,
        "rejected": uploads.rejected(batch.id, SHOWN_ROWS) if batch.refused else [],
        "announcement": _("Done. %(state)s.", state=state_words(batch)) if finished else None,
    }


@screen.get("/imports/<int:batch_id>/rejected.csv")
@coordinators
def rejected(batch_id: int):
    """The rows that do not stand, with row, column and reason, as a file to mend and send again."""
    batch = existing_import(batch_id)
    headers = {"Content-Disposition": f'attachment; filename="import-{batch.id}-rejected.csv"'}
    return Response(stream_with_context(lines(batch.id)), mimetype="text/csv", headers=headers)


def lines(batch_id: int) -> Iterator[str]:
    """The file, some rows at a time."""
    rows = uploads.rejected(batch_id, AT_ONCE)
    headings = list(rows[0].cells) if rows else []
    yield line(["row", "column", "reason", *headings])
    while rows:
        yield "".join(line(cells_of(one, headings)) for one in rows)
        rows = uploads.rejected(batch_id, AT_ONCE, after=rows[-1].number)


def cells_of(one: RejectedRow, headings: list[str]) -> list[object]:
    """A row of the file: number, column, reason, then what was in it."""
    return [one.number, one.column, one.reason, *(one.cells.get(name, "") for name in headings)]


def line(cells: list) -> str:
    """Cells as a line of CSV, none of which a spreadsheet takes for a formula."""
    out = StringIO()
    csv.writer(out).writerow([harmless(cell) if isinstance(cell, str) else cell for cell in cells])
    return out.getvalue()


def harmless(cell: str) -> str:
    """A cell that spreadsheets show as it stands: what looks like a formula gets an apostrophe before it."""
    return f"'{cell}" if cell.startswith(FORMULAS) else cell
