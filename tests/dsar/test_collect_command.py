"""`manage.py collect` as an engineer runs it: real stores, and no database of the portal: no test here may use one."""

from __future__ import annotations

import io
import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pyrage
import pytest
from django.core.management import call_command

from dsar.bundle.verify import verify_bundle
from dsar.management.progress import Progress
from dsar.stores.registry import close_all

ROOT = Path(__file__).resolve().parents[2]
MAP = """
dataset:
- fides_key: app
  collections:
  - name: people
    fields:
    - {name: id, data_categories: [user.unique_id], fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email, data_type: string}}
  - name: tickets
    fields:
    - {name: id, data_categories: [system.operations], fides_meta: {primary_key: true}}
    - name: person_id
      data_categories: [system.operations]
      fides_meta: {references: [{dataset: app, field: people.id, direction: from}]}
- fides_key: usage
  collections:
  - name: calls
    meta: {source: {path: calls.jsonl, format: jsonl}}
    fields:
    - name: person_id
      data_categories: [user.unique_id]
      fides_meta: {data_type: integer, references: [{dataset: app, field: people.id, direction: from}]}
    - {name: path, data_categories: [user.behavior]}
"""

#: What is in the folder of a command that has written a bundle, or left one as it was.
BESIDE = ["app.db", "bundle.zip", "map", "stores.yml", "usage"]


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Place:
    folder: Path

    @property
    def out(self) -> Path:
        return self.folder / "bundle.zip"

    def arguments(self, identity: str = "email=Ann@Example.org") -> list[str]:
        places = ["--datamap", str(self.folder / "map"), "--stores", str(self.folder / "stores.yml")]
        return ["collect", *places, "--identity", identity, "--out", str(self.out)]

    def run(self, *more: str, identity: str = "email=Ann@Example.org") -> Done:
        stdout, stderr, status = io.StringIO(), io.StringIO(), 0
        try:
            call_command(*self.arguments(identity), *more, stdout=stdout, stderr=stderr)
        except SystemExit as ended:
            status = int(ended.code or 0)
        finally:
            close_all()
        return Done(status, stdout.getvalue(), stderr.getvalue())

    def names(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())

    def lines(self, name: str) -> list[dict[str, object]]:
        with zipfile.ZipFile(self.out) as archive:
            return [json.loads(line) for line in archive.read(name).splitlines()]

    def states(self) -> dict[str, str]:
        with zipfile.ZipFile(self.out) as archive:
            stores = json.loads(archive.read("manifest.json"))["stores"]
        return {item["name"]: item["state"] for store in stores for item in store["collections"]}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "map").mkdir()
    (tmp_path / "map" / "map.yml").write_text(MAP, encoding="utf-8")
    (tmp_path / "stores.yml").write_text("app: sqlite:///app.db\nusage: file:usage\n", encoding="utf-8")
    (tmp_path / "usage").mkdir()
    calls = [{"person_id": 0, "path": "/a"}, {"person_id": 1, "path": "/b"}, {"person_id": 0, "path": "/c"}]
    (tmp_path / "usage" / "calls.jsonl").write_text("".join(json.dumps(call) + "\n" for call in calls))
    with sqlite3.connect(tmp_path / "app.db") as database:
        database.executescript(
            "create table people (id integer primary key, email text);"
            "create table tickets (id integer primary key, person_id integer);"
            "insert into people values (0, 'ann@example.org'), (1, 'bob@example.org');"
        )
    database.close()
    return Place(tmp_path)


@pytest.mark.thorough
def test_it_is_a_command_that_needs_no_portal(place: Place) -> None:
    ours = {**os.environ, "DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none", "PORTAL_VAR": str(place.folder)}
    command = [sys.executable, "manage.py", *place.arguments(), "--no-pdf"]
    done = subprocess.run(command, cwd=ROOT, env=ours, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"{place.out}: 3 rows of 3 collections, 0 withheld\n"), done.stderr


