"""Rows of a table that holds nothing but text, as the data map says what each column is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from dsar.datamap.model import Field
from dsar.stores.casting import parse_integer
from dsar.stores.objects.query import Query, is_single
from dsar.stores.parsing import parse
from dsar.values import Row, Value


class Table:
    """The columns of one file. Raises StoreError if one by which rows are looked for is not among them."""

    def __init__(self, names: Sequence[str], query: Query | None, file: str) -> None:
        self._names = names
        self.width = len(names)
        fields: Mapping[str, Field] = {}
        if query:
            query.check_columns(names, file)
            fields = {item.name: item for item in query.collection.fields}
        marks = query.marks if query else None
        self._marks = None if marks is None else tuple((names.index(mark.column), mark) for mark in marks)
        self._typed = [(name, read) for name in names if (read := reader_of(fields.get(name)))]

    def rows(self, record: Sequence[str]) -> Iterator[Row]:
        """Yield the row, or nothing if it cannot match."""
        if self._marks is not None and not any(mark.shows(record[at]) for at, mark in self._marks):
            return
        row: Row = dict(zip(self._names, record, strict=True))
        for name, read in self._typed:
            row[name] = read(row[name])
        yield row


def reader_of(item: Field | None) -> Callable[[str], Value] | None:
    """Return what makes a value of the declared type from a text that is written just so; others stay text."""
    if item is None:
        return None
    return _READERS.get(item.data_type or "") if is_single(item) else structure


def structure(text: str) -> Value:
    """Return the value of a JSON text, or the text if it is none."""
    # Left as text an object would keep its secret fields.
    try:
        return parse(text.encode())
    except ValueError:
        return text


def _integer(text: str) -> Value:
    number = parse_integer(text)
    return text if number is None else number


def _float(text: str) -> Value:
    try:
        number = float(text)
    except ValueError:
        return text
    return number if repr(number) == text else _integer(text)


_READERS: Mapping[str, Callable[[str], Value]] = {
    "integer": _integer,
    "float": _float,
    "boolean": lambda text: {"true": True, "false": False}.get(text, text),
}
