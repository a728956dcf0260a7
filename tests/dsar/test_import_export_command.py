"""`manage.py import_export` as an engineer runs it: what is loaded, what is refused, and what is left as it was."""

from __future__ import annotations

import base64
import io
import json
import signal
import sqlite3
import zipfile
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.core.management import call_command

from dsar.stores.base import Arriving, MadeUp
from dsar.stores.registry import close_all
from dsar.stores.sql.loading import SqlLoading

MAP = """
dataset:
- fides_key: app
  meta: {origin: provided}
  collections:
  - name: people
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
    - {name: score, meta: {origin: inferred}}
    - {name: password, meta: {secret: true}}
  - name: tickets
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - name: person_id
      fides_meta: {data_type: integer, references: [{dataset: app, field: people.id, direction: from}]}
    - {name: text, fides_meta: {data_type: string}}
- fides_key: live
  collections:
  - name: sessions
    meta: {source: {key: "session:{id}", type: hash}}
    fields:
    - {name: id}
    - name: person_id
      fides_meta: {data_type: integer, references: [{dataset: app, field: people.id, direction: from}]}
"""
TABLES = """
create table people (id integer primary key, email text not null, score real, password text not null);
create table tickets (id integer primary key, person_id integer references people (id), text text);
"""
ROWS = """
insert into people values (1, 'Ann@Example.org', 0.5, 'canary'), (2, 'bob@example.org', 0.1, 'canary');
insert into tickets values (0, 1, ''), (1, 1, 'it'), (2, 2, 'his');
"""


@dataclass(frozen=True)
class Done:
    status: int
    out: str
    err: str


@dataclass(frozen=True)
class Place:
    folder: Path

    @property
    def export(self) -> Path:
        return self.folder / "export.zip"

    @property
    def places(self) -> list[str]:
        return ["--datamap", str(self.folder / "map"), "--stores", str(self.folder / "new.yml")]

    def load(self, *more: str) -> Done:
        return run("import_export", str(self.export), *self.places, *more)

    def ask(self, query: str, database: str = "new.db") -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.folder / database)) as connection, connection:
            return list(connection.execute(query))

    def rewrite(self, change: Callable[[str, bytes], bytes | None]) -> None:
        """Write the bundle again; what `change` returns takes the place of each file, None leaves it out."""
        with zipfile.ZipFile(self.export) as archive:
            files = {name: change(name, archive.read(name)) for name in archive.namelist()}
        with zipfile.ZipFile(self.export, "w") as archive:
            for name, content in files.items():
                if content is not None:
                    archive.writestr(name, content)


def run(*arguments: str) -> Done:
    out, err, status = io.StringIO(), io.StringIO(), 0
    try:
        call_command(*arguments, stdout=out, stderr=err)
    except SystemExit as ended:
        status = int(ended.code or 0)
    finally:
        close_all()
    return Done(status, out.getvalue(), err.getvalue())


@pytest.fixture
def place(tmp_path: Path, redis_url: str) -> Place:
    """An export of Ann's, and a platform without a row."""
    (tmp_path / "map").mkdir()
    (tmp_path / "map" / "map.yml").write_text(MAP, encoding="utf-8")
    for name, statements in (("old", TABLES + ROWS), ("new", TABLES)):
        (tmp_path / f"{name}.yml").write_text(f"app: sqlite:///{name}.db\nlive: {redis_url}/14\n")
        with closing(sqlite3.connect(tmp_path / f"{name}.db")) as database:
            database.executescript(statements)
    collect(Place(tmp_path), "--portability")
    return Place(tmp_path)


def collect(place: Place, *more: str) -> None:
    where = ["--datamap", str(place.folder / "map"), "--stores", str(place.folder / "old.yml")]
    given = ["--identity", "email=ann@example.org", "--out", str(place.export), "--no-pdf"]
    assert run("collect", *where, *given, *more).status == 0


def test_rows_are_loaded_and_exported_again(place: Place) -> None:
    done = place.load()
    assert done.status == 0, done
    assert done.out.splitlines() == [
        "app:people: 1 rows",
        "app:tickets: 2 rows",
        "made up: app:people.password in 1 rows, since no export holds it",
        "exported again: equal, 3 rows",
    ]
    assert done.err.startswith("whole, but nobody says here whose key ")
    assert place.ask("select id, email, score from people") == [(1, "Ann@Example.org", None)]
    assert place.ask("select * from tickets") == [(0, 1, ""), (1, 1, "it")]
    assert place.ask("select password from people") != [("canary",)]


def test_the_signer_may_be_named(place: Place) -> None:
    with zipfile.ZipFile(place.export) as archive:
        key = json.loads(archive.read("manifest.json"))["signature"]["public_key"]
    other = base64.b64encode(bytes(32)).decode()
    refused = place.load("--public-key", other)
    assert (refused.status, refused.out) == (2, "")
    assert "not signed with the trusted key" in refused.err
    assert place.load("--public-key", key) == Done(0, place_out(), "")


def place_out() -> str:
    return (
        "app:people: 1 rows\napp:tickets: 2 rows\n"
        "made up: app:people.password in 1 rows, since no export holds it\nexported again: equal, 3 rows\n"
    )


def test_a_platform_that_knows_the_person_by_any_spelling_is_refused(place: Place) -> None:
    place.ask("insert into people values (9, 'ANN@example.org', 1, 'x')")
    done = place.load()
    assert (done.status, done.out) == (3, "")
    assert "nothing was loaded: this platform holds rows of this person already: app:people (1)" in done.err
    assert place.ask("select id from people") == [(9,)]


