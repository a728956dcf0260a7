"""The contract's data set in files of each format, on this machine's disk and on an S3 server."""

from __future__ import annotations

import functools
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import fsspec
import pytest

from dsar.datamap.model import Collection, Dataset
from dsar.stores.base import Alternative, Selection
from dsar.stores.objects import open_store
from dsar.stores.objects.changing import disk
from dsar.stores.objects.store import ObjectsStore
from dsar.values import Row
from tests.servers import deaf_port
from tests.stores.maps import (
    MEMBER_FIELDS,
    MEMBERS,
    PEOPLE,
    PEOPLE_FIELDS,
    VISIT_FIELDS,
    VISITS,
    make_collection,
    make_dataset,
    make_field,
)

Rows = list[dict[str, Any]]
Made = tuple[ObjectsStore, Callable[[], ObjectsStore]]
#: Parameters of a `world`: a file system each; S3's server takes two seconds to start.
SYSTEMS = ["file", pytest.param("s3", marks=pytest.mark.slow)]


def shop(format: str, ending: str) -> Dataset:
    """Return the data map of the data set as `contents` lays it out."""

    def source(path: str) -> dict[str, Any]:
        return {"path": f"{path}{ending}", "format": format}

    return make_dataset(
        make_collection("people", *PEOPLE_FIELDS, source=source("people/*")),
        make_collection("members", *MEMBER_FIELDS, source=source("members/org={org_id}/**")),
        make_collection("visits", *VISIT_FIELDS, source=source("visits/all")),
        make_collection("gone", *VISIT_FIELDS, source=source("gone/*")),
    )


def contents(spell: Callable[[Rows], bytes], ending: str) -> dict[str, bytes]:
    """Return path -> bytes of the data set, in files of one format."""
    members = {
        f"members/org={row['org_id']}/a/{at}{ending}": spell([{"person_id": row["person_id"], "role": row["role"]}])
        for at, row in enumerate(MEMBERS)
    }
    return {
        f"people/part-0{ending}": spell(PEOPLE[:2]),
        f"people/part-1{ending}": spell(PEOPLE[2:]),
        f"visits/all{ending}": spell(VISITS),
        "strangers/x.txt": b"?",
        **members,
    }


@contextmanager
def made(request: pytest.FixtureRequest, dataset: Dataset, files: Mapping[str, bytes], bucket: str) -> Iterator[Made]:
    """Write the files to what the fixture's parameter names; yield their store, and what opens one that is down."""
    make = _on_s3 if request.param == "s3" else _on_disk
    store, down = make(request, dataset, files, bucket)
    yield store, down
    store.close()


def _on_disk(request: pytest.FixtureRequest, dataset: Dataset, files: Mapping[str, bytes], _bucket: str) -> Made:
    folder = request.getfixturevalue("tmp_path_factory").mktemp("objects")
    write(folder, files)
    return open_store(dataset, f"file://{folder}", {}), lambda: open_store(dataset, f"file://{folder}/none", {})


def _on_s3(request: pytest.FixtureRequest, dataset: Dataset, files: Mapping[str, bytes], bucket: str) -> Made:
    access = {"key": "k", "secret": "s", "region": "eu-central-1"}
    options = {**access, "endpoint_url": request.getfixturevalue("s3_url")}
    system = fsspec.filesystem("s3", key="k", secret="s", client_kwargs={"endpoint_url": options["endpoint_url"]})
    system.mkdir(bucket)
    for path, data in files.items():
        system.pipe_file(f"{bucket}/data/{path}", data)
    nobody = {**access, "endpoint_url": f"http://127.0.0.1:{deaf_port()}"}
    url = f"s3://{bucket}/data"
    return open_store(dataset, url, options), lambda: open_store(dataset, url, nobody)


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else writes to the files of the test: an erasure need not wait for who is about to."""
    monkeypatch.setattr(disk, "_SETTLED", 0.0)


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


CALL_FIELDS = (
    make_field("user_id", data_type="integer"),
    make_field("date", data_type="string"),
    make_field("email", data_type="string", identity="email"),
    make_field("amount"),
    make_field("tags", data_type="string[]"),
    make_field("items", fields=(make_field("sku", under="items"), make_field("owner", under="items"))),
)


def calls(path: str = "calls/*.jsonl", *, format: str = "jsonl", **facts: Any) -> Collection:
    return make_collection("calls", *CALL_FIELDS, source={"path": path, "format": format, **facts})


def read(folder: Path, collection: Collection, *alternatives: Alternative, **only: Any) -> list[Row]:
    with open_store(make_dataset(collection), f"file://{folder}", {}).snapshot() as snapshot:
        return [row for batch in snapshot.read(collection, Selection(alternatives, only)) for row in batch]


_watched: list[tuple[str, str]] | None = None


def _keep(event: str, arguments: tuple[Any, ...]) -> None:
    if _watched is not None and event in ("os.scandir", "open"):
        _watched.append((event, os.fsdecode(arguments[0]) if isinstance(arguments[0], str | bytes) else ""))


@functools.cache
def _listen() -> None:
    sys.addaudithook(_keep)  # it stays as long as the process


@contextmanager
def watching(store: ObjectsStore) -> Iterator[list[str]]:
    """Keep the listings and openings of files below `people` that Python itself does, a part written as an asterisk."""
    global _watched
    _listen()
    sent: list[str] = []
    watched = _watched = []
    try:
        yield sent
    finally:
        _watched = None
    people = f"{store._files.address('people')}"
    for event, path in watched:
        if event == "os.scandir" and path == people:
            sent.append("list people/**")
        elif event == "open" and path.startswith(f"{people}/"):
            sent.append(f"read people/{re.sub('part-.', '*', path.removeprefix(f'{people}/'))}")
    sent[:] = dict.fromkeys(sent)


def watching_of(request: pytest.FixtureRequest, store: ObjectsStore) -> Callable[[], Any] | None:
    """Return how a world is watched: what S3 is asked does not show here."""
    return (lambda: watching(store)) if request.param == "file" else None
