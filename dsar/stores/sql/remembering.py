"""What PostgreSQL says of its tables, remembered from one transaction to the next while the tables stay what they are.

To describe tables takes longer than to read an ordinary person's rows in them. A stamp takes less: it is asked for
first in every transaction, in the snapshot in which everything else is read, and is another as soon as a column, an
index, a trigger, a privilege or the table behind a name is another. Where nothing is remembered, or the stamp is not
that of what is, the tables are described anew.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import Connection, String, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

T = TypeVar("T")

#: Rows of a table whose addresses are folded sooner than an index is asked: a table that grows beyond is another one.
FEW_ROWS = 1_000

# A change of a catalogue's row writes it anew: another transaction (xmin) or another place (ctid) tells. Only what
# VACUUM and ANALYZE estimate is written over in its place, hence the comparison of reltuples.
_STAMP = text(
    """
    SELECT sum(hashtextextended(concat_ws(' ',
        oid, xmin, ctid, pg_table_is_visible(oid), reltuples BETWEEN 0 AND :few,
        has_schema_privilege(relnamespace, 'USAGE'), has_any_column_privilege(oid, 'SELECT'),
        (SELECT sum(hashtextextended(concat_ws(' ', attnum, columns.xmin, columns.ctid), 1))
         FROM pg_attribute AS columns WHERE attrelid = tables.oid AND attnum > 0),
        (SELECT sum(hashtextextended(concat_ws(' ', indexrelid, indexes.xmin, indexes.ctid), 2))
         FROM pg_index AS indexes WHERE indrelid = tables.oid)
    ), 0))
    FROM pg_class AS tables WHERE relname = ANY (CAST(:names AS name[]))
    """
).bindparams(bindparam("names", type_=ARRAY(String)))


class Told:
    """What was told so far; what is remembered is not to be changed."""

    def __init__(self) -> None:
        self._known: dict[Hashable, Any] = {}

    def recall(self, what: Hashable, ask: Callable[[], T]) -> T:
        """Return what was told before, else what asking now tells."""
        if what not in self._known:
            self._known[what] = ask()
        found: T = self._known[what]
        return found


class Memory:
    """Of one dataset's tables. Several threads may use it: what two of them ask at once is asked twice."""

    def __init__(self) -> None:
        self._known: tuple[Decimal | None, Told] = (None, Told())

    def told(self, connection: Connection, names: Collection[str]) -> Told:
        """Return what was told of the tables of these names, as long as it is so in this transaction's snapshot.

        It is the transaction's first read, with which PostgreSQL takes the snapshot.
        """
        stamp = connection.execute(_STAMP, {"names": sorted(names), "few": FEW_ROWS}).scalar_one()
        known = self._known
        if stamp is None or known[0] != stamp:
            known = self._known = (stamp, Told())
        return known[1]

    @contextmanager
    def doubted(self) -> Iterator[None]:
        """Forget everything if something goes wrong: it may be that there is a change which no stamp tells."""
        try:
            yield
        except BaseException:
            self._known = (None, Told())
            raise