def test_other_peoples_rows_are_in_nobodys_way(place: Place) -> None:
    place.ask("insert into people values (9, 'eve@example.org', 1, 'x')")
    assert place.load().status == 0
    assert place.ask("select id from people order by id") == [(1,), (9,)]


def test_a_store_that_changes_what_is_put_into_it_is_told(place: Place) -> None:
    place.ask("create trigger shout after insert on tickets begin update tickets set text = 'x' where id = 0; end")
    done = place.load()
    assert done.status == 1
    assert "DIFFERS app:tickets: 2 rows here, 2 exported again" in done.err
    assert "equal" not in done.out


def test_a_changed_bundle_is_not_loaded(place: Place) -> None:
    place.rewrite(lambda name, content: content.replace(b"it", b"ti") if name.endswith("tickets.jsonl") else content)
    check_refused(place, "checksums: data/app/tickets.jsonl is not what was signed")


def test_a_bundle_with_a_hole_is_not_loaded(place: Place) -> None:
    place.rewrite(lambda name, content: None if name.endswith("tickets.jsonl") else content)
    check_refused(place, "data/app/tickets.jsonl is missing")


def test_what_is_no_bundle_is_not_loaded(place: Place) -> None:
    place.export.write_bytes(b"PK no")
    check_refused(place, "this is no readable ZIP file")
    place.export.unlink()
    check_refused(place, "cannot be read: No such file or directory")


def test_a_copy_to_look_at_is_no_export(place: Place) -> None:
    """It holds what was inferred about the person, which they did not give."""
    collect(place)
    check_refused(place, "this is a copy to look at and no export")


def test_what_the_map_does_not_have_is_told_and_can_be_left_out(place: Place) -> None:
    file = place.folder / "map" / "map.yml"
    file.write_text(MAP.replace("name: tickets", "name: letters").replace("{name: email,", "{name: mail,"))
    done = place.load()
    assert (done.status, done.out) == (2, "")
    assert "the export has the field app:people.email, which no export of this map holds" in done.err
    assert "the export has rows of app:tickets, which the map does not: --leave-out app" in done.err


@pytest.mark.parametrize(
    ("written", "means", "said"),
    [
        ("{name: score, meta: {origin: inferred}}", "{name: score}", "the export has the field app:people.score"),
        ("{name: password, meta: {secret: true}}", "{name: password}", "the export has the field app:people.password"),
        (
            "{name: score, meta: {origin: inferred}}",
            "{name: score, fides_meta: {data_type: object}}",
            "a row of the export has app:people.score.pin",
        ),
    ],
)
def test_what_no_export_holds_cannot_be_smuggled_in(place: Place, written: str, means: str, said: str) -> None:
    """An export made by another map, or by somebody who wants a password of theirs written."""
    place.ask("""update people set score = '{"pin": "1234"}'""", "old.db")
    file = place.folder / "map" / "map.yml"
    file.write_text(MAP.replace(written, means))
    collect(place, "--portability")
    nested = "{name: score, fides_meta: {data_type: object}, fields: [{name: pin, meta: {secret: true}}]}"
    file.write_text(MAP.replace(written, nested) if "score.pin" in said else MAP)
    check_refused(place, f"{said}, which no export of this map holds")


def test_a_kind_of_store_that_takes_no_rows_yet_is_told_and_can_be_left_out(place: Place, redis_url: str) -> None:
    import redis

    with redis.Redis.from_url(f"{redis_url}/14") as server:
        server.hset("session:a", mapping={"person_id": "1"})
        try:
            collect(place, "--portability")
        finally:
            server.flushdb()
    check_refused(place, "live: rows cannot be loaded into redis yet: --leave-out live")
    assert place.load("--leave-out", "live").out == place_out()


def test_bad_input_says_what_to_write(place: Place) -> None:
    check_refused(place, "neither map nor export has a dataset 'aap'; did you mean 'app'?", "--leave-out", "aap")
    check_refused(place, "--public-key: write the key in base64", "--public-key", "x")
    check_refused(place, "--stores: nowhere.yml: there is no such file", "--stores", "/nowhere.yml")


def check_refused(place: Place, said: str, *more: str) -> None:
    done = place.load(*more)
    assert (done.status, done.out) == (2, ""), done
    assert said in done.err
    assert "example.org" not in done.err
    assert place.ask("select count(*) from people") == [(0,)]


@pytest.mark.thorough
def test_an_export_that_a_store_is_missing_from_says_so(place: Place) -> None:
    """The rows that are there are loaded; nobody should take them for all."""
    (place.folder / "old.yml").write_text("app: sqlite:///old.db\nlive: redis://127.0.0.1:9/0\n")
    where = ["--datamap", str(place.folder / "map"), "--stores", str(place.folder / "old.yml")]
    given = ["--identity", "email=ann@example.org", "--out", str(place.export), "--no-pdf", "--portability"]
    assert run("collect", *where, *given).status == 1
    done = place.load()
    assert (done.status, done.out) == (0, place_out())
    assert "not in this export: live:sessions: " in done.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_import_loads_nothing(
    place: Place, number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle: all rows are in the transaction, and nothing has been committed."""
    load = SqlLoading.load

    def interrupted(self: SqlLoading, arriving: Sequence[Arriving]) -> Sequence[MadeUp]:
        made_up = load(self, arriving)
        signal.raise_signal(number)
        return made_up

    monkeypatch.setattr(SqlLoading, "load", interrupted)
    done = place.load()
    assert (done.status, done.out) == (130, "")
    assert done.err.endswith("interrupted: what no store had committed is taken back\n")
    assert place.ask("select count(*) from people") == [(0,)]
