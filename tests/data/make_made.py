"""Writes made.csv and made.expected.csv beside itself: every kind of row that an import may meet.

Each row stands here with its verdict, worked out by hand from the rules; neither the engine nor the oracle is asked.
The verdicts hold in any time zone of the organisation (what depends on the zone, such as dates, the oracle works out).
Row numbers count records, the header being 1; empty lines are no records. `python tests/data/make_made.py`
"""

import csv
from datetime import date, timedelta
from pathlib import Path

COLUMNS = (
    *("external_id", "volunteer_email", "volunteer_name", "event_type", "quantity", "occurred_at"),
    *("volunteer_external_id", "reference_type", "reference_id", "reference_name", "description", "certified", "tags"),
)
EMPTY_LINE = None
HOURS, TASK, PROJECT = "hours_logged", "task_completed", "project_completed"
TRAINING, SKILL, REFERRAL = "training_completed", "skill_certified", "volunteer_referred"

rows: list[tuple[str, dict] | None] = []


def row(verdict: str, who: str, kind: str, quantity: str, when: str, **cells: str) -> None:
    """One row by e-mail and name ("ada@ Ada Bell"); `verdict` is accepted, same, conflict or refused:column."""
    mail, _, name = who.partition(" ")
    email = mail.replace("@", "@example.org", 1) if mail.endswith("@") else mail
    number = sum(each is not EMPTY_LINE for each in rows) + 2
    person = {"external_id": f"made-{number}", "volunteer_email": email, "volunteer_name": name}
    rows.append((verdict, {**person, "event_type": kind, "quantity": quantity, "occurred_at": when, **cells}))


def nameless(verdict: str, kind: str, quantity: str, when: str, *, name: str = "", person: str = "", **cells) -> None:
    """One row without an e-mail: by the sender's id of the person, by name, or by nothing."""
    row(verdict, f" {name}", kind, quantity, when, volunteer_external_id=person, **cells)


def empty_line() -> None:
    rows.append(EMPTY_LINE)


def every_type() -> None:
    who = "amina@ Amina Yusuf"
    row("accepted", who, HOURS, "2.5", "2026-01-10T09:00:00+01:00", tags="food bank;youth", description="Sorting tins")
    for complexity in "12345":
        row("accepted", who, TASK, complexity, f"2026-01-11T1{complexity}:00:00Z")
    row("accepted", who, TASK, "", "2026-01-11T16:00:00Z")
    row("accepted", who, TASK, "3.0", "2026-01-11T17:00:00Z")
    row("accepted", who, PROJECT, "1", "2026-01-12T10:00:00+05:30", reference_type="project", reference_id="12")
    row("accepted", who, TRAINING, "", "2026-01-13", reference_type="training", reference_id="first-aid")
    row("accepted", who, SKILL, "1.0", "2026-01-14", reference_type="skill", reference_id="welding", certified="true")
    row("accepted", who, REFERRAL, "1", "2026-01-15", reference_type="volunteer", reference_id="friend-1")
    row("accepted", "AMINA@EXAMPLE.ORG Somebody Else", " Hours_Logged ", " 1 ", " 2026-01-16 ")
    row("accepted", "amina@", HOURS, "0.25", "2026-01-17 18:30")
    row("accepted", who, HOURS, "0.25", "2026-01-17 18:30:15.250000-03:30")


def tenths_of_hours() -> None:
    who = "bruno@ Bruno Costa"
    for minute in range(10):
        row("accepted", who, HOURS, "0.1", f"2026-02-02T10:{minute:02}:00")
    for minute in range(7):
        row("accepted", who, HOURS, ("0.1", ".1", "0.10")[minute % 3], f"2026-02-03T10:{minute:02}:00")
    for _ in range(3):
        row("accepted", who, HOURS, "0.33", "2026-02-04")
    row("accepted", who, HOURS, "0.01", "2026-02-05")
    row("accepted", who, HOURS, "0.19", "2026-02-06")
    row("accepted", who, HOURS, "7.29", "2026-02-07")


