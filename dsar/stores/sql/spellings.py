"""How addresses are spelt in a column of PostgreSQL, told by its index: by lower(email) all rows would be read.

Where texts are ordered by code points (C, C.UTF-8), the index is asked for the least text beyond a variant; what it
answers leaves out all variants before it, so that a few questions find every one that is there. In the order of a
language the upper and lower case of one text stand together: what lies between its least and greatest variant is read,
once the database has said that each letter in other case stays between them. Where neither can be, all rows are read.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Select, String, bindparam, func, select, text
from sqlalchemy import column as sql_column
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import CHAR, Enum, Text

from dsar.stores.sql.casing import Variants
from dsar.stores.sql.tables import Table

#: Addresses asked at once; of more, reading all rows is not worse.
_MOST_ADDRESSES = 32
#: Turns of questions, and texts between the variants of an address, beyond which all rows are read.
_MOST_TURNS = 100
_MOST_BETWEEN = 1_000
#: Rows of a table that are folded sooner than an index is asked.
_FEW_ROWS = 1_000

# The first column of a whole index that is ordered as the column is.
_INDEXES = text(
    """
    SELECT space.nspname, tables.relname, attname,
           quote_ident(collspace.nspname) || '.' || quote_ident(collname) AS collation,
           collprovider IN ('c', 'b') AND collname IN ('C', 'POSIX', 'ucs_basic', 'C.utf8', 'C.UTF-8')
           OR collname = 'default' AND coalesce(to_jsonb(own)->>'datlocprovider', 'c') IN ('c', 'b')
              AND datcollate IN ('C', 'POSIX', 'C.utf8', 'C.UTF-8') AS by_code_points,
           collname = 'default' AS is_default, pg_table_is_visible(tables.oid) AS is_visible
    FROM pg_index
    JOIN pg_class AS tables ON tables.oid = indrelid
    JOIN pg_namespace AS space ON space.oid = tables.relnamespace
    JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
    JOIN pg_collation ON pg_collation.oid = attcollation AND attcollation = indcollation[0] AND collisdeterministic
    JOIN pg_namespace AS collspace ON collspace.oid = collnamespace
    JOIN pg_class AS indexes ON indexes.oid = indexrelid
    JOIN pg_opclass ON pg_opclass.oid = indclass[0] AND opcdefault
    JOIN pg_am ON pg_am.oid = indexes.relam AND amname = 'btree'
    JOIN pg_database AS own ON own.datname = current_database() AND pg_encoding_to_char(own.encoding) = 'UTF8'
    WHERE indisvalid AND indpred IS NULL AND tables.relname = ANY (:names) AND tables.reltuples NOT BETWEEN 0 AND :few
    """
).bindparams(bindparam("names", type_=ARRAY(String)))

#: The lower and the upper case of a text, which comes first, and whether all others stand between them.
_ORDERED = """
    SELECT least(one, other), greatest(one, other),
           (SELECT bool_and(changed{order} BETWEEN least(one, other) AND greatest(one, other))
            FROM unnest(:changed) AS changed)
    FROM (SELECT CAST(:one AS text){order} AS one, CAST(:other AS text){order} AS other) AS ends
"""


@dataclass(frozen=True, slots=True)
class _Index:
    """How the texts of an indexed column are ordered; `collation` None: as the database's own are."""

    by_code_points: bool
    collation: str | None


