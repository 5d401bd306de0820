"""Fixtures for tests with real workers: an application with a Redis, and processes that don't survive the test."""

from collections.abc import Generator
from contextlib import contextmanager

import pytest
from flask import Flask

from tests.conftest import application
from tests.machinery.processes import Crew, Redis, mortal_redis


@pytest.fixture
def ringing_app(sqlite_url, redis_url) -> Generator[Flask]:
    """The application on SQLite, once with each Redis."""
    with application(sqlite_url, REDIS_URL=redis_url) as app:
        yield app


@pytest.fixture
def redis() -> Generator[Redis]:
    """A Redis of this test's own, to be killed."""
    with mortal_redis() as redis:
        yield redis


@pytest.fixture
def working_app(database_url, redis) -> Generator[Flask]:
    """The application on each of the two databases, with a Redis to be killed."""
    with application(database_url, REDIS_URL=redis.url) as app:
        yield app


@contextmanager
def hired(app: Flask, tmp_path) -> Generator[Crew]:
    """Processes of `app`; what they said is shown with a test that fails."""
    crew = Crew(app, tmp_path / "crew.log")
    try:
        yield crew
    finally:
        crew.end()
        print(crew.says())


@pytest.fixture
def crew(working_app, tmp_path) -> Generator[Crew]:
    """Processes of `working_app`."""
    with hired(working_app, tmp_path) as crew:
        yield crew


@pytest.fixture
def bellringers(ringing_app, tmp_path) -> Generator[Crew]:
    """Processes of `ringing_app`."""
    with hired(ringing_app, tmp_path) as crew:
        yield crew
