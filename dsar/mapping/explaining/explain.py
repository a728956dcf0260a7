"""Tells the plan for somebody's identities: what is visited, what is sent, what is expected, what is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack

from dsar.datamap.graph import build_graph
from dsar.datamap.model import Collection, DataMap
from dsar.datamap.plan import make_plan
from dsar.fulfilment.reach import Identities
from dsar.mapping.explaining.asking import Stores
from dsar.mapping.explaining.expected import Expecting
from dsar.mapping.explaining.explanation import Explanation, ToldStage, ToldVisit
from dsar.mapping.explaining.foresee import foresee
from dsar.mapping.explaining.left import delivered, skipped, unreached
from dsar.mapping.explaining.steps import Stage, Visit
from dsar.stores.base import Explained, Explaining, Snapshot, Store, StoreError
from dsar.values import Value


def explain(
    data_map: DataMap,
    identities: Identities,
    *,
    open_store: Callable[[str], Store],
    ask: bool,
    parameters: Mapping[str, Value],
) -> Explanation:
    """Return the explanation. With `ask`, stores are asked what they would answer; a row is counted, never read out.

    Raises StoreConfigError for a store that cannot be opened; one that does not answer is told of.
    """
    graph = build_graph(data_map)
    plan = make_plan(data_map, graph, frozenset(identities))
    foreseen = foresee(data_map, graph, plan.foreseen)
    with ExitStack() as stack:
        stores = Stores(open_store, stack, ask=ask)
        expecting = Expecting(data_map, identities, foreseen.stages, stores, parameters)
        stages = tuple(map(_Telling(data_map, plan.foreseen, stores, expecting).stage, foreseen.stages))
        return Explanation(
            given={kind: len(values) for kind, values in sorted(identities.items())},
            foreseen=tuple(sorted(plan.foreseen - plan.kinds)),
            brings=tuple(_brings(data_map, stages)),
            stores=stores.told(),
            identifying=tuple(
                dict.fromkeys(visit.collection for item in foreseen.identifying for visit in item.visits)
            ),
            stages=stages,
            unreached=tuple(unreached(data_map, graph, plan)),
            skipped=tuple(skipped(data_map, plan)),
            not_followed=foreseen.not_followed,
            collections=sum(1 for _ in data_map.collections()),
        )


class _Telling:
    """Tells visit after visit."""

    def __init__(self, data_map: DataMap, kinds: frozenset[str], stores: Stores, expecting: Expecting) -> None:
        self._data_map, self._kinds, self._stores, self._expecting = data_map, kinds, stores, expecting

    def stage(self, stage: Stage) -> ToldStage:
        return ToldStage(tuple(map(self._visit, stage.visits)), stage.held_back)

    def _visit(self, visit: Visit) -> ToldVisit:
        collection = self._data_map.collection(visit.collection)
        told, problem = self._told(collection, visit)
        return ToldVisit(
            visit,
            expected=tuple(self._expecting.of(visit.collection, key) for key in visit.keys),
            told=told,
            delivered=delivered(collection, visit, self._kinds),
            problem=problem or self._expecting.problems.get(visit.collection, ""),
        )

    def _told(self, collection: Collection, visit: Visit) -> tuple[Explained | None, str]:
        """Return what is sent, as the store says while it answers, else as far as the map says; and what is wrong."""
        problem = ""
        try:
            snapshot = self._stores.snapshot(collection.dataset)
            if snapshot is not None:
                return _explained(snapshot, collection, visit), ""
        except StoreError as error:
            self._stores.give_up(collection.dataset)
            problem = str(error)
        try:
            return _explained(self._stores.store(collection.dataset), collection, visit), problem
        except StoreError as error:
            return None, problem or str(error)


def _explained(teller: Store | Snapshot, collection: Collection, visit: Visit) -> Explained | None:
    """Return what is sent for the statements of a visit; one that asks by a part of another's keys is told with it."""
    if not isinstance(teller, Explaining):
        return None
    whole = [item for item in visit.statements if not any(set(item) < set(other) for other in visit.statements)]
    told = [teller.explain(collection, statement) for statement in whole]
    return Explained(
        tuple(dict.fromkeys(query for item in told for query in item.queries)),
        tuple(dict.fromkeys(note for item in told for note in item.notes)),
    )


def _brings(data_map: DataMap, stages: tuple[ToldStage, ...]) -> Iterator[tuple[str, str]]:
    visited = {visit.visit.collection for stage in stages for visit in stage.visits}
    for collection in data_map.collections():
        for item in collection.walk():
            if collection.key in visited and item.identity_source is not None:
                yield item.identity_source, f"{collection.dataset}:{collection.name}.{item.path}"
