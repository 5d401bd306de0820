"""Defining what can be earned and what it is worth: checked, written down, and assessed for everybody
(docs/rules.md, sections 3 to 5). What somebody has earned is never deleted, only retired."""

from datetime import datetime
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import exists, func, select
from sqlalchemy.orm import joinedload

from portal.domain import assessing, audit
from portal.domain.accounts import User
from portal.domain.achievements import Achievement, Completion, VolunteerAchievement
from portal.domain.achievements.kinds import COMPOSITE, kind_for, kind_of
from portal.domain.badges import Badge, VolunteerBadge
from portal.domain.points import PointRule
from portal.domain.refusals import FieldRefused, NotPossible
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
LARGEST_RULE = 100_000
MOST_POINTS = 100_000
"""The most that a badge or an achievement may bring."""


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

    Raises NameTaken, FieldRefused, and CriteriaRefused for criteria that make no sense.
    """
    kind = kind_for(values["achievement_type"], values["criteria"])
    kind.check(values["criteria"])
    if kind is COMPOSITE and values.get("is_repeatable"):
        raise FieldRefused("is_repeatable", _("What is made of conditions is earned once."))
    if achievement.id is not None:
        refuse_taking_back(achievement, values)
    save(achievement, values, ACHIEVEMENT_FIELDS, by=by, now=now)
    assessing.request(achievement, quiet=quiet, now=now)
    return achievement


def refuse_taking_back(achievement: Achievement, values: dict) -> None:
    """Raises FieldRefused for changes under which what somebody earned could not be judged any more, or would fall:
    another kind, and looking away from what was done before."""
    same_type = values["achievement_type"] == achievement.achievement_type
    if not same_type or kind_for(values["achievement_type"], values["criteria"]) is not kind_of(achievement):
        raise FieldRefused("achievement_type", _("Its kind stays. Retire this one and make a new one."))
    since = values.get("counts_from")
    before = achievement.counts_from
    if since is not None and (before is None or since > before):
        raise FieldRefused("counts_from", _("What was done before counts already; only a new one can leave it out."))


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


def holders() -> dict[int, int]:
    """How many volunteers hold each badge, by its id; badges that nobody holds are left out."""
    held = select(VolunteerBadge.badge_id, func.count().label("holders")).where(VolunteerBadge.revoked_at.is_(None))
    return {row.badge_id: row.holders for row in db.session.execute(held.group_by(VolunteerBadge.badge_id))}


def completers() -> dict[int, int]:
    """How many volunteers have completed each achievement, by its id; those that nobody has are left out."""
    who, which = VolunteerAchievement, VolunteerAchievement.achievement_id
    done = select(which, func.count().label("volunteers")).where(who.is_completed)
    return {row.achievement_id: row.volunteers for row in db.session.execute(done.group_by(which))}


def badges() -> list[Badge]:
    """Every badge, in the order in which they were made."""
    return list(db.session.scalars(select(Badge).order_by(Badge.id)))


def achievements() -> list[Achievement]:
    """Every achievement with its badge, in the order in which they were made."""
    query = select(Achievement).options(joinedload(Achievement.badge)).order_by(Achievement.id)
    return list(db.session.scalars(query))


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
    """Changes what a type of activity brings; holds for what is recorded from now on. Raises FieldRefused."""
    refuse_rule(values)
    before = values_of(rule, RULE_FIELDS)
    for name in RULE_FIELDS:
        setattr(rule, name, values[name])
    db.session.flush()
    after = values_of(rule, RULE_FIELDS) | {"event_type": rule.event_type}
    audit.note_of("change", "point_rules", None, at=now, by=by, before=before, after=after)


def refuse_rule(values: dict) -> None:
    """Raises FieldRefused for a rule that makes no sense; limits may be None."""
    for name in RULE_FIELDS:
        value = values[name]
        if value is not None and not (Decimal(value).is_finite() and 0 <= value <= LARGEST_RULE):
            raise FieldRefused(name, _("This must be between 0 and 100,000."))
        if value is not None and value * 100 != int(value * 100):
            raise FieldRefused(name, _("At most two decimals, please."))
    least, most = values["minimum"], values["maximum"]
    if least is not None and most is not None and least > most:
        raise FieldRefused("minimum", _("The minimum is above the maximum."))
