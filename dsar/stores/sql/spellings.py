"""How addresses are spelt in a column of PostgreSQL, told by its index: by lower(email) all rows would be read.

Where texts are ordered by code points (C, C.UTF-8), the index is asked for the least text beyond a variant; what it
answers leaves out all variants before it, so that a few questions find every one that is there. In the order of a
language the upper and lower case of one text stand together: what lies between its least and greatest variant is read,
once the database has said that each letter in other case stays between them. Where neither can be, all rows are read.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    Connection,
    Integer,
    Select,
    String,
    bindparam,
    func,
    literal,
    select,
    text,
    union_all,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy import column as sql_column
from sqlalchemy import table as sql_table
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import CHAR, Enum, Text

from dsar.stores.sql.casing import Variants
from dsar.stores.sql.remembering import FEW_ROWS, Told
from dsar.stores.sql.tables import Table

#: Addresses asked at once; of more, reading all rows is not worse.
_MOST_ADDRESSES = 32
#: Addresses of which more is asked at first than must be: a person has hardly more.
_AHEAD = 3
#: Turns of questions, and texts between the variants of an address, beyond which all rows are read.
_MOST_TURNS = 100
_MOST_BETWEEN = 1_000

# The first column of a whole index that is ordered as the column is. OFFSET keeps two short joins from being planned as
# a long one, which takes several times as long as both.
_INDEXES = text(
    """
    SELECT nspname, relname, attname,
           collnamespace::regnamespace || '.' || quote_ident(collname) AS collation,
           collprovider IN ('c', 'b') AND collname IN ('C', 'POSIX', 'ucs_basic', 'C.utf8', 'C.UTF-8')
           OR collname = 'default' AND coalesce(to_jsonb(own)->>'datlocprovider', 'c') IN ('c', 'b')
              AND datcollate IN ('C', 'POSIX', 'C.utf8', 'C.UTF-8') AS by_code_points,
           collname = 'default' AS is_default, is_readable, is_visible
    FROM (
        SELECT space.nspname, tables.relname, attname, attcollation, indclass[0] AS opclass,
               atttypid IN ('text'::regtype, 'varchar'::regtype) AND has_schema_privilege(space.oid, 'USAGE')
               AND has_column_privilege(tables.oid, attnum, 'SELECT') AS is_readable,
               pg_table_is_visible(tables.oid) AS is_visible
        FROM pg_index
        JOIN pg_class AS tables ON tables.oid = indrelid
        JOIN pg_namespace AS space ON space.oid = tables.relnamespace
        JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
        WHERE indisvalid AND indpred IS NULL AND attcollation = indcollation[0]
              AND tables.relname = ANY (:names) AND tables.reltuples NOT BETWEEN 0 AND :few
        OFFSET 0
    ) AS indexes
    JOIN pg_collation ON pg_collation.oid = attcollation AND collisdeterministic
    JOIN pg_opclass ON pg_opclass.oid = opclass AND opcdefault
    JOIN pg_am ON pg_am.oid = opcmethod AND amname = 'btree'
    JOIN pg_database AS own ON own.datname = current_database() AND pg_encoding_to_char(own.encoding) = 'UTF8'
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
    is_asked_beside_others: bool = False


#: A column: the schema (None: the default one), the table, its name.
Place = tuple[str | None, str, str]


