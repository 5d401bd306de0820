"""What people did by hand: each deed has its record in the audit, and its news (docs/rules.md, sections 9 and 10).

What settling does by itself has no record, and whether it was news depends on whether somebody asked for quiet: that
is not decided here. Nor is what came with a batch, which may be quiet as a whole.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from portal.domain.doctor.report import Difference, found

UNRECORDED = """
    SELECT {table}.volunteer_id, {table}.{id} AS id, NULL AS stored, 'a record' AS recomputed
    FROM {table}
    JOIN volunteers ON volunteers.id = {table}.volunteer_id
    LEFT JOIN users ON users.id = {table}.{by}
    LEFT JOIN audit_records AS said
      ON said.subject_type = '{subject}' AND said.subject_id = {table}.{id} AND said.actor_id = {table}.{by}
     AND said.action IN ({actions})
    LEFT JOIN audit_records AS as_a_whole
      ON as_a_whole.subject_type = 'batches' AND as_a_whole.subject_id = {undone_with} AND as_a_whole.action = 'undo'
    WHERE {table}.{by} IS NOT NULL AND said.id IS NULL AND as_a_whole.id IS NULL AND {happened}
    ORDER BY 2
"""

UNTOLD = """
    SELECT {table}.volunteer_id, {table}.id AS id, NULL AS stored, 'a piece of news' AS recomputed
    FROM {table}
    JOIN volunteers ON volunteers.id = {table}.volunteer_id
    LEFT JOIN users ON users.id = {table}.{by}
    LEFT JOIN notifications ON notifications.key = '{news}:' || {table}.id
    WHERE {table}.{by} IS NOT NULL AND notifications.id IS NULL AND {batch} IS NULL AND {happened}
      AND volunteers.status NOT IN ('merged', 'forgotten')
    ORDER BY 2
"""
"""The news of who is forgotten goes with them."""

NOT_WITHDRAWN = """
    NOT (activities.status = 'rejected'
         AND (coalesce(users.volunteer_id, 0) = activities.volunteer_id OR volunteers.status = 'forgotten'))
"""
"""Withdrawing one's own hours is not a review. Who is forgotten does not sign in any more as who they were."""

NONE = "CAST(NULL AS BIGINT)"
BADGES_BATCH = "(SELECT batch_id FROM batch_badges WHERE volunteer_badge_id = volunteer_badges.id)"
COMPLETIONS_BATCH = "(SELECT batch_id FROM batch_completions WHERE completion_id = completions.id)"
TURNED_DOWN = "CASE activities.status WHEN 'rejected' THEN activities.batch_id END"


@dataclass(frozen=True)
class Deed:
    """Something done by hand: where it stands and who did it, the audit's word for it, the key of its news.

    `batch` says with which batch it came; `undone_with` the batch whose undoing may have done it.
    """

    name: str
    table: str
    by: str
    actions: tuple[str, ...]
    news: str | None
    happened: str = "TRUE"
    batch: str = NONE
    undone_with: str = NONE
    id: str = "id"
    subject: str = ""

    def sql(self, template: str) -> str:
        """A statement about such deeds."""
        actions = ", ".join(f"'{one}'" for one in self.actions)
        places = vars(self) | {"subject": self.subject or self.table, "actions": actions}
        return template.format_map(places)


DEEDS = (
    Deed("award {id}", "awards", "awarded_by_id", ("award",), "award", batch="awards.batch_id"),
    Deed("badge {id}, given by hand", "volunteer_badges", "awarded_by_id", ("grant",), "badge", batch=BADGES_BATCH),
    Deed(
        "badge {id}, taken back by hand",
        "volunteer_badges",
        "revoked_by_id",
        ("revoke",),
        "revoked",
        batch=BADGES_BATCH,
    ),
    Deed(
        "completion {id}, given by hand",
        *("completions", "given_by_id", ("confer",), "completion"),
        batch=COMPLETIONS_BATCH,
    ),
    Deed(
        "completion {id}, taken back by hand",
        *("completions", "reversed_by_id", ("revoke",), "revoked-completion"),
        happened="completions.reversed_at IS NOT NULL",
        batch=COMPLETIONS_BATCH,
        undone_with=COMPLETIONS_BATCH,
    ),
    Deed(
        "activity {id}, reviewed",
        *("activities", "reviewed_by_id", ("review",), "review"),
        happened=NOT_WITHDRAWN,
        batch="activities.batch_id",
        undone_with=TURNED_DOWN,
    ),
    Deed(
        "activity {id}, reversed",
        *("activities", "reversed_by_id", ("reverse", "correct"), "reversed"),
        batch="activities.batch_id",
        undone_with="activities.batch_id",
    ),
    Deed(
        "award {id}, taken back",
        *("points_history", "awarded_by_id", ("undo",), None),
        happened="undoes AND award_id IS NOT NULL AND volunteers.status <> 'merged'",
        id="award_id",
        subject="awards",
    ),
)


def examine() -> Iterator[Difference]:
    """Deeds without their record in the audit, and deeds that were no news. Both are facts."""
    for deed in DEEDS:
        yield from found("audit", deed.sql(UNRECORDED), f"record of {deed.name}")
    for deed in DEEDS:
        if deed.news:
            yield from found("news", deed.sql(UNTOLD), f"news of {deed.name}")
