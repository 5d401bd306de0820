"""How the domain says no to what a person may do in general: in words for people."""


class NotPossible(ValueError):
    """What a person may do in general, but not here and now; the message says why."""


class FieldRefused(NotPossible):
    """A field cannot become what was asked for; `field` names it."""

    def __init__(self, field: str, reason: str):
        super().__init__(reason)
        self.field = field


class NotReadable(ValueError):
    """A file that is no table of activities; the message says why and what to do."""
