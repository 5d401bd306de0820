"""Passwords are hashed lightly in tests: really done, one takes a quarter of a second, and they sign thousands in."""

from portal.domain import passwords

REAL, passwords.METHOD = passwords.METHOD, "scrypt:1024:8:1"
