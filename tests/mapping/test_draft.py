"""manage.py datamap draft: a first map from a database, which loads and collects at once."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.mapping.drafting import Desk

TABLES = """
create table people(id integer primary key, email text, password text, boss_id integer references people(id));
create table address(id integer primary key, street text);
create table orders(id integer primary key, person_id integer references people(id), shipping_address_id integer);
create table item(order_id integer references orders(id), no integer, product_id integer, primary key(order_id, no));
create table note(order_id integer, no integer, body text, foreign key(order_id, no) references item(order_id, no));
create table ticket(id integer primary key, person_id integer, order_id integer references orders(id));
create table product(id integer primary key, title text);
create table misc(words text);
insert into people values (1, 'ann@example.org', 'hunter2', null), (2, 'ben@example.org', 'hunter3', 1);
insert into address values (7, 'Main Street'), (8, 'High Street');
insert into orders values (1, 1, 7), (2, 2, 8);
insert into product values (3, 'A pen'), (4, 'A book');
insert into item values (1, 1, 3), (2, 1, 4);
insert into note values (1, 1, 'a gift'), (2, 1, 'in haste');
insert into ticket values (1, 1, 2);
"""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return _desk(tmp_path, TABLES)


def _desk(folder: Path, script: str) -> Desk:
    with closing(sqlite3.connect(folder / "app.db")) as database:
        database.executescript(script)
    return Desk(folder, app=f"sqlite:///{folder}/app.db")


def _references(desk: Desk, collection: str, path: str) -> list[tuple[str, str | None]]:
    item = desk.loaded().collection(("app", collection)).at(path)
    return [(str(reference.target), reference.direction) for reference in item.references]


def test_a_draft_loads_is_clean_and_collects_the_persons_rows_alone(desk: Desk) -> None:
    assert desk.draft() == 0
    assert desk.check("--offline") == desk.check("--strict") == 0
    rows = desk.collect("email=ann@example.org")
    assert {name.removeprefix("app/"): len(found) for name, found in rows.items()} == {
        "people": 1,
        "address": 1,
        "orders": 1,
        "item": 1,
        "note": 1,
        "ticket": 1,
        "product": 1,
    }
    assert rows["app/orders"] == [{"id": 1, "person_id": 1, "shipping_address_id": 7}]
    assert rows["app/people"] == [{"id": 1, "email": "ann@example.org", "boss_id": None}]


def test_directions_follow_the_identity(desk: Desk) -> None:
    desk.draft()
    assert _references(desk, "orders", "person_id") == [("app:people.id", "from")]
    assert _references(desk, "item", "order_id") == [("app:orders.id", "from")]
    assert _references(desk, "orders", "shipping_address_id") == [("app:address.id", "to")]
    assert _references(desk, "item", "product_id") == [("app:product.id", "to")]
    assert [item.group for item in desk.loaded().collection(("app", "note")).fields] == ["item", "item", None]


@pytest.mark.parametrize(
    ("collection", "path", "says"),
    [
        ("people", "boss_id", "rows that name rows of their own table"),
        ("ticket", "order_id", "rows of other people might be collected"),
    ],
)
def test_a_reference_that_would_find_other_people_is_a_comment(
    desk: Desk, collection: str, path: str, says: str
) -> None:
    desk.draft()
    assert _references(desk, collection, path) == []
    assert says in desk.text()


def test_what_nothing_leads_to_is_skipped_and_said(desk: Desk) -> None:
    desk.draft()
    skipped = [item.name for item in desk.loaded().collections() if item.skip_processing]
    assert skipped == ["misc"]
    assert "  # no identity leads here" in desk.text()


def test_guesses_have_their_evidence_and_no_value(desk: Desk) -> None:
    desk.draft()
    assert "identity email: its name says so, and 2 of 2 sampled values look like an email address" in desk.text()
    assert desk.loaded().collection(("app", "people")).at("password").secret
    assert not [value for value in ("ann", "hunter", "Street", "haste") if value in desk.text()]


def test_a_file_that_is_there_stays(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.map.mkdir()
    (desk.map / "app.yml").write_text("mine")
    assert desk.draft() == 2
    assert "app.yml is there already; --force" in capsys.readouterr().err
    assert desk.text() == "mine"
    assert desk.draft("--force") == 0
    assert "people" in desk.text()


@pytest.mark.parametrize(
    ("stores", "more", "status", "says"),
    [
        ("app: ftp://x", (), 2, "unknown scheme"),
        ("", (), 2, "names no store"),
        ("a b: sqlite:////x.db", (), 2, "a fides_key holds letters"),
        ("app: sqlite:////absent/x.db", (), 1, "FAILED app"),
        ("app: sqlite:////x.db", ("--dataset", "ap"), 2, "names no 'ap'; did you mean 'app'?"),
    ],
)
def test_bad_input_is_told(
    desk: Desk, capsys: pytest.CaptureFixture[str], stores: str, more: tuple[str, ...], status: int, says: str
) -> None:
    desk.stores.write_text(stores)
    assert desk.draft(*more) == status
    assert says in capsys.readouterr().err
    assert not list(desk.map.glob("*"))


def test_hostile_names_survive(tmp_path: Path) -> None:
    names = ['a"b', "true", "x: y", "# no", "new\nline", "{b}", "null", "ümläut", "a'b", " led", "1.5"]
    columns = ", ".join('"{}" text'.format(name.replace('"', '""')) for name in names)
    desk = _desk(tmp_path, f'create table "odd: # \'t" (id integer primary key, email text, {columns})')
    assert desk.draft() == 0
    (item,) = desk.loaded().collections()
    assert item.name == "odd: # 't"
    assert [field.name for field in item.fields][2:] == names[:-1]
    assert "'1.5' is left out: a field's name holds no dot" in desk.text()


def test_values_disprove_a_name(tmp_path: Path) -> None:
    other = "update orders set shipping_address_id = shipping_address_id + 100"
    desk = _desk(tmp_path, f"{TABLES}; {other}")
    desk.draft()
    assert _references(desk, "orders", "shipping_address_id") == []
    assert "0 of 2 sampled values are there" in desk.text()
    assert "guessed from its name; 2 of 2 sampled values are there" in desk.text()