def streaks() -> None:
    who = "chen@ Chen Wei"
    for number in (5, 0, 7, 1, 6, 2, 4, 3):  # eight days over a leap day, told in no order
        row("accepted", who, HOURS, "1", (date(2024, 2, 26) + timedelta(days=number)).isoformat())
    row("accepted", who, HOURS, "1", "2024-02-29T08:00:00")
    row("refused:occurred_at", who, HOURS, "1", "2023-02-29")
    row("refused:occurred_at", who, HOURS, "1", "2100-02-29")
    row("accepted", "dalia@ Dalia Haddad", TASK, "2", "2025-06-30")
    for number in range(31):
        row("accepted", "dalia@ Dalia Haddad", HOURS, "4", (date(2025, 5, 1) + timedelta(days=number)).isoformat())
    for number in range(13):
        when = (date(2025, 8, 1) + timedelta(days=number)).isoformat()
        row("accepted", "dalia@ Dalia Haddad", (TASK, TRAINING, SKILL)[number % 3], "", when, certified="no")
    row("accepted", "edgar@ Edgar Lind", HOURS, "12", "2026-03-15T23:59")
    row("accepted", "edgar@ Edgar Lind", HOURS, "13", "2026-03-16T00:01")
    row("accepted", "edgar@ Edgar Lind", HOURS, "11", "2026-03-16T23:59:59")
    row("refused:quantity", "edgar@ Edgar Lind", HOURS, "0.01", "2026-03-16T12:00")


def days_over_24_hours() -> None:
    who = "farid@ Farid Nouri"
    row("accepted", who, HOURS, "24", "2026-04-01")
    row("refused:quantity", who, HOURS, "0.01", "2026-04-01")
    row("accepted", who, HOURS, "24.00", "2026-04-02")
    row("accepted", who, HOURS, "20", "2026-04-03")
    row("refused:quantity", who, HOURS, "5", "2026-04-03T12:00:00", external_id="over-24")
    row("accepted", who, HOURS, "4", "2026-04-03T13:00:00")
    row("refused:quantity", who, HOURS, "0.25", "2026-04-03T14:00:00")
    row("accepted", who, TASK, "5", "2026-04-03T14:00:00")
    row("accepted", who, HOURS, "5", "2026-04-04T12:00:00", external_id="over-24")
    row("accepted", "gita@ Gita Rao", HOURS, "24", "2026-04-03")
    for _ in range(4):
        row("accepted", "gita@ Gita Rao", HOURS, "6", "2026-04-05", external_id="")
    row("refused:quantity", "gita@ Gita Rao", HOURS, "6", "2026-04-05", external_id="")


def many_tasks_and_levels() -> None:
    for number in range(50):
        when = (date(2025, 1, 3) + timedelta(days=3 * number)).isoformat()
        row("accepted", "hugo@ Hugo Marchand", TASK, str(1 + number % 5), when, reference_type="task", reference_id="9")
    for number in range(10):
        when = f"2025-02-{2 * number + 1:02}T17:00:00+02:00"
        row("accepted", "ines@ Inês Pereira", TRAINING, "1", when, reference_type="training", reference_id="cpr")
    for number in range(5):
        when = f"2025-03-0{number + 1}T17:00:00-08:00"
        row("accepted", "ines@ Inês Pereira", PROJECT, "1", when, reference_type="project", reference_id=f"p{number}")


def skills() -> None:
    who = "jonas@ Jonas Weber"
    words = {"": 1, "true": 2, "YES": 3, "1": 4, "Yes": 5, "false": 6, "No": 7, "0": 8, "FALSE": 9, " true ": 10}
    for word, day in words.items():
        row("accepted", who, SKILL, "1", f"2025-04-{day:02}", certified=word, reference_type="skill", reference_id="s")
    row("refused:certified", who, SKILL, "1", "2025-04-20", certified="perhaps")
    row("refused:certified", who, SKILL, "1", "2025-04-20", certified="2")
    row("refused:certified", who, SKILL, "1", "2025-04-20", certified="wahr")
    row("accepted", who, TASK, "1", "2025-04-20", certified="perhaps")
    row("accepted", who, HOURS, "1", "2025-04-20", certified="false")
    row("accepted", "karim@ Karim Aziz", SKILL, "", "2025-04-21", certified="false")


