"""Teams made, renamed, retired and taken back, by admins."""

from collections.abc import Callable
from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms.validators import DataRequired, Length

from portal.access import admins
from portal.domain import members, teams
from portal.domain.idempotency import OtherContent
from portal.domain.refusals import FieldRefused
from portal.domain.teams import LONGEST_NAME, LONGEST_SORT, Team
from portal.jobs.queue import ring
from portal.web.asked import existing
from portal.web.fields import Words
from portal.web.writing import ALREADY_SENT, OnceForm, write, write_once

screen = Blueprint("team_definitions", __name__)


class TeamForm(OnceForm):
    """What a team is called, and what sort it is."""

    name = Words(
        _l("What is it called?"),
        [DataRequired(_l("A team needs a name.")), Length(max=LONGEST_NAME, message=_l("Too long."))],
    )
    sort = Words(_l("What is it?"), [Length(max=LONGEST_SORT, message=_l("A word or two, please."))])

    def values(self) -> dict:
        """What was typed, without spaces that nobody sees."""
        return {"name": " ".join(self.name.data.split()), "sort": " ".join(self.sort.data.split())}


@screen.get("/teams/new")
@admins
def new():
    """An empty form."""
    return render_template("teams/new.html", form=TeamForm(formdata=None))


@screen.post("/teams")
@admins
def create():
    """Makes a team; the same form sent twice is one team."""
    form, by, now = TeamForm(), current_user._get_current_object(), datetime.now(UTC)
    if not form.validate_on_submit():
        return render_template("teams/new.html", form=form), 422
    what = form.values()
    try:
        team_id = write_once(form.key, lambda: teams.make(**what, by=by, now=now).id, content=what, now=now)
    except FieldRefused as refusal:
        form[refusal.field].errors = [str(refusal)]
    except OtherContent:
        form.name.errors = [ALREADY_SENT]
    else:
        flash(_("“%(name)s” is there. Put in who belongs to it.", name=what["name"]))
        return redirect(url_for("team_members.index", team_id=team_id))
    return render_template("teams/new.html", form=form), 422


@screen.get("/teams/<int:team_id>/definition")
@admins
def edit(team_id: int):
    """Its name and what it is, to be changed."""
    team = existing(Team, team_id)
    return render_template("teams/edit.html", form=TeamForm(formdata=None, obj=team), team=team)


@screen.post("/teams/<int:team_id>/definition")
@admins
def update(team_id: int):
    """Renames it."""
    team, form = existing(Team, team_id), TeamForm()
    by, now = current_user._get_current_object(), datetime.now(UTC)
    if not form.validate_on_submit():
        return render_template("teams/edit.html", form=form, team=team), 422
    try:
        write(lambda: teams.rename(team, **form.values(), by=by, now=now))
    except FieldRefused as refusal:
        form[refusal.field].errors = [str(refusal)]
        return render_template("teams/edit.html", form=form, team=team), 422
    flash(_("Saved."))
    return redirect(url_for("teams.show", team_id=team_id))


@screen.post("/teams/<int:team_id>/retirement")
@admins
def retire(team_id: int):
    """A team is no more."""
    return changed(team_id, members.retire, _("“%(name)s” is retired."))


@screen.post("/teams/<int:team_id>/return")
@admins
def bring_back(team_id: int):
    """A retired team is one again."""
    return changed(team_id, members.bring_back, _("“%(name)s” is back, with whoever was in it."))


def changed(team_id: int, work: Callable, told: str):
    """Does it, has the boards rebuilt, and says so."""
    team, by, now = existing(Team, team_id), current_user._get_current_object(), datetime.now(UTC)
    write(lambda: work(team, by=by, now=now))
    ring("boards.refresh_boards")
    flash(told % {"name": team.name})
    return redirect(url_for("teams.show", team_id=team_id))
