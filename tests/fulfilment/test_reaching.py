"""Small stories of what may be reached, and how: each is a leak or a loss if it goes wrong."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.fulfilment.walking import Walked, load_text, walk_all

ANN = {"email": frozenset({"ann@x"})}
HEAD = "dataset:\n- fides_key: app\n  collections:\n"
PEOPLE = """
  - name: people
    fields:
    - {name: id, fides_meta: {primary_key: true}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
    - {name: boss, fides_meta: {references: [{dataset: app, field: people.id, direction: to}]}}
"""
SHOP = (
    HEAD
    + PEOPLE
    + """
  - name: orders
    fields:
    - {name: id, fides_meta: {primary_key: true}}
    - {name: person, fides_meta: {references: [{dataset: app, field: people.id, direction: from}]}}
    - {name: product, fides_meta: {references: [{dataset: app, field: products.id}]}}
  - name: products
    fields:
    - {name: id, fides_meta: {primary_key: true}}
"""
)
WORK = (
    HEAD
    + PEOPLE
    + """
  - name: memberships
    fields:
    - {name: person, fides_meta: {references: [{dataset: app, field: people.id, direction: from}]}}
    - {name: firm, fides_meta: {references: [{dataset: app, field: firms.id, direction: to}]}}
  - name: firms
    fields:
    - {name: id, fides_meta: {primary_key: true}}
    - {name: contact, fides_meta: {identity: email, data_type: string}}
  - name: calls
    fields:
    - {name: id, fides_meta: {primary_key: true}}
    - {name: firm, fides_meta: {references: [{dataset: app, field: firms.id}]}}
"""
)
NOTES = (
    HEAD
    + PEOPLE
    + """
  - name: notes
    fields:
    - {name: id, fides_meta: {primary_key: true}}
    - name: owner
      fides_meta: {references: [{dataset: app, field: people.id, direction: from}]}
  - name: shares
    fields:
    - {name: email, fides_meta: {identity: email, data_type: string}}
    - {name: owner, fides_meta: {references: [{dataset: app, field: notes.owner, direction: to}]}}
"""
)
FLAGS = (
    HEAD
    + PEOPLE
    + """
  - name: marks
    fields:
    - {name: person, fides_meta: {references: [{dataset: app, field: people.id, direction: from}]}}
    - {name: what}
"""
)


def walked(folder: Path, text: str, *script: str) -> Walked:
    with closing(sqlite3.connect(folder / "app.sqlite3")) as connection:
        connection.executescript("".join(("create table people(id, email, boss);", *script)))
    return walk_all(load_text(folder, text), {"app": f"sqlite:///{folder}/app.sqlite3"}, ANN)


def test_a_product_does_not_lead_to_everybody_who_bought_it(tmp_path: Path) -> None:
    """Person, order, product, and never on to all orders of it: an edge without a direction does not fan out."""
    found = walked(
        tmp_path,
        SHOP,
        "create table orders(id, person, product); create table products(id);"
        "insert into people values (1, 'ann@x', null), (2, 'bob@x', null);"
        "insert into products values (7); insert into orders values (10, 1, 7), (20, 2, 7);",
    )
    assert [row["id"] for row in found.rows["products"]] == [7]
    assert [row["id"] for row in found.rows["orders"]] == [10]
    assert not any(found.withheld.values()), "the others' orders are not even read"


def test_a_firm_leads_its_contact_to_its_calls_and_no_member(tmp_path: Path) -> None:
    """An edge without a direction fans out from what is one's own, never from what was looked up."""
    tables = "create table memberships(person, firm); create table firms(id, contact); create table calls(id, firm);"
    rows = "insert into people values (1, 'ann@x', null); insert into memberships values (1, 9);"
    rows += "insert into calls values (100, 8), (200, 9);"
    found = walked(tmp_path, WORK, tables, rows, "insert into firms values (8, 'ann@x'), (9, null);")
    assert sorted(row["id"] for row in found.rows["firms"]) == [8, 9]
    assert [row["id"] for row in found.rows["calls"]] == [100]
    assert not any(found.withheld.values()), "the colleagues' calls are not even read"


def test_what_lies_behind_another_is_delivered_once_a_way_of_ones_own_leads_there(tmp_path: Path) -> None:
    """Notes of Ann's boss are withheld, until a share with Ann names them."""
    behind = "insert into people values (1, 'ann@x', 2), (2, 'bob@x', null); insert into notes values (5, 2), (6, 2);"
    tables = "create table notes(id, owner); create table shares(email, owner);"
    alone = tmp_path / "alone"
    alone.mkdir()
    found = walked(alone, NOTES, tables, behind)
    assert (found.rows["notes"], found.withheld["notes"]) == ([], 2)
    shared = walked(tmp_path, NOTES, tables, behind, "insert into shares values ('ann@x', 2);")
    assert [row["id"] for row in shared.rows["notes"]] == [5, 6]
    assert shared.withheld["notes"] == 0, "withheld at first, delivered in the end, told once"


def test_a_number_and_a_yes_are_two_keys(tmp_path: Path) -> None:
    """Python takes True and 1 for one; in documents they are two people's keys."""
    text = FLAGS.replace(
        "{name: id, fides_meta: {primary_key: true}}", "{name: id, fides_meta: {primary_key: true, data_type: boolean}}"
    )
    found = walked(
        tmp_path,
        text,
        "create table marks(person, what); insert into people values (1, 'ann@x', null);"
        "insert into marks values (1, 'yes'), ('true', 'a word'), (0, 'no');",
    )
    assert [row["what"] for row in found.rows["marks"]] == []
