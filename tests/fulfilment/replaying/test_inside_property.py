"""Whatever a backup brings back, inside of objects, in texts, and in rows that had let go: it is erased again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import Phase, event, given, settings
from hypothesis import strategies as st
from redis import Redis

from dsar.fulfilment.erasing.erase import Erasure
from dsar.fulfilment.erasing.keeper import Together
from dsar.fulfilment.ledger.hashing import KeyedHashes
from dsar.fulfilment.ledger.recording import Recorder
from dsar.fulfilment.replaying.due import read_due
from dsar.fulfilment.replaying.replay import Replay, Replayed
from dsar.stores.masks import is_any_deleted, told
from tests.fulfilment.restoring.kinds_world import World
from tests.fulfilment.restoring.test_back_property import client, drawn  # noqa: F401 - a fixture
from tests.often import HARD, often
from tests.stores.objects_world import alone  # noqa: F401 - a fixture

pytestmark = pytest.mark.usefixtures("alone")
HASHES = KeyedHashes(b"k" * 32)
KINDS = ("sqlite", "jsonl", "hash", "redis json")


def now() -> datetime:
    return datetime.now(UTC)


def erase(world: World) -> int | None:
    """Erase as a worker does; return how many rows were to be changed, None if something forbids it."""
    recorder = Recorder(world.ledger, world.case, data_map=world.data_map, hashes=HASHES, clock=now)
    erasure = Erasure(world.erasure()._work, keeper=Together([world.log, recorder]))
    preview = erasure.preview()
    if preview.problems:
        return None
    assert erasure.execute(fingerprint=preview.fingerprint).failure == ""
    return preview.to_do


def replay(world: World, taken_at: datetime, *names: str, commits: bool) -> list[Replayed]:
    """Erase again in these datasets, in all where none is named."""
    due = read_due(
        world.ledger,
        tenant="acme",
        taken_at=taken_at,
        datasets=names or [dataset.key for dataset in world.data_map.datasets],
        data_map=world.data_map,
        key_id=HASHES.key_id,
    )
    assert due.problems == []
    problems = list[str]()
    work = Replay(replace(world.erasure()._work, identities={}), due, ledger=world.ledger, hashes=HASHES, clock=now)
    found = work.find(problems)
    assert problems == []
    return list(work.run(found, commits=commits))


def backed_up(world: World) -> Callable[[tuple[str, ...]], None]:
    """Return what brings back everything as it is now."""
    for name in ("shop.db", "files"):
        copy(world.folder / name, world.folder / "backup" / name)
    keys = {key: (world.client.dump(key), max(int(world.client.pttl(key)), 0)) for key in world._keys()}

    def restore(names: tuple[str, ...]) -> None:
        world.close()
        for name in names:
            copy(world.folder / "backup" / name, world.folder / name)
        world.client.flushdb()
        for key, (dump, left) in keys.items():
            world.client.restore(key, left, dump or b"")

    return restore


def copy(source: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    target.parent.mkdir(exist_ok=True)
    shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)


@pytest.mark.thorough
@settings(HARD, max_examples=10, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.data())
def test_what_a_backup_brings_back_is_erased_again(
    tmp_path_factory: pytest.TempPathFactory,
    client: Redis,  # noqa: F811
    redis_url: str,
    data: st.DataObject,
) -> None:
    holds(data, tmp_path_factory.getbasetemp() / "again", client, redis_url)


@pytest.mark.thorough
@settings(often(100), phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.data())
def test_so_it_is_many_times(
    tmp_path_factory: pytest.TempPathFactory,
    client: Redis,  # noqa: F811
    redis_url: str,
    data: st.DataObject,
) -> None:
    holds(data, tmp_path_factory.getbasetemp() / "again", client, redis_url)


def holds(data: st.DataObject, folder: Path, client: Redis, url: str) -> None:  # noqa: F811
    world = drawn(data, KINDS, folder, client, url)
    with closing(world):
        before, taken_at = said(world), now()
        restore = backed_up(world)
        changed = erase(world)
        if not changed:
            return
        after = said(world)
        for done in replay(world, taken_at, commits=False):
            assert done.preview.to_do == 0, "nothing is there again"
        is_part = world.kind != "sqlite" and data.draw(st.booleans())
        restore(("files",) if is_part else ("shop.db", "files"))
        if is_part:  # of accounts that came back in no store there is nothing to do
            changed -= is_any_deleted(world.data_map.collection(("shop", "people")))
        if not changed:
            return
        assert said(world) == before
        names = ("other",) if is_part else ()
        (seen,) = replay(world, taken_at, *names, commits=False)
        if seen.unknown:  # accounts that are no part of a replay: somebody is told which texts to look at
            event("unknown")
            assert "redact" in str(world.data_map.collection((world.data_map.datasets[-1].key, "notes")).erasure)
            assert is_part or not is_any_deleted(world.data_map.collection(("shop", "people")))
            return
        assert (seen.preview.to_do, seen.problems) == (changed, ())
        assert said(world) == before
        (done,) = replay(world, taken_at, *names, commits=True)
        event(f"{world.kind} {changed}")
        assert (done.problems, done.left, done.unknown) == ((), 0, ())
        assert said(world) == after


def said(world: World) -> dict[int, Any]:
    """Return the rows; texts that are made are all alike."""
    return {number: orjson.loads(told(row)) for number, row in world.parsed().items()}