def references() -> None:
    who = "lena@ Lena Novak"
    task = {"reference_type": "task", "reference_id": "501", "reference_name": "Paint the fence"}
    row("accepted", who, TASK, "2", "2026-05-04", **task)
    row("refused:reference_id", who, TASK, "3", "2026-05-04T18:00:00", **task)
    row("accepted", who, TASK, "3", "2026-05-05", **task)
    row("accepted", "mikel@ Mikel Etxea", TASK, "2", "2026-05-04", **task)
    row("accepted", who, PROJECT, "1", "2026-05-04", **task)
    row("accepted", who, TASK, "2", "2026-05-04", **{**task, "reference_type": "errand"})
    row("accepted", who, TASK, "2", "2026-05-04", **{**task, "reference_type": ""})
    row("refused:reference_id", who, TASK, "2", "2026-05-04", **{**task, "reference_type": " "})
    row("accepted", who, TASK, "2", "2026-05-04", **{**task, "reference_id": "0501"})
    row("refused:reference_id", who, TASK, "2", "2026-05-04", **{**task, "reference_id": " 501 "})
    row("accepted", who, TASK, "2", "2026-05-04", **{**task, "reference_id": " "})
    row("accepted", who, TASK, "2", "2026-05-04", **{**task, "reference_id": ""})
    row("accepted", who, HOURS, "1", "2026-05-04", **task)
    row("accepted", who, HOURS, "1", "2026-05-04", **task)
    for kind in (PROJECT, TRAINING, SKILL):
        row("accepted", who, kind, "1", "2026-05-06T10:00:00+02:00", reference_type="x", reference_id="7")
        row("refused:reference_id", who, kind, "1", "2026-05-06T08:00:00Z", reference_type="x", reference_id="7")
    row("refused:quantity", who, TASK, "9", "2026-05-07", **task)
    row("accepted", who, TASK, "5", "2026-05-07", **task)
    row("accepted", who, SKILL, "1", "2026-05-08", reference_type="skill", reference_id="knots", certified="no")
    row("refused:reference_id", who, SKILL, "1", "2026-05-08", reference_type="skill", reference_id="knots")


def referrals() -> None:
    new = {"reference_type": "volunteer", "reference_id": "newcomer-1", "reference_name": "Ola N."}
    row("accepted", "nils@ Nils Berg", REFERRAL, "1", "2026-05-10", **new)
    row("refused:reference_id", "olga@ Olga Petrova", REFERRAL, "1", "2026-05-11", **new)
    row("refused:reference_id", "nils@ Nils Berg", REFERRAL, "1", "2026-05-12", **new)
    row("accepted", "nils@ Nils Berg", REFERRAL, "", "2026-05-12", **{**new, "reference_id": "newcomer-2"})
    row("accepted", "nils@ Nils Berg", REFERRAL, "", "2026-05-13", **{**new, "reference_type": "member"})
    row("accepted", "nils@ Nils Berg", REFERRAL, "", "2026-05-13")
    row("accepted", "nils@ Nils Berg", REFERRAL, "", "2026-05-13")
    row("refused:reference_id", "nils@ Nils Berg", REFERRAL, "", "2026-05-14", reference_id="nils@example.org")
    row("refused:reference_id", "nils@ Nils Berg", REFERRAL, "", "2026-05-14", reference_id=" NILS@Example.Org ")
    row("accepted", "nils@ Nils Berg", TASK, "", "2026-05-14", reference_id="nils@example.org")
    own = {"volunteer_external_id": "V-100"}
    row("refused:reference_id", "petra@ Petra Kos", REFERRAL, "", "2026-05-15", reference_id="v-100", **own)
    row("accepted", "petra@ Petra Kos", HOURS, "1", "2026-05-15", **own)
    row("refused:reference_id", "petra@ Petra Kos", REFERRAL, "", "2026-05-15", reference_id="V-100")
    nameless("refused:reference_id", REFERRAL, "", "2026-05-16", person="V-100", reference_id="petra@example.org")
    nameless("refused:reference_id", REFERRAL, "", "2026-05-16", name="Petra Kos", reference_id="PETRA@example.org")
    nameless("accepted", REFERRAL, "", "2026-05-16", person="V-100", reference_id="nils@example.org")


