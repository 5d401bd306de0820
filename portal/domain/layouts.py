"""How the columns of somebody's spreadsheet become activities: guessed from their headings, or chosen by hand, and
remembered for the next file with the same headings."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import JSON, ForeignKey, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Id, UTCDateTime
from portal.domain import cells
from portal.domain.accounts import User
from portal.domain.activities import EventType
from portal.domain.cells import DateOrder
from portal.domain.names import plain
from portal.domain.sheets import Facts
from portal.domain.submissions import COLUMNS, FIELDS, Submission, is_e_mail
from portal.extensions import Model, db

OWN = "csv"
"""The source of files whose columns have our own names."""
NEEDED = ("event_type", "occurred_at")
SYNONYMS = {
    "volunteer_email": """volunteer_email email e_mail mail email_address e_mail_address volunteer_email_address
        participant_email correo correo_electronico email_adresse e_mail_adresse mailadresse""",
    "volunteer_external_id": """volunteer_external_id volunteer_id member_id person_id participant_id volunteer_number
        member_number id_voluntario numero_de_socio mitgliedsnummer personalnummer""",
    "volunteer_name": """volunteer_name name full_name volunteer participant participant_name person nombre
        nombre_completo voluntario voluntaria nombre_del_voluntario vollstandiger_name freiwillige freiwilliger
        teilnehmer""",
    "first_name": "first_name firstname given_name first forename nombre_de_pila primer_nombre vorname",
    "last_name": "last_name lastname surname family_name last apellido apellidos nachname familienname",
    "date": """date occurred_at day date_hours_occurred date_of_service service_date activity_date event_date
        shift_date date_worked hours_date fecha dia fecha_de_servicio datum tag einsatzdatum""",
    "start": """start_time start time_in clock_in check_in check_in_time begin from hora_de_inicio inicio entrada
        hora_inicio beginn von start_zeit startzeit""",
    "end": """end_time end time_out clock_out check_out check_out_time finish to hora_de_fin fin salida hora_fin ende
        bis end_zeit endzeit""",
    "hours": """hours total_hours total_hours_worked hours_worked hours_logged hours_served service_hours
        volunteer_hours duration total_time time_worked quantity horas total_de_horas horas_trabajadas duracion stunden
        gesamtstunden dauer anzahl_stunden""",
    "reference_name": """reference_name project program programme event activity opportunity project_name event_name
        program_name activity_name opportunity_title shift proyecto programa evento actividad projekt programm
        veranstaltung aktivitat einsatz""",
    "description": """description notes note comment comments remarks notas nota comentario comentarios observaciones
        descripcion notizen notiz bemerkung bemerkungen anmerkung kommentar""",
    "tags": "tags labels etiquetas schlagworte",
    "external_id": "external_id row_id record_id entry_id log_id hours_id",
    "event_type": "event_type",
    "certified": "certified",
    "reference_type": "reference_type",
    "reference_id": "reference_id project_id event_id program_id",
}
"""The words by which columns are known, in several systems and three languages, as `word` makes them."""
GUESSED = {word: field for field, words in SYNONYMS.items() for word in words.split()}
WHO = ("volunteer_email", "volunteer_external_id", "volunteer_name", "first_name", "last_name")
NAMED_AS = {"occurred_at": "date", "quantity": "hours"}
"""Fields of a submission that a column of another name says."""


class SheetLayout(Model):
    """What the columns of files with these headings mean, as somebody chose it."""

    __tablename__ = "sheet_layouts"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64), unique=True)
    headings: Mapped[list] = mapped_column(JSON)
    layout: Mapped[dict] = mapped_column(JSON)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changed_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("users.id"))


class Problem(NamedTuple):
    """What is wrong with a cell: the field of ours that it should say, and why."""

    field: str
    reason: str


@dataclass(frozen=True)
class Layout:
    """Which column says which of our fields (numbers from 0), and how its dates are written. `own` means that the
    columns have our own names and say everything as it is meant."""

    columns: dict[str, int] = field(default_factory=dict)
    date_order: DateOrder | None = None
    event_type: str = EventType.HOURS_LOGGED
    own: bool = False

    def as_kept(self) -> dict:
        """What JSON can say of it."""
        return asdict(self)

    @staticmethod
    def from_kept(kept: dict) -> "Layout":
        """What was kept."""
        order = kept.get("date_order")
        return Layout(dict(kept["columns"]), order and DateOrder(order), kept["event_type"], kept["own"])

    def column_of(self, name: str) -> int | None:
        """The number of the column that says a field of a submission, and stands for what is wrong with it."""
        if self.own:
            return self.columns.get(name)
        if name == "quantity" and "hours" not in self.columns:
            return self.columns.get("end")
        if name.startswith("volunteer_") and name not in self.columns:
            return next((self.columns[one] for one in WHO if one in self.columns), None)
        return self.columns.get(NAMED_AS.get(name, name))

    def missing(self) -> list[str]:
        """The fields without which no row says anything: 'who', 'date', 'hours', 'date_order'."""
        if self.own:
            return []
        has = self.columns.keys()
        found = [] if has & set(WHO) else ["who"]
        found += [] if "date" in has else ["date"]
        counts_hours = "event_type" not in has and self.event_type == EventType.HOURS_LOGGED
        found += ["hours"] if counts_hours and "hours" not in has and not {"start", "end"} <= has else []
        return found

    def asks_order(self, facts: Facts) -> bool:
        """Whether its dates may be read in two ways, and nobody said in which."""
        return not self.own and self.date_order is None and facts.may_be_two(self.columns.get("date", -1))


def word(heading: str) -> str:
    """'Date Hours Occurred:' as 'date_hours_occurred'."""
    return re.sub(r"[^a-z0-9]+", "_", plain(heading)).strip("_")


def fingerprint(headings: Sequence[str]) -> str:
    """By which the next file with the same headings is known."""
    return hashlib.sha256("\x1f".join(word(one) for one in headings).encode()).hexdigest()


def source_of(headings: Sequence[str], layout: Layout) -> str:
    """Whose ids the rows carry: of files with our own columns as ever, else of the system that writes such headings."""
    return OWN if layout.own else f"sheet-{fingerprint(headings)[:16]}"


def is_own(headings: Sequence[str]) -> bool:
    """Whether these are our own columns, each once."""
    names = [one.strip().lower() for one in headings]
    ours = [one for one in names if one in COLUMNS]
    return all(name in names for name in NEEDED) and len(ours) == len(set(ours))


def own(headings: Sequence[str]) -> Layout:
    """The layout of our own columns."""
    names = [one.strip().lower() for one in headings]
    return Layout({name: names.index(name) for name in COLUMNS if name in names}, own=True)


def known(facts: Facts) -> Layout:
    """What the columns of a file mean: as somebody said of such a file before, else as one would guess. How its dates
    are written the file itself shows best."""
    layout = remembered(facts.headings) or guess(facts.headings)
    return replace(layout, date_order=facts.order_of(layout.columns.get("date", -1)) or layout.date_order)


def guess(headings: Sequence[str]) -> Layout:
    """What the columns most likely mean."""
    if is_own(headings):
        return own(headings)
    columns: dict[str, int] = {}
    for number, heading in enumerate(headings):
        name = GUESSED.get(word(heading))
        if name is not None:
            columns.setdefault(name, number)
    if "first_name" in columns and "last_name" in columns:
        columns.pop("volunteer_name", None)
    elif "volunteer_name" in columns:
        columns.pop("first_name", None), columns.pop("last_name", None)
    if "hours" in columns and "date" not in columns and "start" in columns:
        columns["date"] = columns["start"]
    return Layout(columns)


def remembered(headings: Sequence[str]) -> Layout | None:
    """What somebody chose for a file with these headings."""
    kept = db.session.scalar(select(SheetLayout).where(SheetLayout.fingerprint == fingerprint(headings)))
    return None if kept is None else Layout.from_kept(kept.layout)


def remember(headings: Sequence[str], layout: Layout, *, by: User | None, now: datetime) -> None:
    """Keeps what somebody chose for the next file with these headings."""
    if layout.own:
        return
    print_ = fingerprint(headings)
    kept = db.session.scalar(select(SheetLayout).where(SheetLayout.fingerprint == print_))
    kept = kept or SheetLayout(fingerprint=print_)
    kept.headings, kept.layout = list(headings), layout.as_kept()
    kept.changed_at, kept.changed_by_id = now, by and by.id
    db.session.add(kept)
    db.session.flush()


def all_remembered(limit: int = 50) -> list[SheetLayout]:
    """What is remembered, the newest first."""
    return list(db.session.scalars(select(SheetLayout).order_by(SheetLayout.changed_at.desc()).limit(limit)))


def forget(layout_id: int) -> bool:
    """Forgets what was remembered; whether there was something."""
    return bool(db.session.execute(delete(SheetLayout).where(SheetLayout.id == layout_id)).rowcount)


class Reader:
    """Reads rows of cells by a layout: what each says that somebody did, and what is wrong with its cells."""

    def __init__(self, layout: Layout, width: int):
        self.layout, self.width = layout, width
        at = {name: number for name, number in layout.columns.items() if number < width}
        self.at = at
        self.order = layout.date_order or DateOrder.DAY_FIRST
        self.texts = [(name, at[name]) for name in PLAIN if name in at]

    def read(self, row: Sequence[str]) -> tuple[Submission, tuple[Problem, ...]]:
        """What a row says, and every problem of its cells."""
        at = self.at
        if len(row) < self.width:
            row = [*row, *[""] * (self.width - len(row))]
        said = {name: row[number] for name, number in self.texts}
        said.setdefault("event_type", self.layout.event_type)
        problems: list[Problem] = []
        if "first_name" in at or "last_name" in at:
            said["volunteer_name"] = " ".join(f"{self.cell(row, 'first_name')} {self.cell(row, 'last_name')}".split())
        email = said.get("volunteer_email", "").strip().lower()
        if email and not is_e_mail(email):
            problems.append(Problem("volunteer_email", _("This is not an e-mail address: %(text)s", text=short(email))))
        said["occurred_at"] = self.when(row, problems)
        said["quantity"] = self.quantity(row, said["event_type"], problems)
        return Submission(**said), tuple(problems)

    def cell(self, row: Sequence[str], name: str) -> str:
        """What stands in the column of a field; nothing where there is none."""
        number = self.at.get(name)
        return "" if number is None else row[number]

    def when(self, row: Sequence[str], problems: list[Problem]) -> str:
        """The date, with the time of day at which it began."""
        text = self.cell(row, "date")
        start = self.cell(row, "start")[:LONGEST_DATE]
        found = cells.moment(text[:LONGEST_DATE], start, self.order)
        if found is None:
            problems.append(Problem("occurred_at", self.date_words(text)))
        if start.strip() and cells.read_clock(start) is None:
            problems.append(Problem("start", _("“%(text)s” is not a time; write it like 9:30.", text=short(start))))
        return found or ""

    def date_words(self, text: str) -> str:
        """What is wrong with a date."""
        if not text.strip():
            return _("The date is missing.")
        if cells.looks_like_date(text[:LONGEST_DATE]):
            return _("“%(text)s” is no date in the chosen order of day and month.", text=short(text))
        return _("“%(text)s” is not a date; write it like 2026-05-18.", text=short(text))

    def quantity(self, row: Sequence[str], event_type: str, problems: list[Problem]) -> str:
        """The hours: as they stand, or from the start to the end."""
        text = self.cell(row, "hours").strip()
        if event_type.strip().lower() not in ("", EventType.HOURS_LOGGED):
            return text
        if text:
            found = cells.read_hours(text[:LONGEST_DATE])
            if found is None:
                words = _("“%(text)s” is not a number of hours; write 2 or 1:30.", text=short(text))
                problems.append(Problem("quantity", words))
            elif not 0 < float(found) <= 24:
                problems.append(Problem("quantity", _("Hours are more than 0 and at most 24.")))
            return found or ""
        start, end = self.cell(row, "start"), self.cell(row, "end")
        if not start.strip() and not end.strip():
            problems.append(Problem("quantity", _("The hours are missing.")))
            return ""
        found = cells.between(start[:LONGEST_DATE], end[:LONGEST_DATE])
        if found is None:
            words = _(
                "From “%(start)s” to “%(end)s” are no hours; write times like 9:30.", start=short(start), end=short(end)
            )
            problems.append(Problem("end", words))
        return found or ""


PLAIN = tuple(name for name in COLUMNS if name not in ("quantity", "occurred_at"))
"""Fields that a column says as they are."""
LONGEST_DATE = 64


class OwnReader:
    """Reads rows of files that have our own columns: every cell as it stands."""

    def __init__(self, layout: Layout, width: int):
        self.width = width
        self.places = [layout.columns.get(name, width) for name in FIELDS]

    def read(self, row: Sequence[str]) -> tuple[Submission, tuple[Problem, ...]]:
        """What a row says."""
        short_by = self.width - len(row)
        whole = [*row, *[""] * short_by, ""] if short_by > 0 else [*row[: self.width], ""]
        return Submission(*[whole[place] for place in self.places]), ()


def reader(layout: Layout, width: int) -> Reader | OwnReader:
    """The reader for a layout of so many columns."""
    return OwnReader(layout, width) if layout.own else Reader(layout, width)


def short(text: str) -> str:
    """A cell as one can say it in a sentence."""
    text = " ".join(text.replace("\0", "").split())
    return text if len(text) <= 40 else f"{text[:39]}…"
