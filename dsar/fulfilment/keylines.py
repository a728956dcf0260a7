"""Sets of join keys as the lines of a key file: a line a set, then one for each place where keys are asked, then those.

{"set": "asked"}
{"collection": ["app", "orders"], "paths": ["person"]}
[[["integer", "7"]], 0]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

from dsar.fulfilment.joinkey import CollectionKey, Paths
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.reach import Reach
from dsar.fulfilment.spelling import read_values


def to_lines(sets: Mapping[str, KeySet]) -> Iterator[bytes]:
    """Yield named key sets as lines, with their ends."""
    for name, keys in sets.items():
        yield _line({"set": name})
        for collection, paths, lines in keys.lines():
            yield _line({"collection": collection, "paths": paths})
            for _, reach, spelt in lines:
                yield b"[%b,%d]\n" % (spelt, reach)


def read_lines(lines: Iterable[bytes], into: Mapping[str, KeySet]) -> None:
    """Add what `to_lines` wrote to the sets of these names. Raises ValueError for anything else."""
    try:
        _read_lines(lines, into)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError("this is no key file") from error


def _read_lines(lines: Iterable[bytes], into: Mapping[str, KeySet]) -> None:
    name = ""
    place: tuple[CollectionKey, Paths] | None = None
    for line in lines:
        data = orjson.loads(line)
        if isinstance(data, list):
            _read_key(data, into[name], place)
        elif "set" in data:
            name, place = data["set"], None
        else:
            place = _place(data)


def _read_key(data: list[Any], keys: KeySet, place: tuple[CollectionKey, Paths] | None) -> None:
    if place is None:
        raise ValueError("a key without a place")
    values, reach = data
    keys.add(*place, read_values(values), Reach(reach))


def _place(data: Mapping[str, Any]) -> tuple[CollectionKey, Paths]:
    dataset, collection = data["collection"]
    return (dataset, collection), tuple(data["paths"])


def _line(data: Mapping[str, Any]) -> bytes:
    return orjson.dumps(data) + b"\n"
