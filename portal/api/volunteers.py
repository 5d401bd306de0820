"""What a volunteer has: badges, points, achievements."""

from datetime import UTC, datetime
from decimal import Decimal

from flask import Response, abort, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.access import scope
from portal.api import api
from portal.api.answers import caller, found, found_own, instant, number, reference, sees_all
from portal.domain import avatars, awarding, catalogue, leaderboards, points
from portal.domain.achievements import Achievement, VolunteerAchievement
from portal.domain.achievements.kinds import kind_of
from portal.domain.badges import Badge, VolunteerBadge
from portal.domain.points import PointsHistory
from portal.domain.portraits import LARGE
from portal.extensions import db

RECENT = 10


@api.get("/volunteers/<int:volunteer_id>/badges")
@scope("read")
def badges(volunteer_id: int) -> dict:
    """The badges that a volunteer holds, the first one first; secret ones only for whoever holds them too."""
    volunteer = found(volunteer_id)
    held = catalogue.shown_of(volunteer, caller())[::-1]
    showcased = sorted((one for one in held if one.is_showcased), key=lambda one: (one.showcase_position or 99, one.id))
    return {
        "total_badges": len(held),
        "showcased_badges": [one.badge.name for one in showcased],
        "badges": [badge_held(one) for one in held],
    }


def badge_held(one: VolunteerBadge) -> dict:
    """A badge that somebody holds."""
    badge = one.badge
    return {
        "id": badge.id,
        "name": badge.name,
        "description": badge.description,
        "category": badge.category,
        "rarity": badge.rarity,
        "color": badge.color,
        "icon_url": icon_url(badge),
        "earned_at": instant(one.earned_at),
        "is_showcased": one.is_showcased,
    }


def icon_url(badge: Badge) -> str:
    """The picture that was set, or the address of the drawn medal."""
    return badge.icon_url or url_for("badges.medal", badge_id=badge.id)


@api.get("/volunteers/<int:volunteer_id>/points")
@scope("read")
def volunteer_points(volunteer_id: int) -> dict:
    """A volunteer's points, place and streak, and the latest rows of the ledger."""
    volunteer = found_own(volunteer_id)
    balance = points.balance_of(volunteer.id)
    place = leaderboards.place_of(balance)
    streak = points.streak_of(balance)
    latest = select(PointsHistory).where(PointsHistory.volunteer_id == volunteer.id)
    latest = latest.order_by(PointsHistory.id.desc()).limit(RECENT)
    return {
        "volunteer_id": volunteer.id,
        "total_points": balance.total_points,
        "current_points": balance.current_points,
        "rank": place,
        "rank_percentile": place and number(balance.rank_percentile),
        "current_streak_days": streak.current(volunteer.today(datetime.now(UTC))),
        "longest_streak_days": balance.longest_streak_days,
        "last_activity_date": balance.last_activity_date and balance.last_activity_date.isoformat(),
        "recent_history": [ledger_row(row) for row in db.session.scalars(latest)],
    }


def ledger_row(row: PointsHistory) -> dict:
    """A row of the ledger."""
    return {
        "id": row.id,
        "points_change": row.points_change,
        "event_type": row.event_type,
        "description": row.description,
        "reference_id": reference(row.reference_id),
        "reference_type": row.reference_type,
        "balance_after": row.balance_after,
        "effective_at": instant(row.effective_at),
        "created_at": instant(row.created_at),
    }


@api.get("/volunteers/<int:volunteer_id>/achievements")
@scope("read")
def achievements(volunteer_id: int) -> dict:
    """How far a volunteer is with everything that can be earned; secret ones only once they are."""
    volunteer = found_own(volunteer_id)
    rows = select(VolunteerAchievement).where(VolunteerAchievement.volunteer_id == volunteer.id)
    progress = {row.achievement_id: row for row in db.session.scalars(rows)}
    query = select(Achievement).options(joinedload(Achievement.badge)).order_by(Achievement.id)
    shown = [one for one in db.session.scalars(query) if is_shown(one, progress.get(one.id))]
    answers = [achievement_progress(one, progress.get(one.id)) for one in shown]
    completed = sum(one["is_completed"] for one in answers)
    return {
        "total_achievements": len(answers),
        "completed": completed,
        "in_progress": len(answers) - completed,
        "achievements": answers,
    }


def is_shown(achievement: Achievement, row: VolunteerAchievement | None) -> bool:
    """Whether an achievement is there for the caller: what can be earned, and what was."""
    if row is not None and row.is_completed:
        return True
    return achievement.is_active and (not achievement.is_secret or sees_all())


def is_held(row: VolunteerAchievement, badge: Badge) -> bool:
    """Whether they hold the badge: it may have been put on an achievement that they had completed before."""
    return awarding.held(row.volunteer_id, badge.id) is not None


def achievement_progress(achievement: Achievement, row: VolunteerAchievement | None) -> dict:
    """An achievement with how far somebody is."""
    target = Decimal(kind_of(achievement).target(achievement.criteria)) / 100
    current, completed = (row.current_progress, row.is_completed) if row else (Decimal(0), False)
    badge = achievement.badge
    badge_shown = badge is not None and (not badge.is_secret or sees_all() or (completed and is_held(row, badge)))
    answer = {
        "id": achievement.id,
        "name": achievement.name,
        "description": achievement.description,
        "achievement_type": achievement.achievement_type,
        "points_reward": achievement.points_reward,
        "is_repeatable": achievement.is_repeatable,
        "is_completed": completed,
        "times_completed": row.times_completed if row else 0,
        "current_progress": number(current),
        "target_progress": number(target),
        "badge": {"id": badge.id, "name": badge.name} if badge_shown else None,
    }
    if completed:
        return answer | {"completed_at": instant(row.completed_at)}
    return answer | {"progress_percentage": number(round(min(current / target, Decimal(1)) * 100, 1))}


@api.get("/volunteers/<int:volunteer_id>/avatar")
@scope("read")
def avatar(volunteer_id: int) -> Response:
    """A volunteer's picture, as WebP."""
    volunteer = found(volunteer_id)
    content = avatars.shown(volunteer, volunteer.avatar or "", LARGE) or abort(404)
    return Response(content, mimetype="image/webp")
