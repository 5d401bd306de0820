"""Words that the portal itself put among an organisation's data, and shows in the reader's language while nobody has
changed them: the starter set (docs/rules.md, section 12), and reasons that it gives for what it does by itself.
"""

from flask_babel import gettext as _


def N_(text: str) -> str:
    """Marks a text for the catalogues, and leaves it as it is."""
    return text


MEDALS = (
    *(N_("First Step"), N_("Dedicated Volunteer"), N_("Century Club"), N_("Hero of the Community")),
    *(N_("Project Pioneer"), N_("Multi-Tasker"), N_("Quick Learner"), N_("Jack of All Trades")),
    *(N_("Trained and Ready"), N_("Lifelong Learner"), N_("Mentor")),
    *(N_("Consistent Contributor"), N_("Month of Service")),
)
ABOUT_MEDALS = (
    *(N_("Your first hour."), N_("Fifty hours for others."), N_("A hundred hours for others.")),
    *(N_("Five hundred hours for others."), N_("Your first project, brought to its end.")),
    *(N_("Five projects, brought to their end."), N_("Your first certified skill."), N_("Five certified skills.")),
    *(N_("Your first training."), N_("Ten trainings."), N_("You brought somebody along.")),
    *(N_("Seven days in a row."), N_("Thirty days in a row.")),
)
ACHIEVEMENTS = (
    *(N_("First Hour"), N_("10 Hour Milestone"), N_("50 Hour Milestone"), N_("100 Hour Milestone")),
    *(N_("500 Hour Milestone"), N_("First Project"), N_("Project Regular"), N_("Task Tackler"), N_("Task Master")),
    *(N_("First Skill"), N_("Five Skills"), N_("First Training"), N_("Ten Trainings")),
    *(N_("Week Streak"), N_("Month Streak"), N_("Bring a Friend")),
)
ABOUT_ACHIEVEMENTS = (
    *(N_("Give your first hour."), N_("Give ten hours."), N_("Give fifty hours."), N_("Give a hundred hours.")),
    *(N_("Give five hundred hours."), N_("Complete your first project."), N_("Complete five projects.")),
    *(N_("Complete ten tasks."), N_("Complete fifty tasks."), N_("Have your first skill certified.")),
    *(N_("Have five skills certified."), N_("Complete your first training."), N_("Complete ten trainings.")),
    *(N_("Help on seven days in a row."), N_("Help on thirty days in a row."), N_("Bring somebody along.")),
)
REASONS = (
    *(N_("Completed before."), N_("Held before."), N_("It was taken back before.")),
    *(N_("The same person's, and recorded before."), N_("It stays, though what earned it does not.")),
)
OURS = frozenset((*MEDALS, *ABOUT_MEDALS, *ACHIEVEMENTS, *ABOUT_ACHIEVEMENTS, *REASONS))


def translated(text: str | None) -> str:
    """The text in the reader's language if it is one of ours, otherwise as somebody wrote it."""
    return _(text) if text in OURS else text or ""
