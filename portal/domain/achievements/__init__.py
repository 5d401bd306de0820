"""What can be earned: definitions, how far each volunteer is, and FACT which completions there are
(docs/rules.md, section 4). One small file beside this one for each kind of criteria."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.database import Id, Scaled, UTCDateTime, one_of, word
from portal.domain.activities import partial
from portal.extensions import Model


class AchievementType(StrEnum):
    """What an achievement looks at."""

    HOURS_LOGGED = "hours_logged"
    PROJECTS_COMPLETED = "projects_completed"
    TASKS_COMPLETED = "tasks_completed"
    SKILLS_ACQUIRED = "skills_acquired"
    TRAININGS_COMPLETED = "trainings_completed"
    CONSECUTIVE_DAYS = "consecutive_days"
    VOLUNTEER_REFERRED = "volunteer_referred"
    CUSTOM = "custom"


class Achievement(Model):
    """A definition: what is to be reached, and what it brings."""

    __tablename__ = "achievements"
    __table_args__ = (
        one_of("achievement_type", AchievementType),
        CheckConstraint("points_reward >= 0", name="points_reward"),
        Index("ix_achievements_badge_id", "badge_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    description: Mapped[str] = mapped_column(Text)
    achievement_type: Mapped[str] = mapped_column(word(), index=True)
    criteria: Mapped[dict] = mapped_column(JSON)
    points_reward: Mapped[int] = mapped_column(default=0)
    badge_id: Mapped[int | None] = mapped_column(Id, ForeignKey("badges.id"))
    is_repeatable: Mapped[bool] = mapped_column(default=False)
    tracks_progress: Mapped[bool] = mapped_column(default=True)
    is_active: Mapped[bool] = mapped_column(default=True, index=True)
    is_secret: Mapped[bool] = mapped_column(default=False)
    counts_from: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)

    badge: Mapped["Badge | None"] = relationship()  # noqa: F821  # ty: ignore[unresolved-reference]


class VolunteerAchievement(Model):
    """PROJECTION how far a volunteer is with an achievement; no row while that is nothing."""

    __tablename__ = "volunteer_achievements"
    __table_args__ = (
        Index("uq_volunteer_achievements_volunteer_id", "volunteer_id", "achievement_id", unique=True),
        CheckConstraint("is_completed = (completed_at IS NOT NULL)", name="completed_at"),
        CheckConstraint("is_completed = (times_completed >= 1)", name="times_completed"),
        CheckConstraint("times_completed >= 0 AND current_progress >= 0", name="not_negative"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    volunteer_id: Mapped[int] = mapped_column(Id, ForeignKey("volunteers.id"))
    achievement_id: Mapped[int] = mapped_column(Id, ForeignKey("achievements.id"), index=True)
    current_progress: Mapped[Decimal] = mapped_column(Scaled(2))
    target_progress: Mapped[Decimal] = mapped_column(Scaled(2))
    is_completed: Mapped[bool] = mapped_column(default=False, index=True)
    completed_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    times_completed: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_progress_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Completion(Model):
    """That a volunteer completed an achievement for the nth time, under the criteria of that day.

    Live while `reversed_at` is empty. `completed_at` is when the target was reached, not when that was noticed.
    """

    __tablename__ = "completions"
    __table_args__ = (
        partial(
            "uq_completions_live",
            *("volunteer_id", "achievement_id", "nth"),
            where="reversed_at IS NULL",
            unique=True,
        ),
        CheckConstraint("nth >= 1", name="nth"),
        CheckConstraint("(activity_id IS NULL) <> (given_by_id IS NULL)", name="one_cause"),
        Index("ix_completions_achievement_id", "achievement_id"),
        Index("ix_completions_activity_id", "activity_id"),
        Index("ix_completions_completed_at", "completed_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    volunteer_id: Mapped[int] = mapped_column(Id, ForeignKey("volunteers.id"))
    achievement_id: Mapped[int] = mapped_column(Id, ForeignKey("achievements.id"))
    nth: Mapped[int]
    criteria: Mapped[dict] = mapped_column(JSON)
    target: Mapped[Decimal] = mapped_column(Scaled(2))
    counts_from: Mapped[datetime | None] = mapped_column(UTCDateTime)
    completed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    completed_on: Mapped[date]
    activity_id: Mapped[int | None] = mapped_column(Id, ForeignKey("activities.id"))
    given_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("users.id"))
    reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    reversed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reversed_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("users.id"))
    reversed_reason: Mapped[str | None] = mapped_column(Text)

    achievement: Mapped[Achievement] = relationship()


class BatchCompletion(Model):
    """That an achievement was conferred on a group, in one step: with which others it is undone."""

    __tablename__ = "batch_completions"

    completion_id: Mapped[int] = mapped_column(Id, ForeignKey("completions.id"), primary_key=True)
    batch_id: Mapped[int] = mapped_column(Id, ForeignKey("batches.id"), index=True)
