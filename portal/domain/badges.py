"""FACT who holds which badge (docs/rules.md, section 5): granted, revoked, never edited."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.database import Id, UTCDateTime, one_of, word
from portal.domain.activities import partial
from portal.extensions import Model, db


class BadgeCategory(StrEnum):
    """What a badge is about; it decides the shape of its medal."""

    TIME = "time"
    SKILLS = "skills"
    PROJECTS = "projects"
    TRAINING = "training"
    LEADERSHIP = "leadership"
    SPECIAL = "special"


class Rarity(StrEnum):
    """How much a badge is worth; it decides the metal of its medal."""

    COMMON = "common"
    RARE = "rare"
    EPIC = "epic"
    LEGENDARY = "legendary"


class Badge(Model):
    """A badge that can be held. What somebody has earned cannot be deleted, only retired."""

    __tablename__ = "badges"
    __table_args__ = (
        one_of("category", BadgeCategory),
        one_of("rarity", Rarity),
        CheckConstraint("points_value >= 0", name="points_value"),
        CheckConstraint("color IS NULL OR (length(color) = 7 AND color LIKE '#%')", name="color"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    description: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(word(), index=True)
    icon: Mapped[str | None] = mapped_column(String(40))
    icon_url: Mapped[str | None] = mapped_column(String(300))
    color: Mapped[str | None] = mapped_column(String(7))
    rarity: Mapped[str] = mapped_column(word())
    points_value: Mapped[int] = mapped_column(default=0)
    is_active: Mapped[bool] = mapped_column(default=True, index=True)
    is_secret: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)

    picture = None
    """None have one yet; templates ask for it often, and are told so at once."""


class VolunteerBadge(Model):
    """That a volunteer was given a badge: through a completion or by hand. Held while `revoked_at` is empty."""

    __tablename__ = "volunteer_badges"
    __table_args__ = (
        partial("uq_volunteer_badges_held", "volunteer_id", "badge_id", where="revoked_at IS NULL", unique=True),
        CheckConstraint("completion_id IS NULL OR awarded_by_id IS NULL", name="one_giver"),
        CheckConstraint("showcase_position BETWEEN 1 AND 6", name="showcase_position"),
        Index("ix_volunteer_badges_volunteer_id", "volunteer_id"),
        Index("ix_volunteer_badges_badge_id", "badge_id"),
        Index("ix_volunteer_badges_earned_at", "earned_at"),
        Index("ix_volunteer_badges_completion_id", "completion_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    volunteer_id: Mapped[int] = mapped_column(Id, ForeignKey("volunteers.id"))
    badge_id: Mapped[int] = mapped_column(Id, ForeignKey("badges.id"))
    earned_at: Mapped[datetime] = mapped_column(UTCDateTime)
    earned_reason: Mapped[str | None] = mapped_column(Text)
    awarded_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("users.id"))
    completion_id: Mapped[int | None] = mapped_column(Id, ForeignKey("completions.id"))
    is_showcased: Mapped[bool] = mapped_column(default=False)
    showcase_position: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revoked_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("users.id"))
    revoked_reason: Mapped[str | None] = mapped_column(Text)

    badge: Mapped[Badge] = relationship()


class BatchBadge(Model):
    """That a badge was given to a group, in one step: with which others it is undone."""

    __tablename__ = "batch_badges"

    volunteer_badge_id: Mapped[int] = mapped_column(Id, ForeignKey("volunteer_badges.id"), primary_key=True)
    batch_id: Mapped[int] = mapped_column(Id, ForeignKey("batches.id"), index=True)


def starters() -> list[Badge]:
    """Three badges that show what the medals are like: the first ones that are active and no secret."""
    query = select(Badge).where(Badge.is_active, Badge.is_secret.is_(False)).order_by(Badge.id).limit(3)
    return list(db.session.scalars(query))
