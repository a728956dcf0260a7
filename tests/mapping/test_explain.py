"""manage.py datamap explain: the plan of a shop, told and counted, and then collected to compare."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from sqlalchemy import Engine, event

from dsar.stores.registry import close_all
from tests.mapping.drafting import Desk
from tests.mapping.test_sql_servers import SHOP
from tests.stores.sql_servers import as_told, new_database
from tools.bench import shop

MAP = Path(shop.__file__).parent / "datamap"
ANN = "customer1@example.com"
#: What of the shop email cannot reach: a note by user_id, a table left out.
MORE = """
  - name: note
    fields:
    - {name: id, data_categories: [system.operations], fides_meta: {primary_key: true}}
    - {name: user_id, data_categories: [user.unique_id], fides_meta: {identity: user_id}}
    - {name: text, data_categories: [user.content]}
  - name: reply
    fields:
    - {name: note_id, data_categories: [system.operations],
       fides_meta: {references: [{dataset: shop, field: note.id, direction: from}]}}
  - name: log
    fides_meta: {skip_processing: true}
    fields:
    - {name: line, data_categories: [user.behavior]}
"""


class Teller:
    """A folder with a map and its stores; `tell` returns the exit status and what was told."""

    def __init__(self, folder: Path, url: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.desk, self._capsys = Desk(folder, shop=url), capsys
        self.desk.map.mkdir()
        self.file = self.desk.map / "shop.yml"
        self.file.write_text((MAP / "shop.yml").read_text())

    def tell(self, *more: str, identity: str = f"email={ANN}", stores: bool = True) -> tuple[int, str]:
        where = ["--datamap", str(self.desk.map), *(["--stores", str(self.desk.stores)] if stores else [])]
        status = 0
        self._capsys.readouterr()
        try:
            call_command("datamap", "explain", *where, "--identity", identity, *more)
        except SystemExit as stop:
            status = int(str(stop.code))
        finally:
            close_all()
        found = self._capsys.readouterr()
        return status, found.out + found.err

    def document(self, *more: str, **how: Any) -> dict[str, Any]:
        status, told = self.tell("--format", "json", *more, **how)
        found: dict[str, Any] = json.loads(told)
        assert found["status"] == status
        return found


@pytest.fixture
def teller(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Teller:
    with closing(sqlite3.connect(tmp_path / "shop.db")) as database:
        database.executescript(SHOP)
    return Teller(tmp_path, f"sqlite:///{tmp_path}/shop.db", capsys)


def visits(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {visit["collection"]: visit for stage in document["stages"] for visit in stage["visits"]}


def rows(document: dict[str, Any]) -> dict[tuple[str, str], tuple[float | None, str]]:
    """Return (collection, path and where it comes from) -> rows and on what basis."""
    return {
        (name, f"{key['paths'][0]} {key['identity'] or key['from'][0]}"): (key["rows"], key["basis"])
        for name, visit in visits(document).items()
        for key in visit["keys"]
    }


def test_rows_are_counted_where_keys_are_known_and_estimated_where_not(teller: Teller) -> None:
    told = teller.document()
    assert told["status"] == 0
    found = rows(told)
    expected: dict[tuple[str, str], tuple[float | None, str]] = {
        ("customer", "email email"): (1, "counted"),
        ("service_request", "alt_email email"): (1, "counted"),
        ("orders", "customer_id shop:customer.id"): (1.5, "estimated"),  # 3 rows of 2 keys
        ("order_item", "order_id shop:orders.id"): (2.2, "estimated"),  # 3 rows of 2 keys, for one and a half
        ("service_request", "employee_id shop:employee.id"): (0, "estimated"),
    }
    assert {key: found[key] for key in expected} == expected
    (key,) = visits(told)["product"]["keys"]
    assert (key["rows"], key["at_most"], key["by"]) == (2.2, True, "one row a key")
    assert (key["reaches"], key["shape"], key["directed"]) == (["lookup"], "lookup", True)


def test_what_is_foreseen_comes_to_pass(teller: Teller) -> None:
    collected = {name.partition("/")[2] for name, found in teller.desk.collect(f"email={ANN}").items() if found}
    told = visits(teller.document())
    assert set(told) == {item.name for item in teller.desk.loaded().collections()}
    assert collected <= set(told)
    assert told["service_request"]["delivered"] == [
        "rows that name somebody else (alt_email, email) are withheld and lead onward only"
    ]


def test_no_value_of_a_person_is_told(teller: Teller) -> None:
    for status, told in (teller.tell(), teller.tell("--format", "json"), teller.tell("--offline")):
        assert status == 0
        assert "customer1" not in told
        assert "Ann Lee" not in told
    teller.desk.stores.write_text("shop: postgresql://nobody:secret-word@127.0.0.1:1/shop\n")
    assert "secret-word" not in teller.tell()[1]


def test_what_is_not_reached_says_what_would_lead_there(teller: Teller) -> None:
    text = teller.file.read_text()
    teller.file.write_text(text.replace("\nsystem:", f"{MORE}system:"))
    told = teller.document(stores=False)
    assert [(item["collection"], item["ways"]) for item in told["unreached"]] == [
        ("shop:note", ["user_id holds user_id"]),
        ("shop:reply", ["note_id from shop:note.id"]),
    ]
    assert "it is found by user_id" in told["unreached"][1]["reason"]
    assert [item["collection"] for item in told["skipped"]] == ["shop:log"]
    text = teller.tell(stores=False)[1]
    assert "Reached by email (1 value): 11 of 14 collections, in 1 stage." in text
    assert "  shop:reply: None of the proven identities (email) leads here; it is found by user_id." in text


def test_without_stores_everything_but_rows_is_told(teller: Teller) -> None:
    with_stores, without = teller.document(), teller.document(stores=False)
    assert {key["basis"] for visit in visits(without).values() for key in visit["keys"]} == {"not asked"}
    assert without["stores"] == {"shop": {"kind": "sql", "asked": False, "failure": ""}}
    for name, visit in visits(with_stores).items():
        assert [key["paths"] for key in visit["keys"]] == [key["paths"] for key in visits(without)[name]["keys"]]
        assert len(visits(without)[name]["queries"]) == len(visit["queries"]) == 1
    (query,) = visits(without)["customer"]["queries"]
    assert query.endswith("WHERE lower(customer.email) = ANY (%(keys_1)s::TEXT[])")
    assert "counted" not in teller.tell(stores=False)[1]


def test_offline_no_store_is_asked(teller: Teller) -> None:
    teller.desk.stores.write_text("shop: sqlite:////nowhere/at/all.db\n")
    assert teller.document()["status"] == 3
    told = teller.document("--offline")
    assert (told["status"], told["stores"]["shop"]["failure"]) == (0, "")
    (query,) = visits(told)["visit"]["queries"]
    assert query.endswith("WHERE dsar_fold(CAST(visit.email AS BLOB)) IN (…)")


def test_a_store_that_does_not_answer_is_told_and_the_rest_as_well(teller: Teller) -> None:
    teller.desk.stores.write_text("shop: postgresql://nobody@127.0.0.1:1/shop\n")
    told = teller.document()
    assert told["status"] == 3
    assert told["stores"]["shop"]["failure"]
    assert visits(told)["customer"]["queries"]
    assert {key["basis"] for visit in visits(told).values() for key in visit["keys"]} == {"not known"}


def test_a_table_that_is_gone_spoils_no_other(teller: Teller) -> None:
    with closing(sqlite3.connect(teller.desk.folder / "shop.db")) as database:
        database.executescript("drop table login; drop table visit")
    told = teller.document()
    assert told["status"] == 3
    assert {name for name, visit in visits(told).items() if visit["problem"]} == {"login", "visit"}
    assert visits(told)["customer"]["keys"][0]["basis"] == "counted"
    assert "PROBLEM: shop:visit: there is no table visit" in teller.tell()[1]


@pytest.mark.parametrize(
    ("more", "identity", "says"),
    [
        ((), "emial=x", "did you mean 'email'"),
        (("acme",), f"email={ANN}", "name a tenant, or a map"),
        ((), "email", "write NAME=VALUE"),
    ],
)
def test_bad_input_tells_nothing(teller: Teller, more: tuple[str, ...], identity: str, says: str) -> None:
    status, told = teller.tell(*more, identity=identity)
    assert status == 2
    assert says in told
    assert "SELECT" not in told


@pytest.mark.thorough
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_collecting_sends_the_statements_that_were_told(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server = new_database(request, kind, tmp_path)
    with server.writer.begin() as connection:
        for statement in SHOP.split(";\n")[:-1]:
            connection.exec_driver_sql(statement)
        # Somebody to whom every reference leads.
        connection.exec_driver_sql("UPDATE employee SET email = 'customer1@example.com' WHERE id = 1")
    server.writer.dispose()
    teller = Teller(tmp_path, server.url, capsys)
    told = {query for visit in visits(teller.document()).values() for query in visit["queries"]}
    sent: set[str] = set()

    def keep(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.startswith(("SELECT", "DECLARE")):
            sent.add(as_told(statement))

    event.listen(Engine, "before_cursor_execute", keep)
    try:
        teller.desk.collect(f"email={ANN}")
    finally:
        event.remove(Engine, "before_cursor_execute", keep)
    tables = [item.name for item in teller.desk.loaded().collections()]
    assert {query for query in sent if any(f"FROM {name} " in query for name in tables)} == told
