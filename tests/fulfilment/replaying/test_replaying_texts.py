"""Texts brought back by a backup: the person is taken out of them again, or somebody is told to look."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.datamap.maps import load_text
from tests.fulfilment.replaying.test_replaying import MAP, World, clean

REDACTED = MAP.replace(
    "fields: {body: null}", "fields: {body: {strategy: redact, values: [shop.people.name]}}"
).replace(
    "    - {name: created_at}\n", "    - {name: created_at}\n    - {name: name, fides_meta: {data_type: string}}\n"
)


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path, load_text(tmp_path, REDACTED))
    world.change("shop", "alter table people add column name text; update people set name = 'Ann Smith' where id = 1")
    world.change("post", "update letters set body = 'Dear Ann Smith <ann@example.org>'")
    return world


def bodies(world: World) -> list[str]:
    return [body for _id, _email, body, _at in world.rows("post", "letters")]


def test_values_are_read_anew_from_rows_that_came_back(world: World) -> None:
    taken_at = world.back_up()
    world.erase("ann@example.org", "R-1")
    after = world.everything()
    assert bodies(world) == ["Dear [erased] <[erased]>", "Dear Ann Smith <ann@example.org>"]
    world.restore("shop", "post")
    (done,) = world.replay(taken_at)
    assert clean([done])
    assert done.unknown == ()
    assert world.everything() == after
    assert not any(b"Smith" in line for line in (world.folder / "ledger.jsonl").read_bytes().splitlines())


def test_what_the_ledger_cannot_tell_is_named(world: World) -> None:
    """The name stands in the other store, which was not restored: there it is erased."""
    taken_at = world.back_up()
    world.erase("ann@example.org", "R-1")
    world.restore("post")
    (done,) = world.replay(taken_at, "post")
    assert clean([done])
    assert bodies(world)[0] == "Dear Ann Smith <[erased]>"
    assert done.unknown == (
        "post:letters.body: may name the person still: shop.people.name came back in no store that was restored",
    )


def test_an_address_that_no_restored_row_tells_is_counted(world: World) -> None:
    """The letter was written to the old address; that both were known stands in the ledger, as hashes."""
    world.data_map = load_text(
        world.folder / "map", REDACTED.replace("{strategy: redact, values: [shop.people.name]}", "redact")
    )
    world.change("post", "update letters set body = 'Dear new@example.org' where id = 1")
    world.change("shop", "insert into people values (9, 'new@example.org', '2020-01-01 00:00:00', null)")
    taken_at = world.back_up()
    world.erase("ann@example.org", "R-1", "new@example.org")
    assert bodies(world)[0] == "Dear [erased]"
    world.restore("post")
    (done,) = world.replay(taken_at, "post")
    assert bodies(world)[0] == "Dear new@example.org"
    assert done.unknown == (
        "post:letters.body: may name the person still: 1 of their addresses or other identities came back in no store "
        "that was restored",
    )
    world.restore("shop", "post")
    (done,) = world.replay(taken_at)
    assert (bodies(world)[0], done.unknown) == ("Dear [erased]", ())


def test_the_log_brings_texts_back(world: World) -> None:
    before = world.everything()
    world.erase("ann@example.org", "R-1")
    assert world.everything() != before
    world.undo("R-1")
    assert world.everything() == before
