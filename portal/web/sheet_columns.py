"""What the columns of a spreadsheet mean, and how it is to be read: guessed, and mended by hand."""

from datetime import UTC, datetime

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import HiddenField, RadioField, SelectField
from wtforms.validators import Optional

from portal.access import coordinators
from portal.domain import audit, layouts, sheets, uploads
from portal.domain.activities import Batch, EventType
from portal.domain.cells import DateOrder
from portal.domain.layouts import Layout
from portal.domain.refusals import NotPossible
from portal.domain.sheets import ENCODINGS, Facts, How
from portal.domain.uploads import UNDECIDED, Stage, Upload
from portal.jobs.queue import ring
from portal.web.asked import as_id, go_on
from portal.web.fields import options
from portal.web.imports import ANNOUNCED, NEWS, QUIET, about, decision, existing_import
from portal.web.rules import TITLES
from portal.web.writing import OnceForm, write

screen = Blueprint("sheet_columns", __name__)
NOWHERE = ""
NEW, REFUSED = "new", "refused"
GROUPS = (
    (_l("Who it was"), ("volunteer_email", "volunteer_external_id", "volunteer_name", "first_name", "last_name")),
    (_l("When, and how long"), ("date", "hours", "start", "end")),
    (_l("What it was about"), ("reference_name", "description", "tags", "external_id", "event_type")),
)
FURTHER = ("certified", "reference_type", "reference_id")
"""Columns that keep their place, and are not asked for."""
DELIMITER_WORDS = {",": _l("Commas"), ";": _l("Semicolons"), "\t": _l("Tabs"), "|": _l("Upright lines")}


def column(label: str) -> SelectField:
    """A choice among the columns of the file."""
    return SelectField(label, validators=[Optional()], validate_choice=True)


class ColumnsForm(OnceForm):
    """Which of their columns says which of our fields."""

    version = HiddenField()
    volunteer_email = column(_l("E-mail"))
    volunteer_external_id = column(_l("Their number"))
    volunteer_name = column(_l("Full name"))
    first_name = column(_l("First name"))
    last_name = column(_l("Last name"))
    date = column(_l("Date"))
    hours = column(_l("Hours"))
    start = column(_l("From"))
    end = column(_l("Until"))
    reference_name = column(_l("Project or event"))
    description = column(_l("Note"))
    tags = column(_l("Tags"))
    external_id = column(_l("Number of the entry"))
    event_type = column(_l("Kind of activity"))
    date_order = RadioField(
        _l("What is 3/4/2026?"),
        choices=options([(DateOrder.DAY_FIRST, _l("3 April")), (DateOrder.MONTH_FIRST, _l("4 March"))]),
        validators=[Optional()],
    )
    kind = SelectField(_l("All rows are"), choices=options(TITLES.items()), default=EventType.HOURS_LOGGED)
    unknown = RadioField(
        _l("People whom nobody knows yet"),
        choices=options([(NEW, _l("Become volunteers")), (REFUSED, _l("Are left out"))]),
        default=NEW,
    )
    news = RadioField(_l("Do they hear of it?"), choices=options(NEWS), default=QUIET)

    def offer(self, facts: Facts) -> None:
        """Puts the columns of the file into the choices."""
        choices = options([(NOWHERE, "–"), *enumerate(facts.headings)])
        for _title, names in GROUPS:
            for name in names:
                self[name].choices = choices

    def show(self, upload: Upload, layout: Layout) -> None:
        """Fills in what is known so far."""
        for _title, names in GROUPS:
            for name in names:
                self[name].data = str(layout.columns.get(name, NOWHERE))
        self.version.data = str(upload.version)
        self.date_order.data = layout.date_order
        self.kind.data = layout.event_type
        self.unknown.data = NEW if upload.makes_people else REFUSED
        self.news.data = QUIET if upload.batch.quiet else ANNOUNCED

    def layout(self, before: Layout) -> Layout:
        """What was chosen; columns that are not asked for stay as they were."""
        if before.own:
            return before
        names = [name for _title, names in GROUPS for name in names]
        columns = {name: int(self[name].data) for name in names if self[name].data not in (NOWHERE, None)}
        columns |= {name: before.columns[name] for name in FURTHER if name in before.columns}
        order = DateOrder(self.date_order.data) if self.date_order.data else None
        return Layout(columns, order, self.kind.data)

    def refuse(self, layout: Layout, facts: Facts) -> bool:
        """Says at their fields what is missing; whether something is."""
        told = {
            "who": (self.volunteer_email, _("Say which column tells who it was: an e-mail, a number or a name.")),
            "date": (self.date, _("Say in which column the date is.")),
            "hours": (self.hours, _("Say in which column the hours are, or from when until when.")),
        }
        for one in layout.missing():
            field, words = told[one]
            field.errors = [*field.errors, words]
        if not layout.missing() and layout.asks_order(facts):
            self.date_order.errors = [_("All dates of this file may be read in two ways. Which is it?")]
        return bool(self.errors)


