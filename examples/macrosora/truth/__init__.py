"""What a right collection must deliver, found out independently: nothing of the portal is imported here.

Every rule of the data map is written down a second time, in plain sqlite3, json, pyarrow and redis. Of a crowd
of 100,000 only the person's own rows are kept; other people's are looked at where they lie.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from examples.macrosora.truth.app import Database, Known, Row, app_rows, find_out_who, opened
from examples.macrosora.truth.canon import Truth, canonical_checksum, truth_of
from examples.macrosora.truth.columns import INFERRED
from examples.macrosora.truth.forbidden import OWNER_COLUMNS, Forbidden
from examples.macrosora.truth.nordlicht import notes_rows, who_writes_notes
from examples.macrosora.truth.others import Owed, archive_rows, cache_rows, document_rows, mail_rows, usage_rows

__all__ = ["OWNER_COLUMNS", "Forbidden", "Truth", "canonical_checksum", "expected_rows", "forbidden_to"]

_DATABASE = "app.sqlite3"


def expected_rows(
    *,
    folder: Path,
    redis_url: str,
    mail_data: Path,
    emails: tuple[str, ...],
    tenant: str = "macrosora",
    leave_out_inferred: bool = False,
) -> dict[tuple[str, str], Truth]:
    """Return what a person with these proven addresses must get: (dataset, collection) -> count and checksum.

    Every collection of the tenant ("macrosora" or "nordlicht") is named, those with nothing in them too.
    `folder` is the tenant's; its earlier addresses count as proven. Portability leaves out what was inferred.
    Raises KeyError for another tenant.
    """
    owed = {"macrosora": _macrosora, "nordlicht": _nordlicht}[tenant](folder, redis_url, mail_data, emails)
    if leave_out_inferred:
        owed = {key: _not_inferred(rows, INFERRED.get(key, ())) for key, rows in owed.items()}
    return {key: truth_of(rows) for key, rows in owed.items()}


def _not_inferred(rows: list[Row], inferred: tuple[str, ...]) -> list[Row]:
    if inferred == ("*",):
        return []
    return [{name: value for name, value in row.items() if name not in inferred} for row in rows]


def _macrosora(folder: Path, redis_url: str, mail_data: Path, emails: tuple[str, ...]) -> Owed:
    with opened(folder / _DATABASE) as database:
        known = find_out_who(database, emails)
        tables = app_rows(database, known)
    return {
        **{("app", name): rows for name, rows in tables.items()},
        **archive_rows(folder / "objects" / "archive", known),
        **usage_rows(folder / "objects" / "usage", known),
        **document_rows(folder / "objects", known),
        **cache_rows(redis_url, known),
        **mail_rows(mail_data, known),
    }


def _nordlicht(folder: Path, redis_url: str, mail_data: Path, emails: tuple[str, ...]) -> Owed:
    with opened(folder / _DATABASE) as database:
        rows = notes_rows(database, who_writes_notes(database, emails))
    return {("notes", name): found for name, found in rows.items()}


def forbidden_to(*, folder: Path, emails: tuple[str, ...], tenant: str = "macrosora") -> Forbidden:
    """Return what a bundle of this person must not hold. Raises KeyError for another tenant."""
    find: Callable[[Database, tuple[str, ...]], Known]
    find = {"macrosora": find_out_who, "nordlicht": who_writes_notes}[tenant]
    with opened(folder / _DATABASE) as database:
        return Forbidden(find(database, emails))
