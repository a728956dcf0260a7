"""The contract on CSV, and what is particular to it: no NULL, no types, quotes, and rows that take several lines."""

from __future__ import annotations

import csv
import gzip
import io
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from dsar.stores.base import Selection, StoreError, Undeclared
from dsar.stores.objects import open_store
from dsar.stores.objects.lines import MOST_BYTES
from dsar.values import Row
from tests.stores.contract import *  # noqa: F403
from tests.stores.contract import World, by
from tests.stores.maps import make_collection, make_dataset, make_field
from tests.stores.objects_world import SYSTEMS, Rows, calls, contents, made, read, shop, watching_of, write


def spell(rows: Rows) -> bytes:
    """Return the rows as CSV; objects are JSON within their column, and NULL is an empty text."""
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0].keys())
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    return orjson.dumps(value).decode() if isinstance(value, dict | bool) else value


class CsvWorld(World):
    def expected(self, *rows: dict[str, Any]) -> list[Row]:
        return super().expected(*({k: "" if v is None else v for k, v in row.items()} for row in rows))


@pytest.fixture(scope="module", params=SYSTEMS)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    dataset = shop("csv", ".csv")
    with made(request, dataset, contents(spell, ".csv"), "csv") as (store, down):
        yield CsvWorld(store=store, dataset=dataset, down=down, watching=watching_of(request, store))


@pytest.mark.parametrize(  # type: ignore[no-redef]  # in place of the contract's own
    ("path", "value", "ids"),
    # CSV cannot tell an empty text from none: person 2, who has no nickname, is found by it.
    [("person_id", 0, [0]), ("nickname", "", [0, 2]), ("active", False, [0, 3])],
)
def test_falsy_values_match_and_arrive(world: World, path: str, value: Any, ids: list[int]) -> None:
    assert world.read("people", by(path, value)) == world.people(*ids)


def table(path: str = "calls/*") -> Any:
    return calls(path, format="csv")


def refused(folder: Path, message: str) -> StoreError:
    with pytest.raises(StoreError, match=message) as caught:
        read(folder, table(), by("user_id", 1))
    return caught.value


def test_quotes_line_ends_and_a_mark_at_the_start_are_read(tmp_path: Path) -> None:
    text = '\ufeffuser_id,amount\r\n1,"a ""b"", c\r\nd\n\ne"\r\n\r\n2,x\r\n1,\r\n'
    write(tmp_path, {"calls/a.csv": text.encode()})
    rows = read(tmp_path, table(), by("user_id", 1))
    assert rows == [{"user_id": 1, "amount": 'a "b", c\r\nd\n\ne'}, {"user_id": 1, "amount": ""}]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("integer", "42", 42),
        ("integer", "042", "042"),
        ("float", "2.5", 2.5),
        ("float", "3", 3),
        ("float", "2.50", "2.50"),
        ("float", "", ""),
        ("boolean", "true", True),
        ("boolean", "1", "1"),
        ("string", "42", "42"),
        (None, "42", "42"),
        ("integer[]", "[1, 2]", [1, 2]),
        ("object", '{"a": 1}', {"a": 1}),
        ("object", "{a", "{a"),
    ],
)
def test_a_value_gets_its_declared_type_where_nothing_is_lost(
    tmp_path: Path, kind: str | None, text: str, value: Any
) -> None:
    fields = make_field("user_id"), make_field("value", data_type=kind)
    collection = make_collection("t", *fields, source={"path": "a.csv", "format": "csv"})
    write(tmp_path, {"a.csv": spell([{"user_id": "1", "value": text}])})
    (row,) = read(tmp_path, collection, by("user_id", 1))
    assert row == {"user_id": "1", "value": value}
    assert type(row["value"]) is type(value)


def test_a_value_within_an_object_or_an_array_is_found(tmp_path: Path) -> None:
    rows = [{"tags": '["x", "y"]', "items": '[{"sku": 1, "owner": "me"}]', "user_id": 1}]
    write(tmp_path, {"calls/a.csv": spell(rows)})
    for alternative in (by("tags", "y"), by("items.owner", "me")):
        assert read(tmp_path, table(), alternative) == [
            {"user_id": 1, "tags": ["x", "y"], "items": [{"sku": 1, "owner": "me"}]}
        ]


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        (b"1,2\n1\n1,2\n", r"a\.csv:3: 1 values under 2 columns"),
        (b"1,2\n1,2,3\n", r"a\.csv:3: 3 values under 2 columns"),
        (b"1,2,3", r"a\.csv:2: 3 values under 2 columns"),
        (b'1,"a\nb"\n1,"x"y\n', r"a\.csv:4: not CSV"),
        (b"1,\xff\n", r"a\.csv:2: not CSV \(is no UTF-8\)"),
        (b"1,a\rb\n", r"a\.csv:2: not CSV"),
    ],
    ids=["narrow", "wide", "wide at the end", "quote", "bytes", "return"],
)
def test_a_broken_row_is_named_with_its_line(tmp_path: Path, rows: bytes, place: str) -> None:
    write(tmp_path, {"calls/a.csv": b"user_id,amount\n" + rows})
    assert refused(tmp_path, place).retry is False