class Spellings:
    """Looks addresses up in the indexes of these columns, within one transaction: all of them at the first question."""

    def __init__(self, connection: Connection, places: Collection[Place], told: Told) -> None:
        self._connection, self._places, self._catalogue = connection, places, told
        self._told: dict[tuple[Place, frozenset[str]], set[str] | None] = {}

    def has_index(self, table: Table, name: str) -> bool:
        """Return whether an index may tell how addresses are spelt in the column."""
        return self._index(table, name) is not None

    def of(self, table: Table, name: str, lower: Collection[str]) -> set[str] | None:
        """Return every text in the column whose lower case is one of these, perhaps more; None if all must be read."""
        place, addresses = (table.clause.schema, table.clause.name, name), frozenset(lower)
        index = self._index(table, name)
        if index is None or len(addresses) > _MOST_ADDRESSES:
            return None
        if (place, addresses) not in self._told:
            every = [Variants(address) for address in sorted(addresses)]
            found = self._by_questions(place, every) if index.by_code_points else {}
            if not index.by_code_points:
                found = {place: self._by_order(table, name, every, index)}
            self._told.update(((asked, addresses), spelt) for asked, spelt in found.items())
        return self._told[place, addresses]

    def forget(self) -> None:
        """Look up anew what was told: rows are put into these tables. Those that go or are masked add no spelling."""
        self._told.clear()

    def _by_order(self, table: Table, name: str, every: list[Variants], index: _Index) -> set[str] | None:
        found: set[str] = set()
        for variants in every:
            spelt = self._between(table, name, variants, index)
            if spelt is None:
                return None
            found |= spelt
        return found

    def _by_questions(self, place: Place, every: list[Variants]) -> dict[Place, set[str] | None]:
        """Ask about all addresses in turns, once a turn, in this column and in all others that can be asked so."""
        others = (
            other for other in self._places if (index := self._indexes.get(other)) and index.is_asked_beside_others
        )
        first = _first_texts(every)
        asking = {asked: _Asking(every, first) for asked in dict.fromkeys((place, *others))}
        for _ in range(_MOST_TURNS):
            texts = {asked: turn for asked, state in asking.items() if (turn := state.turn())}
            if not texts:
                break
            wanted = {f"texts_{number}": turn for number, turn in enumerate(texts.values())}
            answers = self._connection.execute(_questions(tuple(texts)), wanted).all()
            for number, asked in enumerate(texts):
                asking[asked].answered([least for at, _, least in answers if at == number])
        return {asked: state.found for asked, state in asking.items()}

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

    @property
    def _indexes(self) -> dict[Place, _Index]:
        return self._catalogue.recall("indexes of addresses", self._ask_for_indexes)

    def _ask_for_indexes(self) -> dict[Place, _Index]:
        found: dict[Place, _Index] = {}
        tables = sorted({table for _, table, _ in self._places})
        for row in self._connection.execute(_INDEXES, {"names": tables, "few": FEW_ROWS}):
            index = _Index(
                row.by_code_points, None if row.is_default else row.collation, row.by_code_points and row.is_readable
            )
            found[row.nspname, row.relname, row.attname] = index
            if row.is_visible:
                found[None, row.relname, row.attname] = index
        return found


def _first_texts(every: list[Variants]) -> list[str]:
    """Return what is asked in the first turn, the least variant of each address first.

    Most are kept in lower case: what would be asked in the second turn is asked in the first.
    """
    ahead = (text for variants in every[:_AHEAD] for text in variants.ahead())
    return list(dict.fromkeys([*(variants.least for variants in every), *ahead]))


class _Asking:
    """The questions to one column, until every spelling is known; `first` are those of the first turn."""

    def __init__(self, every: list[Variants], first: list[str]) -> None:
        self._every = every
        self._next: dict[int, str] = {number: variants.least for number, variants in enumerate(every)}
        self._texts = first
        self._known: dict[str, str | None] = {}
        self._found: set[str] = set()

    @property
    def found(self) -> set[str] | None:
        """Every spelling; None if there was no end of it."""
        return None if self._next else self._found

    def turn(self) -> list[str]:
        """Return the texts to ask for; none if all is known."""
        return self._texts

    def answered(self, answers: list[str | None]) -> None:
        self._known.update(zip(self._texts, answers, strict=True))
        for number, variants in enumerate(self._every):
            while number in self._next and self._next[number] in self._known:
                self._go_on(number, variants, self._known[self._next[number]])
        self._texts = list(self._next.values())

    def _go_on(self, number: int, variants: Variants, answer: str | None) -> None:
        if answer is not None and answer in variants:
            self._found.add(answer)
        beyond = variants.beyond(answer) if answer is not None else None
        if beyond is None:
            del self._next[number]
        else:
            self._next[number] = beyond


@lru_cache(maxsize=1_000)
def _questions(places: tuple[Place, ...]) -> CompoundSelect[Any]:
    """Return what asks, for each text in its turn, the least text of a column that is not less."""
    return union_all(*(_question(number, place) for number, place in enumerate(places))).order_by(text("1"), text("2"))


def _question(number: int, place: Place) -> Select[Any]:
    schema, name, column = place
    spelt = sql_table(name, sql_column(column), schema=schema).c[column]
    texts = func.unnest(bindparam(f"texts_{number}", type_=ARRAY(Text)))
    asked = texts.table_valued(sql_column("text", Text), with_ordinality="number").render_derived(name="asked")
    least = select(spelt).where(spelt >= asked.c.text).order_by(spelt).limit(1).correlate(asked).scalar_subquery()
    return select(literal(number, Integer).label("place"), asked.c.number, sql_cast(least, Text)).select_from(asked)
