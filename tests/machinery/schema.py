"""What a database promises, as text that can be compared: tables, checks, keys, indexes, triggers; and row counts."""

from sqlalchemy import Connection, inspect, text

SQLITE = """
    SELECT type || ' ' || name, sql FROM sqlite_master
    WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'
"""
POSTGRESQL = """
    SELECT 'column ' || table_name || '.' || column_name,
        concat_ws(' ', data_type, character_maximum_length, is_nullable)
    FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL
    SELECT 'constraint ' || conname, conrelid::regclass || ' ' || pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'index ' || indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL
    SELECT 'trigger ' || tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
"""


def promises(connection: Connection) -> dict[str, str]:
    """Everything that the schema promises, by kind and name."""
    query = SQLITE if connection.dialect.name == "sqlite" else POSTGRESQL
    rows = connection.execute(text(query))
    plain = ((name, " ".join(definition.replace('"', "").split())) for name, definition in rows)
    return {name: definition for name, definition in plain if "alembic_version" not in name}


def row_counts(connection: Connection) -> dict[str, int]:
    """How many rows each table has, the migrations' own left out."""
    names = [name for name in inspect(connection).get_table_names() if name != "alembic_version"]
    return {name: connection.scalar(text(f"SELECT count(*) FROM {name}")) or 0 for name in names}
