"""The `flask` commands: a door like the others. Each says what it does in one line."""

from flask import Flask


def register(app: Flask) -> None:
    """Adds the commands to the application."""
