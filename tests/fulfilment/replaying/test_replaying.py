"""Backups of two stores brought back: who was erased is erased again, and nobody else is touched."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dsar.bundle.sealing import new_key
from dsar.datamap.graph import build_graph
from dsar.datamap.model import DataMap
from dsar.fulfilment.engine import Work
from dsar.fulfilment.erasing.erase import Erasure
from dsar.fulfilment.erasing.fate import Fate
from dsar.fulfilment.erasing.keeper import Together
from dsar.fulfilment.ledger.hashing import KeyedHashes
from dsar.fulfilment.ledger.ledger import Case, Ledger
from dsar.fulfilment.ledger.recording import Recorder
from dsar.fulfilment.replaying.due import Due, read_due
from dsar.fulfilment.replaying.replay import Replay, Replayed
from dsar.fulfilment.restoring.log import RestorationLog
from dsar.fulfilment.restoring.restore import Restoration
from dsar.fulfilment.scope import Scope
from dsar.storage import open_storage
from dsar.stores.base import Store
from dsar.stores.config import StoreConfig
from dsar.stores.registry import open_store
from tests.datamap.maps import load_text

pytestmark = pytest.mark.thorough

MAP = """
dataset:
- fides_key: shop
  collections:
  - name: people
    meta: {erasure: {action: delete, since: created_at}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
    - {name: created_at}
  - name: orders
    meta: {erasure: {action: delete, since: placed_at}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - name: person_id
      fides_meta: {data_type: integer, references: [{dataset: shop, field: people.id, direction: from}]}
    - {name: placed_at}
  - name: items
    meta: {erasure: {action: delete}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - name: order_id
      fides_meta: {data_type: integer, references: [{dataset: shop, field: orders.id, direction: from}]}
  - name: bills
    meta: {erasure: {action: keep, why: Tax law.}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - name: person_id
      fides_meta: {data_type: integer, references: [{dataset: shop, field: people.id, direction: from}]}
- fides_key: post
  collections:
  - name: letters
    meta: {erasure: {action: mask, fields: {body: null}, since: sent_at}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
    - {name: body}
    - {name: sent_at}
  - name: lists
    meta: {erasure: {action: delete}}
    fields:
    - {name: email, fides_meta: {identity: email, data_type: string}}
    - {name: list}
"""
SHOP = """
create table people (id integer primary key, email text, created_at timestamp);
create table orders (id integer primary key, person_id integer references people (id), placed_at timestamp);
create table items (id integer primary key, order_id integer references orders (id));
create table bills (id integer primary key, person_id integer);
insert into people values (1, 'Ann@example.org', '2020-01-01 00:00:00'), (2, 'bob@example.org', '2020-01-01 00:00:00'),
  (3, 'eve@example.org', '2020-01-01 00:00:00');
insert into orders values (1, 1, '2021-01-01 00:00:00'), (2, 2, '2021-01-01 00:00:00'), (3, 3, '2021-01-01 00:00:00');
insert into items values (1, 1), (2, 1), (3, 2), (4, 3);
insert into bills values (1, 1), (2, 2)
"""
POST = """
create table letters (id integer primary key, email text, body text, sent_at text);
create table lists (email text, list text);
insert into letters values (1, 'ann@example.org', 'Dear Ann', '2021-01-01T00:00:00Z'),
  (2, 'bob@example.org', 'Dear Bob', '2021-01-01T00:00:00Z');
insert into lists values ('ANN@example.org', 'news'), ('ANN@example.org', 'news'), ('bob@example.org', 'news')
"""
TABLES = {"shop": ("people", "orders", "items", "bills"), "post": ("letters", "lists")}
HASHES = KeyedHashes(b"k" * 32)


@dataclass
class World:
    """Two stores that can be backed up and restored, a ledger, and a clock that goes on by itself."""

    folder: Path
    data_map: DataMap
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.folder / "ledger.jsonl")
        self.key = new_key()
        for name, statements in (("shop", SHOP), ("post", POST)):
            self.change(name, statements)

    def change(self, dataset: str, statements: str) -> None:
        with closing(sqlite3.connect(self.folder / f"{dataset}.db")) as database:
            database.executescript(statements)

    def rows(self, dataset: str, table: str) -> Sequence[Any]:
        with closing(sqlite3.connect(self.folder / f"{dataset}.db")) as database:
            return sorted(database.execute(f"select * from {table}").fetchall(), key=str)  # noqa: S608

    def everything(self) -> dict[str, Any]:
        return {table: self.rows(dataset, table) for dataset, tables in TABLES.items() for table in tables}

    def clock(self) -> datetime:
        return datetime.now(UTC)

    def back_up(self) -> datetime:
        for name in TABLES:
            shutil.copy(self.folder / f"{name}.db", self.folder / f"{name}.backup")
        return self.clock()

    def restore(self, *datasets: str) -> None:
        for name in datasets:
            shutil.copy(self.folder / f"{name}.backup", self.folder / f"{name}.db")

    def open_store(self, name: str) -> Store:
        return open_store(self.data_map.dataset(name), StoreConfig(f"sqlite:///{self.folder}/{name}.db", {}))

    def work(self, *emails: str) -> Work:
        identities = {"email": frozenset(emails)}
        return Work(self.data_map, build_graph(self.data_map), identities, self.open_store, Scope(self.data_map))

    def log(self, reference: str) -> RestorationLog:
        return RestorationLog(open_storage(f"file://{self.folder}/storage"), reference, key=self.key)

    def erase(self, email: str, reference: str, *more: str) -> None:
        case = Case("acme", reference)
        recorder = Recorder(self.ledger, case, data_map=self.data_map, hashes=HASHES, clock=self.clock)
        erasure = Erasure(self.work(email, *more), keeper=Together([self.log(reference), recorder]))
        assert erasure.execute(fingerprint=erasure.preview().fingerprint).failure == ""

    def undo(self, reference: str) -> None:
        case, log = Case("acme", reference), self.log(reference)
        work = Restoration(log, case, data_map=self.data_map, open_store=self.open_store, ledger=self.ledger)
        assert work.execute(work.datasets(), clock=self.clock).failure == ""

    def due(self, taken_at: datetime, *datasets: str, tenant: str = "acme", key_id: str = HASHES.key_id) -> Due:
        wanted = datasets or tuple(TABLES)
        return read_due(
            self.ledger, tenant=tenant, taken_at=taken_at, datasets=wanted, data_map=self.data_map, key_id=key_id
        )

    def replay(self, taken_at: datetime, *datasets: str, commits: bool = True) -> list[Replayed]:
        due, problems = self.due(taken_at, *datasets), list[str]()
        assert due.problems == []
        replay = Replay(self.work(), due, ledger=self.ledger, hashes=HASHES, clock=self.clock)
        done = list(replay.run(replay.find(problems), commits=commits))
        assert problems == []
        return done


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, load_text(tmp_path, MAP))


def clean(done: list[Replayed]) -> bool:
    return all(item.problems == () and item.left == 0 for item in done)


def test_who_was_erased_since_the_backup_is_erased_again(world: World) -> None:
    world.erase("eve@example.org", "R-0")
    taken_at = world.back_up()
    world.erase("ann@example.org", "R-1")
    after = world.everything()
    world.restore("shop", "post")
    assert world.everything() != after
    (tried,) = world.replay(taken_at, commits=False)
    assert tried.left is None
    assert world.everything() != after, "a dry run changes nothing"
    (done,) = world.replay(taken_at)
    assert clean([done])
    assert (done.case.reference, done.preview.count(Fate.DELETE), done.preview.count(Fate.MASK)) == ("R-1", 6, 1)
    assert done.matched.rows == {
        ("shop", "people"): 1,
        ("shop", "orders"): 1,
        ("shop", "items"): 2,
        ("post", "letters"): 1,
        ("post", "lists"): 2,
    }
    assert world.everything() == after
    (again,) = world.replay(taken_at)
    assert again.preview.count(Fate.DELETE, Fate.MASK) == 0
    assert again.preview.count(Fate.MASKED) == 1
    assert world.everything() == after


def test_one_store_restored_alone_is_cleaned_alone(world: World) -> None:
    taken_at = world.back_up()
    world.erase("ann@example.org", "R-1")
    after = world.everything()
    world.restore("post")
    assert clean(world.replay(taken_at, "post"))
    assert world.everything() == after


@pytest.mark.thorough
def test_children_are_found_without_their_parents(world: World) -> None:
    taken_at = world.back_up()
    world.erase("ann@example.org", "R-1")
    after = world.everything()
    world.restore("shop")
    world.change("shop", "delete from people where id = 1")
    assert clean(world.replay(taken_at, "shop"))
    assert world.everything() == after


def test_what_the_person_had_only_when_the_backup_was_taken_goes_too(world: World) -> None:
    world.change("shop", "insert into orders values (7, 1, '2021-01-01 00:00:00'); insert into items values (7, 7)")
    taken_at = world.back_up()
    world.change("shop", "delete from items where id = 7; delete from orders where id = 7")
    world.erase("ann@example.org", "R-1")
    after = world.everything()
    world.restore("shop", "post")
    assert clean(world.replay(taken_at))
    assert world.everything() == after


def test_who_signed_up_again_keeps_what_is_new(world: World) -> None:
    taken_at = world.back_up()
    world.erase("ann@example.org", "R-1")
    later = (world.clock() + timedelta(hours=1)).isoformat(" ")
    new = (
        "insert into people values (9, 'ann@example.org', 'at'); insert into orders values (9, 9, 'at');"
        "insert into items values (9, 9)"
    ).replace("'at'", repr(later))
    world.change("shop", new)
    with_new = world.everything()
    assert clean(world.replay(taken_at, "shop")), "nothing was restored"
    assert world.everything() == with_new
    world.restore("post")
    world.restore("shop")
    world.change("shop", new)
    (done,) = world.replay(taken_at)
    assert done.matched.came_back
    assert (done.problems, done.left) == ((), 0)
    assert dict(done.doubtful()) == {("post", "lists"): 2}, "an item names an old order"
    left = world.everything()
    assert left["people"] == with_new["people"]
    assert (left["orders"], left["items"]) == (with_new["orders"], with_new["items"])
    assert left["letters"] == with_new["letters"]
    world.replay(taken_at, "post")
    assert world.everything() == with_new, "restored alone, nothing of it can be new"


@pytest.mark.thorough
def test_rows_that_nobody_can_date_are_left_where_the_person_came_back(world: World) -> None:
    taken_at = world.back_up()
    world.erase("ann@example.org", "R-1")
    later = (world.clock() + timedelta(hours=1)).isoformat(" ")
    new = "insert into letters values (9, 'ann@example.org', 'new', 'at')"
    world.change("post", new.replace("'at'", repr(later)))
    world.change("post", "insert into lists values ('ann@example.org', 'news')")
    before = world.everything()
    (done,) = world.replay(taken_at)
    assert dict(done.doubtful()) == {("post", "lists"): 1}
    assert world.everything() == before


def test_an_erasure_that_was_undone_stays_undone(world: World) -> None:
    taken_at, before = world.back_up(), world.everything()
    world.erase("ann@example.org", "R-1")
    world.undo("R-1")
    assert world.everything() == before
    world.restore("shop", "post")
    assert world.replay(taken_at) == []
    assert world.everything() == before
    world.erase("ann@example.org", "R-1")
    after = world.everything()
    world.restore("shop", "post")
    assert clean(world.replay(taken_at)), "erased anew after it was undone"
    assert world.everything() == after


@pytest.mark.thorough
def test_a_backup_of_what_was_restored_and_not_cleaned_yet(world: World) -> None:
    taken_at = world.back_up()
    world.erase("ann@example.org", "R-1")
    after = world.everything()
    world.restore("shop", "post")
    second = world.back_up()
    world.replay(taken_at)
    world.restore("shop", "post")
    assert clean(world.replay(second))
    assert world.everything() == after


def test_another_tenants_erasures_are_not_its_own(world: World) -> None:
    taken_at = world.back_up()
    world.erase("ann@example.org", "R-1")
    assert world.due(taken_at, tenant="other").deeds == {}


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda world: None, "R-1: its values were hashed by another key"),
        (lambda world: _rename(world, "name: lists", "name: list2"), "R-1: the data map names post:lists no more"),
        (
            lambda world: _rename(world, "name: person_id", "name: who"),
            "no readable field shop:orders.person_id any more",
        ),
    ],
)
def test_what_the_ledger_alone_cannot_tell_is_a_problem(
    world: World, spoil: Callable[[World], None], message: str
) -> None:
    taken_at = world.back_up()
    world.erase("ann@example.org", "R-1")
    spoil(world)
    due = world.due(taken_at, key_id="another" if "key" in message else HASHES.key_id)
    assert any(message in problem for problem in due.problems), due.problems


def _rename(world: World, old: str, new: str) -> None:
    shutil.rmtree(world.folder / "map")
    world.data_map = load_text(world.folder, MAP.replace(old, new))


def test_an_erasure_that_was_cut_off_is_told(world: World) -> None:
    taken_at = world.back_up()
    world.ledger.intend(
        Case("acme", "R-1"),
        keys=Erasure(world.work("ann@example.org"))._find_more().keys,
        identities={},
        collections=world.data_map.collections(),
        hashes=HASHES,
        at=world.clock(),
    )
    (shop, post) = world.due(taken_at).problems
    assert "R-1: shop: an erasure was begun" in shop
    assert "R-1: post: an erasure was begun" in post
    assert world.due(world.clock()).problems == [], "the backup is younger"


def test_a_store_that_is_away_is_a_problem(world: World) -> None:
    taken_at = world.back_up()
    world.erase("ann@example.org", "R-1")
    world.change("post", "alter table lists rename to gone")
    replay = Replay(world.work(), world.due(taken_at), ledger=world.ledger, hashes=HASHES, clock=world.clock)
    problems: list[str] = []
    replay.find(problems)
    assert len(problems) == 1
    assert "post:lists" in problems[0]


@pytest.mark.thorough
def test_undone_is_an_erasure_also_where_it_found_nothing(world: World) -> None:
    taken_at = world.back_up()
    world.change("post", "delete from letters where id = 1; delete from lists where email like 'ann%'")
    world.erase("ann@example.org", "R-1")
    world.undo("R-1")
    world.restore("post")
    before = world.everything()
    assert world.replay(taken_at) == []
    assert world.everything() == before


def test_a_new_process_that_finds_nothing_left_marks_what_the_killed_one_kept(world: World) -> None:
    before = world.everything()
    case = Case("acme", "R-1")
    recorder = Recorder(world.ledger, case, data_map=world.data_map, hashes=HASHES, clock=world.clock)
    for attempt in ("killed", "again"):
        log = world.log("R-1")
        if attempt == "killed":  # after the commit, before it could say so
            log.after = lambda dataset: None  # type: ignore[method-assign]
        erasure = Erasure(world.work("ann@example.org"), keeper=Together([log, recorder]))
        assert erasure.execute(fingerprint=erasure.preview().fingerprint).failure == ""
    assert world.everything() != before
    world.undo("R-1")
    assert world.everything() == before
