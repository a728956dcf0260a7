"""What an erasure would do with model configurations: one's own go with their versions, those of others are flagged."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
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
PEOPLE = (cast.TEMPLATE_OWNER, cast.COLLABORATOR, cast.TWO_ORGANISATIONS, cast.ORDINARY, cast.ZERO)


def counted(platform: Platform, query: str, *values: object) -> int:
    with closing(sqlite3.connect(platform.folder / "app.sqlite3")) as database:
        return int(database.execute(f"SELECT count(*) FROM {query}", values).fetchone()[0])  # noqa: S608 - as below


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.full_name)
def test_own_ones_go_and_those_of_others_are_flagged(person: cast.Person, platform: Platform, tmp_path: Path) -> None:
    (tmp_path / "app.yml").write_bytes(MAP.read_bytes())
    stores = {"app": StoreConfig(f"sqlite:///{platform.folder}/app.sqlite3", {})}
    asked = Asked(load(tmp_path), stores, {"email": frozenset({person.email})})
    parts = Erasure(asked.work()).preview().parts
    is_shared = person in (cast.COLLABORATOR, cast.TWO_ORGANISATIONS)
    for table, others in (("model_configurations", 1), ("configuration_versions", 3)):
        found = Counter[Fate]()
        for (fate, _why), count in parts["app", table].rows.items():
            found[fate] += count
        own = counted(platform, f"{table} WHERE owner_id = ?", person.person_id)
        assert found == Counter({Fate.DELETE: own, Fate.FLAGGED: others if is_shared else 0})
    assert counted(platform, "model_configurations WHERE owner_id = ?", cast.TEMPLATE_OWNER.person_id) > 0
