"""An export of the demo, loaded into an empty platform and exported again: nothing is lost, nothing is added.

Of its stores those that rows can be loaded into; `make demo-check` does it with a bundle that was downloaded.
"""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from jsonschema import Draft202012Validator

from dsar.stores.registry import close_all
from examples.macrosora import cast
from examples.macrosora.platform import seed_platform
from examples.macrosora.platform.database import empty_database, sqlite_url
from examples.macrosora.truth import canonical_checksum
from tests.examples.conftest import NOW, REPOSITORY, SIZE, Platform

DEMO = REPOSITORY / "examples" / "macrosora"
LOADED = ("app", "usage", "documents")


@dataclass(frozen=True)
class Done:
    status: int
    out: str
    err: str


@dataclass(frozen=True)
class World:
    """A data map of the stores that rows are loaded into, and where two platforms have them."""

    datamap: Path
    full: Path
    empty: Path

    def collect(self, stores: Path, email: str, file: Path) -> None:
        given = ["--identity", f"email={email}", "--out", str(file), "--no-pdf", "--portability"]
        assert run("collect", *self._places(stores), *given) == Done(0, done_text(file), "")

    def load(self, file: Path) -> Done:
        return run("import_export", str(file), *self._places(self.empty))

    def _places(self, stores: Path) -> list[str]:
        return ["--datamap", str(self.datamap), "--stores", str(stores)]


def run(*arguments: str) -> Done:
    out, err, status = io.StringIO(), io.StringIO(), 0
    try:
        call_command(*arguments, stdout=out, stderr=err)
    except SystemExit as ended:
        status = int(ended.code or 0)
    finally:
        close_all()
    return Done(status, out.getvalue(), err.getvalue())


def done_text(file: Path) -> str:
    with zipfile.ZipFile(file) as archive:
        totals = json.loads(archive.read("manifest.json"))["totals"]
    return f"{file}: {totals['rows']} rows of {totals['collections']} collections, {totals['withheld']} withheld\n"


@pytest.fixture
def world(platform: Platform, tmp_path: Path) -> World:
    (tmp_path / "map").mkdir()
    for name in LOADED:
        (tmp_path / "map" / f"{name}.yml").write_bytes((DEMO / "datamap" / f"{name}.yml").read_bytes())
    empty_database(database_url=sqlite_url(tmp_path / "new" / "app.sqlite3"))
    for name, folder in (("full", platform.folder), ("empty", tmp_path / "new")):
        files = f"file://{folder}/objects"
        where = {"app": f"sqlite:///{folder}/app.sqlite3", "usage": files, "documents": files}
        (tmp_path / f"{name}.yml").write_text(json.dumps(where))
    # Files that hold nobody's rows: without any a store of files takes its folder for the wrong one.
    for name in ("prompts/none/v0.json", "workflows/none.json", "settings/none.json"):
        path = tmp_path / "new" / "objects" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("[]")
    return World(tmp_path / "map", tmp_path / "full.yml", tmp_path / "empty.yml")


def rows_of(file: Path) -> dict[str, tuple[int, str]]:
    """Return count and checksum of each file of rows."""
    with zipfile.ZipFile(file) as archive:
        names = [name for name in archive.namelist() if name.endswith(".jsonl")]
        return {name: canonical_checksum(archive.read(name).splitlines()) for name in names}


@pytest.mark.thorough
@pytest.mark.parametrize("person", [cast.ORDINARY, cast.COLLABORATOR, cast.ZERO], ids=lambda person: person.full_name)
def test_what_is_exported_again_is_what_was_imported(person: cast.Person, world: World, tmp_path: Path) -> None:
    first, second = tmp_path / "first.zip", tmp_path / "second.zip"
    world.collect(world.full, person.email, first)
    done = world.load(first)
    assert (done.status, "exported again: equal" in done.out) == (0, True), done
    world.collect(world.empty, person.email, second)
    assert rows_of(first) == rows_of(second)
    assert rows_of(first)["data/app/configuration_versions.jsonl"][0] >= 3
    check_schemas(first)
    check_tables(tmp_path, world)


def check_schemas(file: Path) -> None:
    """Hold every row of an export against the schema in it, and against the one that is published."""
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            if not name.startswith("schemas/"):
                continue
            rows = archive.read(name.replace("schemas/", "data/").replace(".schema.json", ".jsonl")).splitlines()
            for schema in (archive.read(name), (DEMO / name).read_bytes()):
                check = Draft202012Validator(json.loads(schema))
                for row in rows:
                    check.validate(json.loads(row))


