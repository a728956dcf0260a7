"""How many rows one key finds: by the statistics that a database keeps, or in a small table by looking."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from sqlalchemy import JSON, Connection, TextClause, func, select, text

from dsar.datamap.model import Collection
from dsar.stores.base import Average
from dsar.stores.matching import fields_by_path
from dsar.stores.sql.binding import make_binder
from dsar.stores.sql.chunks import condition
from dsar.stores.sql.tables import Table

#: Rows that are looked at for an average where there are no statistics.
_FEW = 10_000
#: An array that is bound; with one key in it the planner knows its length.
_ARRAY = re.compile(r"(\$\d+)::")

_MARIADB_INDEXES = text(
    "SELECT index_name, column_name, cardinality, table_rows"
    " FROM information_schema.statistics JOIN information_schema.tables USING (table_schema, table_name)"
    " WHERE table_schema = coalesce(:schema, database()) AND table_name = :name"
    " ORDER BY index_name, seq_in_index"
)
_SQLITE_HAS_STATISTICS = text("SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_stat1'")
_SQLITE_INDEXES = text(
    "SELECT known.idx, info.name, known.stat FROM sqlite_stat1 AS known, pragma_index_info(known.idx) AS info"
    " WHERE lower(known.tbl) = lower(:name) ORDER BY known.idx, info.seqno"
)


def rows_a_key(collection: Collection, paths: tuple[str, ...], table: Table, connection: Connection) -> Average | None:
    """Return the average of a key at these paths, whatever `meta.only` leaves of it; None where nothing is known."""
    estimate = _ESTIMATES.get(connection.dialect.name, _small)
    return estimate(collection, paths, table, connection)


def _postgresql(collection: Collection, paths: tuple[str, ...], table: Table, connection: Connection) -> Average | None:
    """Ask the planner about the statement itself, for one key that it does not know.

    It keeps statistics of columns: of lower(email) or the text of a column it would say a number that is none.
    """
    if not all(_is_plain(collection, path, table) for path in paths):
        return None
    asked = condition(replace(collection, only={}), [paths], table, connection.dialect.name)
    query = table.select([item.name for item in collection.readable], asked)
    dialect: Any = type(connection.dialect)
    compiled = query.compile(dialect=dialect(paramstyle="numeric_dollar"))
    keys = ", ".join(["NULL"] * len(compiled.params))
    _execute(connection, "SET LOCAL plan_cache_mode = force_generic_plan")
    _execute(connection, "PREPARE dsar_estimate AS " + _ARRAY.sub(r"ARRAY[\1]::", str(compiled)))
    ((plan,),) = _execute(connection, f"EXPLAIN (FORMAT JSON) EXECUTE dsar_estimate({keys})").all()
    _execute(connection, "DEALLOCATE dsar_estimate")
    return Average(plan[0]["Plan"]["Plan Rows"], "PostgreSQL's EXPLAIN")


def _is_plain(collection: Collection, path: str, table: Table) -> bool:
    found, real_type = table.clause.c.get(path), table.types.get(path)
    if found is None or real_type is None:
        return False
    binder = make_binder(found, real_type, fields_by_path(collection).get(path), "postgresql")
    return binder.expression is found and not binder.is_array


def _execute(connection: Connection, statement: str) -> Any:
    """Execute a statement as it is: a percent sign in a column's name is no placeholder."""
    return connection.exec_driver_sql(statement, execution_options={"no_parameters": True})


def _small(_collection: Collection, paths: tuple[str, ...], table: Table, connection: Connection) -> Average | None:
    """Count the rows and the keys of a table that is small enough to be looked at whole; None for a larger one."""
    if any(path not in table.types or isinstance(table.types[path], JSON) for path in paths):
        return None
    columns = [table.clause.c[path] for path in paths]
    rows = select(*columns).where(*(item.is_not(None) for item in columns)).limit(_FEW + 1).subquery()
    count = select(func.count())
    found = connection.execute(count.select_from(rows)).scalar_one()
    keys = connection.execute(count.select_from(select(*rows.c).distinct().subquery())).scalar_one()
    return Average(found / keys, f"the average of {found:,} rows") if keys and found <= _FEW else None


def _mariadb(collection: Collection, paths: tuple[str, ...], table: Table, connection: Connection) -> Average | None:
    """InnoDB tells twice the keys that it counts, so that indexes are used more: the average may be half the true one.

    Its true statistics are in tables that an account for reading has no right to.
    """
    for rows in _leading(connection, _MARIADB_INDEXES, table, paths):
        _name, _column, cardinality, of_table = rows[-1]
        if cardinality:
            return Average(of_table / cardinality, "MariaDB's index statistics")
    return _small(collection, paths, table, connection)


def _sqlite(collection: Collection, paths: tuple[str, ...], table: Table, connection: Connection) -> Average | None:
    has_statistics = connection.execute(_SQLITE_HAS_STATISTICS).scalar_one()
    for rows in _leading(connection, _SQLITE_INDEXES, table, paths) if has_statistics else ():
        # Rows of the table, then the average of a key of the first column, of the first two, and so on.
        return Average(float(rows[-1][2].split()[len(paths)]), "SQLite's ANALYZE")
    return _small(collection, paths, table, connection)


def _leading(
    connection: Connection, indexes: TextClause, table: Table, paths: tuple[str, ...]
) -> Iterator[Sequence[Any]]:
    """Yield the first rows of each index that begins with just these columns."""
    place: dict[str, str | None] = {"name": table.clause.name}
    if "schema" in indexes.compile().params:
        place["schema"] = table.clause.schema
    for _index, rows in groupby(connection.execute(indexes, place), key=lambda row: row[0]):
        leading = list(rows)[: len(paths)]
        if {row[1] for row in leading} == set(paths):
            yield leading


_Estimate = Callable[[Collection, tuple[str, ...], Table, Connection], Average | None]
_ESTIMATES: Mapping[str, _Estimate] = {
    "postgresql": _postgresql,
    "sqlite": _sqlite,
    "mysql": _mariadb,
    "mariadb": _mariadb,
}
