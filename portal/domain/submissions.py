"""What a sender says that somebody did: how it is read, and its fingerprint (docs/rules.md, section 2)."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import TypeVar
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from portal.domain.accounts import E_MAIL
from portal.domain.activities import EventType

Result = TypeVar("Result")
CLOCK_SKEW = timedelta(minutes=5)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?|\.[0-9]{1,9}")
BARE_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?"
)
YES, NO = ("true", "yes", "1"), ("false", "no", "0")
LONGEST = {
    "external_id": 180,
    "volunteer_email": 254,
    "volunteer_name": 200,
    "volunteer_external_id": 200,
    "reference_type": 64,
    "reference_id": 200,
    "reference_name": 300,
    "description": 5000,
    "tags": 1000,
    "quantity": 64,
    "occurred_at": 64,
    "certified": 64,
}
texts_of = attrgetter(*LONGEST)
SHORTEST = min(LONGEST.values())
"""A text of this length is too long for no field."""

TYPES = frozenset(EventType)


class Refused(Exception):
    """A submission that cannot be recorded: which field, and why in words for people."""

    def __init__(self, field: str, reason: str):
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


@dataclass(slots=True)
class Submission:
    """One thing that somebody did, as its sender wrote it: every field is text, and empty where nothing was said."""

    event_type: str = ""
    quantity: str = ""
    occurred_at: str = ""
    volunteer_id: str = ""
    volunteer_email: str = ""
    volunteer_external_id: str = ""
    volunteer_name: str = ""
    external_id: str = ""
    reference_type: str = ""
    reference_id: str = ""
    reference_name: str = ""
    description: str = ""
    certified: str = ""
    tags: str = ""
    print_: bytes | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self):
        self.event_type = self.event_type.strip().lower()
        self.volunteer_email = self.volunteer_email.strip().lower()
        self.external_id = self.external_id.strip()
        self.reference_id = self.reference_id.strip()

    def person(self) -> tuple[str, ...]:
        """Whom it names, as the sender names them; the name only where nothing else does."""
        if self.volunteer_id:
            return ("id", self.volunteer_id)
        if self.volunteer_email or self.volunteer_external_id:
            return (self.volunteer_email, self.volunteer_external_id.strip())
        return ("", "", self.volunteer_name.strip())

    def is_text(self) -> bool:
        """Whether a database can be asked for what it says."""
        return is_text("".join(texts_of(self)))

    def fingerprint(self) -> bytes:
        """SHA-256 of the content in its normal form: equal for what says the same in another spelling.

        Taken once: whoever asks for it changes nothing any more.
        """
        if self.print_ is None:
            self.print_ = hashlib.sha256("\x1f".join(self.content()).encode("utf-8", "surrogatepass")).digest()
        return self.print_

    def content(self) -> tuple[str, ...]:
        """What it says, in its normal form."""
        return (
            *self.person(),
            self.event_type,
            plain_number(self.quantity) or ("" if self.event_type == EventType.HOURS_LOGGED else "1"),
            plain_instant(self.occurred_at),
            self.reference_type.strip(),
            self.reference_id,
            self.reference_name.strip(),
            self.description.strip(),
            plain_flag(self.certified, self.event_type),
            plain_tags(self.tags),
        )


FIELDS = tuple(one.name for one in fields(Submission) if one.init)
COLUMNS = tuple(name for name in FIELDS if name != "volunteer_id")
"""The columns of a file: all fields but the portal's own number of a volunteer, which only pages and the API know."""


@dataclass(slots=True)
class Reading:
    """A submission that makes sense by itself. `quantity` is in hundredths; `when` has an offset, or is local."""

    event_type: str
    quantity: int
    when: datetime | date
    certified: bool
    tags: list[str] | None


def remembered(work: Callable[..., Result]) -> Callable[..., Result]:
    """Remembers what texts came to, as they come again and again in a file; one that is too long comes once."""
    cached = lru_cache(maxsize=4096)(work)
    return lambda text, *more: (cached if len(text) <= SHORTEST else work)(text, *more)


@remembered
def plain_number(text: str) -> str:
    """'1.50' as '1.5', and what is no number as it stands."""
    text = text.strip()
    if not NUMBER.fullmatch(text):
        return text
    number = text.lstrip("0") or "0"
    if "." in number:
        number = number.rstrip("0").rstrip(".")
    return "0" + number if number.startswith(".") or not number else number


@remembered
def plain_instant(text: str) -> str:
    """An instant that has an offset in UTC, anything else as it stands."""
    text = text.strip()
    moment = parse_time(text)
    return text if moment is None or moment.tzinfo is None else moment.isoformat()


@remembered
def parse_time(text: str) -> datetime | None:
    """'2026-05-01T18:30', in UTC if it has an offset; None for anything else, bare dates too."""
    if not TIME.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not 1 < moment.year < 9999:
        return None
    return moment if moment.tzinfo is None else moment.astimezone(UTC)


def parse_date(text: str) -> date | None:
    """'2026-05-01' as a date; None for anything else."""
    if len(text) != 10 or not BARE_DATE.fullmatch(text):
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1 < day.year < 9999 else None


@remembered
def plain_flag(text: str, event_type: str) -> str:
    """'Yes', '1' and, for skills, nothing at all are true."""
    word = text.strip().lower()
    if not word:
        return "true" if event_type == EventType.SKILL_CERTIFIED else ""
    return "true" if word in YES else "false" if word in NO else word


