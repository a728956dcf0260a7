"""`manage.py erase` as an engineer runs it: a preview, its fingerprint given back, and what is left read again."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from django.core.management import call_command

from dsar.stores.objects.changing import disk

MAP = """
dataset:
- fides_key: app
  collections:
  - name: people
    meta: {erasure: {action: delete}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
  - name: bills
    meta: {erasure: {action: keep, why: Tax law.}}
    fields:
    - {name: email, fides_meta: {identity: email, data_type: string}}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "map").mkdir()
    (tmp_path / "map" / "app.yml").write_text(MAP)
    (tmp_path / "stores.yml").write_text("app: sqlite:///app.db\n")
    change(tmp_path, "create table people (id integer primary key, email text); create table bills (email text);")
    change(tmp_path, "insert into people values (1, 'ann@example.org'), (2, 'bob@example.org');")
    change(tmp_path, "insert into bills values ('ann@example.org');")
    return tmp_path


def change(folder: Path, statements: str) -> None:
    with closing(sqlite3.connect(folder / "app.db")) as database:
        database.executescript(statements)


def people(folder: Path) -> Sequence[int]:
    with closing(sqlite3.connect(folder / "app.db")) as database:
        return [number for (number,) in database.execute("select id from people order by id")]


def erase(folder: Path, *more: str, identity: str = "email=ann@example.org") -> int:
    """Run the command; return its exit status."""
    places = ["--datamap", str(folder / "map"), "--stores", str(folder / "stores.yml"), "--identity", identity]
    with pytest.raises(SystemExit) as ended:
        call_command("erase", *places, *more)
    return int(ended.value.code or 0)


def fingerprint(capsys: pytest.CaptureFixture[str]) -> str:
    found = re.search(r"--approve ([0-9a-f]{64})", capsys.readouterr().out)
    assert found is not None
    return found[1]


def test_what_was_shown_is_done_and_read_again(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert erase(shop) == 0
    assert people(shop) == [1, 2], "a preview changes nothing"
    approved = fingerprint(capsys)
    assert erase(shop, "--approve", approved) == 0
    told = capsys.readouterr().out
    assert "app:people: 1 deleted, 0 masked" in told
    assert "read again: 0 rows left to erase" in told
    assert people(shop) == [2]


def test_the_preview_tells_what_stays_and_why(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    erase(shop)
    told = " ".join(capsys.readouterr().out.split())
    assert "delete 1 app:people" in told
    assert "keep 1 app:bills Tax law." in told


def test_what_is_taken_out_of_texts_is_counted(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    notes = """
  - name: notes
    meta: {erasure: {action: mask, fields: {text: {strategy: redact, values: [app.people.id]}}}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: who, fides_meta: {references: [{dataset: app, field: people.id, direction: from}]}}
    - {name: text, fides_meta: {data_type: string}}
"""
    (shop / "map" / "app.yml").write_text(MAP + notes)
    change(shop, "create table notes (id integer primary key, who integer, text text);")
    change(shop, "insert into notes values (1, 1, 'Ann@Example.org, ann@example.org'), (2, 1, '1'), (3, 2, '1');")
    assert erase(shop) == 0
    shown = capsys.readouterr().out
    told = " ".join(shown.split())
    assert "mask 1 app:notes masked 1 app:notes" in told
    assert "redact 2 app:notes values in texts, not rows" in told
    assert "short 1 app:notes values are too short to be looked for in texts" in told
    assert erase(shop, "--approve", re.findall("[0-9a-f]{64}", shown)[0]) == 0
    assert "app:notes: 0 deleted, 1 masked, 2 values redacted" in capsys.readouterr().out


def test_rows_that_came_since_are_not_erased_unseen(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    erase(shop)
    approved = fingerprint(capsys)
    change(shop, "insert into people values (3, 'Ann@Example.org');")
    assert erase(shop, "--approve", approved) == 3
    assert people(shop) == [1, 2, 3]


def test_what_stands_in_the_way_is_told(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(shop, "create table pets (owner integer references people (id)); insert into pets values (1);")
    assert erase(shop) == 1
    told = capsys.readouterr()
    assert "IN THE WAY app:people: 1 rows of pets that stay still name rows of it (owner)" in told.err
    assert "--approve" not in told.out
    assert " ".join(told.out.split()).startswith("delete 1 app:people"), "what is in the way hides no row"
    assert erase(shop, "--approve", "0" * 64) == 1
    assert people(shop) == [1, 2]


def test_of_somebody_unknown_there_is_nothing_to_erase(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert erase(shop, identity="email=eve@example.org") == 0
    told = capsys.readouterr().out
    assert "there is nothing to erase" in told
    assert "--approve" not in told


def test_bad_input_is_two(shop: Path) -> None:
    assert erase(shop, identity="emial=ann@example.org") == 2
    (shop / "map" / "app.yml").write_text(MAP.replace("action: delete", "action: remove"))
    assert erase(shop) == 2
    assert people(shop) == [1, 2]


def test_files_are_erased_from_once_nobody_writes_to_them(
    shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "_BEFORE", 0.0)
    calls = """
- fides_key: calls
  collections:
  - name: calls
    meta: {source: {path: calls.jsonl, format: jsonl}, erasure: {action: delete}}
    fields:
    - {name: email, fides_meta: {identity: email, data_type: string}}
"""
    (shop / "map" / "app.yml").write_text(MAP + calls)
    (shop / "stores.yml").write_text("app: sqlite:///app.db\ncalls: file:files\n")
    (shop / "files").mkdir()
    file = shop / "files" / "calls.jsonl"
    file.write_text('{"email": "ann@example.org"}\n{"email": "bob@example.org"}\n')
    with file.open("a"):
        assert erase(shop) == 1
        assert "calls.jsonl: is open for writing elsewhere; wait until it is closed" in capsys.readouterr().err
        assert erase(shop, "--approve", "0" * 64) == 1
        assert people(shop) == [1, 2]
    assert erase(shop) == 0
    fingerprint = capsys.readouterr().out.rpartition("--approve ")[2].strip()
    assert erase(shop, "--approve", fingerprint) == 0
    assert people(shop) == [2]
    assert file.read_text() == '{"email": "bob@example.org"}\n'
