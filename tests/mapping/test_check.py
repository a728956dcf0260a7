"""manage.py datamap check --datamap DIR --stores FILE: a map beside a real database, finding by finding."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

MAP = """
dataset:
- fides_key: app
  meta: {ignore: [django_migrations]}
  collections:
  - name: people
    meta: {retention: {kind: account}}
    fields:
    - {name: id, data_categories: [user.unique_id], fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email, data_type: string}}
"""
TABLES = "create table people(id integer primary key, email text); create table django_migrations(id integer);"


class Place:
    """A map and its database in a folder; `check` returns the exit status and the document told."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.map, self.database, self.stores = folder / "map", folder / "app.db", folder / "stores.yml"
        self._capsys = capsys
        self.map.mkdir()
        (self.map / "app.yml").write_text(MAP)
        self.stores.write_text(f"app: sqlite:///{self.database}\n")
        self.run(TABLES)

    def run(self, script: str) -> None:
        with closing(sqlite3.connect(self.database)) as database:
            database.executescript(script)

    def fill(self, people: list[tuple[int, str, str]]) -> None:
        with closing(sqlite3.connect(self.database)) as database, database:
            database.executemany("insert into people values (?, ?, ?)", people)

    def declare(self, field: str) -> None:
        with (self.map / "app.yml").open("a") as file:
            file.write(f"    - {field}\n")

    def check(self, *more: str) -> tuple[int, dict[str, Any]]:
        status, told = self.told("--format", "json", *more)
        return status, json.loads(told)

    def told(self, *more: str) -> tuple[int, str]:
        try:
            call_command("datamap", "check", "--datamap", str(self.map), "--stores", str(self.stores), *more)
        except SystemExit as stop:
            return int(str(stop.code)), self._capsys.readouterr().out
        return 0, self._capsys.readouterr().out


@pytest.fixture
def place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Place:
    return Place(tmp_path, capsys)


def test_a_map_that_fits_its_store_has_nothing_to_mend(place: Place) -> None:
    status, told = place.check("--strict")
    assert (status, told["status"], told["findings"]) == (0, 0, [])
    assert told["stores"] == [{"dataset": "app", "kind": "sql", "collections": 2}]


@pytest.mark.parametrize(
    ("script", "rule", "where"),
    [
        ("create table orders(id integer)", "undeclared-collection", ("app", "orders", "")),
        ("alter table people add column nickname text", "undeclared-field", ("app", "people", "nickname")),
        ("alter table people rename column email to mail", "absent-field", ("app", "people", "email")),
        ("drop table people", "absent-collection", ("app", "people", "")),
    ],
)
def test_what_only_one_of_the_two_has_is_an_error(
    place: Place, script: str, rule: str, where: tuple[str, str, str]
) -> None:
    place.run(script)
    status, told = place.check()
    found = [item for item in told["findings"] if item["rule"] == rule]
    assert status == told["status"] == 1
    assert [(item["dataset"], item["collection"], item["field"]) for item in found] == [where]
    assert {item["severity"] for item in found} == {"error"}


@pytest.mark.parametrize(
    ("column", "value", "category"),
    [("phone_number", "", "user.contact.phone_number"), ("note", "ann.lee@example.org", "user.contact.email")],
    ids=["by its name", "by its values alone"],
)
def test_a_column_that_looks_personal_is_a_warning_without_a_value(
    place: Place, column: str, value: str, category: str
) -> None:
    place.run(f"alter table people add column {column} text")
    place.fill([(at, f"p{at}@example.org", value) for at in range(30)])
    place.declare(f"{{name: {column}, fides_meta: {{data_type: string}}}}")
    status, told = place.check()
    (found,) = told["findings"]
    assert (status, found["severity"], found["rule"], found["field"]) == (0, "warning", "unlabelled-field", column)
    assert category in found["message"]
    assert "ann.lee" not in json.dumps(told)
    assert place.check("--strict")[0] == 1


def test_offline_looks_at_the_map_alone(place: Place) -> None:
    place.run("drop table people")
    assert place.check()[0] == 1
    status, told = place.check("--offline")
    assert (status, told["findings"], told["stores"]) == (0, [], [])


def test_a_store_that_does_not_answer_has_a_status_of_its_own(place: Place) -> None:
    place.stores.write_text("app: postgresql://nobody@127.0.0.1:1/app\n")
    status, told = place.check()
    assert status == told["status"] == 3
    assert [item["rule"] for item in told["findings"]] == ["store"]


def test_a_mistake_in_the_map_is_told_with_file_and_line(place: Place) -> None:
    place.declare("{name: x, fides_meta: {identiy: email}}")
    status, told = place.check()
    assert status == 1
    assert [(item["file"], item["line"]) for item in told["findings"]] == [("app.yml", 11)]


def test_bad_input_checks_nothing(place: Place) -> None:
    place.stores.unlink()
    assert place.told()[0] == 2