class ReadingForm(OnceForm):
    """How a file is read: a text by its letters and what stands between cells, a workbook by its sheet."""

    version = HiddenField()
    encoding = SelectField(_l("Written in"))
    delimiter = SelectField(_l("Between cells"), choices=options(DELIMITER_WORDS.items()))
    sheet = SelectField(_l("Sheet"))

    def __init__(self, facts: Facts | None, **given):
        super().__init__(**given)
        names = {one: sheets.name_of(one) for one in ENCODINGS if one not in ("utf-16-le", "utf-16-be")}
        self.encoding.choices = options(names.items())
        self.sheet.choices = options((name, name) for name in (facts.sheets if facts else []))
        if facts is None or facts.sheets:
            self.encoding.validators = self.delimiter.validators = [Optional()]
        if not (facts and facts.sheets):
            del self.sheet

    def show(self, upload: Upload, how: How) -> None:
        """Fills in how it was read."""
        self.version.data = str(upload.version)
        self.encoding.data, self.delimiter.data = how.encoding or "utf-8-sig", how.delimiter or ","
        if "sheet" in self:
            self.sheet.data = how.sheet

    def how(self) -> How:
        """What was chosen."""
        if "sheet" in self:
            return How(sheet=self.sheet.data)
        return How(self.encoding.data, self.delimiter.data)


@screen.get("/imports/<int:batch_id>/columns")
@coordinators
def edit(batch_id: int):
    """The file as it stands, and what its columns mean."""
    batch, upload = open_upload(batch_id)
    if upload is None:
        return redirect(url_for("imports.show", batch_id=batch_id))
    form, layout = None, None
    if upload.facts and upload.stage != Stage.UNREADABLE:
        form, layout = ColumnsForm(formdata=None), uploads.layout_of(upload)
        form.offer(uploads.facts_of(upload))
        form.show(upload, layout)
    return shown(batch, upload, form, layout)


def open_upload(batch_id: int) -> tuple[Batch, Upload | None]:
    """The import, and its file if that may still be read otherwise."""
    batch, upload = existing_import(batch_id), uploads.of(batch_id)
    is_open = upload is not None and upload.stage in UNDECIDED and upload.stage != Stage.READING
    return batch, upload if is_open else None


def shown(batch: Batch, upload: Upload, form: ColumnsForm | None, layout: Layout | None) -> str:
    """The page around the forms."""
    facts = uploads.facts_of(upload) if upload.facts else None
    reading = ReadingForm(facts, formdata=None)
    reading.show(upload, facts.how if facts else How(**(upload.how or {})))
    return render_template(
        "sheet_columns/edit.html",
        batch_id=batch.id,
        form=form,
        groups=GROUPS,
        own=bool(layout and layout.own),
        failure=batch.failure,
        facts=facts if form else None,
        asks_order=bool(form and (form.date_order.errors or (facts and any(facts.orders.values())))),
        said_order=bool(facts and layout and facts.order_of(layout.columns.get("date", -1))),
        reading=reading,
        is_workbook=bool(facts and facts.sheets),
        can_read_again=bool(facts) or not uploads.is_workbook(batch.id),
        removal=decision(upload),
        checked=upload.stage == Stage.CHECKED,
        **about(batch),
    )


@screen.post("/imports/<int:batch_id>/columns")
@coordinators
def update(batch_id: int):
    """Says what the columns mean, and has every row checked."""
    batch, upload = open_upload(batch_id)
    if upload is None or upload.stage == Stage.UNREADABLE:
        return go_on(url_for("imports.show", batch_id=batch_id))
    form, facts, before = ColumnsForm(), uploads.facts_of(upload), uploads.layout_of(upload)
    form.offer(facts)
    is_valid = form.validate()
    layout = form.layout(before) if is_valid else before
    if not is_valid or form.refuse(layout, facts):
        return shown(batch, upload, form, before), 422
    given = {"makes_people": form.unknown.data == NEW, "quiet": form.news.data == QUIET}
    given |= {"by": current_user._get_current_object(), "now": datetime.now(UTC)}
    return changed(batch_id, lambda: uploads.understand(batch_id, as_id(form.version.data) or 0, layout, **given))


@screen.post("/imports/<int:batch_id>/reading")
@coordinators
def read_again(batch_id: int):
    """Has the file read otherwise."""
    _batch, upload = open_upload(batch_id)
    if upload is None:
        return go_on(url_for("imports.show", batch_id=batch_id))
    form = ReadingForm(uploads.facts_of(upload) if upload.facts else None)
    if not form.validate():
        return redirect(url_for("sheet_columns.edit", batch_id=batch_id))
    now, how = datetime.now(UTC), form.how()
    return changed(batch_id, lambda: uploads.read_again(batch_id, as_id(form.version.data) or 0, how, now))


def changed(batch_id: int, work):
    """Does it in a transaction, and goes on to what comes of it. A second click finds it done."""
    try:
        write(work)
    except NotPossible as refusal:
        flash(str(refusal), "error")
    else:
        ring("uploads.import_files")
    return go_on(url_for("imports.show", batch_id=batch_id))


@screen.post("/imports/layouts/<int:layout_id>/removal")
@coordinators
def forget(layout_id: int):
    """Forgets what the columns of such files mean."""
    now, by = datetime.now(UTC), current_user._get_current_object()

    def work() -> None:
        if not layouts.forget(layout_id):
            abort(404)
        audit.note_of("forget", "sheet_layouts", layout_id, at=now, by=by)

    write(work)
    flash(_("Forgotten. The next file with these columns is asked about again."))
    return go_on(url_for("imports.index"))