def duplicates_and_conflicts() -> None:
    who, same = "quinn@ Quinn Doyle", {"external_id": "again-1", "reference_type": "site", "reference_id": "3"}
    same |= {"tags": "youth;food bank", "description": "Soup, bread", "reference_name": "Canteen"}
    row("accepted", who, HOURS, "1", "2026-06-01T10:00:00+02:00", **same)
    row("same", who, HOURS, "1", "2026-06-01T10:00:00+02:00", **same)
    row("same", "QUINN@Example.ORG Quinn Doyle", "HOURS_LOGGED", "1", "2026-06-01T10:00:00+02:00", **same)
    row("same", "@ Q. Doyle", HOURS, "1", "2026-06-01T08:00Z", **same, volunteer_email=" quinn@example.org ")
    row("same", who, HOURS, "1.0", "2026-06-01T10:00:00+02:00", **same)
    row("same", who, HOURS, " 1.00 ", "2026-06-01T08:00:00Z", **same)
    row("same", who, HOURS, "01", "2026-06-01T04:00:00-0400", **same)
    row("same", who, HOURS, "1", "2026-06-01 13:30:00+05:30", **same)
    row("same", who, HOURS, "1", "2026-06-01T10:00+02:00", **{**same, "tags": "food bank; youth ;"})
    row("same", who, HOURS, "1", "2026-06-01T08:00Z", **{**same, "description": "  Soup, bread  "})
    row("same", who, HOURS, "1", "2026-06-01T08:00Z", **{**same, "external_id": " again-1 "})
    row("accepted", who, HOURS, "1", "2026-06-01T08:00Z", **{**same, "external_id": "Again-1"})
    row("conflict", who, HOURS, "1.01", "2026-06-01T08:00Z", **same)
    row("conflict", who, TASK, "1", "2026-06-01T08:00Z", **same)
    row("conflict", who, HOURS, "1", "2026-06-01T08:00:01Z", **same)
    row("conflict", who, HOURS, "1", "2026-06-01", **same)
    row("conflict", "rosa@ Rosa Quist", HOURS, "1", "2026-06-01T08:00Z", **same)
    row("conflict", who, HOURS, "1", "2026-06-01T08:00Z", **{**same, "description": "soup, bread"})
    row("conflict", who, HOURS, "1", "2026-06-01T08:00Z", **{**same, "reference_id": "4"})
    row("conflict", who, HOURS, "1", "2026-06-01T08:00Z", **{**same, "reference_type": "Site"})
    row("conflict", who, HOURS, "1", "2026-06-01T08:00Z", **{**same, "reference_name": ""})
    row("conflict", who, HOURS, "1", "2026-06-01T08:00Z", **{**same, "tags": "youth"})
    row("conflict", who, HOURS, "1", "2026-06-01T08:00Z", **same, volunteer_external_id="Q-1")
    row("conflict", who, HOURS, "1", "2026-06-01T08:00Z", **same, certified="true")
    row("accepted", who, TASK, "", "2026-06-02", external_id="again-2")
    row("same", who, TASK, "1", "2026-06-02", external_id="again-2")
    row("conflict", who, TASK, "2", "2026-06-02", external_id="again-2")
    row("conflict", who, TASK, "1", "2026-06-02T12:00:00", external_id="again-2")
    row("accepted", who, SKILL, "", "2026-06-03", external_id="again-3")
    row("same", who, SKILL, "1.0", "2026-06-03", external_id="again-3", certified="TRUE")
    row("same", who, SKILL, "1", " 2026-06-03 ", external_id="again-3", certified="yes")
    row("conflict", who, SKILL, "1", "2026-06-03", external_id="again-3", certified="no")
    row("accepted", who, HOURS, "20", "2026-06-04T20:00:00", external_id="again-4")
    row("same", who, HOURS, "20.0", "2026-06-04T20:00:00", external_id="again-4")
    row("conflict", who, HOURS, "4", "2026-06-04T20:00:00", external_id="again-4")
    row("accepted", who, HOURS, "4", "2026-06-04T21:00:00", external_id="again-5")
    row("refused:quantity", who, HOURS, "1", "2026-06-04T22:00:00", external_id="again-6")
    row("accepted", who, HOURS, "1", "2026-06-05T22:00:00", external_id="again-6")
    row("same", who, HOURS, "1", "2026-06-05T22:00:00", external_id="again-6")
    row("accepted", who, PROJECT, "1", "2026-06-06", external_id="again-7", reference_id="once")
    row("same", who, PROJECT, "", "2026-06-06", external_id="again-7", reference_id="once")
    row("refused:reference_id", who, PROJECT, "1", "2026-06-06", external_id="again-8", reference_id="once")


