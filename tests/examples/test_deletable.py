"""Nothing in the demo's database stands in the way of deleting one of its people, whatever others' rows name them."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsar.datamap.load import load
from dsar.fulfilment.collect import Asked
from dsar.fulfilment.erasing.erase import Erasure
from dsar.fulfilment.erasing.fate import Fate
from dsar.stores.registry import StoreConfig
from examples.macrosora import cast
from tests.examples.conftest import REPOSITORY, Platform

MAP = REPOSITORY / "examples" / "macrosora" / "datamap" / "app.yml"
PEOPLE = (
    cast.ORDINARY,
    cast.COLLEAGUE,
    cast.HEAVY,
    cast.NOBODY,
    cast.TEMPLATE_OWNER,
    cast.COLLABORATOR,
    cast.TWO_ORGANISATIONS,
    cast.ZERO,
)


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.full_name)
def test_a_preview_finds_nothing_in_the_way(person: cast.Person, platform: Platform, tmp_path: Path) -> None:
    (tmp_path / "app.yml").write_bytes(MAP.read_bytes())
    stores = {"app": StoreConfig(f"sqlite:///{platform.folder}/app.sqlite3", {})}
    preview = Erasure(Asked(load(tmp_path), stores, {"email": frozenset({person.email})}).work()).preview()
    assert preview.problems == ()
    assert preview.count(Fate.DETACH) == (1 if person is cast.ORDINARY else 0), "a colleague's ticket on her account"
