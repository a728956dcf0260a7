"""Find an address of which only a hash is known: read what holds addresses from end to end, and hash each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Collection as Names
from dataclasses import dataclass

from dsar.datamap.model import Collection, Dataset
from dsar.fulfilment.engine import Work
from dsar.fulfilment.reach import normal_form
from dsar.stores.base import Scanning, StoreConfigError, StoreError
from dsar.values import at_path


@dataclass(frozen=True)
class Traced:
    """`address`, "" if none was found. `unread`: stores with addresses that cannot be read from end to end;
    `problems`: why others could not be read, by dataset.
    """

    address: str
    unread: tuple[str, ...]
    problems: dict[str, str]


def trace(work: Work, *, matches: Callable[[str], bool]) -> Traced:
    """Look for the address in normal form that `matches`, in store after store, until it is found."""
    unread, problems = [], {}
    for dataset in work.data_map.datasets:
        holding = [item for item in dataset.collections if not item.skip_processing and _paths(item)]
        if not holding:
            continue
        try:
            found = _trace_in(work, dataset, holding, matches)
        except (StoreError, StoreConfigError) as error:
            problems[dataset.key] = str(error)
            continue
        if found is None:
            unread.append(dataset.key)
        elif found:
            return Traced(found, (), {})
    return Traced("", tuple(unread), problems)


def trace_all(work: Work, *, hashed: Callable[[str], str], wanted: Names[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Look for the addresses of many hashes at once; return hash -> address, and why stores could not be read.

    Each store is read once, whatever it holds; one that cannot be read from end to end is none of the problems.
    """
    found, problems = dict[str, str](), dict[str, str]()

    def matches(address: str) -> bool:
        if (one := hashed(address)) in wanted:
            found[one] = address
        return len(found) == len(wanted)

    for dataset in work.data_map.datasets:
        holding = [item for item in dataset.collections if not item.skip_processing and _paths(item)]
        try:
            if holding and _trace_in(work, dataset, holding, matches):
                break
        except (StoreError, StoreConfigError) as error:
            problems[dataset.key] = str(error)
    return found, problems


def _trace_in(work: Work, dataset: Dataset, holding: list[Collection], matches: Callable[[str], bool]) -> str | None:
    """Return the address, "" if this store has none, None if it cannot be read from end to end."""
    with work.open_store(dataset.key).snapshot() as snapshot:
        if not isinstance(snapshot, Scanning):
            return None
        for collection in holding:
            for address in _addresses(collection, snapshot):
                if matches(address):
                    return address
    return ""


def _addresses(collection: Collection, snapshot: Scanning) -> Iterator[str]:
    paths = _paths(collection)
    fields = list(dict.fromkeys(path.partition(".")[0] for path in paths))
    for batch in snapshot.scan(collection, fields):
        for row in batch:
            for path in paths:
                for value in at_path(row, path):
                    if (address := normal_form("email", value)) is not None:
                        yield address


def _paths(collection: Collection) -> list[str]:
    readable = {item.name for item in collection.readable}
    return [
        item.path
        for item in collection.walk()
        if item.identity == "email" and not item.secret and item.path.partition(".")[0] in readable
    ]