@pytest.mark.parametrize("end", [b"", b"\n"], ids=["unended", "ended"])
def test_a_stray_quote_swallows_no_rows(tmp_path: Path, end: bytes) -> None:
    write(tmp_path, {"calls/a.csv": b'user_id,amount\n2,"x\n1,2\n1,3' + end})
    # It may be a text that is still being written.
    assert refused(tmp_path, r"a\.csv:2: not CSV").retry is True


@pytest.mark.parametrize("rest", [b"1", b'1,"tw', b"1,\xc3", b'1,"tw"x'])
def test_a_half_written_last_row_is_left_for_later(tmp_path: Path, rest: bytes) -> None:
    write(tmp_path, {"calls/a.csv": b"user_id,amount\n1,2\n" + rest})
    assert read(tmp_path, table(), by("user_id", 1)) == [{"user_id": 1, "amount": "2"}]
    write(tmp_path, {"calls/a.csv": b"user_id,amount\n1,2\n1,3"})
    assert len(read(tmp_path, table(), by("user_id", 1))) == 2


def test_a_half_row_of_a_file_that_cannot_grow_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, {"calls/a.csv.gz": gzip.compress(b"user_id,amount\n1,2\n1")})
    assert refused(tmp_path, r"a\.csv\.gz:3: 1 values under 2 columns").retry is False


def test_a_file_without_a_whole_header_has_no_rows_yet(tmp_path: Path) -> None:
    write(tmp_path, {"calls/a.csv": b"", "calls/b.csv": b"user_id,amo", "calls/c.csv": b"user_id\n1\n"})
    assert read(tmp_path, table(), by("user_id", 1)) == [{"user_id": 1}]


def test_a_header_that_does_not_tell_its_columns_apart_is_refused(tmp_path: Path) -> None:
    write(tmp_path, {"calls/a.csv": b"user_id,amount,amount\n"})
    assert refused(tmp_path, r"a\.csv:1: the header names 'amount' 2 times").retry is False


def test_a_file_without_the_column_that_is_asked_for_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, {"calls/a.csv": b"user_id,amount\n1,2\n", "calls/b.csv": b"userid,amount\n1,2\n"})
    assert refused(tmp_path, r"b\.csv: has no column 'user_id'").retry is False
    with pytest.raises(StoreError, match=r"b\.csv: has no column 'user_id'"):
        read(tmp_path, table(), by("amount", 2), user_id=1)


def test_undeclared_columns_are_named_even_without_a_name(tmp_path: Path) -> None:
    write(tmp_path, {"calls/a.csv": b"user_id,,secret\n1,2,3\n"})
    with open_store(make_dataset(table()), f"file://{tmp_path}", {}).snapshot() as snapshot:
        assert list(snapshot.read(table(), Selection((by("user_id", 1),)))) == [[{"user_id": 1}]]
        assert snapshot.undeclared() == (Undeclared("calls", "(column 2)"), Undeclared("calls", "secret"))


def test_a_path_tells_a_column_and_prunes(tmp_path: Path) -> None:
    write(tmp_path, {"calls/1/a.csv": b"amount\n5\n", "calls/2/a.csv": b'"broken'})
    assert read(tmp_path, table("calls/{user_id}/*"), by("user_id", 1)) == [{"user_id": 1, "amount": "5"}]


@pytest.mark.thorough
def test_a_long_text_is_a_value_and_an_endless_one_is_refused_in_bounded_memory(tmp_path: Path) -> None:
    write(tmp_path, {"calls/a.csv": b"user_id,amount\n1," + b"x" * 1_000_000 + b"\n"})
    assert len(read(tmp_path, table(), by("user_id", 1))[0]["amount"]) == 1_000_000
    bomb = gzip.compress(b'user_id,amount\n1,"') + gzip.compress((b"x" * 65_535 + b"\n") * 16) * 96
    write(tmp_path, {"calls/a.csv.gz": bomb})
    tracemalloc.start()
    refused(tmp_path, r"a\.csv\.gz:\d+: the row is longer than")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * MOST_BYTES
