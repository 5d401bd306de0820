"""Criteria that nobody can compute: a coordinator gives it."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask_babel import gettext as _

from portal.domain.achievements.criteria import CriteriaRefused, Progress, refuse_other_keys
from portal.domain.tally import Done, Least, Tally


@dataclass(frozen=True, slots=True)
class ByHand:
    """Given by hand, each time anew. Its target is once; activities never reach it."""

    def check(self, criteria: object) -> None:
        """Raises CriteriaRefused unless these criteria can be saved."""
        refuse_other_keys(criteria, {"by_hand"})
        if criteria.get("by_hand") is not True:
            raise CriteriaRefused("by_hand", _("This must be true."))

    def target(self, criteria: dict) -> int:
        """Once, in hundredths."""
        return 100

    def types(self, criteria: dict) -> frozenset[str]:
        """No activities matter for it."""
        return frozenset()

    def least(self, criteria: dict) -> list[Least]:
        """Nothing that could be said of activities."""
        return []

    def progress(self, criteria: dict, tally: Tally) -> Progress | None:
        """Nothing that activities bring."""
        return None

    def times(self, criteria: dict, tally: Tally) -> int:
        """Never by activities."""
        return 0

    def reached(self, criteria: dict, tally: Tally) -> Iterator[Done]:
        """Never by activities."""
        return iter(())


BY_HAND = ByHand()
