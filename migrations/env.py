"""How migrations run: each in a transaction of its own; SQLite looks its foreign keys over before the commit."""

from alembic import context
from flask import current_app
from sqlalchemy import text

ONE_AT_A_TIME = 5_180_331  # any number that nothing else here locks

migrate = current_app.extensions["migrate"]
metadata = migrate.db.metadatas[None]


def foreign_keys(connection, *, on: bool) -> None:
    """Switches SQLite's foreign keys, past SQLAlchemy: inside a transaction the switch would do nothing."""
    cursor = connection.connection.cursor()
    cursor.execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")
    cursor.close()


def look_over(connection) -> None:
    """Raises if a migration left a row pointing to nothing."""
    broken = connection.execute(text("PRAGMA foreign_key_check")).all()
    if broken:
        raise RuntimeError(f"the migration leaves {len(broken)} rows pointing to nothing, the first: {broken[0]}")


def run(connection) -> None:
    """Runs what is asked for on this connection, whichever database it is."""
    sqlite = connection.dialect.name == "sqlite"
    after = [lambda **_: look_over(connection)] if sqlite else []
    context.configure(
        connection=connection,
        target_metadata=metadata,
        transaction_per_migration=True,
        transactional_ddl=True,
        on_version_apply=after,
        **migrate.configure_args,
    )
    if sqlite:
        foreign_keys(connection, on=False)
    else:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": ONE_AT_A_TIME})
        connection.commit()
    try:
        with context.begin_transaction():
            context.run_migrations()
    finally:
        connection.rollback()
        if sqlite:
            foreign_keys(connection, on=True)
        else:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": ONE_AT_A_TIME})
            connection.commit()


if context.is_offline_mode():
    raise SystemExit("Migrations need the database that they are for: run them against it.")
with migrate.db.engine.connect() as one:
    run(one)
