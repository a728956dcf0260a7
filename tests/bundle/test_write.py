from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from dsar.bundle.archive import BundleError
from dsar.bundle.contents import BundleContents, CollectionContents, CollectionState
from dsar.bundle.signing import Signer, verify
from dsar.bundle.write import write_bundle
from tests.bundle.builders import (
    CALLS,
    EVIL,
    NOW,
    PEOPLE,
    SESSIONS,
    calls,
    contents,
    data_map,
    dataset,
    delivered,
    example,
    lines_of,
    person,
    store,
)
from tests.bundle.conftest import Packed


def pack(given: BundleContents) -> bytes:
    out = io.BytesIO()
    write_bundle(out=out, contents=given, signer=Signer.generate())
    return out.getvalue()


def people_only(item: CollectionContents) -> BundleContents:
    return contents(data_map(dataset("app", PEOPLE)), store(item))


def test_the_archive_holds_these_files_in_this_order(packed: Packed) -> None:
    assert packed.archive.namelist() == [
        "index.html",
        "README.txt",
        "pages/how-your-data-is-used.html",
        "data/app/people.jsonl",
        "data/app/people.csv",
        "data/cache/flags.jsonl",
        "pages/account.html",
        "data/usage/api_calls.jsonl",
        "data/usage/api_calls.csv",
        "pages/api-usage.html",
        "pages/logs.html",
        "report.pdf",
        "datapackage.json",
        "manifest.json",
        "manifest.sig",
    ]


def test_every_entry_is_a_plain_file_of_the_time_of_packing(packed: Packed) -> None:
    for entry in packed.archive.infolist():
        assert entry.external_attr >> 16 == 0o100644
        assert entry.date_time == (2026, 11, 20, 9, 30, 0)
        assert entry.compress_type == zipfile.ZIP_DEFLATED


def test_json_lines_are_copied_byte_for_byte(packed: Packed) -> None:
    with lines_of(calls(1200))() as lines:
        expected = b"".join(lines)
    assert packed.read("data/usage/api_calls.jsonl") == expected


def test_the_spreadsheet_holds_what_may_be_shown_and_nothing_that_runs(packed: Packed) -> None:
    head, row, end = packed.read("data/app/people.csv").decode().split("\r\n")
    assert head == "\ufeffid,email,name,settings"
    assert row.startswith("7,amira@example.org,")
    assert row.endswith('"{""theme"":""=dark""}"')
    assert end == ""
    assert packed.read("data/usage/api_calls.csv").decode().split("\r\n")[3].endswith(",/v1/2,-0.20")


def test_the_manifest_speaks_of_every_collection(packed: Packed) -> None:
    told = {
        (store["dataset"], item["name"]): (item["state"], item["rows"], item["withheld"], item["reason"])
        for store in packed.manifest.document["stores"]
        for item in store["collections"]
    }
    assert told == {
        ("app", "people"): ("delivered", 1, 2, ""),
        ("usage", "api_calls"): ("delivered", 1200, 0, ""),
        ("cache", "sessions"): ("failed", 0, 0, "no answer in 30 seconds"),
        ("cache", "flags"): ("unreached", 0, 0, ""),
        ("cache", "logs"): ("excluded", 0, 0, "nothing personal in it"),
    }


def test_the_manifest_names_what_is_not_there_and_why(packed: Packed) -> None:
    people = packed.manifest.document["stores"][0]["collections"][0]
    assert people["excluded_fields"] == {
        "password_hash": "secret: protects access, never shown",
        "settings.pin": "secret: protects access, never shown",
        "internal_note": "speaks of others",
    }
    assert packed.manifest.document["stores"][0]["undeclared_collections"] == ["tmp_table"]
    assert packed.manifest.document["stores"][1]["collections"][0]["undeclared_fields"] == ["debug"]
    assert packed.manifest.document["identities_not_searched"][0]["value"] == "old@example.org"
    assert packed.manifest.document["disputes"] == [
        {
            "stated_at": NOW.isoformat(),
            "words": "I never lived\nthere.",
            "values": [
                {"dataset": "app", "collection": "people", "field": "home_town", "held": "Rome", "proposed": ""}
            ],
        }
    ]
    assert packed.manifest.document["exceptions"] == ["Live sessions could not be read; they expire within a day."]
    assert packed.manifest.document["data_map_sha256"] == "ab" * 32


def test_the_manifest_lists_every_other_file_with_length_and_hash(packed: Packed) -> None:
    listed = {entry["path"]: (entry["bytes"], entry["sha256"]) for entry in packed.manifest.document["files"]}
    found = {name: packed.read(name) for name in packed.archive.namelist() if not name.startswith("manifest.")}
    assert listed == {name: (len(data), hashlib.sha256(data).hexdigest()) for name, data in found.items()}


def test_the_manifest_is_signed_over_its_exact_bytes(packed: Packed) -> None:
    content = packed.read("manifest.json")
    assert content == packed.manifest.content
    assert verify(public_key=packed.signer.public_key, signature=packed.manifest.signature, message=content)
    assert packed.manifest.rows == 1201
    assert packed.manifest.sha256 == hashlib.sha256(content).hexdigest()


