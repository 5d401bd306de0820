"""Of what each volunteer wants mail, and when: at once, as a daily digest, never (docs/rules.md, section 9)."""

from collections.abc import Mapping
from enum import StrEnum

from portal.domain.notifications import News
from portal.domain.volunteers import Volunteer


class Way(StrEnum):
    """How news leaves the house. In the portal it is always."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    NEVER = "never"


UNLESS_CHOSEN = Way.DAILY


def way_of(volunteer: Volunteer, kind: str) -> Way:
    """How a volunteer wants news of a kind."""
    return Way((volunteer.mail_choices or {}).get(kind, UNLESS_CHOSEN))


def choices_of(volunteer: Volunteer) -> dict[News, Way]:
    """How a volunteer wants news of each kind."""
    return {kind: way_of(volunteer, kind) for kind in News}


def choose(volunteer: Volunteer, ways: Mapping[News, Way]) -> None:
    """Keeps what a volunteer wants; kinds that are left out stay as they are."""
    chosen = choices_of(volunteer) | dict(ways)
    volunteer.mail_choices = {kind.value: way.value for kind, way in chosen.items() if way != UNLESS_CHOSEN} or None


def stop(volunteer: Volunteer, way: Way) -> None:
    """From now on nothing goes that way, whatever came so far; what goes the other way stays."""
    choose(volunteer, {kind: Way.NEVER for kind, chosen in choices_of(volunteer).items() if chosen == way})
