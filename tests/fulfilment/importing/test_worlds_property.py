"""Random maps and rows: what is exported of a world, loaded into the same world without rows and exported again.

Where nothing was withheld: what leads on through another person's row is not in an export, and so leads nowhere.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dsar.bundle.export import opened_export
from dsar.bundle.signing import Signer
from dsar.datamap.graph import build_graph
from dsar.fulfilment.collect import Asked, Collected, collect
from dsar.fulfilment.engine import silent
from dsar.fulfilment.importing.load import Import, NotEmptyError, NotLoadedError
from dsar.stores.config import StoreConfig
from dsar.stores.registry import close_all
from tests.bundle.builders import NOW
from tests.fulfilment.databases import Backend, backend
from tests.fulfilment.worlds import Case, cases
from tests.often import HARD
from tests.stores.sql_servers import SQL_SERVERS


@pytest.fixture(scope="module")
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Backend:
    return backend(request, request.param, tmp_path_factory.mktemp("worlds"))


def asked(case: Case, addresses: Mapping[str, str]) -> Asked:
    configs = {key: StoreConfig(url, {}) for key, url in addresses.items()}
    return Asked(case.data_map(), configs, case.proven, is_export=True)


def exported(of: Asked) -> tuple[io.BytesIO, Collected]:
    out = io.BytesIO()
    collected = collect(of, out=out, now=NOW, signer=Signer.generate(), progress=silent, report=False)
    assert collected.failures == {}
    return out, collected


def comes_back(data: st.DataObject, place: Backend) -> None:
    case = data.draw(cases(typed=place.typed))
    assume(build_graph(case.data_map()).kinds >= case.proven.keys())
    of = asked(case, place.write(case))
    out, collected = exported(of)
    totals = collected.manifest.document["totals"]
    assume(totals["rows"] and not totals["withheld"])
    with opened_export(file=out, public_key=None) as export:
        place.write(replace(case, rows=tuple(() for _ in case.rows)))
        close_all()
        loaded = Import(export, of, ())
        loaded.check()
        loaded.check_empty()
        try:
            loaded.load()
        except NotLoadedError as error:
            assume("texts and bytes" not in str(error))  # no column of a real platform mixes them
            raise
        assert loaded.differences() == []
        with pytest.raises(NotEmptyError):
            loaded.check_empty()
    close_all()


@pytest.mark.thorough
@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
@settings(HARD, max_examples=12)
@given(st.data())
def test_what_was_exported_is_exported_again(place: Backend, data: st.DataObject) -> None:
    comes_back(data, place)


@pytest.mark.thorough
@pytest.mark.parametrize("place", SQL_SERVERS, indirect=True)
@settings(HARD, max_examples=15)
@given(st.data())
def test_so_it_is_in_more_worlds_and_where_columns_have_types(place: Backend, data: st.DataObject) -> None:
    comes_back(data, place)
