"""For pages: a clock that stands still where a test asks for it."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.people import NOW


@pytest.fixture
def noon() -> Iterator[None]:
    """It is people.NOW, a Wednesday in May at noon, for the whole test."""
    with time_machine.travel(NOW, tick=False):
        yield
