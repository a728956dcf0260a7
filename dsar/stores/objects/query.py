"""What is asked of the files of a collection: readers may leave out what cannot match, and what nobody may read."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from collections.abc import Collection as Names
from dataclasses import dataclass
from functools import cached_property

from dsar.datamap.model import Collection, Field
from dsar.stores.base import Alternative, Selection, StoreError
from dsar.stores.casting import canonical, parse_integer
from dsar.stores.matching import fields_by_path, wanted
from dsar.stores.objects.prefilter import Prefilter
from dsar.values import Value, is_text

#: Data types whose values a text equals only as it is written.
AS_WRITTEN = frozenset({None, "string", "object_id", "object", "integer"})


@dataclass(frozen=True)
class Mark:
    """A column of single values, and the canonical forms of which a row must show one there."""

    column: str
    item: Field | None
    forms: frozenset[Hashable]

    def shows(self, value: Value) -> bool:
        return canonical(value, self.item) in self.forms

    # Both are asked for each file, and of tens of thousands of values sorting takes longer than reading a file.
    @cached_property
    def integers(self) -> list[int]:
        """Every integer that shows what is wanted, and perhaps more, sorted."""
        texts = (parse_integer(form) for form in self.forms if isinstance(form, str))
        found = {number for number in texts if number is not None}
        return sorted(found | {number for number in (0, 1) if ("boolean", bool(number)) in self.forms})

    @cached_property
    def texts(self) -> list[str] | None:
        """Every text that shows what is wanted, sorted; None if that cannot be said: emails fold."""
        data_type = self.item.data_type if self.item else None
        if data_type not in AS_WRITTEN or (self.item is not None and self.item.identity == "email"):
            return None
        # No UTF-8 text holds a lone surrogate.
        return sorted(form for form in self.forms if isinstance(form, str) and is_text(form))


def is_single(item: Field | None) -> bool:
    """Whether a column of that declaration holds one value a row: no array and no object."""
    return item is None or not (item.fields or item.data_type == "object" or (item.data_type or "").endswith("[]"))


class Query:
    """A selection of a collection; `names` are fields that come from the path, not from the file.

    `notice` is told the dotted paths of what a file's schema names and the data map does not.
    """

    def __init__(
        self, collection: Collection, selection: Selection, names: Names[str], notice: Callable[[str], None]
    ) -> None:
        self.collection = collection
        self.selection = selection
        self.names = names
        self.notice = notice

    @cached_property
    def prefilter(self) -> Prefilter:
        return Prefilter(self.collection, self.selection, self.names)

    @cached_property
    def marks(self) -> tuple[Mark, ...] | None:
        """One of these is on every row that matches, whatever else it must have; None if that cannot be said."""
        fields = fields_by_path(self.collection)
        found = [next(self._marks(item, fields), None) for item in self.selection.alternatives]
        return None if None in found else tuple(mark for mark in found if mark)

    def _marks(self, alternative: Alternative, fields: dict[str, Field]) -> Iterator[Mark]:
        for at, path in enumerate(alternative.paths):
            item = fields.get(path)
            if path not in self.names and "." not in path and is_single(item):
                forms = (canonical(values[at], item) for values in alternative.values)
                yield Mark(path, item, frozenset(form for form in forms if form is not None))

    @cached_property
    def fixed(self) -> tuple[Mark, ...]:
        """Every one of these is on each row that matches."""
        fields = fields_by_path(self.collection)
        only = (
            Alternative((path,), frozenset((value,) for value in wanted(values)))
            for path, values in self.selection.only.items()
        )
        return tuple(mark for item in only for mark in self._marks(item, fields))

    @cached_property
    def paths(self) -> frozenset[str]:
        """The dotted paths by which rows are told."""
        return (
            frozenset(path for item in self.selection.alternatives for path in item.paths) | self.selection.only.keys()
        )

    @cached_property
    def asked(self) -> frozenset[str]:
        """The columns of a file by which its rows are told: without one of them nobody's rows would be found."""
        return frozenset(path.partition(".")[0] for path in self.paths) - frozenset(self.names)

    def check_columns(self, columns: Names[str], name: str) -> None:
        """Raise StoreError for a file of fixed columns that lacks one of the asked."""
        for column in sorted(self.asked - frozenset(columns)):
            raise StoreError(f"{name}: has no column {column!r}, by which rows are looked for", retry=False)
