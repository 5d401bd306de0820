"""The libraries that the application leans on: made here, bound in create_app."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from babel import Locale
from babel.support import NullTranslations
from flask import Flask, g
from flask_babel import Babel, Domain, get_locale
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import Row, event
from sqlalchemy.orm import Session

from portal import catalogues
from portal.database import Base

Found = TypeVar("Found")


UNTRANSLATED = NullTranslations()


class Phrases(Domain):
    """The translations, looked for once a request; a page has a hundred phrases, and to look for them anew takes
    longer than to read one. They lie where flask-babel forgets them when the language becomes another."""

    def get_translations(self) -> NullTranslations:
        """Those into the language of now: always the same object for one language."""
        try:
            if (kept := g._flask_babel.babel_translations) is not None:
                return kept
        except AttributeError:  # the first phrase of a request
            pass
        except RuntimeError:  # nobody asks
            return UNTRANSLATED
        found = catalogues.translations(str(get_locale()))
        g._flask_babel.babel_translations = found
        return found


class Languages(Babel):
    """flask-babel with these, in templates as well; there Jinja fills in what is to be filled in."""

    domain_instance = Phrases()

    def init_app(self, app: Flask, *more, **settings) -> None:
        """Binds it to an application."""
        super().init_app(app, *more, **settings)
        phrases = self.domain_instance
        app.jinja_env.install_gettext_callables(
            lambda text: phrases.get_translations().ugettext(text),
            lambda one, many, number: phrases.get_translations().ungettext(one, many, number),
            newstyle=True,
        )
        app.jinja_env.globals["_"] = app.jinja_env.globals["gettext"]

    def list_translations(self) -> list[Locale]:
        """The languages there are, compiled or not."""
        return [Locale.parse(one) for one in catalogues.offered()]


db = SQLAlchemy(model_class=Base)
migrate = Migrate()
login = LoginManager()
csrf = CSRFProtect()
babel = Languages()
limiter = Limiter(get_remote_address, in_memory_fallback_enabled=True)

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model


def rows(query, **values) -> Sequence[Row]:
    """What a query for plain columns of tables finds; in a third of the time that the session takes over it."""
    session = db.session()
    session.flush()
    return session.connection().execute(query, values).all()


def once(name: str, ask: Callable[[], Found]) -> Found:
    """What `ask` finds, asked once in each transaction, and anew after something was written."""
    kept = db.session().info.setdefault("kept", {})
    if name not in kept:
        kept[name] = ask()
    return kept[name]


@event.listens_for(Session, "after_flush")
@event.listens_for(Session, "after_transaction_end")
def _forget(session: Session, *_more) -> None:
    session.info.pop("kept", None)


def change_many(statement) -> None:
    """Runs an UPDATE or DELETE over many rows; what the session knows is read anew."""
    db.session.execute(statement, execution_options={"synchronize_session": False})
    db.session.expire_all()
