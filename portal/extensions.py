"""The libraries that the application leans on: made here, bound in create_app."""

from typing import TYPE_CHECKING

from flask_babel import Babel
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect

from portal.database import Base

db = SQLAlchemy(model_class=Base)
migrate = Migrate()
login = LoginManager()
csrf = CSRFProtect()
babel = Babel()
limiter = Limiter(get_remote_address, in_memory_fallback_enabled=True)

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model


def change_many(statement) -> None:
    """Runs an UPDATE or DELETE over many rows; what the session knows is read anew."""
    db.session.execute(statement, execution_options={"synchronize_session": False})
    db.session.expire_all()
