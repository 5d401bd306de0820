"""Undoing batches, one volunteer a transaction; killed, it goes on where it was."""

from portal.domain import undoing
from portal.jobs.turns import take_turn


def undo() -> None:
    """Goes on with what is to be undone."""
    take_turn("undoing.undo", undoing.go_on)
