"""Erasures from real databases with rules of their own: keys, cascades, NOT NULL, unique values, lengths."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from dsar.datamap.graph import build_graph
from dsar.datamap.model import DataMap
from dsar.fulfilment.engine import Work
from dsar.fulfilment.erasing.erase import Erasure, NotErasableError, PlanChangedError
from dsar.fulfilment.erasing.fate import Fate
from dsar.fulfilment.erasing.preview import Preview
from dsar.fulfilment.scope import Scope
from dsar.stores.config import StoreConfig
from dsar.stores.registry import open_store
from tests.datamap.maps import load_text
from tests.stores.sql_servers import SqlServer, make_server

MAP = """
dataset:
- fides_key: shop
  collections:
  - name: people
    meta: {erasure: {action: delete}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
  - name: addresses
    meta: {erasure: {action: delete}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: street}
  - name: orders
    meta: {erasure: {action: delete}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - name: person_id
      fides_meta: {data_type: integer, references: [{dataset: shop, field: people.id, direction: from}]}
    - name: address_id
      fides_meta: {data_type: integer, references: [{dataset: shop, field: addresses.id, direction: to}]}
  - name: visits
    meta: {erasure: {action: delete}}
    fields:
    - name: person_id
      fides_meta: {data_type: integer, references: [{dataset: shop, field: people.id, direction: from}]}
    - {name: page}
  - name: consents
    meta:
      erasure: {action: mask, fields: {email: hmac, note: null, place: {strategy: fixed, value: gone}, token: random}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
    - {name: note}
    - {name: place, fides_meta: {data_type: string, length: 10}}
    - {name: token, fides_meta: {data_type: string}}
  - name: invoices
    meta:
      retention: {kind: duty, duty: Tax law section 147, until: ten years}
      erasure: {action: keep, why: Invoices are kept.}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
  - name: teams
    meta: {erasure: {action: delete, by: [owner]}, shared: deliver}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: owner, fides_meta: {data_type: integer, references: [{dataset: shop, field: people.id, direction: from}]}}
    - {name: guest, fides_meta: {data_type: integer, references: [{dataset: shop, field: people.id, direction: from}]}}
"""
TABLES = """
create table people (id bigint primary key, email varchar(100) not null);
create table addresses (id bigint primary key, street varchar(100));
create table orders (id bigint primary key, person_id bigint not null, address_id bigint,
  foreign key (person_id) references people (id), foreign key (address_id) references addresses (id));
create table visits (person_id bigint, page varchar(20));
create table consents (id bigint primary key, email varchar(80), note varchar(20), place varchar(20) not null,
  token varchar(64));
create table invoices (id bigint primary key, email varchar(80));
create table teams (id bigint primary key, owner bigint, guest bigint);
insert into people values (1, 'Ann@example.org'), (2, 'bob@example.org');
insert into addresses values (1, 'Here'), (2, 'There');
insert into orders values (1, 1, 1), (2, 1, 2), (3, 2, 2);
insert into visits values (1, 'home'), (1, 'home'), (2, 'home');
insert into consents values (1, 'ann@example.org', 'x', 'Bonn', 'abc'), (2, 'bob@example.org', 'y', 'Rome', 'def');
insert into invoices values (1, 'ann@example.org'), (2, 'bob@example.org');
insert into teams values (1, 1, 2), (2, 2, 1), (3, 2, 2)
"""


#: A database for each scene: on the servers that takes longer than the scene.
SERVERS = [
    "sqlite",
    pytest.param("postgresql", marks=[pytest.mark.postgres, pytest.mark.thorough]),
    pytest.param("mariadb", marks=[pytest.mark.mariadb, pytest.mark.thorough]),
]


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlServer]:
    with make_server(request, tmp_path) as server:
        run(server, TABLES)
        yield server


@pytest.fixture
def data_map(tmp_path: Path) -> DataMap:
    return load_text(tmp_path, MAP)


def run(server: SqlServer, statements: str) -> None:
    with server.writer.begin() as connection:
        for statement in statements.split(";"):
            connection.execute(text(statement))


def rows(server: SqlServer, statement: str) -> Sequence[Any]:
    with server.writer.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def erasure(server: SqlServer, data_map: DataMap) -> Erasure:
    store = open_store(data_map.dataset("shop"), StoreConfig(server.url, {}))
    identities = {"email": frozenset({"ann@example.org"})}
    return Erasure(Work(data_map, build_graph(data_map), identities, lambda _key: store, Scope(data_map)))


def test_everything_of_the_person_goes_as_the_map_says(server: SqlServer, data_map: DataMap) -> None:
    work = erasure(server, data_map)
    preview = work.preview()
    assert preview.problems == ()
    assert {
        key[1]: {str(fate): count for (fate, _), count in part.rows.items()} for key, part in preview.parts.items()
    } == {
        "people": {"delete": 1},
        "addresses": {"flagged": 2},
        "orders": {"delete": 2},
        "visits": {"delete": 2},
        "consents": {"mask": 1},
        "invoices": {"keep": 1},
        "teams": {"delete": 1, "flagged": 1},
    }
    assert ("keep", "Invoices are kept. (Tax law section 147, ten years)") in preview.parts["shop", "invoices"].rows
    order = [name for _, name in preview.parts]
    assert order.index("orders") < order.index("people")
    assert len(rows(server, "select * from orders")) == 3, "a preview takes everything back"

    erased = work.execute(fingerprint=preview.fingerprint)
    assert (erased.failure, len(erased.done)) == ("", 7)
    assert rows(server, "select id from people") == [(2,)]
    assert rows(server, "select id from orders") == [(3,)]
    assert rows(server, "select * from visits") == [(2, "home")]
    assert rows(server, "select count(*) from addresses") == [(2,)]
    assert rows(server, "select id from invoices order by id") == [(1,), (2,)]
    assert rows(server, "select id from teams order by id") == [(2,), (3,)]
    assert rows(server, "select * from consents where id = 2") == [(2, "bob@example.org", "y", "Rome", "def")]
    ((email, note, place, token),) = rows(server, "select email, note, place, token from consents where id = 1")
    assert email == "erased-" + hmac.new(work._key, b"ann@example.org", hashlib.sha256).hexdigest()[:57]
    assert (note, place, len(token)) == (None, "gone", 32)
    assert token.startswith("erased-")

    proof = work.verify()
    assert (proof.count(Fate.DELETE, Fate.MASK), proof.problems) == (0, ())


def test_rows_that_came_since_are_looked_at_again(server: SqlServer, data_map: DataMap) -> None:
    work = erasure(server, data_map)
    preview = work.preview()
    run(server, "insert into orders values (9, 1, 1)")
    with pytest.raises(PlanChangedError):
        work.execute(fingerprint=preview.fingerprint)
    assert rows(server, "select count(*) from people") == [(2,)]
    again = work.preview()
    assert again.fingerprint != preview.fingerprint
    assert work.execute(fingerprint=again.fingerprint).failure == ""
    assert rows(server, "select id from orders") == [(3,)]


def test_a_second_erasure_finds_nothing_to_do(server: SqlServer, data_map: DataMap) -> None:
    first = erasure(server, data_map)
    first.execute(fingerprint=first.preview().fingerprint)
    second = erasure(server, data_map)
    preview = second.preview()
    assert preview.count(Fate.DELETE, Fate.MASK) == 0
    assert second.execute(fingerprint=preview.fingerprint).done == {}


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        (
            "create table secrets (id bigint primary key, owner bigint, "
            "foreign key (owner) references people (id) on delete cascade); insert into secrets values (1, 1), (2, 2)",
            "shop:people: 1 rows of secrets that stay still name rows of it (owner)",
        ),
        (
            "create table boss (id bigint primary key, owner bigint, "
            "foreign key (owner) references people (id) on delete set null); insert into boss values (1, 1)",
            "shop:people: 1 rows of boss that stay still name rows of it (owner)",
        ),
        ("insert into orders values (9, 2, 1); drop table visits", "shop:visits"),
    ],
)
def test_what_a_database_would_do_besides_is_told_before(
    server: SqlServer, data_map: DataMap, statements: str, message: str
) -> None:
    run(server, statements)
    work = erasure(server, data_map)
    preview = work.preview()
    assert any(message in problem for problem in preview.problems), preview.problems
    with pytest.raises(NotErasableError):
        work.execute(fingerprint=preview.fingerprint)
    assert rows(server, "select count(*) from people") == [(2,)]
    assert rows(server, "select count(*) from orders where person_id = 1") == [(2,)]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("{place: null}", "a column that may not be empty"),
        ("{note: {strategy: fixed, value: the same}}", "a unique value"),
    ],
)
def test_a_mask_that_a_column_refuses_is_told_before(
    server: SqlServer, tmp_path: Path, rule: str, message: str
) -> None:
    run(server, "create unique index one on consents (note); update consents set note = 'the same' where id = 2")
    start = MAP.index("{email: hmac")
    end = MAP.index("}}", MAP.index("token: random")) + 1
    changed = load_text(tmp_path, MAP[:start] + rule + MAP[end:])
    preview = erasure(server, changed).preview()
    assert any(message in problem for problem in preview.problems), preview.problems
    assert all("the same" not in problem for problem in preview.problems), "a value is told"


def test_a_text_that_a_column_cannot_hold_is_told_before(server: SqlServer, tmp_path: Path) -> None:
    run(server, "alter table consents add column short varchar(20)")
    written = MAP.replace("token: random", "short: hmac").replace(
        "- {name: note}", "- {name: note}\n    - {name: short}"
    )
    preview = erasure(server, load_text(tmp_path, written)).preview()
    told = "'hmac' writes 64 characters, and the column short holds 20"
    assert any(told in problem for problem in preview.problems), preview.problems


@pytest.mark.parametrize("strategy", ["random", "hmac"])
def test_what_looks_like_a_hash_is_masked_all_the_same(server: SqlServer, tmp_path: Path, strategy: str) -> None:
    tokens = ["0301234567", "face", "d41d8cd98f00b204e9800998ecf8427e", "e" * 64, ""]
    for number, token in enumerate(tokens, start=10):
        for person, email in (("", "ann@example.org"), ("1", "bob@example.org")):
            run(server, f"insert into consents values ({person}{number}, '{email}', 'x', 'Bonn', '{token}')")  # noqa: S608
    start, end = MAP.index("{email: hmac"), MAP.index("}}", MAP.index("token: random")) + 1
    work = erasure(server, load_text(tmp_path, MAP[:start] + f"{{token: {strategy}}}" + MAP[end:]))
    preview = work.preview()
    assert preview.parts["shop", "consents"].count(Fate.MASK) == 1 + len(tokens)
    work.execute(fingerprint=preview.fingerprint)
    masked = rows(server, "select token from consents where email = 'ann@example.org'")
    assert all(token.startswith("erased-") for (token,) in masked)
    others = rows(server, "select token from consents where email = 'bob@example.org' order by id")
    assert others == [("def",), *((token,) for token in tokens)]
    proof = work.verify().parts["shop", "consents"]
    assert (proof.count(Fate.MASK), proof.count(Fate.MASKED)) == (0, 1 + len(tokens))


def test_a_key_that_is_none_takes_no_other_rows_along(server: SqlServer, tmp_path: Path) -> None:
    written = MAP.replace("- {name: page}", "- {name: page, fides_meta: {primary_key: true}}")
    preview = erasure(server, load_text(tmp_path, written)).preview()
    assert any("shop:visits: 3 rows would be changed where 2 were found" in problem for problem in preview.problems)
    assert len(rows(server, "select * from visits")) == 3


def test_rows_without_a_key_are_not_told_apart_from_those_that_stay(server: SqlServer, tmp_path: Path) -> None:
    written = MAP.replace("- {name: page}", "- {name: page, fides_meta: {identity: email}}")
    run(server, "update visits set page = 'ann@example.org'; insert into visits values (1, 'eve@example.org')")
    preview = erasure(server, load_text(tmp_path, written)).preview()
    assert any("without a primary key they cannot be told apart" in problem for problem in preview.problems)


def test_rows_that_come_between_the_last_look_and_the_deed_stop_it(
    server: SqlServer, data_map: DataMap, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = erasure(server, data_map)
    approved, look = work.preview().fingerprint, work.preview

    def look_and_be_late() -> Preview:
        found = look()
        run(server, "insert into orders values (9, 1, 1)")
        return found

    monkeypatch.setattr(work, "preview", look_and_be_late)
    erased = work.execute(fingerprint=approved)
    assert (erased.failure, erased.done) == (
        "shop: the rows are not those that were approved; nothing was changed in it",
        {},
    )
    assert rows(server, "select count(*) from people") == [(2,)]
    assert rows(server, "select count(*) from visits") == [(3,)]


def test_a_store_that_cannot_be_read_again_proves_nothing(server: SqlServer, data_map: DataMap) -> None:
    work = erasure(server, data_map)
    assert work.execute(fingerprint=work.preview().fingerprint).failure == ""
    run(server, "alter table visits rename to gone")
    proof = work.verify()
    assert any("shop:visits" in problem for problem in proof.problems), proof.problems
