"""By what recipients know a person whose data stays: what stands in the person's own rows now, read for them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from dsar.actions.telling.identifiers import MOST
from dsar.datamap.model import FieldAddress
from dsar.fulfilment.correcting.search import OwnRows, Search
from dsar.fulfilment.engine import Work
from dsar.fulfilment.stating.apply import search_toward
from dsar.stores.base import StoreConfigError, StoreError
from dsar.stores.casting import cast
from dsar.values import at_path


@dataclass(frozen=True)
class Standing:
    """`values` as text, in order, by field: one more than MOST at most. `problems`, by dataset: why one has none."""

    values: Mapping[FieldAddress, tuple[str, ...]] = field(default_factory=dict, repr=False)
    problems: Mapping[str, str] = field(default_factory=dict)


def standing(work: Work, addresses: Collection[FieldAddress]) -> Standing:
    """Read the fields in the rows that are the person's and nobody else's, as for a correction."""
    if not addresses:
        return Standing()
    search = search_toward(work, frozenset((item.dataset, item.collection) for item in addresses))
    if search.failures:
        # What could not be read may lead to rows elsewhere.
        return Standing(problems=dict(search.failures))
    values, problems = dict[FieldAddress, tuple[str, ...]](), dict[str, str]()
    for address in addresses:
        try:
            values[address] = _values(work, search, address)
        except (StoreError, StoreConfigError) as error:
            problems[address.dataset] = str(error)
    return Standing(values, problems)


def _values(work: Work, search: Search, address: FieldAddress) -> tuple[str, ...]:
    found: set[str] = set()
    for text in _texts(work, search, address):
        found.add(text)
        if len(found) > MOST:
            break
    return tuple(sorted(found))


def _texts(work: Work, search: Search, address: FieldAddress) -> Iterator[str]:
    """Raises StoreError, StoreConfigError."""
    collection = work.data_map.collection((address.dataset, address.collection))
    if collection.key not in search.keys.collections():
        return
    with work.open_store(address.dataset).snapshot() as snapshot:
        for row in OwnRows(work, search).read(collection, snapshot):
            for value in at_path(row, address.path):
                text = cast(value, "string")
                if isinstance(text, str) and text:
                    yield text
