"""Rows that stay and name a row that goes: they let go of it where the map says so, and only then it can go."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dsar.bundle.sealing import new_key
from dsar.datamap.model import DataMap
from dsar.datamap.problems import DataMapError
from dsar.fulfilment.erasing.erase import Erasure
from dsar.fulfilment.erasing.fate import Fate
from dsar.fulfilment.erasing.keeper import Together
from dsar.fulfilment.ledger.history import State, read_deeds
from dsar.fulfilment.ledger.ledger import Ledger
from dsar.fulfilment.ledger.recording import Recorder
from dsar.fulfilment.restoring.log import RestorationLog
from dsar.fulfilment.restoring.restore import Restoration
from dsar.storage import open_storage
from dsar.wording import speaking
from dsar.wording import told as in_words
from tests.datamap.maps import load_text
from tests.fulfilment.erasing.test_erasing import SERVERS, erasure, rows, run
from tests.fulfilment.ledger.test_recording import CASE, HASHES
from tests.stores.sql_servers import SqlServer, make_server

MAP = """
dataset:
- fides_key: shop
  collections:
  - name: people
    meta: {erasure: {action: delete, detach: [boss]}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
    - name: boss
      fides_meta: {data_type: integer, references: [{dataset: shop, field: people.id, direction: from}]}
  - name: tickets
    meta: {erasure: {action: delete, detach: [account, agent]}, shared: withhold}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
    - name: account
      fides_meta: {data_type: integer, references: [{dataset: shop, field: people.id, direction: from}]}
    - name: agent
      fides_meta: {data_type: integer, references: [{dataset: shop, field: people.id, direction: from}]}
  - name: notes
    meta: {erasure: {action: mask, fields: {word: null}, detach: [writer]}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - name: writer
      fides_meta: {data_type: integer, references: [{dataset: shop, field: people.id, direction: from}]}
    - {name: word}
  - name: bills
    meta: {erasure: {action: keep, why: Bills are kept., detach: [payer]}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - name: payer
      fides_meta: {data_type: integer, references: [{dataset: shop, field: people.id, direction: from}]}
    - {name: total}
"""
TABLES = """
create table people (id bigint primary key, email varchar(100), boss bigint, foreign key (boss) references people (id));
create table tickets (id bigint primary key, email varchar(100), account bigint, agent bigint,
  foreign key (account) references people (id), foreign key (agent) references people (id));
create table bills (id bigint primary key, payer bigint, total bigint, foreign key (payer) references people (id));
create table notes (id bigint primary key, writer bigint, word varchar(9), foreign key (writer) references people (id));
insert into people values (1, 'ann@example.org', null), (2, 'bob@example.org', 1), (3, 'eve@example.org', 2);
insert into tickets values (1, 'ann@example.org', 1, 2), (2, 'bob@example.org', 1, 3), (3, 'bob@example.org', 2, 1),
  (4, 'eve@example.org', 1, 1), (5, 'eve@example.org', 2, 3);
insert into notes values (1, 1, 'a'), (2, 2, 'b');
insert into bills values (1, 1, 70), (2, 2, 80)
"""
LEFT = {
    "people": [(2, "bob@example.org", None), (3, "eve@example.org", 2)],
    "tickets": [
        (2, "bob@example.org", None, 3),
        (3, "bob@example.org", 2, None),
        (4, "eve@example.org", None, None),
        (5, "eve@example.org", 2, 3),
    ],
    "notes": [(1, None, None), (2, 2, "b")],
    "bills": [(1, None, 70), (2, 2, 80)],
}


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlServer]:
    with make_server(request, tmp_path) as server:
        run(server, TABLES)
        yield server


@pytest.fixture
def data_map(tmp_path: Path) -> DataMap:
    return load_text(tmp_path, MAP)


def everything(server: SqlServer) -> dict[str, object]:
    return {name: rows(server, f"select * from {name} order by id") for name in LEFT}  # noqa: S608


def test_they_let_go_of_this_person_and_of_nobody_else(server: SqlServer, data_map: DataMap) -> None:
    work = erasure(server, data_map)
    preview = work.preview()
    assert preview.problems == ()
    told = {
        key[1]: {str(fate): part.count(fate) for fate in Fate if part.count(fate)}
        for key, part in preview.parts.items()
    }
    assert told == {
        "people": {"delete": 1, "detach": 1, "others": 1},
        "tickets": {"delete": 1, "detach": 3, "others": 1},
        "notes": {"mask": 1, "others": 1},
        "bills": {"detach": 1, "others": 1},
    }
    why = {why for (fate, why) in preview.parts["shop", "tickets"].rows if fate is Fate.DETACH}
    assert "It stays, and no longer names what is deleted (account, agent). It names another person." in why
    kept = "It stays, and no longer names what is deleted (payer). Bills are kept."
    assert (Fate.DETACH, kept) in preview.parts["shop", "bills"].rows
    with speaking("de", {"Payer": "Bezahlt von", "Bills are kept.": "Rechnungen bleiben."}):
        assert in_words(kept).endswith("was gelöscht wird (Bezahlt von). Rechnungen bleiben.")
    assert work.execute(fingerprint=preview.fingerprint).failure == ""
    assert everything(server) == LEFT
    proof = work.verify()
    assert (proof.to_do, proof.problems) == (0, ())


def test_where_the_map_does_not_say_so_the_database_is_obeyed(server: SqlServer, tmp_path: Path) -> None:
    preview = erasure(server, load_text(tmp_path, MAP.replace(", detach: [payer]", ""))).preview()
    assert preview.problems == ("shop:people: 1 rows of bills that stay still name rows of it (payer)",)


def test_another_field_that_lets_go_is_another_plan(server: SqlServer, data_map: DataMap) -> None:
    before = erasure(server, data_map).preview()
    run(server, "update tickets set account = 2, agent = 1 where id = 2")
    after = erasure(server, data_map).preview()
    assert before.parts["shop", "tickets"].digest != after.parts["shop", "tickets"].digest


def test_what_let_go_is_put_back_and_told_to_the_ledger(server: SqlServer, data_map: DataMap, tmp_path: Path) -> None:
    before = everything(server)
    ledger, key, now = Ledger(tmp_path / "ledger.jsonl"), new_key(), datetime.now(UTC)
    log = RestorationLog(open_storage(f"file://{tmp_path}/storage"), "one", key=key)
    recorder = Recorder(ledger, CASE, data_map=data_map, hashes=HASHES, clock=lambda: now)
    work = Erasure(erasure(server, data_map)._work, keeper=Together([log, recorder]))
    assert work.execute(fingerprint=work.preview().fingerprint).failure == ""
    assert everything(server) == LEFT
    assert [deed.state for deed in read_deeds(ledger.lines()).values()] == [State.APPLIED]
    places = {line["collection"] for line in ledger.lines() if line["kind"] == "erasure"}
    assert places == {"people", "tickets", "notes", "bills"}

    restoration = Restoration(log, CASE, data_map=data_map, open_store=work._work.open_store, ledger=ledger)
    done = restoration.execute(["shop"], clock=lambda: now)
    assert done.failure == ""
    assert everything(server) == before


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (("detach: [payer]", "detach: [pair]"), "'detach' names the undeclared field 'pair'"),
        (("detach: [payer]", "detach: [total]"), "'detach' names 'total', which alone refers to no other row"),
        (("{action: delete, detach: [boss]}", "{action: keep, why: So.}"), "and no row of shop:people is deleted"),
        (
            ("- {name: id, fides_meta: {primary_key: true, data_type: integer}}\n    - name: payer", "- name: payer"),
            "it can be masked only where a primary key is declared",
        ),
    ],
)
def test_a_mistake_is_told_when_the_map_is_loaded(tmp_path: Path, changed: tuple[str, str], message: str) -> None:
    assert changed[0] in MAP
    with pytest.raises(DataMapError) as caught:
        load_text(tmp_path, MAP.replace(*changed))
    assert message in str(caught.value)
