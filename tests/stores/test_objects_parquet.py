"""The contract on Parquet, and what is particular to it: types, row groups, and what is read of them."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from pyarrow import parquet

from dsar.datamap.model import Collection
from dsar.stores.base import Selection, StoreConfigError, StoreError, Undeclared
from dsar.stores.objects import open_store
from tests.stores.contract import *  # noqa: F403
from tests.stores.contract import World, by
from tests.stores.maps import make_collection, make_dataset, make_field
from tests.stores.objects_world import SYSTEMS, Rows, calls, contents, made, read, shop, write


def spell(rows: Rows) -> bytes:
    return file_of(pa.Table.from_pylist(rows))


@pytest.fixture(scope="module", params=SYSTEMS)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    dataset = shop("parquet", ".parquet")
    with made(request, dataset, contents(spell, ".parquet"), "parquet") as (store, down):
        yield World(store=store, dataset=dataset, down=down)


def file_of(table: pa.Table, **written: Any) -> bytes:
    out = io.BytesIO()
    parquet.write_table(table, out, **written)
    return out.getvalue()


def table(path: str = "calls/*.parquet", **facts: Any) -> Collection:
    return calls(path, format="parquet", **facts)


def column(values: list[Any], of: pa.DataType | None = None) -> bytes:
    return file_of(pa.table({"user_id": [7] * len(values), "value": pa.array(values, of)}))


def values_of(folder: Path, data: bytes, **facts: Any) -> list[Any]:
    """Return what is delivered of a column `value` that is declared with these facts."""
    fields = make_field("user_id", data_type="integer"), make_field("value", **facts)
    collection = make_collection("t", *fields, source={"path": "a.parquet", "format": "parquet"})
    write(folder, {"a.parquet": data})
    return [row["value"] for row in read(folder, collection, by("user_id", 7))]


_LONG = Decimal("0.1234567890123456789012345678901")


@pytest.mark.parametrize(
    ("values", "of", "facts", "wanted"),
    [
        ([42], pa.int8(), {}, "42"),
        ([2**64 - 1], pa.uint64(), {}, 2**64 - 1),
        ([2**64 - 1], pa.uint64(), {"data_type": "string"}, str(2**64 - 1)),
        ([1], pa.int32(), {"data_type": "boolean"}, True),
        (["42"], pa.string(), {"data_type": "integer"}, 42),
        (["4.20e1"], pa.string(), {"data_type": "float"}, 42),
        (["TRUE"], pa.string(), {"data_type": "boolean"}, True),
        ([""], pa.string(), {}, ""),
        (["J\u00d6HN@example.org"], pa.string(), {"identity": "email"}, "jo\u0308hn@example.org"),
        (["\u212aIM@example.org"], pa.string(), {"identity": "email"}, "kim@example.org"),
        (["Ann@Example.org"], pa.dictionary(pa.int8(), pa.string()), {"identity": "email"}, "ann@example.org"),
        ([b"ann"], pa.binary(), {"data_type": "string"}, "ann"),
        ([42.0], pa.float32(), {}, 42),
        ([-0.0], pa.float64(), {}, 0),
        ([float("nan")], pa.float64(), {}, "NaN"),
        ([Decimal("42.00")], pa.decimal128(10, 2), {}, 42),
        ([_LONG], pa.decimal128(38, 31), {}, _LONG),
        ([date(2026, 1, 2)], pa.date32(), {}, "2026-01-02"),
        ([["x", "y"]], pa.list_(pa.string()), {"data_type": "string[]"}, "y"),
        ([["x", "y"]], pa.list_(pa.string()), {}, "y"),
        (['["x", "y"]'], pa.string(), {"data_type": "string[]"}, "y"),
    ],
)  # fmt: skip
def test_a_value_is_found_whatever_its_type(
    tmp_path: Path, values: list[Any], of: pa.DataType, facts: dict[str, Any], wanted: Any
) -> None:
    collection = make_collection(
        "t", make_field("value", **facts), make_field("n"), source={"path": "*.parquet", "format": "parquet"}
    )
    # The wide file is read in two passes: what tells rows first.
    rows = pa.table({"value": pa.array([*values, None], of), "n": ["x" * 999, "y" * 999]})
    write(tmp_path, {"a.parquet": file_of(rows.append_column("more", rows["value"])), "b.parquet": file_of(rows)})
    assert len(read(tmp_path, collection, by("value", wanted))) == 2
    assert len(read(tmp_path, collection, by("value", wanted), n="x" * 999)) == 2
    assert len(read(tmp_path, collection, by("value", wanted), n="y" * 999)) == 0


def test_a_uuid_is_found_by_its_text(tmp_path: Path) -> None:
    number = UUID("12345678-9abc-def0-1234-56789abcdef0")
    stored = pa.ExtensionArray.from_storage(pa.uuid(), pa.array([number.bytes, bytes(16), None], pa.binary(16)))
    write(tmp_path, {"calls/a.parquet": file_of(pa.table({"user_id": [1, 2, 3], "amount": stored}))})
    assert read(tmp_path, table(), by("amount", str(number))) == [{"user_id": 1, "amount": number}]
    assert read(tmp_path, table(), by("amount", str(number).upper())) == []


@pytest.mark.parametrize(
    ("count", "of", "value"),
    [
        (1_000_000_001, pa.timestamp("ns"), "1970-01-01T00:00:01.000000001"),
        (-1, pa.timestamp("ns", "UTC"), "1969-12-31T23:59:59.999999999+00:00"),
        (1, pa.timestamp("ns", "+02:30"), "1970-01-01T02:30:00.000000001+02:30"),
        (1_000, pa.timestamp("ns", "Europe/Berlin"), datetime(1970, 1, 1, 1, 0, 0, 1, ZoneInfo("Europe/Berlin"))),
        (1_000, pa.timestamp("ms", "Not/AZone"), datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)),
        (253_402_300_800, pa.timestamp("s"), "10000-01-01T00:00:00"),
        (-62_135_596_800_001, pa.timestamp("ms", "UTC"), "0000-12-31T23:59:59.999000000+00:00"),
        (-62_167_219_200_001, pa.timestamp("ms"), "-0001-12-31T23:59:59.999000000"),
        (2_932_897, pa.date32(), "10000-01-01"),
        (-719_163, pa.date32(), "0000-12-31"),
        (1, pa.time64("ns"), "00:00:00.000000001"),
        (86_400_000_000, pa.time64("us"), Decimal("86400.000000")),
        (1, pa.duration("ns"), Decimal("1E-9")),
        (2**62, pa.duration("s"), Decimal(2**62)),
    ],
)
def test_what_python_cannot_hold_survives_as_text(tmp_path: Path, count: int, of: pa.DataType, value: Any) -> None:
    data = pa.array([count, None], pa.int32() if of.bit_width == 32 else pa.int64()).view(of)
    (found, none) = values_of(tmp_path, file_of(pa.table({"user_id": [7, 7], "value": data}), version="2.6"))
    assert none is None
    assert type(found) is type(value)
    assert (found, str(found)) == (value, str(value)) if not isinstance(value, Decimal) else found == value


@pytest.mark.parametrize("years", [(1, 9999), (1700, 2200)], ids=["far", "near"])
def test_moments_of_the_old_type_are_exact_in_any_year(tmp_path: Path, years: tuple[int, int]) -> None:
    moments = [datetime(year, 12, 31, 23, 59, 59, 999_999) for year in years]  # noqa: DTZ001
    old = {"use_deprecated_int96_timestamps": True, "store_schema": False}
    data = pa.table({"user_id": [7, 7], "value": pa.array(moments, pa.timestamp("us"))})
    assert values_of(tmp_path, file_of(data, **old)) == moments
    nested = pa.table({"user_id": [7, 7], "value": pa.array([[{"at": moment}] for moment in moments])})
    assert values_of(tmp_path, file_of(nested, **old)) == [[{"at": moment}] for moment in moments]
    # What is looked for by such a moment is found too.
    collection = make_collection("t", make_field("value"), source={"path": "a.parquet", "format": "parquet"})
    write(tmp_path, {"a.parquet": file_of(data, **old)})
    assert read(tmp_path, collection, by("value", moments[0])) == [{"value": moments[0]}]


def test_a_nanosecond_of_the_old_type_is_kept(tmp_path: Path) -> None:
    data = pa.table({"user_id": [7, 7], "value": pa.array([1, -1], pa.timestamp("ns"))})
    found = values_of(tmp_path, file_of(data, use_deprecated_int96_timestamps=True, store_schema=False))
    assert found == ["1970-01-01T00:00:00.000000001", "1969-12-31T23:59:59.999999999"]


@pytest.mark.parametrize(
    ("entries", "of", "value"),
    [
        ([("a", 1), ("b", None)], pa.map_(pa.string(), pa.int64()), {"a": 1, "b": None}),
        ([("a", 1), ("a", 2)], pa.map_(pa.string(), pa.int64()), [{"key": "a", "value": 1}, {"key": "a", "value": 2}]),
        ([(1, "x")], pa.map_(pa.int64(), pa.string()), [{"key": 1, "value": "x"}]),
        ([], pa.map_(pa.int64(), pa.string()), {}),
    ],
)
def test_a_map_loses_nothing(tmp_path: Path, entries: list[Any], of: pa.DataType, value: Any) -> None:
    assert values_of(tmp_path, column([None, entries], of)) == [None, value]


@pytest.mark.parametrize(
    ("stored", "of", "facts", "value"),
    [
        (b"ann", pa.binary(), {"data_type": "string"}, "ann"),
        (b"\xff", pa.binary(), {"data_type": "string"}, b"\xff"),
        (b"ann", pa.binary(), {}, b"ann"),
        ('{"a": 18446744073709551617}', pa.string(), {"data_type": "object"}, {"a": 18446744073709551617}),
        ("{a", pa.string(), {"data_type": "object"}, "{a"),
        ("[1]", pa.string(), {}, "[1]"),
    ],
)
def test_text_that_is_not_marked_as_what_it_is(
    tmp_path: Path, stored: Any, of: pa.DataType, facts: dict[str, Any], value: Any
) -> None:
    assert values_of(tmp_path, column([stored], of), **facts) == [value]


def test_undeclared_columns_are_named_without_being_read(tmp_path: Path) -> None:
    items = [[{"sku": 1, "owner": "me", "hidden": "canary"}]]
    rows = pa.table({"user_id": [1], "items": items, "extra": ["canary"], "seen": ["x"]})
    write(tmp_path, {"calls/a.parquet": file_of(rows, compression="none")})
    collection = table()
    with open_store(make_dataset(collection, ignore=("calls.seen",)), f"file://{tmp_path}", {}).snapshot() as snapshot:
        # Nobody's rows are there, and yet the schema tells.
        assert snapshot.count(collection, Selection((by("user_id", 2),))) == 0
        assert snapshot.undeclared() == (Undeclared("calls", "extra"), Undeclared("calls", "items.hidden"))
    data = bytearray((tmp_path / "calls/a.parquet").read_bytes())
    _damage(data, ["extra", "items.list.element.hidden"])
    write(tmp_path, {"calls/a.parquet": bytes(data)})
    assert read(tmp_path, collection, by("user_id", 1)) == [{"user_id": 1, "items": [{"sku": 1, "owner": "me"}]}]


def _damage(data: bytearray, paths: list[str]) -> None:
    """Overwrite whole columns: whoever reads them fails."""
    group = parquet.ParquetFile(io.BytesIO(data)).metadata.row_group(0)
    for at in range(group.num_columns):
        column = group.column(at)
        if column.path_in_schema in paths:
            start = column.dictionary_page_offset or column.data_page_offset
            data[start : start + column.total_compressed_size] = b"\xff" * column.total_compressed_size


def test_row_groups_that_cannot_hold_a_match_are_not_read(tmp_path: Path) -> None:
    rows = pa.table({"user_id": range(4000), "email": [f"{at:05}" for at in range(4000)]})
    data = bytearray(file_of(rows, row_group_size=1000))
    groups = parquet.ParquetFile(io.BytesIO(data)).metadata
    for number in (0, 2, 3):
        start = groups.row_group(number).column(0).dictionary_page_offset
        data[start : start + groups.row_group(number).total_byte_size // 4] = b"\xff" * (
            groups.row_group(number).total_byte_size // 4
        )
    write(tmp_path, {"calls/a.parquet": bytes(data)})
    collection = make_collection(
        "calls",
        make_field("user_id", data_type="integer"),
        make_field("email"),
        source={"path": "calls/*.parquet", "format": "parquet"},
    )
    for wanted in (by("user_id", 1234), by("user_id", "1234"), by("email", "01234")):
        assert read(tmp_path, collection, wanted) == [{"user_id": 1234, "email": "01234"}]
    assert read(tmp_path, collection, by("user_id", 1234, 9999), email="01234") != []
    with pytest.raises(StoreError, match=r"calls/a\.parquet: is damaged"):
        read(tmp_path, collection, by("user_id", 3))


def test_a_path_tells_a_column_and_prunes(tmp_path: Path) -> None:
    write(
        tmp_path, {"calls/1/a.parquet": file_of(pa.table({"amount": [5], "user_id": [9]})), "calls/2/a.parquet": b"?"}
    )
    assert read(tmp_path, table("calls/{user_id}/*"), by("user_id", 1)) == [{"user_id": 1, "amount": 5}]
    assert read(tmp_path, table("calls/{user_id}/*"), by("amount", 5), user_id=1) == [{"user_id": 1, "amount": 5}]


def test_a_file_without_a_declared_column_has_rows(tmp_path: Path) -> None:
    write(tmp_path, {"calls/1/a.parquet": file_of(pa.table({"other": [5, 6]}))})
    assert read(tmp_path, table("calls/{user_id}/*"), by("user_id", 1)) == [{"user_id": 1}, {"user_id": 1}]


def test_a_file_without_rows_has_none(tmp_path: Path) -> None:
    write(tmp_path, {"calls/a.parquet": file_of(pa.table({"user_id": pa.nulls(0, pa.int64())}))})
    assert read(tmp_path, table(), by("user_id", 1)) == []


def test_rows_inside_a_document_are_no_matter_of_parquet(tmp_path: Path) -> None:
    with pytest.raises(StoreConfigError, match="'rows' is for documents"):
        open_store(make_dataset(table(rows="data")), f"file://{tmp_path}", {})


def test_the_schema_describes_and_drafts(tmp_path: Path) -> None:
    rows = pa.table({"id": [UUID(int=1).bytes], "at": [datetime(2026, 1, 1)], "who": [[{"email": "a@b.example"}]]})  # noqa: DTZ001
    write(tmp_path, {f"logs/date=2026-01-0{day}/part-0.snappy.parquet": file_of(rows) for day in (1, 2)})
    (found,) = open_store(make_dataset(), f"file://{tmp_path}", {}).discover()
    assert found.source == {"path": "logs/date={date}/*.parquet", "format": "parquet"}
    assert found.fields == {
        "date": "string", "id": "bytes", "at": "datetime", "who": "array", "who.email": "string"
    }  # fmt: skip


def test_pyarrow_is_imported_when_it_is_needed() -> None:
    code = "import sys, dsar.stores.objects; sys.exit('pyarrow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