def without_an_id() -> None:
    who = "rosa@ Rosa Quist"
    row("accepted", who, HOURS, "1", "2026-06-07", external_id="")
    row("accepted", who, HOURS, "1.0", "2026-06-07", external_id="  ")
    row("accepted", who, HOURS, "2", "2026-06-07", external_id="")
    row("accepted", who, TASK, "1", "2026-06-07", external_id="")
    row("accepted", who, TASK, "", "2026-06-07", external_id="")
    row("accepted", who, PROJECT, "", "2026-06-07", external_id="", reference_id="A")
    row("refused:reference_id", who, PROJECT, "", "2026-06-07", external_id="", reference_id="A")


def people() -> None:
    nameless("accepted", HOURS, "1", "2026-06-10", person="X-1", name="Nadia Rahman")
    nameless("accepted", HOURS, "1", "2026-06-11", person="X-1")
    nameless("accepted", HOURS, "1", "2026-06-12", person=" X-1 ", name="Another Name")
    nameless("accepted", TASK, "4", "2026-06-13", name="Nadia Rahman")
    nameless("refused:volunteer_name", TASK, "4", "2026-06-13", name="Another Name")
    row("accepted", "nadia@ Nadia Rahman", HOURS, "1", "2026-06-14", volunteer_external_id="X-1")
    row("accepted", "tomas@ Tomás Silva", HOURS, "1", "2026-06-14", volunteer_external_id="X-2")
    nameless("accepted", HOURS, "1", "2026-06-15", person="X-2")
    row("accepted", "tomas@", HOURS, "1", "2026-06-16")
    nameless("accepted", HOURS, "1", "2026-06-17", name=" Tomás Silva ")
    row("accepted", "kim.one@ Kim Lee", HOURS, "1", "2026-06-18")
    nameless("accepted", HOURS, "1", "2026-06-19", name="Kim Lee", external_id="kim-by-name")
    row("accepted", "kim.two@ Kim Lee", HOURS, "1", "2026-06-18")
    nameless("refused:volunteer_name", HOURS, "1", "2026-06-20", name="Kim Lee")
    nameless("same", HOURS, "1.0", "2026-06-19", name=" Kim Lee", external_id="kim-by-name")
    nameless("conflict", HOURS, "1", "2026-06-19", name="Nadia Rahman", external_id="kim-by-name")
    nameless("accepted", HOURS, "1", "2026-06-20", person="K-3", name="Kim Lee")
    row("refused:quantity", "ursula@ Wrong Name", HOURS, "25", "2026-06-20")
    row("accepted", "ursula@ Ursula Brandt", HOURS, "2", "2026-06-20")
    row("accepted", "ursula@ Married Name", HOURS, "2", "2026-06-21")
    nameless("refused:volunteer_name", HOURS, "1", "2026-06-21", name="Wrong Name")
    nameless("refused:volunteer_name", HOURS, "1", "2026-06-21", name="Married Name")
    nameless("accepted", HOURS, "1", "2026-06-21", name="Ursula Brandt")
    row("refused:occurred_at", "ghost@ Ghost Writer", HOURS, "1", "2026-06-31")
    nameless("refused:volunteer_name", HOURS, "1", "2026-06-21", name="Ghost Writer")
    nameless("refused:volunteer_name", HOURS, "1", "2026-06-21", name="Nobody Ever")
    nameless("refused:volunteer_email", HOURS, "1", "2026-06-21")
    nameless("refused:volunteer_name", HOURS, "1", "2026-06-21", person="X-9")
    row("refused:volunteer_name", "unnamed@", HOURS, "1", "2026-06-21")
    for wrong in ("plainly", "two@at@example.org", "@example.org", "no-domain@.", "in side@example.org"):
        row("refused:volunteer_email", "", HOURS, "1", "2026-06-21", volunteer_email=wrong, volunteer_name="Ann Wrong")