def check_tables(tmp_path: Path, world: World) -> None:
    """Hold the database against the first one by hand: each value is the same in the same type of SQLite."""
    original = Path(json.loads(world.full.read_text())["app"].removeprefix("sqlite:///"))
    for table in ("model_configurations", "configuration_versions", "invoices", "consents", "feature_uses"):
        before, after = (typed_rows(path, table) for path in (original, tmp_path / "new" / "app.sqlite3"))
        assert after <= before, table
    assert typed_rows(tmp_path / "new" / "app.sqlite3", "configuration_versions")


def typed_rows(path: Path, table: str) -> set[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as database:
        return {
            tuple((type(value), _parsed(value)) for value in row)
            for row in database.execute(f"SELECT * FROM {table}")  # noqa: S608 - names written above
        }


def _parsed(value: Any) -> Any:
    """Return documents in one spelling: spaces and escapes may differ."""
    is_document = isinstance(value, str) and value[:1] in ("{", "[")
    return json.dumps(json.loads(value), sort_keys=True) if is_document else value


@pytest.mark.postgres
@pytest.mark.thorough
def test_from_postgresql_to_postgresql_nothing_is_lost_either(
    world: World, tmp_path: Path, postgres_url: str, redis_url: str
) -> None:
    for name, stores in (("old", world.full), ("fresh", world.empty)):
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE macrosora_{name}")
        url = postgres_url.removesuffix("/postgres") + f"/macrosora_{name}"
        stores.write_text(json.dumps(json.loads(stores.read_text()) | {"app": url}))
    old, fresh = (json.loads(stores.read_text())["app"] for stores in (world.full, world.empty))
    seed_platform(
        folder=tmp_path / "seeded",
        redis_url=f"{redis_url}/10",
        size=SIZE,
        now=NOW,
        heavy_calls=1,
        database_url=old.replace("postgresql:", "postgresql+psycopg:", 1),
    )
    empty_database(database_url=fresh.replace("postgresql:", "postgresql+psycopg:", 1))
    for person in (cast.TEMPLATE_OWNER, cast.ORDINARY):
        file = tmp_path / "first.zip"
        world.collect(world.full, person.email, file)
        done = world.load(file)
        assert (done.status, "exported again: equal" in done.out) == (0, True), done


def test_a_second_import_is_refused_and_changes_nothing(world: World, tmp_path: Path) -> None:
    file = tmp_path / "first.zip"
    world.collect(world.full, cast.ORDINARY.email, file)
    assert world.load(file).status == 0
    before = (tmp_path / "new" / "app.sqlite3").read_bytes()
    done = world.load(file)
    assert (done.status, done.out) == (3, "")
    assert "nothing was loaded: this platform holds rows of this person already: app:people (1), " in done.err
    assert (tmp_path / "new" / "app.sqlite3").read_bytes() == before


def test_a_key_that_somebody_else_has_takes_everything_back(world: World, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "new" / "app.sqlite3")) as connection, connection:
        row = "(1, 'Another', NULL, 'DE', 1, 'x@y.example', '2020-01-01')"
        connection.execute(f"INSERT INTO organisations VALUES {row}")  # noqa: S608 - written above
    check_nothing_is_loaded(world, tmp_path, "app:organisations: the database refuses this")


def test_a_file_that_is_there_takes_everything_back(world: World, tmp_path: Path) -> None:
    """The database has taken its rows by then."""
    taken = tmp_path / "new" / "objects" / "prompts" / f"tpl-{cast.ORDINARY.person_id}-0" / "v1.json"
    taken.parent.mkdir()
    taken.write_text("[]")
    check_nothing_is_loaded(world, tmp_path, "v1.json: there is such a file already")
    assert taken.read_text() == "[]"


def check_nothing_is_loaded(world: World, tmp_path: Path, why: str) -> None:
    file = tmp_path / "first.zip"
    world.collect(world.full, cast.ORDINARY.email, file)
    before = sorted(tmp_path.rglob("*"))
    done = world.load(file)
    assert (done.status, done.out) == (1, "")
    assert "nothing was loaded: " in done.err
    assert why in done.err
    assert sorted(tmp_path.rglob("*")) == before
    with closing(sqlite3.connect(tmp_path / "new" / "app.sqlite3")) as connection:
        assert connection.execute("SELECT count(*) FROM people").fetchone() == (0,)
