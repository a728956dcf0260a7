"""The order in which the datasets of a data map are visited for the kinds of identity that a person has proven.

It is what the graph foresees. The engine walks to a fixpoint, so it visits a dataset again when new keys
for it turn up, and it may find nothing where the plan saw a way.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dsar.datamap.graph import CollectionKey, Graph, Position
from dsar.datamap.model import Collection, DataMap
from dsar.datamap.walk import breadth_first
from dsar.wording import N_


@dataclass(frozen=True, slots=True)
class Plan:
    """`stages`: the datasets first visited at each stage. `unreached`: why a collection is not asked, a sentence.

    `kinds` are the proven kinds; `foreseen` adds those that a field marked `identity_source` may bring.
    `fingerprint` (sha256, hex) changes with the data map and the proven kinds.
    """

    stages: tuple[frozenset[str], ...]
    unreached: Mapping[CollectionKey, str]
    kinds: frozenset[str]
    foreseen: frozenset[str]
    fingerprint: str


def make_plan(data_map: DataMap, graph: Graph, kinds: frozenset[str]) -> Plan:
    """Return the plan for a person who has proven identities of these kinds; unknown kinds lead nowhere."""
    foreseen, reached = _foreseen(data_map, graph, kinds)
    return Plan(
        stages=_Stages(data_map, graph, {dataset for dataset, _ in reached}).of(graph.start(foreseen)),
        unreached=_unreached(data_map, graph, kinds, reached),
        kinds=kinds,
        foreseen=foreseen,
        fingerprint=_fingerprint(data_map, kinds),
    )


def _foreseen(
    data_map: DataMap, graph: Graph, kinds: frozenset[str]
) -> tuple[frozenset[str], frozenset[CollectionKey]]:
    """Add the kinds that identity sources bring, until no more come; return them, and what they all reach."""
    brings = {item.key: sources for item in data_map.collections() if (sources := _sources(item))}
    while True:
        reached = graph.reachable(kinds)
        more = kinds.union(*(sources for key, sources in brings.items() if key in reached))
        if more == kinds:
            return kinds, reached
        kinds = more


def _sources(collection: Collection) -> set[str]:
    return {field.identity_source for field in collection.walk() if field.identity_source}


class _Stages:
    """Visits datasets stage by stage; `after` holds a dataset back while what it waits for is still to come."""

    def __init__(self, data_map: DataMap, graph: Graph, reached: set[str]) -> None:
        self._graph = graph
        self._waits_for = {key: names & reached for key, names in waits_for(data_map).items()}
        self._visited: set[str] = set()
        self._seen: set[Position] = set()

    def of(self, start: frozenset[Position]) -> tuple[frozenset[str], ...]:
        """Return the datasets that are first visited at each stage."""
        stages = []
        pending = set(start)
        while pending:
            allowed = self._allowed({position.key[0] for position in pending})
            entered = {position for position in pending if position.key[0] in allowed}
            if first := allowed - self._visited:
                stages.append(frozenset(first))
            self._visited |= allowed
            pending = (pending - entered) | self._visit(entered)
        return tuple(stages)

    def _allowed(self, datasets: set[str]) -> set[str]:
        """Return what may be visited now: all of it where `after` would hold back everything, as in a cycle."""
        free = {key for key in datasets if self._waits_for[key] <= self._visited}
        return free or datasets

    def _visit(self, entered: set[Position]) -> set[Position]:
        """Read all that is reached without leaving the datasets entered; return where their keys lead outside."""
        inside = breadth_first(entered, self._within)
        self._seen |= inside.keys()
        outside = {
            following for position in inside for _, following in self._graph.onward(position) if following not in inside
        }
        return outside - self._seen

    def _within(self, position: Position) -> Iterable[Position]:
        return [item for _, item in self._graph.onward(position) if item.key[0] == position.key[0]]


def waits_for(data_map: DataMap) -> dict[str, set[str]]:
    """Return the datasets each dataset stands behind, by its own `after` or a collection's."""
    found = {}
    for dataset in data_map.datasets:
        names = {text.rpartition(".")[0] for item in dataset.collections for text in item.after}
        found[dataset.key] = (names | set(dataset.after)) - {dataset.key}
    return found


def _unreached(
    data_map: DataMap, graph: Graph, kinds: frozenset[str], reached: frozenset[CollectionKey]
) -> dict[CollectionKey, str]:
    skipped = {item.key for item in data_map.collections() if item.skip_processing}
    left = [item.key for item in data_map.collections() if item.key not in reached and item.key not in skipped]
    ways = {kind: graph.reachable({kind}) for kind in sorted(graph.kinds)} if left else {}
    found = dict.fromkeys(skipped, N_("The data map says to leave it out (skip_processing)."))
    for key in left:
        found[key] = _reason(kinds, [kind for kind, keys in ways.items() if key in keys])
    return found


def _reason(kinds: frozenset[str], needed: list[str]) -> str:
    proven = ", ".join(sorted(kinds)) or "none"
    return f"None of the proven identities ({proven}) leads here; it is found by {' or '.join(needed)}."


def _fingerprint(data_map: DataMap, kinds: frozenset[str]) -> str:
    # JSON keeps the parts apart, whatever characters a kind is written with.
    text = json.dumps([data_map.fingerprint, sorted(kinds)])
    return hashlib.sha256(text.encode()).hexdigest()