class Spellings:
    """Looks addresses up in the indexes of these tables, within one transaction."""

    def __init__(self, connection: Connection, tables: Collection[str]) -> None:
        self._connection, self._tables = connection, tables
        self._told: dict[tuple[str | None, str, str, frozenset[str]], set[str] | None] = {}

    def has_index(self, table: Table, name: str) -> bool:
        """Return whether an index may tell how addresses are spelt in the column."""
        return self._index(table, name) is not None

    def of(self, table: Table, name: str, lower: Collection[str]) -> set[str] | None:
        """Return every text in the column whose lower case is one of these, perhaps more; None if all must be read."""
        asked = (table.clause.schema, table.clause.name, name, frozenset(lower))
        if asked not in self._told:
            self._told[asked] = self._ask(table, name, lower)
        return self._told[asked]

    def forget(self) -> None:
        """Look up anew what was told: rows are put into these tables. Those that go or are masked add no spelling."""
        self._told.clear()

    def _ask(self, table: Table, name: str, lower: Collection[str]) -> set[str] | None:
        index = self._index(table, name)
        if index is None or len(lower) > _MOST_ADDRESSES:
            return None
        every = [Variants(address) for address in sorted(lower)]
        if index.by_code_points:
            return self._by_questions(table, name, every)
        found: set[str] = set()
        for variants in every:
            spelt = self._between(table, name, variants, index)
            if spelt is None:
                return None
            found |= spelt
        return found

    def _by_questions(self, table: Table, name: str, every: list[Variants]) -> set[str] | None:
        """Ask about all addresses in turns, once a turn."""
        question = _question(table, name)
        asking, found = {number: variants.least for number, variants in enumerate(every)}, set[str]()
        # Most are kept in lower case: what would be asked in the second turn is asked in the first.
        known: dict[str, str | None] = dict.fromkeys(variants.lower for variants in every)
        asked = [*asking.values(), *known]
        for _ in range(_MOST_TURNS):
            answers = self._connection.execute(question, {"texts": asked}).scalars().all()
            known.update(zip(asked, answers, strict=True))
            for number, variants in enumerate(every):
                while (least := asking.get(number)) in known:
                    answer = known[least]
                    if answer is not None and answer in variants:
                        found.add(answer)
                    beyond = variants.beyond(answer) if answer is not None else None
                    if beyond is None:
                        del asking[number]
                    else:
                        asking[number] = beyond
            if not asking:
                return found
            asked = list(asking.values())
        return None

    def _between(self, table: Table, name: str, variants: Variants, index: _Index) -> set[str] | None:
        ends = {"one": variants.lower, "other": variants.upper}
        order = f" COLLATE {index.collation}" if index.collation else ""
        asked = text(_ORDERED.format(order=order)).bindparams(bindparam("changed", type_=ARRAY(Text)))
        low, high, stays = self._connection.execute(asked, ends | {"changed": list(variants.changed())}).one()
        if not stays:
            return None
        spelt = table.clause.c[name]
        within = select(spelt).where(spelt.between(low, high)).distinct().limit(_MOST_BETWEEN + 1)
        found = set(self._connection.execute(within).scalars())
        return found if len(found) <= _MOST_BETWEEN else None

    def _index(self, table: Table, name: str) -> _Index | None:
        kind = table.types.get(name)
        if not isinstance(kind, String) or isinstance(kind, CHAR | Enum):
            return None
        return self._indexes.get((table.clause.schema, table.clause.name, name))

    @cached_property
    def _indexes(self) -> dict[tuple[str | None, str, str], _Index]:
        found: dict[tuple[str | None, str, str], _Index] = {}
        for row in self._connection.execute(_INDEXES, {"names": list(self._tables), "few": _FEW_ROWS}):
            index = _Index(row.by_code_points, None if row.is_default else row.collation)
            found[row.nspname, row.relname, row.attname] = index
            if row.is_visible:
                found[None, row.relname, row.attname] = index
        return found


def _question(table: Table, name: str) -> Select[Any]:
    """Return what asks, for each text in its turn, the least text of the column that is not less."""
    texts = func.unnest(bindparam("texts", type_=ARRAY(Text)))
    asked = texts.table_valued(sql_column("text", Text), with_ordinality="number").render_derived(name="asked")
    spelt = table.clause.c[name]
    least = select(spelt).where(spelt >= asked.c.text).order_by(spelt).limit(1).correlate(asked).scalar_subquery()
    return select(least).select_from(asked).order_by(asked.c.number)