def plain_tags(text: str) -> str:
    """Tags sorted, each once as it was written."""
    if ";" not in text:
        return text.strip()
    return ";".join(sorted(split_tags(text)))


def split_tags(text: str) -> list[str]:
    """'food bank; youth' as its words, without empty and double ones."""
    if not text:
        return []
    return list(dict.fromkeys(tag.strip() for tag in text.split(";") if tag.strip()))


def read(submission: Submission) -> Reading:
    """What a submission says, as far as that can be seen without knowing who and what is there.

    Raises Refused naming the field.
    """
    refuse_oversize(submission)
    kind = submission.event_type
    if kind not in TYPES:
        raise Refused("event_type", _("This is not a kind of activity: %(kind)s", kind=kind or "–"))
    certified = read_certified(submission.certified, kind)
    if submission.volunteer_email and not is_e_mail(submission.volunteer_email):
        text = submission.volunteer_email
        raise Refused("volunteer_email", _("This is not an e-mail address: %(text)s", text=text))
    quantity = read_quantity(submission.quantity, kind)
    when = read_time(submission.occurred_at.strip())
    return Reading(kind, quantity, when, certified, split_tags(submission.tags) or None)


@lru_cache(maxsize=4096)
def is_e_mail(text: str) -> bool:
    """Whether this has the form of an e-mail address."""
    return E_MAIL.fullmatch(text) is not None


def refuse_oversize(submission: Submission) -> None:
    """Raises Refused for a text that is too long or holds what no text holds."""
    texts = texts_of(submission)
    if max(map(len, texts)) <= SHORTEST and "".join(texts).isprintable():
        return  # as nearly always
    for text, (name, longest) in zip(texts, LONGEST.items(), strict=True):
        if len(text) > longest or not text.isprintable():
            refuse_text(name, text, longest)


def refuse_text(field: str, text: str, longest: int) -> None:
    """The slow look at a text: too long, or with control characters beyond line breaks and tabs."""
    if len(text) > longest:
        raise Refused(field, _("At most %(longest)s characters, please.", longest=longest))
    if not is_text(text):
        raise Refused(field, _("This holds characters that are no text."))


def is_text(text: str) -> bool:
    """Whether there are no control characters in it beyond line breaks and tabs, and no halves of characters: no
    database can be asked for those."""
    return text.isprintable() or not any(
        (ord(letter) < 32 and letter not in "\t\r\n") or 0xD800 <= ord(letter) < 0xE000 for letter in text
    )


@lru_cache(maxsize=4096)
def read_quantity(text: str, kind: str) -> int:
    """The quantity in hundredths. Raises Refused if it is no number or out of bounds."""
    text = text.strip()
    if not text and kind != EventType.HOURS_LOGGED:
        return 100
    if not NUMBER.fullmatch(text):
        raise Refused("quantity", _("This is not a number: %(text)s", text=text or "–"))
    hundredths = Decimal(text) * 100
    if hundredths != int(hundredths):
        raise Refused("quantity", _("At most two decimals, please."))
    refuse_out_of_bounds(int(hundredths), kind)
    return int(hundredths)


def refuse_out_of_bounds(hundredths: int, kind: str) -> None:
    """Raises Refused unless a quantity is possible for its kind of activity."""
    if kind == EventType.HOURS_LOGGED and not 0 < hundredths <= 2400:
        raise Refused("quantity", _("Hours are more than 0 and at most 24."))
    if kind == EventType.TASK_COMPLETED and hundredths not in (100, 200, 300, 400, 500):
        raise Refused("quantity", _("A task's complexity is a whole number from 1 to 5."))
    if kind not in (EventType.HOURS_LOGGED, EventType.TASK_COMPLETED) and hundredths != 100:
        raise Refused("quantity", _("This kind of activity counts 1 at a time."))


def read_time(text: str) -> datetime | date:
    """A time or a bare date. Raises Refused if it is neither."""
    when = parse_date(text) or parse_time(text)
    if when is None:
        raise Refused("occurred_at", _("This is not a date or time like 2026-05-18: %(text)s", text=text or "–"))
    return when


@lru_cache(maxsize=4096)
def place(when: datetime | date, zone: ZoneInfo, now: datetime) -> tuple[datetime, date]:
    """The instant in UTC and its date in `zone`: a bare date means noon there, for today before noon now.

    Raises Refused if it lies in the future (five minutes are forgiven) or before 1970.
    """
    if not isinstance(when, datetime):
        if when > now.astimezone(zone).date():
            raise Refused("occurred_at", _("This lies in the future."))
        moment = min(datetime.combine(when, time(12), tzinfo=zone).astimezone(UTC), now)
    else:
        moment = (when if when.tzinfo else when.replace(tzinfo=zone)).astimezone(UTC)
    if moment > now + CLOCK_SKEW:
        raise Refused("occurred_at", _("This lies in the future."))
    if moment < EPOCH:
        raise Refused("occurred_at", _("This lies before 1970."))
    return moment, moment.astimezone(zone).date()


def read_certified(text: str, kind: str) -> bool:
    """Whether a skill was certified; for every other kind, true. Raises Refused for a word that is neither."""
    if kind != EventType.SKILL_CERTIFIED:
        return True
    flag = plain_flag(text, kind)
    if flag not in ("true", "false"):
        raise Refused("certified", _("Say yes or no, or leave it empty for yes."))
    return flag == "true"