def scripts_and_quotes() -> None:
    names = ("李小龍", "Дарья Иванова", "محمد الفارسي", "Σοφία Παππά", "अनिल शर्मा", "ยุพา ใจดี", "נועה כהן", "김민준")
    for number, name in enumerate(names):
        row("accepted", f"script{number}@ {name}", HOURS, "1.5", "2026-07-01", description=f"{name} ✓ 🌿", tags="友;юг")
    nameless("accepted", TASK, "", "2026-07-02", name="李小龍")
    row("accepted", 'bob@ Robert "Bob" O\'Hara, Jr.', HOURS, "1", "2026-07-01", description='He said "yes, please"')
    row("accepted", "bob@ Bob", HOURS, "1", "2026-07-02", description="two\nlines, one record")
    empty_line()
    nameless("accepted", TASK, "", "2026-07-03", name='Robert "Bob" O\'Hara, Jr.')
    row("accepted", "zoe+laurels@ Zoë D'Arcy-Núñez", HOURS, "1", "2026-07-01", reference_name="Café «Ñ»; 50 % off, <b>")
    empty_line()
    empty_line()


def days_that_are_odd_somewhere() -> None:
    who = "vera@ Vera Lopes"
    for day in ("2026-04-24", "2026-03-08", "2026-09-06", "2026-03-29"):  # midnight is missing: Cairo, Havana, ...
        row("accepted", who, HOURS, "22", f"{day}T00:30:00")
        row("accepted", who, HOURS, "2", day)
        row("refused:quantity", who, HOURS, "0.1", f"{day}T23:59:00")
    row("accepted", "theo@ Theo Park", HOURS, "1", "2026-03-08T02:30:00")  # missing in New York
    row("accepted", who, HOURS, "1", "2026-10-25T00:30:00")  # twice in the Azores
    row("accepted", who, HOURS, "1", "2026-10-25T02:30:00")  # twice in Berlin
    row("accepted", who, HOURS, "1", "2011-12-29")
    row("accepted", who, HOURS, "1", "2011-12-30")  # never was in Apia
    row("accepted", who, HOURS, "1", "2011-12-30T08:00:00")
    row("accepted", who, HOURS, "1", "2011-12-31")
    row("accepted", who, TASK, "1", "2016-02-29T23:30:00+14:00")
    row("accepted", who, TASK, "1", "2016-02-29T00:30:00-11:00")
    row("accepted", "walt@ Walt Ames", HOURS, "1", "1970-01-01T00:00:00Z")
    row("accepted", "walt@ Walt Ames", HOURS, "1", "1970-01-02")
    row("accepted", "walt@ Walt Ames", HOURS, "1", "1999-12-31T23:59:59.999999Z")
    row("accepted", "walt@ Walt Ames", HOURS, "1", "2026-10-30T12:00:00+00:00")


