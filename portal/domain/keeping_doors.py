"""What an organisation decides about coming in: who may ask to join, and who has to show a second factor."""

from datetime import datetime

from portal.domain import accounts, audit, organisation
from portal.domain.accounts import Role, User

FROM = (accounts.NOBODY, Role.ADMIN.value, Role.COORDINATOR.value)
"""From which role on a second factor is asked for."""
DECISIONS = ("sign_up", "second_factor_from")


def choose(*, sign_up: bool, second_factor_from: str, by: User, now: datetime) -> None:
    """Decides. KeyError for a role of which none can be asked."""
    if second_factor_from not in FROM:
        raise KeyError(second_factor_from)
    for key, value in (("sign_up", sign_up), ("second_factor_from", second_factor_from)):
        before = organisation.setting(key)
        if before != value:
            organisation.change(key, value)
            audit.note_of("setting", "settings", None, at=now, by=by, before={key: before}, after={key: value})
