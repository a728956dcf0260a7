"""Whatever an erasure takes, masks inside of objects, redacts or lets go of: undone, every store is what it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from redis import Redis

from dsar.fulfilment.erasing.fate import Fate
from dsar.fulfilment.erasing.preview import Preview
from dsar.fulfilment.restoring.keeping import not_restorable
from tests.fulfilment.restoring.kinds_world import KINDS, World
from tests.often import HARD, often
from tests.stores.objects_world import alone  # noqa: F401 - a fixture

pytestmark = pytest.mark.usefixtures("alone")
#: A database of the server that no other test uses.
OWN = 10
REDACT = {"strategy": "redact", "values": ["shop.people.name"]}
FIXED = {"strategy": "fixed", "value": "none"}

SENTENCES = [
    "",
    "hi",
    "Ann Example",
    "Dear ann  example <ann@example.org>",
    "Böb, änn",
    "erased-",
    '{"a": "Ann Example"}',
]
LEAVES = st.none() | st.sampled_from([1, 1.5, True]) | st.sampled_from(SENTENCES)
TEXTS = st.none() | st.sampled_from(SENTENCES)
WHO = st.none() | st.fixed_dictionaries(
    {},
    optional={
        "name": TEXTS,
        "shade": LEAVES,
        "mails": st.lists(st.fixed_dictionaries({}, optional={"to": TEXTS, "at": LEAVES}), max_size=2),
        "note": st.one_of(TEXTS, st.lists(TEXTS, max_size=2)),
    },
)
FULL = st.fixed_dictionaries(
    {
        "name": st.sampled_from(SENTENCES),
        "shade": LEAVES,
        "mails": st.lists(st.fixed_dictionaries({"to": st.sampled_from(SENTENCES)}), min_size=1, max_size=2),
        "note": st.sampled_from(SENTENCES),
    }
)
ANN = st.fixed_dictionaries(
    {"person_id": st.just(1), "other": st.none() | st.integers(1, 2), "note": st.sampled_from(SENTENCES), "who": FULL}
)
ROW = st.fixed_dictionaries(
    {"person_id": st.integers(1, 2), "other": st.none() | st.integers(1, 2), "note": TEXTS, "who": WHO}
)
ROWS: st.SearchStrategy[list[dict[str, Any]]] = st.tuples(
    st.lists(ANN | ROW, max_size=2), ANN, st.lists(ANN | ROW, max_size=2)
).map(lambda parts: [*parts[0], parts[1], *parts[2]])
MASKS = st.dictionaries(
    st.sampled_from(["note", "who.name", "who.mails.to", "who.note"]),
    st.sampled_from([None, FIXED, "hmac", "random", REDACT]),
    min_size=1,
)
MASKING: st.SearchStrategy[dict[str, Any]] = st.builds(lambda masks: {"action": "mask", "fields": masks}, MASKS)
RULES: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.sampled_from([{"action": "delete"}, {"action": "keep", "why": "So."}]), *[MASKING.map(lambda rule: rule)] * 3
)
#: How JSON is spelt.
SPELLINGS: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [{}, {"separators": (",", ":")}, {"ensure_ascii": False}]
)


@pytest.fixture(scope="module")
def client(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(f"{redis_url}/{OWN}") as client:
        yield client


@pytest.mark.thorough
@settings(HARD, max_examples=20)
@given(st.data())
def test_what_is_undone_is_what_it_was(
    tmp_path_factory: pytest.TempPathFactory, client: Redis, redis_url: str, data: st.DataObject
) -> None:
    holds(data, tmp_path_factory.getbasetemp() / "back", client, redis_url)


@settings(HARD, max_examples=8)
@given(st.data())
def test_what_others_wrote_since_stays_and_the_rest_comes_back(
    tmp_path_factory: pytest.TempPathFactory, client: Redis, redis_url: str, data: st.DataObject
) -> None:
    leaves(data, tmp_path_factory.getbasetemp() / "left", client, redis_url)


@pytest.mark.thorough
@often(150)
@given(st.data())
def test_so_it_is_many_times(
    tmp_path_factory: pytest.TempPathFactory, client: Redis, redis_url: str, data: st.DataObject
) -> None:
    holds(data, tmp_path_factory.getbasetemp() / "back", client, redis_url)


@pytest.mark.thorough
@often(80)
@given(st.data())
def test_so_it_stays_many_times(
    tmp_path_factory: pytest.TempPathFactory, client: Redis, redis_url: str, data: st.DataObject
) -> None:
    leaves(data, tmp_path_factory.getbasetemp() / "left", client, redis_url)


def drawn(data: st.DataObject, kinds: tuple[str, ...], folder: Path, client: Redis, url: str) -> World:
    kind = data.draw(st.sampled_from(kinds))
    rows = [{"id": at, **row} for at, row in enumerate(data.draw(ROWS), 1)]
    world = World(folder, kind, client, f"{url}/{OWN}", rows, data.draw(SPELLINGS))
    people = data.draw(st.sampled_from([{"action": "delete"}, {"action": "keep", "why": "So."}]))
    notes = dict(data.draw(RULES))
    if people["action"] == "delete" and kind != "csv" and data.draw(st.booleans()):
        notes["detach"] = ["other"]
    world.load(people, notes)
    return world


def erased(world: World) -> Preview | None:
    """Erase, and return what was shown before; None if something forbids it."""
    before, erasure = world.held(), world.erasure()
    preview = erasure.preview()
    if preview.problems:
        event(f"refused: {world.kind} {preview.problems[0][:60]}")
        assert world.held() == before
        return None
    changed = [key for key, part in preview.parts.items() if part.to_do]
    assert not not_restorable(changed, data_map=world.data_map, open_store=world.open_store)
    assert erasure.execute(fingerprint=preview.fingerprint).failure == ""
    proof = erasure.verify()
    assert (proof.to_do, proof.problems) == (0, ())
    assert (world.held() != before) is bool(preview.to_do)
    event(f"erased: {world.kind} {sorted(str(fate) for fate in Fate if preview.count(fate))}")
    return preview


def holds(data: st.DataObject, folder: Path, client: Redis, url: str) -> None:
    world = drawn(data, KINDS, folder, client, url)
    with closing(world):
        before = world.held()
        if (preview := erased(world)) is None:
            return
        done = world.undo()
        assert (done.failure, done.left.total(), done.taken.total(), done.there.total()) == ("", 0, 0, 0)
        assert done.rows.total() == preview.count(Fate.DELETE)
        assert world.held() == before


def leaves(data: st.DataObject, folder: Path, client: Redis, url: str) -> None:
    world = drawn(data, ("sqlite", "jsonl", "hash", "redis json"), folder, client, url)
    with closing(world):
        before = world.parsed()
        if erased(world) is None or not (there := sorted(world.parsed())):
            return
        gone = world.parsed()
        touched = data.draw(st.sampled_from(there))
        world.touch(touched)
        since = world.parsed()[touched]
        assert since != gone[touched]
        done = world.undo()
        assert (done.failure, done.taken.total(), done.there.total()) == ("", 0, 0)
        expected = before[touched] | {
            name: since[name] for name in ("note", "who") if since[name] != gone[touched].get(name)
        }
        assert world.parsed() == before | {touched: expected}
        lost = [name for name in ("note", "who") if expected.get(name) != before[touched].get(name)]
        masked = [name for name in lost if gone[touched].get(name) != before[touched].get(name)]
        assert len(masked) <= done.left.total() <= len(lost)
