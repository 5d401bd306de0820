"""Whether a row that somebody sends stands, after all that is there and came before it (docs/rules.md, section 2).

Knows nothing of the database: what is there is told to it.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from portal.domain.activities import EventType
from portal.domain.submissions import Reading, Refused, Submission, place, read

FULL_DAY = 2400
"""Hundredths of an hour that a date can hold."""


@dataclass(slots=True, eq=False)
class Person:
    """Whom a submission may be about: a volunteer who is there, or one who will be if a row of theirs is accepted."""

    name: str
    email: str
    external_id: str
    zone: ZoneInfo
    id: int | None = None
    active: bool = True
    earlier_names: set[str] = field(default_factory=set)

    def is_called(self, reference: str) -> bool:
        """Whether a reference means this very person, by an entry that was merged too. Our number of them says nothing:
        senders have their own."""
        names = {self.email, self.external_id, *self.earlier_names} - {""}
        return reference.casefold() in {name.casefold() for name in names}


@dataclass(slots=True)
class Draft:
    """A row that is being judged, with everything that is known of it."""

    row: Submission
    person: Person
    reading: Reading
    occurred_at: datetime
    occurred_on: date
    external_id: str
    print_: bytes

    def day_key(self) -> tuple:
        """Whose day it was on."""
        return (self.person.id or self.person, self.occurred_on)

    def reference_key(self) -> tuple:
        """What may stand once: a referral in all, anything else once a volunteer and date."""
        reference = (self.row.reference_type.strip(), self.row.reference_id)
        if self.reading.event_type == EventType.VOLUNTEER_REFERRED:
            return reference
        return (self.person.id or self.person, self.reading.event_type, *reference, self.occurred_on)

    def names_itself(self) -> bool:
        """Whether the person referred is the one who refers."""
        reference = self.row.reference_id
        own = (word.casefold() for word in self.row.person() if word)
        return reference.casefold() in own or self.person.is_called(reference)


@dataclass(slots=True)
class Accepted:
    """A submission that will stand, or one that stands already (`same`); `activity_id` then says which."""

    external_id: str
    same: bool = False
    activity_id: int | None = None
    volunteer_id: int | None = None


@dataclass(slots=True)
class Rejected:
    """A submission that does not stand: the field, and why. A conflict says that its id was used for something else."""

    field: str
    reason: str
    conflict: bool = False


Verdict = Accepted | Rejected


@dataclass(slots=True)
class Known:
    """What is there already that the rows of a list have to fit to, and what the accepted ones add to it."""

    people: dict[tuple[str, str], Person] = field(default_factory=dict)
    by_name: dict[str, dict[object, Person]] = field(default_factory=dict)
    ids: dict[str, tuple[bytes, int | None, int | None]] = field(default_factory=dict)
    references: dict[tuple, date] = field(default_factory=dict)
    hours: Counter = field(default_factory=Counter)
    numbers: Counter = field(default_factory=Counter)


@dataclass(slots=True)
class Judge:
    """Says of each row of a list, in its order, whether it stands. Knows nothing of the database."""

    known: Known
    zone: ZoneInfo
    now: datetime
    creates_people: bool
    not_about: int | None = None
    drafts: list[Draft] = field(default_factory=list)
    newcomers: dict[Person, None] = field(default_factory=dict)

    def judge(self, row: Submission) -> Verdict:
        """Whether this row stands, after all that came before it."""
        try:
            reading = read(row)
            print_ = row.fingerprint()
            external_id = row.external_id or self.number(print_)
            if external_id in self.known.ids:
                return self.seen_before(external_id, print_)
            self.accept(row, reading, external_id, print_)
        except Refused as refusal:
            return Rejected(refusal.field, refusal.reason)
        return Accepted(external_id)

    def number(self, print_: bytes) -> str:
        """The id of a row that has none: its content, and which of the rows with this content it is."""
        self.known.numbers[print_] += 1
        return f"{print_.hex()}-{self.known.numbers[print_]}"

    def seen_before(self, external_id: str, print_: bytes) -> Verdict:
        """The same again is answered with the first; other content under the id is a conflict."""
        kept, activity_id, volunteer_id = self.known.ids[external_id]
        if kept != print_:
            return Rejected("external_id", _("This id already stands for something else."), conflict=True)
        return Accepted(external_id, same=True, activity_id=activity_id, volunteer_id=volunteer_id)

    def accept(self, row: Submission, reading: Reading, external_id: str, print_: bytes) -> None:
        """Takes the row in. Raises Refused if it breaks a rule."""
        person = self.find(row)
        occurred_at, occurred_on = place(reading.when, person.zone, self.now)
        draft = Draft(row, person, reading, occurred_at, occurred_on, external_id, print_)
        if not person.active:
            raise Refused(named_by(row), _("This volunteer is not active."))
        if person.id is not None and person.id == self.not_about:
            raise Refused(named_by(row), _("This is about yourself: somebody else has to import it."))
        self.refuse_twice(draft)
        self.refuse_long_day(draft)
        self.take_in(draft)

    def find(self, row: Submission) -> Person:
        """Who it is about: by e-mail, else by id, else the only one of that name, else somebody new."""
        if row.volunteer_id:
            return self.find_by_id(row.volunteer_id)
        email, external_id = row.volunteer_email, row.volunteer_external_id.strip()
        if not email and not external_id:
            return self.find_by_name(row.volunteer_name.strip())
        people = self.known.people
        return people.get(("email", email)) or people.get(("id", external_id)) or self.newcomer(row, email, external_id)

    def find_by_id(self, volunteer_id: str) -> Person:
        """The one with this number. Raises Refused if there is none."""
        person = self.known.people.get(("number", volunteer_id))
        if person is None:
            raise Refused("volunteer_id", _("There is no volunteer with this number."))
        return person

    def find_by_name(self, name: str) -> Person:
        """The only one of that name. Raises Refused for nobody and for several."""
        found = list(self.known.by_name.get(name, {}).values())
        if len(found) == 1:
            return found[0]
        if not name:
            raise Refused("volunteer_email", _("Say who it was: an e-mail, an id or a name."))
        if found:
            raise Refused("volunteer_name", _("Several volunteers have this name: add an e-mail or an id."))
        raise Refused("volunteer_name", _("Nobody has this name: add an e-mail or an id."))

    def newcomer(self, row: Submission, email: str, external_id: str) -> Person:
        """Somebody not seen before; they become a volunteer if the row is accepted."""
        if not self.creates_people:
            raise Refused(named_by(row), _("There is no volunteer like this."))
        name = row.volunteer_name.strip()
        if not name:
            raise Refused("volunteer_name", _("Nobody is known like this: a new volunteer needs a name."))
        return Person(name, email, external_id, self.zone)

    def refuse_twice(self, draft: Draft) -> None:
        """Raises Refused for a reference that is there already, and for referring oneself."""
        row, kind = draft.row, draft.reading.event_type
        if not row.reference_id or kind == EventType.HOURS_LOGGED:
            return
        if kind == EventType.VOLUNTEER_REFERRED and draft.names_itself():
            raise Refused("reference_id", _("Nobody can refer themself."))
        first = self.known.references.get(draft.reference_key())
        if first is not None:
            raise Refused("reference_id", _("This was already recorded for %(day)s.", day=first.isoformat()))

    def refuse_long_day(self, draft: Draft) -> None:
        """Raises Refused for hours beyond what a date holds."""
        if draft.reading.event_type != EventType.HOURS_LOGGED:
            return
        there = self.known.hours[draft.day_key()]
        if there + draft.reading.quantity > FULL_DAY:
            text = _("This would make more than 24 hours on %(day)s.", day=draft.occurred_on.isoformat())
            raise Refused("quantity", text)

    def take_in(self, draft: Draft) -> None:
        """Remembers an accepted row, for those that come after it and for storing."""
        known, person = self.known, draft.person
        known.ids[draft.external_id] = (draft.print_, None, None)
        if draft.reading.event_type == EventType.HOURS_LOGGED:
            known.hours[draft.day_key()] += draft.reading.quantity
        elif draft.row.reference_id:
            known.references[draft.reference_key()] = draft.occurred_on
        if person.id is None and person not in self.newcomers:
            self.newcomers[person] = None
            introduce(known, person)
        self.drafts.append(draft)


def named_by(row: Submission) -> str:
    """The field by which a row names its person."""
    if row.volunteer_id:
        return "volunteer_id"
    if row.volunteer_email:
        return "volunteer_email"
    return "volunteer_external_id" if row.volunteer_external_id else "volunteer_name"


def introduce(known: Known, person: Person) -> None:
    """Makes a person findable under everything that names them."""
    if person.email:
        known.people[("email", person.email)] = person
    if person.external_id:
        known.people[("id", person.external_id)] = person
    known.by_name.setdefault(person.name, {})[person] = person