@pytest.mark.thorough
def test_its_bundle_can_be_checked_where_there_is_no_portal(place: Place) -> None:
    assert place.run("--no-pdf").returncode == 0
    ours = {**os.environ, "DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none", "PORTAL_VAR": str(place.folder)}
    command = [sys.executable, "manage.py", "verify_bundle", str(place.out)]
    done = subprocess.run(command, cwd=ROOT, env=ours, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "ok     rows: 3 rows, as many as promised" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("NOT TRUSTED: whole, but ")
    assert done.stderr.startswith("this portal's own keys cannot be read")


def test_everything_is_read(place: Place) -> None:
    done = place.run()
    assert (done.returncode, done.stdout) == (0, f"{place.out}: 3 rows of 3 collections, 0 withheld\n"), done.stderr
    assert place.lines("data/app/people.jsonl") == [{"id": 0, "email": "ann@example.org"}]
    assert [row["path"] for row in place.lines("data/usage/calls.jsonl")] == ["/a", "/c"]
    assert place.lines("data/app/tickets.jsonl") == []
    assert place.states() == {"people": "delivered", "tickets": "empty", "calls": "delivered"}
    with place.out.open("rb") as file:
        assert verify_bundle(file=file, public_key=None).passed


def test_a_store_that_fails_is_named_and_spoils_no_other(place: Place) -> None:
    (place.folder / "usage" / "calls.jsonl").write_text('{"person_id": 0, "pa\n')
    done = place.run("--no-pdf")
    assert done.returncode == 1
    assert "FAILED usage: " in done.stderr
    assert "calls.jsonl:1" in done.stderr
    assert place.states() == {"people": "delivered", "tickets": "empty", "calls": "failed"}
    with zipfile.ZipFile(place.out) as archive:
        assert "data/usage/calls.jsonl" not in archive.namelist()


def test_what_the_map_does_not_declare_is_told(place: Place) -> None:
    assert "not in the map" not in place.run("--no-pdf").stderr
    with sqlite3.connect(place.folder / "app.db") as database:
        database.execute("alter table people add column phone text")
        database.execute("create table letters (id integer)")
        database.execute('create table "z\x1b[2K\nFAILED app" (id integer)')
    database.close()
    done = place.run("--no-pdf")
    assert done.returncode == 0
    assert "read: app:letters, app:z\\x1b[2K\\nFAILED app, app:people.phone: see manifest.json" in done.stderr


def test_a_bundle_for_a_recipient_opens_with_their_key_alone(place: Place) -> None:
    key = pyrage.x25519.Identity.generate()
    assert place.run("--recipient", str(key.to_public())).returncode == 0
    plain = pyrage.decrypt(place.out.read_bytes(), [key])
    assert "data/app/people.jsonl" in zipfile.ZipFile(io.BytesIO(plain)).namelist()


def test_what_is_no_ordinary_file_is_not_replaced(place: Place) -> None:
    """/dev/null, say, which a bundle in its place would take from everybody."""
    os.mkfifo(place.out)
    done = place.run("--no-pdf")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"--out: {place.out} is no ordinary file; name one\n"
    assert place.out.is_fifo()


def test_a_link_stays_where_the_bundle_goes(place: Place) -> None:
    place.out.symlink_to("elsewhere.zip")
    assert place.run("--no-pdf").returncode == 0
    assert place.out.is_symlink()
    assert zipfile.is_zipfile(place.folder / "elsewhere.zip")


def test_a_full_disk_leaves_nothing_behind(place: Place) -> None:
    """A limit on the size of files stands for the disk."""
    place.out.write_text("what was here")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, before[1]))
    try:
        done = place.run("--no-pdf")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "no bundle is written: File too large\n")
    assert place.out.read_text() == "what was here"
    assert place.names() == BESIDE


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_command_leaves_nothing_behind(
    place: Place, number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle: the moment when the first row has been read."""
    told = Progress.__call__

    def interrupt(self: Progress, dataset: str, collection: str, rows: int) -> None:
        told(self, dataset, collection, rows)
        signal.raise_signal(number)

    monkeypatch.setattr(Progress, "__call__", interrupt)
    place.out.write_text("what was here")
    handler = signal.getsignal(number)
    done = place.run("--no-pdf")
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "interrupted: no bundle is written\n"
    assert place.out.read_text() == "what was here"
    assert place.names() == BESIDE
    assert signal.getsignal(number) is handler


@pytest.mark.parametrize(
    ("identity", "more", "said"),
    [
        ("mail=ann@example.org", [], "the map knows no 'mail'; did you mean 'email'?; it knows email"),
        ("email", [], "--identity: write NAME=VALUE"),
        ("email=", [], "--identity: email has no value"),
        ("email=\udcff@b", [], "--identity: email is no text in UTF-8"),
        ("email=a@b", ["--recipient", "age1nonsense"], "--recipient: no age or SSH public key"),
        ("email=a@b", ["--out", "/nowhere/at/all.zip"], "--out: /nowhere/at/all.zip cannot be written"),
        ("email=a@b", ["--datamap", "/nowhere"], "--datamap: there is no folder /nowhere"),
        ("email=a@b", ["--stores", "/nowhere.yml"], "--stores: nowhere.yml: there is no such file"),
    ],
)
def test_bad_input_says_what_to_write_and_changes_nothing(
    place: Place, identity: str, more: list[str], said: str
) -> None:
    place.out.write_text("what was here")
    done = place.run(*more, identity=identity)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert place.out.read_text() == "what was here"


def test_mistakes_of_map_and_stores_are_told_by_file_and_line(place: Place) -> None:
    map_file = place.folder / "map" / "map.yml"
    map_file.write_text(MAP.replace("identity: email", "identiy: email"), encoding="utf-8")
    done = place.run()
    assert done.returncode == 2
    assert "map.yml:8: " in done.stderr
    map_file.write_text(MAP, encoding="utf-8")
    (place.folder / "stores.yml").write_text("app: sqlite:///app.db\nusag: file:usage\n")
    done = place.run()
    assert done.returncode == 2
    assert "names no address for the dataset 'usage'" in done.stderr
    assert "stores.yml:2: the map has no dataset 'usag'; did you mean 'usage'?" in done.stderr
    (place.folder / "stores.yml").write_text("app: sqlite:///app.db\nusage: file:usage\n")
    map_file.write_text(MAP.replace("format: jsonl", "format: json lines"), encoding="utf-8")
    assert "--datamap: map.yml:17: usage:calls: source: " in place.run().stderr
    assert sorted(path.name for path in place.folder.iterdir()) == ["app.db", "map", "stores.yml", "usage"]
