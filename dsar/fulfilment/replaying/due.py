"""Which erasures a backup does not know of, and by which hashes their rows are found again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dsar.datamap.model import DataMap
from dsar.fulfilment.joinkey import CollectionKey, Paths
from dsar.fulfilment.ledger.history import Deed, DeedKey, Deeds, State, followed, read_deeds
from dsar.fulfilment.ledger.ledger import Case, Ledger

#: Hash -> the cases that it is of.
Cases = dict[str, frozenset[Case]]


@dataclass
class Due:
    """The deeds of one tenant to be done again; `places` and `identities` tell by their hashes whose a value is.

    `problems` are what cannot be done again from the ledger alone.
    """

    deeds: dict[DeedKey, Deed] = field(default_factory=dict)
    places: dict[CollectionKey, dict[Paths, Cases]] = field(default_factory=dict)
    identities: dict[str, Cases] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def datasets(self, case: Case) -> dict[str, datetime]:
        """Return the datasets in which a case is due, each with the moment as of which its rows were erased."""
        return {dataset: deed.as_of for (of, dataset), deed in self.deeds.items() if of == case and deed.as_of}

    def cases(self) -> tuple[Case, ...]:
        return tuple(dict.fromkeys(case for case, _ in self.deeds))


def read_due(
    ledger: Ledger, *, tenant: str, taken_at: datetime, datasets: Iterable[str], data_map: DataMap, key_id: str
) -> Due:
    """Read the ledger twice: what became of each erasure, then the hashes of those that are due.

    `key_id` is of the key that values are hashed by now. Raises OSError, DamagedError.
    """
    wanted, due = frozenset(datasets), Due()
    deeds = {key: deed for key, deed in read_deeds(ledger.lines()).items() if key[0].tenant == tenant}
    for key, deed in deeds.items():
        if key[1] in wanted and deed.state is State.APPLIED and deed.erased_at and deed.erased_at > taken_at:
            due.deeds[key] = deed
    reading = _Reading(due, data_map, key_id)
    said, seen = set(due.cases()), Deeds()
    for line in ledger.lines():
        if line.get("tenant") == tenant and line["kind"] == "identity":
            reading.identity(line, said)
        for key, deed, _ in followed([line], seen):
            if key in due.deeds and line["kind"] == "erasure" and deed.turn == due.deeds[key].turn:
                reading.place(line, key[0])
            elif key[1] in wanted and line["kind"] == "erasure" and deeds.get(key, Deed()).state is State.MEANT:
                reading.unfinished(line, key, taken_at)
    due.problems = list(dict.fromkeys(due.problems))
    return due


class _Reading:
    def __init__(self, due: Due, data_map: DataMap, key_id: str) -> None:
        self._due, self._data_map, self._key_id = due, data_map, key_id

    def identity(self, line: Mapping[str, Any], cases: set[Case]) -> None:
        case = Case(line["tenant"], line["reference"])
        if case in cases and self._has_key(line, case):
            _add(self._due.identities.setdefault(line["identity"], {}), line["hashes"], case)

    def place(self, line: Mapping[str, Any], case: Case) -> None:
        if not self._has_key(line, case):
            return
        key, paths = (line["dataset"], line["collection"]), tuple(line["paths"])
        problem = self._problem(key, paths)
        if problem:
            self._due.problems.append(f"{case.reference}: {problem}")
        else:
            _add(self._due.places.setdefault(key, {}).setdefault(paths, {}), line["hashes"], case)

    def unfinished(self, line: Mapping[str, Any], key: DeedKey, taken_at: datetime) -> None:
        if datetime.fromisoformat(line["at"]) > taken_at:
            case, dataset = key
            self._due.problems.append(
                f"{case.reference}: {dataset}: an erasure was begun and the ledger does not say that it was "
                "done: look at the request, and erase again"
            )

    def _has_key(self, line: Mapping[str, Any], case: Case) -> bool:
        if line["key"] == self._key_id:
            return True
        self._due.problems.append(f"{case.reference}: its values were hashed by another key ({line['key']})")
        return False

    def _problem(self, key: CollectionKey, paths: Paths) -> str:
        """Return why values cannot be looked for at a place; "" if they can."""
        where = ":".join(key)
        try:
            collection = self._data_map.collection(key)
        except KeyError:
            return f"the data map names {where} no more"
        readable = {item.name for item in collection.readable}
        known = {item.path for item in collection.walk()} - set(collection.secret_paths)
        for path in paths:
            if path not in known or path.partition(".")[0] not in readable:
                return f"the data map has no readable field {where}.{path} any more"
        return ""


def _add(cases: Cases, hashes: Iterable[str], case: Case) -> None:
    one = frozenset({case})
    for hashed in hashes:
        cases[hashed] = cases[hashed] | one if hashed in cases else one
