"""The fields of criteria that are made of conditions: rows that are added and taken away."""

from decimal import Decimal

from flask_babel import lazy_gettext as _l
from wtforms import FieldList, Form, FormField, SelectField
from wtforms.utils import unset_value

from portal.domain.achievements.conditions import MOST, RUNS
from portal.web.fields import Number, Whole, Words, options

METRICS = [
    ("hours", _l("hours")),
    ("projects", _l("projects")),
    ("tasks", _l("tasks")),
    ("trainings", _l("trainings")),
    ("skills", _l("skills, certified or not")),
    ("referrals", _l("people brought along")),
    ("days_active", _l("days with something done")),
    ("longest_streak", _l("days in a row")),
    ("longest_week_streak", _l("weeks in a row")),
]
MATCHES = [("all", _l("All of these")), ("any", _l("Any one of these"))]


class ConditionForm(Form):
    """One condition."""

    at_least = Number(_l("At least"), default=Decimal(10))
    metric = SelectField(_l("Of what"), choices=options(METRICS))
    within_days = Whole(_l("Within so many days"))
    tag = Words(_l("With the tag"))

    @property
    def is_run(self) -> bool:
        """Whether it looks at days or weeks in a row, which know no window and no tag."""
        return self.metric.data in RUNS

    def as_criteria(self) -> dict:
        """What was typed, for the domain to check; what is empty is left out."""
        given = {"metric": self.metric.data, "at_least": self.at_least.data}
        given |= {"within_days": self.within_days.data} if self.within_days.data is not None else {}
        return given | ({"tag": self.tag.data} if self.tag.data else {})


class ConditionList(FieldList):
    """One to five conditions."""

    def __init__(self, **more):
        super().__init__(FormField(ConditionForm), min_entries=1, max_entries=MOST, **more)

    def process(self, formdata, data=unset_value, extra_filters=None):
        """Rows of which nothing was sent begin as a new one does."""
        sent = formdata and any(key.startswith(f"{self.name}-") for key in formdata)
        super().process(formdata if sent else None, data, extra_filters)

    def _extract_indices(self, prefix, formdata):
        """The numbers of the rows that were sent, as far as they can be ours."""
        return (number for number in range(100) if any(key.startswith(f"{prefix}-{number}-") for key in formdata))

    @property
    def can_grow(self) -> bool:
        """Whether there is room for another."""
        return len(self.entries) < MOST

    def rearrange(self, wish: str) -> None:
        """Adds a row ('more'), or takes one away ('less-2': the third)."""
        if wish == "more" and self.can_grow:
            self.append_entry()
        for place in range(len(self.entries)):
            if wish == f"less-{place}" and len(self.entries) > 1:
                self.pop_entry(place)

    def criteria(self) -> list[dict]:
        """All of them, for the domain to check."""
        return [entry.form.as_criteria() for entry in self.entries]

    def refuse(self, key: str, reason: str) -> None:
        """Puts what is wrong at its field; `key` is like 'conditions.0.at_least'."""
        place, name = key.split(".")[1:]
        self.entries[int(place)].form[name].errors = [reason]
        self.errors = [reason]

    def wrong(self) -> list:
        """The fields in which something is wrong."""
        return [field for entry in self.entries for field in entry.form if field.errors]