def bad_rows() -> None:
    who = "xena@ Xena Moss"
    row("accepted", who, HOURS, "3", "2026-08-01")
    for wrong in ("party_attended", "", "hours", "hours logged", "event"):
        row("refused:event_type", who, wrong, "1", "2026-08-02")
    numbers = ("0", "0.00", "25", "24.01", "-1", "-0.5", "NaN", "Infinity", "1e400", "2.345", "0.001")
    words = ("", "1,5", "two", "1.2.3", "0x10", "1h", "1/2", "½", "1 5")
    for wrong in numbers + words:
        row("refused:quantity", who, HOURS, wrong, "2026-08-02")
    for wrong in ("0", "6", "-1", "1.5", "NaN", "1e400", "25", "easy"):
        row("refused:quantity", who, TASK, wrong, "2026-08-02")
    ones = ((PROJECT, "2"), (TRAINING, "0"), (SKILL, "1.5"), (REFERRAL, "-1"), (PROJECT, "0.5"), (SKILL, "x"))
    for kind, wrong in ones:
        row("refused:quantity", who, kind, wrong, "2026-08-02")
    wrong_days = ["", "yesterday", "31.12.2025", "08/02/2026", "2026-02-30", "2026-13-01", "2026-00-10", "2026-8-2"]
    wrong_times = ["2026-08-02T25:00:00Z", "2026-08-02T10:61:00", "2026-08-02T10:00:00+25:00", "1785628800", "10:00"]
    wrong_times += ["2026-08-02T10:00:00 Berlin", "2016-12-31T23:59:60Z"]
    future = ["2999-01-01", "2999-01-01T00:00:00Z", "2999-01-01T00:00:00", "9999-12-31T23:59:59-11:00"]
    past = ["1969-12-31T23:59:59Z", "1969-12-30", "1955-11-05T06:15:00", "1900-01-01", "0001-01-01"]
    for wrong in wrong_days + wrong_times + future + past:
        row("refused:occurred_at", who, HOURS, "1", wrong)
    row("accepted", who, HOURS, "21", "2026-08-02")  # of all the refused ones nothing was left on that day
    row("accepted", who, HOURS, "3", "2026-08-02")
    row("refused:quantity", who, HOURS, "0.01", "2026-08-02")


def late_entries() -> None:
    who = "yara@ Yara Khoury"
    for hours, when in (("0.5", "2026-09-03"), ("9", "2026-09-05"), ("0.5", "2026-09-01"), ("0.25", "2026-09-02")):
        row("accepted", who, HOURS, hours, when)
    empty_line()
    row("accepted", who, PROJECT, "", "2026-09-04T09:00:00+09:00")
    row("accepted", who, PROJECT, "", "2026-08-30T09:00:00+09:00")


def write() -> None:
    """The rows, and their verdicts beside them."""
    here = Path(__file__).parent
    with open(here / "made.csv", "w", encoding="utf-8", newline="") as file:
        lines = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        lines.writeheader()
        for each in rows:
            file.write("\n") if each is EMPTY_LINE else lines.writerow(each[1])
    with open(here / "made.expected.csv", "w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(["row", "verdict", "field"])
        for number, (verdict, _) in enumerate((each for each in rows if each is not EMPTY_LINE), start=2):
            word, _, column = verdict.partition(":")
            lines.writerow([number, word, "external_id" if word == "conflict" else column])


if __name__ == "__main__":
    every_type()
    tenths_of_hours()
    streaks()
    days_over_24_hours()
    many_tasks_and_levels()
    skills()
    references()
    empty_line()
    referrals()
    duplicates_and_conflicts()
    without_an_id()
    people()
    scripts_and_quotes()
    days_that_are_odd_somewhere()
    bad_rows()
    late_entries()
    write()
