"""Every setting there is; the only reader of the environment."""

import os
import re
import secrets
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from werkzeug.sansio.utils import host_is_trusted

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
        "PUBLIC_URL": public_url(),
        "SMTP_URL": smtp_url(os.environ.get("SMTP_URL", "")),
        **openid(),
        "MAIL_FROM": mail_from(os.environ.get("MAIL_FROM", "")),
        "TRUSTED_PROXIES": whole_number("TRUSTED_PROXIES", "0"),
        "TRUSTED_HOSTS": os.environ.get("ALLOWED_HOSTS", "").replace(",", " ").split() or None,
        "MAX_CONTENT_LENGTH": 32 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 1024 * 1024,
        "SESSION_COOKIE_NAME": "laurels",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_REFRESH_EACH_REQUEST": False,  # a sign-in ends with its row, however new its cookie is
        "SESSION_COOKIE_SECURE": os.environ.get("LAURELS_ENV") == "production",
        "PERMANENT_SESSION_LIFETIME": 30 * 24 * 3600,
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


def smtp_url(url: str) -> str:
    """SMTP_URL, or '' for no mail. Raises Misconfigured for what is no address of a mail server."""
    if not url:
        return ""
    try:
        where = urlsplit(url)
        good = where.scheme in ("smtp", "smtps") and where.hostname and (where.port is None or where.port > 0)
    except ValueError:
        good = False
    if not good or where.path.strip("/") or where.query or where.fragment:
        raise Misconfigured(
            "SMTP_URL must look like smtp://user:password@mail.example.org:587, or begin with smtps://."
        )
    return url


def mail_from(sender: str) -> str:
    """MAIL_FROM, from whom mails come. Raises Misconfigured if mail is to go and this is no address."""
    if not sender and not os.environ.get("SMTP_URL"):
        return ""
    _name, address = parseaddr(sender)
    if not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", address, re.ASCII) or not sender.isprintable():
        raise Misconfigured("MAIL_FROM must say from whom mails come: Our volunteers <thanks@example.org>.")
    return sender


def openid() -> dict[str, str]:
    """OIDC_ISSUER and who we are there, '' for none. Raises Misconfigured for half of it, and for an open line."""
    found = {name: os.environ.get(name, "") for name in ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")}
    issuer = found["OIDC_ISSUER"]
    if not issuer:
        return found
    where = urlsplit(issuer)
    if where.scheme != "https" and where.hostname not in ("localhost", "127.0.0.1"):
        raise Misconfigured("OIDC_ISSUER must begin with https://, as your organisation's sign-in says it.")
    if not (found["OIDC_CLIENT_ID"] and found["OIDC_CLIENT_SECRET"]):
        raise Misconfigured("OIDC_ISSUER needs OIDC_CLIENT_ID and OIDC_CLIENT_SECRET beside it.")
    return found


def public_url() -> str:
    """PUBLIC_URL, where the portal is found from outside, for links in mails; without it, where it most likely is.

    Raises Misconfigured for what is no address, and where mails of a production could only link to nowhere.
    """
    url, hosts = os.environ.get("PUBLIC_URL", "").rstrip("/"), os.environ.get("ALLOWED_HOSTS", "").replace(",", " ")
    if not url and hosts:
        url = f"https://{hosts.split()[0].lstrip('.')}"
    if not url and os.environ.get("SMTP_URL") and os.environ.get("LAURELS_ENV") == "production":
        raise Misconfigured("PUBLIC_URL must say where people find the portal, such as https://thanks.example.org.")
    url = url or f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"
    if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", url):
        raise Misconfigured(f"PUBLIC_URL {url!r} is no address; try one like https://thanks.example.org.")
    if hosts and not host_is_trusted(urlsplit(url).netloc, hosts.split()):
        raise Misconfigured("PUBLIC_URL must be under one of the names in ALLOWED_HOSTS.")
    return url


def whole_number(variable: str, default: str) -> int:
    """The variable as a number. Raises Misconfigured if it is none."""
    value = os.environ.get(variable, default)
    if not value.isdecimal():
        raise Misconfigured(f"{variable} must be a whole number, not {value!r}.")
    return int(value)
