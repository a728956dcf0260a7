"""The person taken out of texts and of what is inside objects, in real databases; all beside it stays to the sign."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dsar.bundle.sealing import new_key
from dsar.datamap.model import DataMap
from dsar.fulfilment.erasing.erase import Erasure
from dsar.fulfilment.erasing.fate import Fate
from dsar.fulfilment.erasing.preview import Preview
from dsar.fulfilment.ledger.ledger import Ledger
from dsar.fulfilment.restoring.log import RestorationLog
from dsar.fulfilment.restoring.restore import Restoration
from dsar.storage import open_storage
from tests.datamap.maps import load_text
from tests.fulfilment.erasing.test_erasing import erasure, rows, run
from tests.fulfilment.ledger.test_recording import CASE
from tests.stores.sql_servers import SQL_SERVERS, SqlServer, make_server

MAP = """
dataset:
- fides_key: shop
  collections:
  - name: people
    meta: {erasure: {action: delete}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
    - {name: name, fides_meta: {data_type: string}}
    - {name: initials, fides_meta: {data_type: string}}
    - {name: nickname, fides_meta: {data_type: string}}
  - name: profiles
    meta:
      erasure:
        action: mask
        fields:
          data.name: null
          data.contacts.phone: hmac
          data.contacts.kind: {strategy: fixed, value: none}
          data.tags: {strategy: redact, values: [shop.people.name]}
          plain: random
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - &person
      name: person_id
      fides_meta: {data_type: integer, references: [{dataset: shop, field: people.id, direction: from}]}
    - name: data
      fields:
      - {name: name}
      - {name: n}
      - name: contacts
        fides_meta: {data_type: "object[]"}
        fields: [{name: phone, fides_meta: {data_type: string}}, {name: kind, fides_meta: {data_type: string}}]
      - {name: tags, fides_meta: {data_type: "string[]"}}
    - {name: plain, fides_meta: {data_type: string}}
  - name: tickets
    meta:
      shared: deliver
      erasure:
        action: mask
        shared: true
        fields:
          note: {strategy: redact, values: [shop.people.name, shop.people.initials]}
          short: {strategy: redact, values: [shop.people.nickname]}
          raw: {strategy: redact, values: [shop.people.name]}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - *person
    - {name: author, fides_meta: {identity: email, data_type: string}}
    - {name: note, fides_meta: {data_type: string}}
    - {name: short, fides_meta: {data_type: string}}
    - {name: raw, fides_meta: {data_type: object}}
"""
KINDS = {"sqlite": ("text", "text"), "postgresql": ("jsonb", "json"), "mariadb": ("json", "longtext")}
#: Of the first: PostgreSQL's jsonb spells anew what it is given, so it is given as it spells.
DATA = (
    '{"n": [5.00, 12345678901234567890123], "name": "Jürgen Älm", "tags": ["vip", "j\\"ürgen älm", "Jürgen  ÄLM!"],'
    ' "contacts": [{"kind": "home", "phone": "1"}, {"phone": null}, {"x": 1.50}, 7]}'
)
#: PostgreSQL's json, and others' texts, keep every sign.
RAW = '{"b" : "J\\u00fcrgen \\u00c4lm", "a": 1.0,  "a" : 2.0}'
TABLES = """
create table people (id bigint primary key, email varchar(100) not null, name varchar(50), initials varchar(9),
  nickname varchar(9));
create table profiles (id bigint primary key, person_id bigint, data {0} , plain varchar(64));
create table tickets (id bigint primary key, person_id bigint, author varchar(80), note text, short varchar(9),
  raw {1});
insert into people values (1, 'Ann@example.org', 'Jürgen Älm', 'JÄ', 'Jül'), (2, 'bob@example.org', 'Bob', 'B', 'Bo');
"""
NOTES = (
    (1, 1, "ann@example.org", "I am Jürgen Älm <ANN@example.org>, JÄ.", "Jül & Bob", None),
    (2, 1, "bob@example.org", "Ask JÜRGEN\nÄLM, not bob@example.org", "Bob", RAW),
    (3, 1, "bob@example.org", "Nothing.", None, "[]"),
    (4, 2, "bob@example.org", "Jürgen Älm is not named in a row of hers.", None, None),
)


@pytest.fixture(params=SQL_SERVERS)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlServer]:
    with make_server(request, tmp_path) as server:
        fill(server)
        yield server


@pytest.fixture
def data_map(tmp_path: Path) -> DataMap:
    return load_text(tmp_path, MAP)


def fill(server: SqlServer) -> None:
    run(server, TABLES.format(*KINDS[server.writer.dialect.name.replace("mysql", "mariadb")]).rstrip().rstrip(";"))
    mark = "?" if server.is_sqlite else "%s"
    with server.writer.begin() as connection:
        for number in (1, 2):
            statement = f"insert into profiles values ({number}, {number}, {mark}, 'some text')"  # noqa: S608
            connection.exec_driver_sql(statement, (DATA,))
        for note in NOTES:
            connection.exec_driver_sql(f"insert into tickets values ({', '.join([mark] * 6)})", note)  # noqa: S608


def everything(server: SqlServer) -> dict[str, Any]:
    as_text = {"postgresql": "cast({} as text)"}.get(server.writer.dialect.name, "{}")
    profiles = f"select id, person_id, {as_text.format('data')}, plain from profiles order by id"  # noqa: S608
    columns = f"id, person_id, author, note, short, {as_text.format('raw')}"
    return {
        "people": rows(server, "select * from people order by id"),
        "profiles": rows(server, profiles),
        "tickets": rows(server, f"select {columns} from tickets order by id"),  # noqa: S608
    }


def fates(preview: Preview) -> Mapping[str, Mapping[str, int]]:
    return {key[1]: {str(fate): count for (fate, _), count in part.rows.items()} for key, part in preview.parts.items()}


def test_only_what_is_named_is_changed(server: SqlServer, data_map: DataMap) -> None:
    before, work = everything(server), erasure(server, data_map)
    preview = work.preview()
    assert preview.problems == ()
    assert everything(server) == before, "a preview changes nothing"
    assert fates(preview) == {"people": {"delete": 1}, "profiles": {"mask": 1}, "tickets": {"mask": 2, "masked": 1}}
    told = {key[1]: (part.redacted, part.short) for key, part in preview.parts.items()}
    assert told == {"people": (0, 0), "profiles": (1, 0), "tickets": (5, 1)}
    assert Preview.read(preview.document()).parts[("shop", "tickets")].redacted == 5

    assert work.execute(fingerprint=preview.fingerprint).failure == ""
    proof = work.verify()
    assert (proof.count(Fate.DELETE, Fate.MASK), proof.problems) == (0, ())
    after = everything(server)
    assert after["people"] == before["people"][1:]
    assert after["profiles"][1] == before["profiles"][1]
    data, was = after["profiles"][0][2], before["profiles"][0][2]
    phone = json.loads(data)["contacts"][0]["phone"]
    assert phone.startswith("erased-")
    for old, new in {
        '"name": "Jürgen Älm"': '"name": null',
        '"phone": "1"': f'"phone": "{phone}"',
        '"kind": "home"': '"kind": "none"',
        '"Jürgen  ÄLM!"': '"[erased]!"',
    }.items():
        was = was.replace(old, new)
    assert data == was
    assert after["profiles"][0][3].startswith("erased-")
    assert after["tickets"] == [
        (1, 1, "ann@example.org", "I am [erased] <[erased]>, JÄ.", "*** & Bob", None),
        (
            2,
            1,
            "bob@example.org",
            "Ask [erased], not bob@example.org",
            "Bob",
            RAW.replace("J\\u00fcrgen \\u00c4lm", "[erased]"),
        ),
        *NOTES[2:],
    ]


def test_a_name_that_is_written_again_is_found_when_all_is_read_again(server: SqlServer, data_map: DataMap) -> None:
    """By then no row says any more what the person was called."""
    work = erasure(server, data_map)
    assert work.execute(fingerprint=work.preview().fingerprint).failure == ""
    run(server, "update tickets set note = 'Jürgen Älm called again' where id = 3")
    assert work.verify().count(Fate.MASK) == 1


RULE = "action: mask, shared: true, fields: {note: {strategy: redact, values: [shop.people.name]}}"
OTHERS = f"""
dataset:
- fides_key: shop
  collections:
  - name: people
    meta: {{erasure: {{action: mask, fields: {{name: {{strategy: fixed, value: nothing}}}}}}}}
    fields:
    - {{name: id, fides_meta: {{primary_key: true, data_type: integer}}}}
    - {{name: email, fides_meta: {{identity: email, data_type: string}}}}
    - {{name: name, fides_meta: {{data_type: string}}}}
  - name: tickets
    meta: {{erasure: {{{RULE}}}}}
    fields:
    - {{name: id, fides_meta: {{primary_key: true, data_type: integer}}}}
    - name: person_id
      fides_meta: {{data_type: integer, references: [{{dataset: shop, field: people.id, direction: from}}]}}
    - {{name: author, fides_meta: {{identity: email, data_type: string}}}}
    - {{name: note, fides_meta: {{data_type: string}}}}
"""


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (RULE, {"mask": 2, "others": 1}),
        (RULE.replace("shared: true, ", ""), {"mask": 1, "others": 2}),
        (RULE.replace("shared: true", "shared: true, by: [author]"), {"mask": 1, "others": 2}),
        (RULE.replace("fields: {", "fields: {author: null, "), {"mask": 1, "others": 2}),
    ],
    ids=["redacts others' rows", "not shared", "by", "masks more"],
)
@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
def test_rows_that_name_another_are_changed_only_where_the_map_says_so(
    server: SqlServer, tmp_path: Path, rule: str, expected: Mapping[str, int]
) -> None:
    (tmp_path / "map").mkdir()
    work = erasure(server, load_text(tmp_path / "map", OTHERS.replace(RULE, rule)))
    preview = work.preview()
    assert (preview.problems, fates(preview)["tickets"]) == ((), expected)
    assert work.execute(fingerprint=preview.fingerprint).failure == ""
    proof = work.verify()
    assert (proof.count(Fate.DELETE, Fate.MASK), proof.problems) == (0, ())
    notes = [note for (note,) in rows(server, "select note from tickets order by id")]
    is_redacted = "[erased]" in notes[1]
    assert is_redacted is (rule == RULE)
    assert notes[2:] == [note for _id, _person, _author, note, _short, _raw in NOTES[2:]], "'nothing' is no name"


def test_all_of_it_comes_back(server: SqlServer, data_map: DataMap, tmp_path: Path) -> None:
    before, ledger = everything(server), Ledger(tmp_path / "ledger.jsonl")
    log = RestorationLog(open_storage(f"file://{tmp_path}/storage"), "restoration/R-1", key=new_key())
    work = Erasure(erasure(server, data_map)._work, keeper=log)
    assert work.execute(fingerprint=work.preview().fingerprint).failure == ""
    run(server, "update tickets set note = 'New.' where id = 1")
    open_store = erasure(server, data_map)._work.open_store
    restoration = Restoration(log, CASE, data_map=data_map, open_store=open_store, ledger=ledger)
    done = restoration.execute(["shop"], clock=lambda: datetime.now(UTC))
    assert (done.fields, done.left) == (
        {("shop", "profiles"): 2, ("shop", "tickets"): 3},
        {("shop", "profiles"): 0, ("shop", "tickets"): 1},
    )
    after = everything(server)
    assert after["tickets"][0] == (1, 1, "ann@example.org", "New.", "Jül & Bob", None)
    assert {**after, "tickets": after["tickets"][1:]} == {**before, "tickets": before["tickets"][1:]}
