"""The contract on Parquet, and what is particular to it: types, row groups, and what is read of them."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pyarrow
import pytest
from pyarrow import parquet

from tests.stores.contract import *  # noqa: F403
from tests.stores.contract import World
from tests.stores.objects_world import SYSTEMS, Rows, contents, made, shop


def spell(rows: Rows) -> bytes:
    out = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(rows), out)
    return out.getvalue()


@pytest.fixture(scope="module", params=SYSTEMS)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    dataset = shop("parquet", ".parquet")
    with made(request, dataset, contents(spell, ".parquet"), "parquet") as (store, down):
        yield World(store=store, dataset=dataset, down=down)
