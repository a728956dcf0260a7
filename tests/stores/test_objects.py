"""The contract on local files and on S3, and what is particular to files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from dsar.datamap.model import Dataset
from dsar.stores.base import Alternative, Selection, StoreConfigError, StoreError, Undeclared
from dsar.stores.objects import open_store
from tests.stores.contract import *  # noqa: F403
from tests.stores.contract import World, by
from tests.stores.maps import MEMBER_FIELDS, PEOPLE_FIELDS, VISIT_FIELDS, VISITS, make_collection, make_dataset
from tests.stores.objects_world import SYSTEMS, Rows, calls, contents, made, read, watching_of, write


def shop() -> Dataset:
    documents = {"path": "members/org={org_id}/**.json", "format": "json"}
    return make_dataset(
        make_collection("people", *PEOPLE_FIELDS, source={"path": "people/*.jsonl", "format": "jsonl"}),
        make_collection("members", *MEMBER_FIELDS, source=documents),
        make_collection(
            "visits", *VISIT_FIELDS, source={"path": "visits/all.json", "format": "json", "rows": "data.rows"}
        ),
        make_collection("gone", *VISIT_FIELDS, source={"path": "gone/*.jsonl", "format": "jsonl"}),
    )


def json_lines(rows: Rows) -> bytes:
    return b"".join(orjson.dumps(row) + b"\n" for row in rows)


def files() -> dict[str, bytes]:
    members = {path: data for path, data in contents(orjson.dumps, ".json").items() if path.startswith("members/")}
    people = {path: data for path, data in contents(json_lines, ".jsonl").items() if not path.startswith("members/")}
    del people["visits/all.jsonl"]
    return {**people, **members, "visits/all.json": orjson.dumps({"data": {"rows": VISITS}})}


@pytest.fixture(scope="module", params=SYSTEMS)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    with made(request, shop(), files(), "json") as (store, down):
        yield World(store=store, dataset=shop(), down=down, watching=watching_of(request, store))


@pytest.mark.parametrize("many", [False, True], ids=["few", "many"])
@pytest.mark.parametrize(
    ("line", "alternative"),
    [
        (rb'{"user_id": 4.2e1}', by("user_id", 42)),
        (rb'{"user_id": "42"}', by("user_id", 42)),
        (rb'{"user_id": 42.0}', by("user_id", "42")),
        (rb'{"user_id": -0}', by("user_id", 0)),
        (rb'{"email": "J\u004fHN@example.org"}', by("email", "john@example.org")),
        ('{"email": "\u212aIM@example.org"}'.encode(), by("email", "kim@example.org")),
        ('{"email": "ÄNNE@example.org"}'.encode(), by("email", "änne@example.org")),
        (rb'{"email": "a\/b@example.org"}', by("email", "a/b@example.org")),
        (rb'{"tags": ["x", "say \"hi\""]}', by("tags", 'say "hi"')),
        (rb'{"items": [{"sku": 1}, {"sku": 2, "owner": "me"}]}', by("items.owner", "me")),
        (rb'{"amount": 1.50}', by("amount", 1.5)),
        (rb'{"amount": false}', by("amount", False)),
        (rb'{"amount": ""}', by("amount", "")),
        (rb'{"amount": 12345678901234567890123}', by("amount", 12345678901234567890123)),
    ],
)
def test_a_value_is_found_however_it_is_written(
    tmp_path: Path, line: bytes, alternative: Alternative, *, many: bool
) -> None:
    write(tmp_path, {"calls/a.jsonl": b'{"user_id": 7}\n' + line + b"\n"})
    others = Alternative(alternative.paths, frozenset((f"other-{number}",) for number in range(50 if many else 1)))
    assert len(read(tmp_path, calls(), alternative, others)) == 1


def test_a_composed_and_a_decomposed_text_differ(tmp_path: Path) -> None:
    write(tmp_path, {"calls/a.jsonl": '{"tags": ["jose\u0301"]}\n{"tags": ["jos\u00e9"]}\n'.encode()})
    assert read(tmp_path, calls(), by("tags", "jos\u00e9")) == [{"tags": ["jos\u00e9"]}]


@pytest.mark.parametrize("amount", ["12345678901234567.89", "0.1234567890123456789", "-1234567890.1234567"])
def test_long_fractions_stay_exact(tmp_path: Path, amount: str) -> None:
    write(tmp_path, {"calls/a.jsonl": f'{{"user_id": 1, "amount": {amount}}}\n'.encode()})
    assert str(read(tmp_path, calls(), by("user_id", 1))[0]["amount"]) == amount


def test_long_numbers_stay_exact(tmp_path: Path) -> None:
    write(tmp_path, {"calls/a.jsonl": b'{"user_id": 1, "amount": 18446744073709551617}\n'})
    assert read(tmp_path, calls(), by("user_id", 1)) == [{"user_id": 1, "amount": 18446744073709551617}]


def test_a_part_of_the_path_is_a_field_and_saves_opening_other_files(tmp_path: Path) -> None:
    source = "calls/user={user_id}/date={date}/*.jsonl"
    write(
        tmp_path,
        {
            "calls/user=0/date=2026-01-01/a.jsonl": b'{"amount": 1}\n',
            "calls/user=7/date=2026-01-01/a.jsonl": b"broken\n",
        },
    )
    found = [{"amount": 1, "user_id": 0, "date": "2026-01-01"}]
    assert read(tmp_path, calls(source), by("user_id", 0)) == found
    assert read(tmp_path, calls(source), Alternative(("user_id", "amount"), frozenset({(0, 1)}))) == found
    assert read(tmp_path, calls(source), by("amount", 1), user_id=0) == found
    with pytest.raises(StoreError, match=r"user=7/date=2026-01-01/a\.jsonl:1"):
        read(tmp_path, calls(source), by("amount", 1))


@pytest.mark.parametrize("text", [b"broken", b"[1]", b'"text"', b'{"user_id": 1', b"{'user_id': 1}", b"NaN", b"5"])
def test_a_line_that_is_no_object_is_named_with_its_number(tmp_path: Path, text: bytes) -> None:
    write(tmp_path, {"calls/a.jsonl": b'{"user_id": 1}\n\n' + text + b'\n{"user_id": 1}\n'})
    with pytest.raises(StoreError, match=r"calls/a\.jsonl:3:") as caught:
        read(tmp_path, calls(), by("user_id", 1))
    assert caught.value.retry is False


def test_a_document_that_is_no_json_is_named(tmp_path: Path) -> None:
    write(tmp_path, {"calls/a.json": b'{"data": {"rows": 5}}'})
    for rows in ("data", "data.rows", "data.rows.x", "other"):
        collection = calls("calls/*.json", format="json", rows=rows)
        if rows == "data":
            assert read(tmp_path, collection, by("user_id", 1)) == []
            continue
        with pytest.raises(StoreError, match=r"calls/a\.json:1"):
            read(tmp_path, collection, by("user_id", 1))


@pytest.mark.parametrize("format", ["jsonl", "json"])
def test_a_mark_at_the_start_and_line_ends_of_windows_are_read(tmp_path: Path, format: str) -> None:
    lines = b'\xef\xbb\xbf{"user_id": 1}\r\n' + (b'\r\n{"user_id": 1}\r\n' if format == "jsonl" else b"")
    write(tmp_path, {f"calls/a.{format}": lines})
    rows = read(tmp_path, calls(f"calls/*.{format}", format=format), by("user_id", 1))
    assert rows == [{"user_id": 1}] * (2 if format == "jsonl" else 1)


def test_a_half_written_last_line_is_left_for_later(tmp_path: Path) -> None:
    write(tmp_path, {"calls/a.jsonl": b'{"user_id": 1}\n{"user_id": 1, "amo'})
    assert read(tmp_path, calls(), by("user_id", 1)) == [{"user_id": 1}]
    write(tmp_path, {"calls/a.jsonl": b'{"user_id": 1}\n{"user_id": 1, "amount": 2}'})
    assert len(read(tmp_path, calls(), by("user_id", 1))) == 2


def test_a_snapshot_does_not_see_what_comes_later(tmp_path: Path) -> None:
    write(tmp_path, {"calls/a.jsonl": b'{"user_id": 1}\n'})
    collection = calls()
    with open_store(make_dataset(collection), f"file://{tmp_path}", {}).snapshot() as snapshot:
        write(tmp_path, {"calls/a.jsonl": b'{"user_id": 1}\n{"user_id": 1}\n', "calls/b.jsonl": b'{"user_id": 1}\n'})
        assert snapshot.count(collection, Selection((by("user_id", 1),))) == 1


@pytest.mark.parametrize("change", [Path.unlink, lambda path: path.write_bytes(b"{}\n")], ids=["gone", "shorter"])
def test_a_file_that_changes_under_the_reader_is_worth_another_try(
    tmp_path: Path, change: Callable[[Path], object]
) -> None:
    write(tmp_path, {"calls/a.jsonl": b'{"user_id": 1}\n'})
    collection = calls()
    with open_store(make_dataset(collection), f"file://{tmp_path}", {}).snapshot() as snapshot:
        change(tmp_path / "calls/a.jsonl")
        with pytest.raises(StoreError, match=r"calls/a\.jsonl") as caught:
            snapshot.count(collection, Selection((by("user_id", 1),)))
    assert caught.value.retry is True


def test_what_lies_beside_declared_folders_is_named(tmp_path: Path) -> None:
    collection = calls("usage/calls/date={date}/*.jsonl")
    write(
        tmp_path, {"usage/calls/date=1/a.jsonl": b"{}\n", "usage/secrets/a": b"", "usage/old/b": b"", "note.txt": b""}
    )
    dataset = make_dataset(collection, ignore=("usage/old",))
    with open_store(dataset, f"file://{tmp_path}", {}).snapshot() as snapshot:
        assert snapshot.undeclared() == (Undeclared("note.txt"), Undeclared("usage/secrets"))


def test_only_matching_rows_tell_of_undeclared_keys(tmp_path: Path) -> None:
    collection = calls()
    lines = b'{"user_id": 1, "x": 1, "items": [{"y": 1}]}\n{"user_id": 2, "z": 1}\n'
    write(tmp_path, {"calls/a.jsonl": lines})
    with open_store(make_dataset(collection), f"file://{tmp_path}", {}).snapshot() as snapshot:
        list(snapshot.read(collection, Selection((by("user_id", 1),))))
        assert snapshot.undeclared() == (Undeclared("calls", "items.y"), Undeclared("calls", "x"))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"path": "a/*.jsonl"}, "'format' is missing"),
        ({"format": "jsonl"}, "'path' is missing"),
        ({"path": "a/*.xml", "format": "xml"}, "'format' must be one of csv, json, jsonl"),
        ({"path": "a/*.csv", "format": "csv", "rows": "data"}, "'rows' is for documents"),
        ({"path": "../a.json", "format": "json"}, "must be relative"),
        ({"path": "/a.json", "format": "json"}, "must be relative"),
        ({"path": "a/{}.json", "format": "json"}, "write each placeholder"),
        ({"path": "a/{b.json", "format": "json"}, "write each placeholder"),
        ({"path": "a.json", "format": "json", "row": "x"}, "unknown key 'row'"),
        ({"path": 5, "format": "json"}, "must be text"),
    ],
)
def test_a_wrong_source_is_refused_with_its_place(tmp_path: Path, source: dict[str, Any], message: str) -> None:
    with pytest.raises(StoreConfigError, match=rf"shop\.yml:7: shop:calls: .*{message}"):
        open_store(make_dataset(make_collection("calls", source=source)), f"file://{tmp_path}", {})


@pytest.mark.parametrize("url", ["file:relative", "file://host/a", "s3:///a"])
def test_a_wrong_address_is_refused(url: str) -> None:
    with pytest.raises(StoreConfigError, match="write file:///folder or s3://bucket/folder"):
        open_store(make_dataset(), url, {})
