"""Assessing what was defined anew for everybody, some volunteers a transaction; killed, it goes on where it was."""

from portal.domain import assessing
from portal.jobs.turns import take_turn


def assess() -> None:
    """Goes on with what is to be assessed."""
    take_turn("assessing.assess", assessing.go_on)
