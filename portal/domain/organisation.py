"""The organisation itself: what its admins decided, over what the environment says."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import JSON, String, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Model, db, once, rows

DEFAULTS = {
    "review_hours": True,
    "self_logging": True,
    "oldest_own_hours_days": 60,
    "largest_award": 500,
    "closing_days": 3,
    "boards_of_people": True,
    "language": "en",
    "sign_up": False,
    "second_factor_from": "nobody",
}


class Setting(Model):
    """One decision of the admins; what stands here holds over the default."""

    __tablename__ = "settings"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[object] = mapped_column(JSON)


SAVED = select(*Setting.__table__.c)


def setting(key: str):
    """What holds for `key`: the admins' word, else the environment's, else the default. KeyError if there is none."""
    said = decisions()
    if key in said:
        return said[key]
    return DEFAULTS[key] if key in DEFAULTS else current_app.config[key.upper()]


def decisions() -> dict[str, object]:
    """All that is saved; read once in each transaction, for a page asks for many."""
    return once("settings", lambda: {row.key: row.value for row in rows(SAVED)})


def change(key: str, value) -> None:
    """Sets `key` for the organisation. KeyError if there is no such setting."""
    if key not in DEFAULTS and key not in ("organisation_name", "time_zone"):
        raise KeyError(key)
    db.session.merge(Setting(key=key, value=value))
    db.session.flush()


def zone() -> ZoneInfo:
    """The organisation's time zone: the calendar of its weeks and months."""
    return ZoneInfo(setting("time_zone"))


def today(now: datetime) -> date:
    """The date that the organisation's calendar shows at the instant `now`."""
    return now.astimezone(zone()).date()


def remember(key: str, value) -> None:
    """Keeps something that the portal itself has to know, not a decision of admins."""
    db.session.merge(Setting(key=f"_{key}", value=value))
    db.session.flush()


def remembered(key: str):
    """What was kept under `key`; None for nothing."""
    kept = db.session.get(Setting, f"_{key}")
    return kept and kept.value