def test_the_data_package_tells_types_keys_and_words(packed: Packed) -> None:
    package = json.loads(packed.read("datapackage.json"))
    resources = {resource["path"]: resource for resource in package["resources"]}
    people = resources["data/app/people.jsonl"]["schema"]
    assert people["primaryKey"] == ["id"]
    assert people["fields"][1] == {
        "name": "email",
        "type": "string",
        "dataCategories": ["user.contact.email"],
        "origin": "provided",
        "valueTypes": ["string"],
    }
    assert [item["name"] for item in people["fields"][3]["nestedFields"]] == ["theme"]
    types = [item["type"] for item in resources["data/usage/api_calls.csv"]["schema"]["fields"]]
    assert types == ["datetime", "string", "number"]


class Pipe:
    """Takes writes only, as a socket or an encrypting pipe would."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self.parts.append(bytes(data))
        return len(data)

    def flush(self) -> None: ...


def test_the_same_input_gives_the_same_bytes_to_a_file_and_to_a_pipe(packed: Packed) -> None:
    pipe: Any = Pipe()
    told: list[str] = []
    write_bundle(out=pipe, contents=example(), signer=packed.signer, progress=told.append)
    assert b"".join(pipe.parts) == packed.data
    assert told == ["Account", "API usage", "Logs", "report.pdf"]


def test_nothing_found_is_still_a_whole_bundle() -> None:
    archive = zipfile.ZipFile(io.BytesIO(pack(people_only(delivered(PEOPLE, [], withheld=1)))))
    package = json.loads(archive.read("datapackage.json"))
    assert [resource["path"] for resource in package["resources"]] == ["data/app/people.jsonl", "report.pdf"]
    assert archive.read("data/app/people.jsonl") == b""
    assert "nothing about you is held here" in archive.read("pages/account.html").decode()


def broken(change: Callable[[CollectionContents], CollectionContents]) -> BundleContents:
    return people_only(change(delivered(PEOPLE, [person()])))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (broken(lambda item: replace(item, rows=2)), "2 rows were collected, 1 are there"),
        (broken(lambda item: replace(item, open_blocks=None)), "no file of them is given"),
        (broken(lambda item: replace(item, open_blocks=lines_of([{"password_hash": "x"}]))), r"\['password_hash'\]"),
        (broken(lambda item: replace(item, open_blocks=lines_of([{"settings": {"pin": 1}}]))), "settings.pin"),
        (broken(lambda item: replace(item, excluded_fields={"name": "why"})), r"\['name'\]"),
        (broken(lambda item: replace(item, size=9)), "changed before they were packed"),
    ],
    ids=["fewer rows", "no rows", "secret", "nested secret", "excluded", "longer"],
)
def test_rows_that_are_not_as_promised_stop_the_bundle(given: BundleContents, message: str) -> None:
    out = io.BytesIO()
    with pytest.raises(BundleError, match=message):
        write_bundle(out=out, contents=given, signer=Signer.generate())
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(out)


@pytest.mark.parametrize("line", [b"[1]", b"{", b'{"id":\n1}', b""])
def test_a_line_that_is_no_object_stops_the_bundle_without_quoting_it(line: bytes) -> None:
    @contextmanager
    def opened() -> Iterator[Iterator[bytes]]:
        yield iter([line + b"\n"])

    with pytest.raises(BundleError, match=r"^app:people: a line is not"):
        pack(broken(lambda item: replace(item, open_blocks=opened)))


def test_a_collection_that_nobody_speaks_of_is_refused() -> None:
    the_map = data_map(dataset("app", PEOPLE), dataset("cache", SESSIONS))
    with pytest.raises(ValueError, match="says nothing of: cache:sessions"):
        pack(contents(the_map, store(delivered(PEOPLE, []))))


@pytest.mark.parametrize(
    ("stores", "message"),
    [
        ((store(delivered(PEOPLE, []), delivered(PEOPLE, [])),), "more than once: app:people"),
        ((store(delivered(PEOPLE, [])), store(delivered(CALLS, []))), "does not have: usage:api_calls"),
        ((store(delivered(PEOPLE, [person()], state=CollectionState.EMPTY)),), "is empty and yet has 1 rows"),
        ((store(delivered(PEOPLE, [], state=CollectionState.FAILED)),), "failed without a reason"),
        ((store(delivered(PEOPLE, [], withheld=-1)),), "negative"),
    ],
)
def test_contents_that_contradict_themselves_are_refused(stores: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        pack(contents(data_map(dataset("app", PEOPLE)), *stores))


def test_hostile_names_become_safe_and_distinct_files() -> None:
    names = ["../../etc/passwd", "..\\..\\boot.ini", "con", "A B", "a-b", "a/b", "漢字", "", EVIL * 20, "x" * 5000]
    made = [replace(SESSIONS, name=name, title="", topic=name, dataset="../evil") for name in names]
    items = [delivered(item, [{"key": "k"}]) for item in made]
    archive = zipfile.ZipFile(io.BytesIO(pack(contents(data_map(dataset("../evil", *made)), store(*items)))))
    data = [name for name in archive.namelist() if name.startswith("data/")]
    assert data[:6:2] == ["data/evil/etc-passwd.jsonl", "data/evil/boot-ini.jsonl", "data/evil/con-data.jsonl"]
    assert (
        len({name.lower() for name in archive.namelist()}) == len(archive.namelist()) == 2 * len(names) + len(names) + 7
    )
    assert max(len(name) for name in archive.namelist()) < 100


def test_a_moment_before_zip_began_is_told_as_its_first_year() -> None:
    given = replace(people_only(delivered(PEOPLE, [])), prepared_at=NOW - timedelta(days=365 * 60))
    assert zipfile.ZipFile(io.BytesIO(pack(given))).infolist()[0].date_time[0] == 1980
