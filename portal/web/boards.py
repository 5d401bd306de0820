"""How the boards are kept: whether people are compared, when results are final, and how far the last rebuild is."""

from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import BooleanField
from wtforms.validators import InputRequired, NumberRange

from portal.access import admins
from portal.domain import keeping_boards, organisation
from portal.domain.keeping_boards import LATEST_CLOSING, State
from portal.domain.leaderboards import Leaderboard
from portal.jobs.queue import ring
from portal.web import moments, words
from portal.web.asked import is_part
from portal.web.displays import BOARD_WORDS
from portal.web.fields import Whole
from portal.web.writing import write

screen = Blueprint("boards", __name__)


class BoardsForm(FlaskForm):
    """What an organisation decides about its boards."""

    compares_people = BooleanField(_l("Boards of people: show who is where"))
    closing_days = Whole(
        _l("Days until a week or month is final"),
        [
            InputRequired(_l("Say how many days; 0 is possible.")),
            NumberRange(0, LATEST_CLOSING, _l("Between 0 and %(max)s days, please.") % {"max": LATEST_CLOSING}),
        ],
    )


@screen.get("/boards")
@admins
def index():
    """The decisions, and how the boards stand; htmx asks for the latter alone."""
    if is_part():
        return render_template("boards/_state.html", **standing(datetime.now(UTC)))
    return page(BoardsForm(compares_people=organisation.setting("boards_of_people"), closing_days=closing_days()))


@screen.post("/boards")
@admins
def update():
    """Decides."""
    form = BoardsForm()
    if not form.validate_on_submit():
        return page(form), 422
    by, now = current_user._get_current_object(), datetime.now(UTC)
    what = {"compares_people": form.compares_people.data, "closing_days": form.closing_days.data}
    write(lambda: keeping_boards.choose(**what, by=by, now=now))
    flash(_("Saved."))
    return redirect(url_for("boards.index"))


@screen.post("/boards/rebuilding")
@admins
def rebuild():
    """Has all of them rebuilt by a worker."""
    write(lambda: keeping_boards.request(datetime.now(UTC)))
    ring("boards.refresh_boards")
    return redirect(url_for("boards.index"))


def page(form: BoardsForm) -> str:
    """The page around the form."""
    return render_template("boards/index.html", form=form, **standing(datetime.now(UTC)))


def closing_days() -> int:
    """How many days after its end a result is closed."""
    return organisation.setting("closing_days")


def standing(now: datetime) -> dict:
    """What boards/_state.html is given."""
    state = keeping_boards.state()
    return {
        "under_way": state.under_way,
        "failed": moments.ago(state.failed, now, organisation.zone()) if state.failed else None,
        "words": in_words(state, now),
        "boards": [about(one, now) for one in keeping_boards.current()],
    }


def in_words(state: State, now: datetime) -> str:
    """What happens now, or what happened last."""
    seconds = round(state.seconds or 0)
    took = ngettext("It took %(n)s second.", "It took %(n)s seconds.", seconds, n=seconds) if seconds > 1 else ""
    if state.began:
        return _("They are being rebuilt …")
    if state.waiting:
        return _("Something has changed; they are rebuilt within a few seconds.")
    if state.ended:
        when = moments.ago(state.ended, now, organisation.zone())
        return " ".join((_("Up to date. Last rebuilt: %(when)s.", when=when), took)).strip()
    return _("Nothing has been counted yet.")


def about(board: Leaderboard, now: datetime) -> dict:
    """A board as the list shows it."""
    return {
        "name": BOARD_WORDS[f"{board.leaderboard_type}/{board.timeframe}"],
        "people": words.people(board.total_participants),
        "as_of": moments.clock(board.generated_at, now, organisation.zone()),
    }
