"""Which of what was booked is news: each fact once, nothing of a quiet batch (docs/rules.md, section 9)."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from portal.domain.books import Books
from portal.domain.earning import Earned, Earnings
from portal.domain.notifications import News, tell
from portal.domain.streaks import Streak, milestone


def announce(outcomes: Sequence, now: datetime) -> None:
    """Writes the news of these outcomes into inboxes and outbox."""
    tell([row for one in outcomes for row in news(one.books, one.earnings, one.figures.streak, now)], now)


def news(books: Books, earnings: Earnings, streak: Streak, now: datetime) -> Iterator[tuple]:
    """The news of one volunteer: (volunteer, kind, key, data)."""
    if books.unsettled and books.waiting("quiet") == books.waiting():
        return
    for earned in earnings.earned:
        if earned.done.id not in books.quiet:
            yield achievement_news(books, earned, earnings)
    passed = passed_milestone(books, streak, now)
    if passed:
        first = books.tally.days[-streak.last]
        yield (books.volunteer_id, News.STREAK.value, f"streak:{passed}:{first}", {"days": passed})


def achievement_news(books: Books, earned: Earned, earnings: Earnings) -> tuple:
    """A completion, together with the badge that came with it."""
    data = {"completion_id": earned.id, "achievement_id": earned.achievement.id}
    for grant in earnings.granted:
        if grant.completion is earned:
            data |= {"badge_id": grant.badge.id, "volunteer_badge_id": grant.id}
    return (books.volunteer_id, News.ACHIEVEMENT.value, f"completion:{earned.id}", data)


def passed_milestone(books: Books, streak: Streak, now: datetime) -> int | None:
    """The milestone that the current run just passed; only a run that is still going is news."""
    current = streak.current(now.astimezone(books.zone).date())
    if not current or not books.waiting("pending"):
        return None
    before = books.figures.streak
    same_run = before.last_day is not None and before.last_day >= books.tally.days[-current]
    return milestone(before.last if same_run else 0, current)
