"""The engine against a brute-force oracle, on small random maps and rows in real SQLite files."""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from dsar.datamap.graph import build_graph
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.stages import next_datasets
from dsar.fulfilment.walk import WalkInput, seed_keys, walk
from dsar.stores.sql import open_store
from tests.fulfilment.oracle import Answer, answer, printed
from tests.fulfilment.worlds import Case, cases


def collect(case: Case, folder: Path) -> Answer:
    """Walk stage by stage as the workers do, through key files too; return what was delivered and withheld."""
    data_map, addresses = case.data_map(), case.write(folder)
    graph = build_graph(data_map)
    found, asked = Answer(), KeySet()
    seeds = seed_keys(graph, case.proven)
    with ExitStack() as stack:
        stores = {key: open_store(data_map.dataset(key), url, {}) for key, url in addresses.items()}
        for store in stores.values():
            stack.callback(store.close)
        while stage := next_datasets(data_map, graph, seeds.beyond(asked)):
            for key in sorted(stage):
                work = WalkInput(data_map, data_map.dataset(key), graph, case.proven, seeds, asked)
                with stores[key].snapshot() as snapshot:
                    result = walk(work, snapshot=snapshot, sink=lambda item, row: deliver(found, item.name, row))
                for name, counts in result.counts.items():
                    found.withheld[int(name[1:])] += counts.withheld
                asked.update(KeySet.parse(result.asked.dump()))
                seeds.update(KeySet.parse(result.outgoing.dump()))
    return found


def deliver(found: Answer, name: str, row: dict[str, object]) -> None:
    found.delivered.setdefault(int(name[1:]), Counter())[printed(row)] += 1


def agrees(case: Case) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = collect(case, Path(folder))
    expected = answer(case)
    assert found.delivered == expected.delivered
    assert +found.withheld == +expected.withheld


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_what_is_delivered_and_withheld_is_what_the_oracle_says(case: Case) -> None:
    agrees(case)


@pytest.mark.slow
@settings(max_examples=3_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_so_it_is_in_many_more_worlds(case: Case) -> None:
    agrees(case)
