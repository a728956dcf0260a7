"""What a step has collected rests in few files, and comes back as it was or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from dsar import payloads
from dsar.actions.fulfilment import keyfiles, rowfiles
from dsar.actions.fulfilment.rowfiles import RowFiles
from dsar.bundle.sealing import SealError, SealKey, new_key
from dsar.datamap.model import Collection, Field, Location
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.spool import Spool
from dsar.values import Row

PLACE = Location("", 0)
SHORT: list[Row] = [{"text": "one"}, {"text": "two\nlines"}]
LONG: list[Row] = [{"text": "x" * 1000}] * 200


def collection(name: str) -> Collection:
    return Collection("app", name, PLACE, fields=(Field("text", "text", PLACE),))


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """Return a folder of storage that no other test uses."""
    return f"requests/{tmp_path.name}/collect-1-app-1"


@pytest.fixture
def key() -> SealKey:
    return new_key()


@pytest.fixture
def spool() -> Iterator[Spool]:
    with Spool(lambda _collection: ()) as spool:
        for name, rows in {"cards": SHORT, "logins": LONG, "orders": SHORT * 2}.items():
            spool(collection(name), rows)
        yield spool


def written(folder: str, spool: Spool, key: SealKey) -> RowFiles:
    return RowFiles(folder, rowfiles.write(folder, spool, key=key, beat=lambda: None), key)


def names(folder: str) -> list[str]:
    return sorted(path.name for path in (Path(settings.VAR_DIR) / "storage" / folder).iterdir())


def test_short_collections_share_a_file(folder: str, spool: Spool, key: SealKey) -> None:
    files = written(folder, spool, key)
    assert names(folder) == ["logins.jsonl.age", "together.age"]
    for name, count in {"cards": 2, "logins": 200, "orders": 4}.items():
        with files.lines(name) as lines:
            assert len(list(lines)) == count, name
    with files.blocks("cards") as blocks:
        assert b"".join(blocks) == b'{"text":"one"}\n{"text":"two\\nlines"}\n'


def test_a_file_of_several_stays_small(folder: str, key: SealKey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rowfiles, "_MOST", 100)
    with Spool(lambda _collection: ()) as spool:
        for number in range(5):
            spool(collection(f"c{number}"), SHORT)
        files = written(folder, spool, key)
    assert len(names(folder)) == 4, "two of 39 bytes fit"
    for number in range(5):
        with files.lines(f"c{number}") as lines:
            assert len(list(lines)) == 2


def test_what_was_changed_or_purged_is_told(folder: str, spool: Spool, key: SealKey) -> None:
    files = written(folder, spool, key)
    path = Path(settings.VAR_DIR) / "storage" / folder / "together.age"
    sealed = path.read_bytes()
    path.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    with pytest.raises(SealError), files.blocks("cards"):
        pass
    payloads.storage().delete(f"{folder}/together.age")
    with pytest.raises(payloads.PayloadGoneError), files.blocks("cards"):
        pass


@pytest.mark.parametrize("name", ["keys", "join-keys", "together"])
def test_a_collection_of_any_name_keeps_its_rows_beside_the_join_keys(folder: str, key: SealKey, name: str) -> None:
    with Spool(lambda _collection: ()) as spool:
        spool(collection(name), LONG)
        spool(collection("cards"), SHORT)
        files = written(folder, spool, key)
    keyfiles.write(folder, keyfiles.Collected(KeySet(), KeySet()), key=key)
    for each, count in {name: 200, "cards": 2}.items():
        with files.lines(each) as lines:
            assert len(list(lines)) == count, each
