"""Every setting there is; the only reader of the environment."""

import os
import secrets
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

ROOT = Path(__file__).resolve().parent.parent
SHORTEST_KEY = 32
PUBLISHED_KEYS = ("dev", "secret", "changeme", "change-me", "your-secret-key", "insecure")


class Misconfigured(RuntimeError):
    """A setting that the portal cannot start with; the message names it and the way out."""


def from_environment() -> dict:
    """The settings as Flask's configuration. Raises Misconfigured naming the variable that is wrong."""
    instance = Path(os.environ.get("LAURELS_INSTANCE", ROOT / "instance"))
    return {
        "INSTANCE": instance,
        "PRODUCTION": os.environ.get("LAURELS_ENV") == "production",
        "SECRET_KEY": secret_key(instance),
        "SQLALCHEMY_DATABASE_URI": database_url(instance),
        "SQLALCHEMY_ENGINE_OPTIONS": {"pool_pre_ping": True},
        "REDIS_URL": os.environ.get("REDIS_URL", ""),
        "RATELIMIT_STORAGE_URI": counters_url(os.environ.get("REDIS_URL", "")),
        "RATELIMIT_HEADERS_ENABLED": True,
        "ORGANISATION_NAME": os.environ.get("ORGANISATION_NAME", "Our volunteers"),
        "TIME_ZONE": time_zone(os.environ.get("TIME_ZONE", "UTC")),
        "PORT": whole_number("PORT", "8000"),
        "TRUSTED_PROXIES": whole_number("TRUSTED_PROXIES", "0"),
        "TRUSTED_HOSTS": os.environ.get("ALLOWED_HOSTS", "").replace(",", " ").split() or None,
        "MAX_CONTENT_LENGTH": 32 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 1024 * 1024,
        "SESSION_COOKIE_NAME": "laurels",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_REFRESH_EACH_REQUEST": False,  # a sign-in ends with its row, however new its cookie is
        "SESSION_COOKIE_SECURE": os.environ.get("LAURELS_ENV") == "production",
        "PERMANENT_SESSION_LIFETIME": 60 * 24 * 3600,
        "WTF_CSRF_TIME_LIMIT": None,
    }


def secret_key(instance: Path) -> str:
    """SECRET_KEY, or one made at the first run and kept in the instance folder, readable by its owner alone."""
    given = os.environ.get("SECRET_KEY")
    return given if given is not None else kept_key(instance / "secret_key")


def kept_key(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        file.write(key := secrets.token_urlsafe(48))
    return key


def refuse_weak_key(key: str) -> None:
    """Raises Misconfigured if a stranger could guess this key: short, one letter over and over, or a known default."""
    known = any(key.lower().startswith(word) for word in PUBLISHED_KEYS)
    if len(key) < SHORTEST_KEY or len(set(key)) < 8 or known:
        raise Misconfigured(
            f"SECRET_KEY is too easy to guess: give it {SHORTEST_KEY} or more random characters, "
            "or leave it out and one is made and kept for you."
        )


def database_url(instance: Path) -> str:
    """DATABASE_URL with the driver that the portal uses, or a SQLite file in the instance folder."""
    url = os.environ.get("DATABASE_URL") or f"sqlite:///{instance / 'laurels.db'}"
    for old in ("postgres://", "postgresql://"):
        if url.startswith(old):
            return "postgresql+psycopg://" + url.removeprefix(old)
    return url


def counters_url(redis_url: str) -> str:
    """Where rate limits are counted: in Redis, for all processes together; in memory where there is none."""
    if redis_url.startswith("unix://"):
        return "redis+" + redis_url
    return redis_url or "memory://"


def time_zone(name: str) -> str:
    """`name`, if it is a zone of the tz database; otherwise Misconfigured."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, IsADirectoryError, OSError):
        raise Misconfigured(f"TIME_ZONE {name!r} is not a time zone; try one like Europe/Lisbon.") from None
    return name


def whole_number(variable: str, default: str) -> int:
    """The variable as a number. Raises Misconfigured if it is none."""
    value = os.environ.get(variable, default)
    if not value.isdecimal():
        raise Misconfigured(f"{variable} must be a whole number, not {value!r}.")
    return int(value)
