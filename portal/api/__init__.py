"""The JSON door, for other systems: bearer tokens, problem details, the same domain as the screens."""

from flask import Flask


def register(app: Flask) -> None:
    """Adds the API."""
