"""What is said of an import: how far it is, what it would bring, what is wrong with it."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.domain.activities import Batch, EventType
from portal.domain.cells import DateOrder
from portal.domain.layouts import Layout
from portal.domain.problems import RejectedRow
from portal.domain.sheets import GUESSED, Facts, name_of
from portal.domain.uploads import Stage, Upload
from portal.web import moments, words
from portal.web.rules import TITLES

STEPS = {
    Stage.READING: _l("It is being read."),
    Stage.CHECKING: _l("Every row is being checked. Nothing is written yet."),
    Stage.RECORDING: _l("It is being recorded."),
    Stage.COUNTING: _l("All rows are recorded. Now they are counted."),
}
SHOWN_CELL = 160


def state(batch: Batch, upload: Upload | None) -> str:
    """How far an import is and whom it waits for, or what became of it."""
    if upload is not None:
        return waiting(upload)
    if batch.failure:
        return _("Stopped")
    given = {"n": words.number(batch.accepted), "refused": words.number(batch.refused)}
    if batch.cancelled_at:
        return _("Cancelled, %(n)s recorded", **given)
    return _("%(n)s recorded, %(refused)s refused", **given) if batch.refused else _("%(n)s recorded", **given)


def waiting(upload: Upload) -> str:
    """What it waits for."""
    match upload.stage:
        case Stage.UNREADABLE:
            return _("Cannot be read: waits for you")
        case Stage.MAPPING:
            return _("Waits for you: which column is which?")
        case Stage.CHECKED:
            n = words.number((upload.outlook or {}).get("accepted", 0))
            return _("Waits for your yes: %(n)s rows", n=n)
        case Stage.READING | Stage.CHECKING:
            return _("Being looked through")
        case _:
            return _("Under way")


def step(upload: Upload) -> str:
    """What is being done."""
    return str(STEPS.get(Stage(upload.stage), ""))


def done(upload: Upload, total: int) -> str:
    """How far that is."""
    if upload.stage == Stage.READING:
        if not upload.done:
            return _("It waits for its turn, safe with us. You may leave this page.")
        return _("%(done)s rows so far", done=words.number(upload.done))
    given = {"done": words.number(upload.done), "rows": words.number(total)}
    if upload.stage == Stage.COUNTING:
        return _("%(done)s of %(rows)s counted", **given)
    return _("%(done)s of %(rows)s rows", **given)


def counts(batch: Batch) -> list[tuple[str, str]]:
    """What became of the rows."""
    return [
        (_("Recorded"), words.number(batch.accepted)),
        (_("Known already"), words.number(batch.same)),
        (_("Refused"), words.number(batch.refused)),
    ]


def cancelled(batch: Batch) -> str:
    """What stays of an import that was ended."""
    given = {"done": words.number(batch.done), "rows": words.number(batch.rows)}
    return _("Ended after %(done)s of %(rows)s rows. What was recorded by then stays, and is counted.", **given)


def yes(accepted: int) -> str:
    """What is on the button."""
    return ngettext("Import %(n)s row", "Import %(n)s rows", accepted, n=words.number(accepted))


def totals(outlook: dict) -> list[tuple[str, str, str]]:
    """What it would bring, in large numbers: label, number, note."""
    new = ngettext("%(n)s of them new", "%(n)s of them new", outlook["new"], n=words.number(outlook["new"]))
    return [
        (_("New rows"), words.number(outlook["accepted"]), ""),
        (_("Hours"), words.number(Decimal(outlook["hundredths"]) / 100), ""),
        (_("People"), words.number(outlook["people"]), new if outlook["new"] else ""),
        (_("Known already"), words.number(outlook["same"]), ""),
        (_("With problems"), words.number(outlook["rejected"]), _("left out") if outlook["rejected"] else ""),
    ]


def known_from(outlook: dict, batches: dict[int, Batch], zone: ZoneInfo) -> Iterator[tuple[str, str | None]]:
    """By what known rows came, and what that means for them: words, and where that is to be seen."""
    for batch_id, number, taken in outlook["known_from"]:
        batch = batches.get(batch_id)
        rows = ngettext("%(n)s row is known", "%(n)s rows are known", number, n=words.number(number))
        if batch is None:
            yield _("%(rows)s already.", rows=rows), None
            continue
        given = {"rows": rows, "name": batch.name or _("an import"), "day": moments.day(batch.created_at, zone)}
        text = _("%(rows)s: “%(name)s” brought them on %(day)s.", **given)
        if taken:
            n = words.number(taken)
            text += " " + _("%(n)s of them were taken back since, and do not count again.", n=n)
        yield text, url_for("batches.show", batch_id=batch.id)


def doubtful(outlook: dict) -> Iterator[tuple[str, str | None]]:
    """Which rows are perhaps there twice."""
    if number := outlook["doubtful"]:
        listed = ", ".join(words.number(one) for one in outlook["doubtful_rows"][:12])
        n = words.number(number)
        rows = ngettext("%(n)s row is perhaps there twice", "%(n)s rows are perhaps there twice", number, n=n)
        given = {"rows": rows, "listed": listed}
        yield _("%(rows)s: on that date the person has hours from elsewhere. Rows %(listed)s.", **given), None


def dates(facts: Facts, layout: Layout) -> Iterator[tuple[str, str | None]]:
    """How dates are read that might be others."""
    column = layout.columns.get("date", -1)
    if not layout.own and facts.may_be_two(column):
        day_first = layout.date_order == DateOrder.DAY_FIRST
        yield (
            _("Dates are read with the day first: 3/4/2026 is 3 April.")
            if day_first
            else _("Dates are read with the month first: 3/4/2026 is 4 March."),
            None,
        )


def written(facts: Facts) -> Iterator[tuple[str, str | None]]:
    """That letters were guessed."""
    if facts.how.encoding in GUESSED:
        yield _("Read as %(encoding)s. Do all names look right?", encoding=name_of(facts.how.encoding)), None


def as_read(one: dict) -> dict:
    """A row as it will be read."""
    kind, hours = EventType(one["event_type"]), Decimal(one["hundredths"]) / 100
    return {
        "number": words.number(one["number"]),
        "name": one["name"],
        "url": url_for("volunteers.show", volunteer_id=one["volunteer_id"]) if one["volunteer_id"] else None,
        "date": words.long_day(date.fromisoformat(one["date"])),
        "what": words.hours(hours) if kind == EventType.HOURS_LOGGED else str(TITLES[kind]),
        "about": one["about"],
        "note": one["note"],
    }


def used(layout: Layout) -> list[int]:
    """The columns that say something, in their order."""
    return sorted(set(layout.columns.values()))


def problem_row(first: RejectedRow, these: Sequence[RejectedRow], facts: Facts, layout: Layout) -> dict:
    """A row with its problems in their cells."""
    reasons = {one.column: one.reason for one in these}
    names = [facts.headings[place] for place in used(layout)]
    cells = [
        {"name": name, "text": first.cells.get(name, "")[:SHOWN_CELL], "reason": reasons.pop(name, None)}
        for name in names
    ]
    return {"number": words.number(first.number), "cells": cells, "others": list(reasons.values())}
