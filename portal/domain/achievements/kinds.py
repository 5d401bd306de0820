"""Which kind of criteria belongs to which type of achievement."""

from portal.domain.achievements import Achievement, AchievementType
from portal.domain.achievements.by_hand import BY_HAND, ByHand
from portal.domain.achievements.conditions import COMPOSITE, Composite
from portal.domain.achievements.days import DAYS, Running
from portal.domain.achievements.sums import HOURS, PROJECTS, REFERRALS, SKILLS, TASKS, TRAININGS, Adding

Kind = Adding | Running | ByHand | Composite

KINDS: dict[str, Kind] = {
    AchievementType.HOURS_LOGGED: HOURS,
    AchievementType.PROJECTS_COMPLETED: PROJECTS,
    AchievementType.TASKS_COMPLETED: TASKS,
    AchievementType.SKILLS_ACQUIRED: SKILLS,
    AchievementType.TRAININGS_COMPLETED: TRAININGS,
    AchievementType.CONSECUTIVE_DAYS: DAYS,
    AchievementType.VOLUNTEER_REFERRED: REFERRALS,
}
"""Custom ones are of two kinds: given by hand, or made of conditions."""


def kind_for(achievement_type: str, criteria: object) -> Kind:
    """How criteria of this type are read."""
    if achievement_type != AchievementType.CUSTOM:
        return KINDS[achievement_type]
    return BY_HAND if isinstance(criteria, dict) and "by_hand" in criteria else COMPOSITE


def kind_of(achievement: Achievement) -> Kind:
    """How this achievement's criteria are read."""
    return kind_for(achievement.achievement_type, achievement.criteria)
