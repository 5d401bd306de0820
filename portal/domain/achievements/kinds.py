"""Which kind of criteria belongs to which type of achievement."""

from portal.domain.achievements import Achievement, AchievementType
from portal.domain.achievements.by_hand import BY_HAND, ByHand
from portal.domain.achievements.days import DAYS, Running
from portal.domain.achievements.sums import HOURS, PROJECTS, REFERRALS, SKILLS, TASKS, TRAININGS, Adding

Kind = Adding | Running | ByHand

KINDS: dict[str, Kind] = {
    AchievementType.HOURS_LOGGED: HOURS,
    AchievementType.PROJECTS_COMPLETED: PROJECTS,
    AchievementType.TASKS_COMPLETED: TASKS,
    AchievementType.SKILLS_ACQUIRED: SKILLS,
    AchievementType.TRAININGS_COMPLETED: TRAININGS,
    AchievementType.CONSECUTIVE_DAYS: DAYS,
    AchievementType.VOLUNTEER_REFERRED: REFERRALS,
    AchievementType.CUSTOM: BY_HAND,
}


def kind_of(achievement: Achievement) -> Kind:
    """How this achievement's criteria are read."""
    return KINDS[achievement.achievement_type]
