"""What criteria are made of, whatever the kind: numbers that are checked before they are saved, and progress."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from flask_babel import gettext as _

from portal.database import to_units

LARGEST = 1_000_000


class CriteriaRefused(ValueError):
    """Criteria that cannot be saved: which key, and why in words for people."""

    def __init__(self, key: str, reason: str):
        super().__init__(f"{key}: {reason}")
        self.key = key
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a volunteer has come: the value in hundredths, and when what adds to it began and last happened."""

    value: int
    first_at: datetime
    last_at: datetime


def refuse_other_keys(criteria: object, allowed: set[str]) -> None:
    """Raises CriteriaRefused unless `criteria` is an object with these keys at most."""
    if not isinstance(criteria, dict):
        raise CriteriaRefused("criteria", _("Criteria are an object with keys and values."))
    for key in criteria:
        if key not in allowed:
            raise CriteriaRefused(str(key), _("This key has no meaning here."))


def number(criteria: dict, key: str, *, whole: bool) -> Decimal:
    """The number under `key`. Raises CriteriaRefused unless it is above 0, at most a million, and whole if need be."""
    value = criteria.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        raise CriteriaRefused(key, _("A number is needed here."))
    try:
        exact = Decimal(str(value))
        possible = exact.is_finite() and 0 < exact <= LARGEST
    except InvalidOperation:
        possible = False
    if not possible:
        raise CriteriaRefused(key, _("This must be above 0 and at most 1,000,000."))
    if whole and exact != int(exact):
        raise CriteriaRefused(key, _("This must be a whole number."))
    if exact * 100 != int(exact * 100):
        raise CriteriaRefused(key, _("At most two decimals, please."))
    return exact


def hundredths(criteria: dict, key: str) -> int:
    """The saved number under `key`, in hundredths."""
    return _hundredths(str(criteria[key]))


@lru_cache(maxsize=1024)
def _hundredths(number: str) -> int:
    return to_units(Decimal(number), 2)
