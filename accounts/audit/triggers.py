"""The triggers that make audit events append-only, for SQLite and PostgreSQL.

They stop mistakes and casual hands: an event can be deleted only if a recorded cut covers it, and a cut can be neither
changed nor deleted. Who owns the database can drop the triggers, or write a cut: the hash chain, the cut's signature
and the checkpoints outside the database are what shows that.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.base.base import BaseDatabaseWrapper

_TABLE, _CUTS = "accounts_auditevent", "accounts_auditcut"
_MESSAGE = "audit events are append-only"
_COVERED = (
    f"EXISTS (SELECT 1 FROM {_CUTS} WHERE {_CUTS}.tenant_id = OLD.tenant_id "  # noqa: S608  # names of our own
    f'AND OLD.sequence < {_CUTS}.first_kept AND OLD.at <= {_CUTS}."before")'
)
_ABORT = f"BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
_RAISE = f"RAISE EXCEPTION '{_MESSAGE}';"
_FUNCTION = "RETURNS trigger LANGUAGE plpgsql AS"

#: As they were before there were cuts: migration 0002 makes these, 0003 replaces them.
_INSTALL_FIRST = {
    "sqlite": [
        f"CREATE TRIGGER audit_no_update BEFORE UPDATE ON {_TABLE} {_ABORT}",
        f"CREATE TRIGGER audit_no_delete BEFORE DELETE ON {_TABLE} {_ABORT}",
    ],
    "postgresql": [
        f"CREATE FUNCTION audit_append_only() {_FUNCTION} $$ BEGIN {_RAISE} END $$",
        f"CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON {_TABLE} "
        "FOR EACH ROW EXECUTE FUNCTION audit_append_only()",
        f"CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON {_TABLE} "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()",
    ],
}
_REMOVE_FIRST = {
    "sqlite": ["DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete"],
    "postgresql": [
        f"DROP TRIGGER audit_no_truncate ON {_TABLE}",
        f"DROP TRIGGER audit_no_change ON {_TABLE}",
        "DROP FUNCTION audit_append_only()",
    ],
}
_INSTALL = {
    "sqlite": [
        f"CREATE TRIGGER audit_no_update BEFORE UPDATE ON {_TABLE} {_ABORT}",
        f"CREATE TRIGGER audit_no_delete BEFORE DELETE ON {_TABLE} WHEN NOT {_COVERED} {_ABORT}",
        f"CREATE TRIGGER audit_cut_no_update BEFORE UPDATE ON {_CUTS} {_ABORT}",
        f"CREATE TRIGGER audit_cut_no_delete BEFORE DELETE ON {_CUTS} {_ABORT}",
    ],
    "postgresql": [
        f"CREATE FUNCTION audit_append_only() {_FUNCTION} $$ BEGIN {_RAISE} END $$",
        f"CREATE FUNCTION audit_deleted_by_cut() {_FUNCTION} "
        f"$$ BEGIN IF {_COVERED} THEN RETURN OLD; END IF; {_RAISE} END $$",
        f"CREATE TRIGGER audit_no_update BEFORE UPDATE ON {_TABLE} FOR EACH ROW EXECUTE FUNCTION audit_append_only()",
        f"CREATE TRIGGER audit_no_delete BEFORE DELETE ON {_TABLE} "
        "FOR EACH ROW EXECUTE FUNCTION audit_deleted_by_cut()",
        f"CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON {_TABLE} "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()",
        f"CREATE TRIGGER audit_cut_no_change BEFORE UPDATE OR DELETE ON {_CUTS} "
        "FOR EACH ROW EXECUTE FUNCTION audit_append_only()",
        f"CREATE TRIGGER audit_cut_no_truncate BEFORE TRUNCATE ON {_CUTS} "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()",
    ],
}
_REMOVE = {
    "sqlite": [
        *("DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete"),
        *("DROP TRIGGER audit_cut_no_update", "DROP TRIGGER audit_cut_no_delete"),
    ],
    "postgresql": [
        f"DROP TRIGGER audit_cut_no_truncate ON {_CUTS}",
        f"DROP TRIGGER audit_cut_no_change ON {_CUTS}",
        f"DROP TRIGGER audit_no_truncate ON {_TABLE}",
        f"DROP TRIGGER audit_no_delete ON {_TABLE}",
        f"DROP TRIGGER audit_no_update ON {_TABLE}",
        "DROP FUNCTION audit_deleted_by_cut()",
        "DROP FUNCTION audit_append_only()",
    ],
}


def install(connection: BaseDatabaseWrapper) -> None:
    """Create the triggers. Raises KeyError on a database that is neither SQLite nor PostgreSQL."""
    _execute(connection, _INSTALL[connection.vendor])


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop the triggers. Raises KeyError on a database that is neither SQLite nor PostgreSQL."""
    _execute(connection, _REMOVE[connection.vendor])


def install_first(connection: BaseDatabaseWrapper) -> None:
    """Create the triggers as they were before there were cuts; for migrations alone."""
    _execute(connection, _INSTALL_FIRST[connection.vendor])


def remove_first(connection: BaseDatabaseWrapper) -> None:
    """Drop what `install_first` has made."""
    _execute(connection, _REMOVE_FIRST[connection.vendor])


@contextmanager
def lifted(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Take the triggers away for the block: only for emptying a whole database, as `manage.py flush` does."""
    remove(connection)
    try:
        yield
    finally:
        install(connection)


def _execute(connection: BaseDatabaseWrapper, statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
