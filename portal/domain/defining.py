"""Defining what can be earned and what it is worth: checked, written down, and assessed for everybody
(docs/rules.md, sections 3 to 5). What somebody has earned is never deleted, only retired."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import exists, select

from portal.domain import assessing, audit
from portal.domain.accounts import User
from portal.domain.achievements import Achievement, Completion, VolunteerAchievement
from portal.domain.achievements.kinds import KINDS
from portal.domain.badges import Badge, VolunteerBadge
from portal.domain.points import PointRule
from portal.domain.reviewing import NotPossible
from portal.extensions import db

BADGE_FIELDS = (
    *("name", "description", "category", "icon", "icon_url", "color", "rarity", "points_value"),
    *("is_active", "is_secret"),
)
ACHIEVEMENT_FIELDS = (
    *("name", "description", "achievement_type", "criteria", "points_reward", "badge_id"),
    *("is_repeatable", "tracks_progress", "is_active", "is_secret", "counts_from"),
)
RULE_FIELDS = ("per_unit", "minimum", "maximum", "daily_cap")


class NameTaken(NotPossible):
    """Another definition has this name already."""


def values_of(row, names: tuple[str, ...]) -> dict:
    """The fields of a definition as the audit keeps them."""
    return {
        name: value if value is None or isinstance(value, (bool, int, dict)) else str(value)
        for name in names
        for value in [getattr(row, name)]
    }


def save_badge(badge: Badge, values: dict, *, by: User, now: datetime) -> Badge:
    """Writes a new badge or changes one. Raises NameTaken."""
    return save(badge, values, BADGE_FIELDS, by=by, now=now)


def save_achievement(achievement: Achievement, values: dict, *, by: User, now: datetime, quiet: bool) -> Achievement:
    """Writes a new achievement or changes one, and has it assessed for everybody, quietly or with news.

    Raises NameTaken, and CriteriaRefused for criteria that make no sense.
    """
    KINDS[values["achievement_type"]].check(values["criteria"])
    save(achievement, values, ACHIEVEMENT_FIELDS, by=by, now=now)
    assessing.request(achievement, quiet=quiet, now=now)
    return achievement


def save(row, values: dict, fields: tuple[str, ...], *, by: User, now: datetime):
    """Writes the fields of a definition and what they were before."""
    refuse_taken_name(row, values["name"])
    new = row.id is None
    before = None if new else values_of(row, fields)
    for name in fields:
        if name in values:
            setattr(row, name, values[name])
    row.updated_at = now
    if new:
        row.created_at = now
        db.session.add(row)
    db.session.flush()
    audit.note("define" if new else "change", row, at=now, by=by, before=before, after=values_of(row, fields))
    return row


def refuse_taken_name(row, name: str) -> None:
    """Raises NameTaken if another row of the same table has this name."""
    model = type(row)
    taken = select(model.id).where(model.name == name, model.id != (row.id or 0))
    with db.session.no_autoflush:
        if db.session.scalar(taken) is not None:
            raise NameTaken(_("There is one with this name already."))


def set_active(row: Badge | Achievement, active: bool, *, by: User, now: datetime) -> None:
    """Retires a definition, or brings it back; then an achievement is assessed quietly for everybody."""
    if row.is_active == active:
        return
    row.is_active, row.updated_at = active, now
    audit.note("change", row, at=now, by=by, before={"is_active": not active}, after={"is_active": active})
    if active and isinstance(row, Achievement):
        assessing.request(row, quiet=True, now=now)
    db.session.flush()


def delete_badge(badge: Badge, *, by: User, now: datetime) -> None:
    """Deletes a badge that nobody ever had. Raises NotPossible otherwise, naming the way out."""
    had = exists().where(VolunteerBadge.badge_id == badge.id)
    carried = exists().where(Achievement.badge_id == badge.id)
    if db.session.scalar(select(had)):
        raise NotPossible(_("Somebody has earned this badge. Retire it instead."))
    if db.session.scalar(select(carried)):
        raise NotPossible(_("An achievement gives this badge. Take it out there first."))
    audit.note("delete", badge, at=now, by=by, before=values_of(badge, BADGE_FIELDS))
    db.session.delete(badge)
    db.session.flush()


def delete_achievement(achievement: Achievement, *, by: User, now: datetime) -> None:
    """Deletes an achievement that nobody ever completed. Raises NotPossible otherwise, naming the way out."""
    if db.session.scalar(select(exists().where(Completion.achievement_id == achievement.id))):
        raise NotPossible(_("Somebody has earned this. Retire it instead."))
    audit.note("delete", achievement, at=now, by=by, before=values_of(achievement, ACHIEVEMENT_FIELDS))
    assessing.forget(achievement)
    rows = VolunteerAchievement.__table__
    db.session.execute(rows.delete().where(rows.c.achievement_id == achievement.id))
    db.session.delete(achievement)
    db.session.flush()


def save_rule(rule: PointRule, values: dict, *, by: User, now: datetime) -> None:
    """Changes what a type of activity brings; holds for what is recorded from now on."""
    before = values_of(rule, RULE_FIELDS)
    for name in RULE_FIELDS:
        setattr(rule, name, values[name])
    db.session.flush()
    after = values_of(rule, RULE_FIELDS) | {"event_type": rule.event_type}
    audit.note_of("change", "point_rules", None, at=now, by=by, before=before, after=after)
