"""Criteria that add up: hours, projects, tasks, trainings, skills, people brought along."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask_babel import gettext as _

from portal.domain.achievements.criteria import CriteriaRefused, Progress, hundredths, number, refuse_other_keys
from portal.domain.activities import EventType
from portal.domain.tally import Done, Least, Tally


@dataclass(frozen=True, slots=True)
class Adding:
    """So many of one type of activity, or, for hours, so much of it. Values and targets are in hundredths."""

    event_type: EventType
    key: str
    by_quantity: bool = False
    may_ask_certified: bool = False

    def check(self, criteria: object) -> None:
        """Raises CriteriaRefused unless these criteria can be saved."""
        refuse_other_keys(criteria, {self.key, "certified"} if self.may_ask_certified else {self.key})
        number(criteria, self.key, whole=not self.by_quantity)
        if self.may_ask_certified and not isinstance(criteria.get("certified", True), bool):
            raise CriteriaRefused("certified", _("This is true or false."))

    def target(self, criteria: dict) -> int:
        """What is to be reached."""
        return hundredths(criteria, self.key)

    def types(self, criteria: dict) -> frozenset[str]:
        """One type of activity matters."""
        return frozenset((self.event_type,))

    def least(self, criteria: dict) -> list[Least]:
        """The target itself, certified or not."""
        return [Least(self.event_type, self.target(criteria), by_quantity=self.by_quantity)]

    def progress(self, criteria: dict, tally: Tally) -> Progress | None:
        """What has been reached; None for nothing."""
        found = tally.of(self.event_type, certified_only=self.only_certified(criteria))
        if found is None:
            return None
        value = found.quantity if self.by_quantity else found.count * 100
        return Progress(value, found.first_at, found.last_at)

    def times(self, criteria: dict, tally: Tally) -> int:
        """How often the target is in what has been reached."""
        reached = self.progress(criteria, tally)
        return reached.value // self.target(criteria) if reached else 0

    def reached(self, criteria: dict, tally: Tally) -> Iterator[Done]:
        """The activities with which the target was reached, for the first time, the second, and so on."""
        target, value = self.target(criteria), 0
        for done in tally.history or ():
            before = value // target
            value += self.worth(criteria, done)
            for _nth in range(before, value // target):
                yield done

    def worth(self, criteria: dict, done: Done) -> int:
        """What one activity adds."""
        if done.event_type != self.event_type or (self.only_certified(criteria) and not done.certified):
            return 0
        return done.quantity if self.by_quantity else 100

    def only_certified(self, criteria: dict) -> bool:
        """Whether only certified skills add to it; that is so unless it is said otherwise."""
        return self.may_ask_certified and criteria.get("certified", True)


HOURS = Adding(EventType.HOURS_LOGGED, "hours_required", by_quantity=True)
PROJECTS = Adding(EventType.PROJECT_COMPLETED, "projects_required")
TASKS = Adding(EventType.TASK_COMPLETED, "tasks_required")
SKILLS = Adding(EventType.SKILL_CERTIFIED, "skills_required", may_ask_certified=True)
TRAININGS = Adding(EventType.TRAINING_COMPLETED, "trainings_required")
REFERRALS = Adding(EventType.VOLUNTEER_REFERRED, "volunteers_required")
