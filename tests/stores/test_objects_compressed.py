"""Files that are compressed as a whole: the same rows, and nothing partial where the data is cut or damaged."""

from __future__ import annotations

import gzip
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import orjson
import pyarrow
import pytest

from dsar.stores.base import Selection, StoreError
from dsar.stores.objects import open_store
from dsar.stores.objects.lines import MOST_BYTES
from tests.stores.contract import by
from tests.stores.maps import make_dataset
from tests.stores.objects_world import calls, read, write
from tests.stores.test_objects import json_lines

Pack = Callable[[bytes], bytes]


def zstd(data: bytes) -> bytes:
    # A stream, as tools write it: with checksum or not, its size is not told at the start.
    sink = pyarrow.BufferOutputStream()
    with pyarrow.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return bytes(sink.getvalue())


both = pytest.mark.parametrize(("ending", "pack"), [("gz", gzip.compress), ("zst", zstd)], ids=["gzip", "zstd"])
_ROWS = [{"user_id": at % 7, "email": f"p{at}@example.org"} for at in range(5_000)]
_MINE = [row for row in _ROWS if row["user_id"] == 3]


@both
@pytest.mark.parametrize("parts", [1, 3], ids=["one member", "three members"])
def test_lines_are_read_whatever_the_members(tmp_path: Path, ending: str, pack: Pack, parts: int) -> None:
    members = [json_lines(_ROWS[at::parts]) for at in range(parts)]
    write(tmp_path, {f"calls/a.jsonl.{ending}": b"".join(pack(member) for member in members)})
    rows = read(tmp_path, calls(f"calls/*.jsonl.{ending}"), by("user_id", 3))
    assert {row["email"] for row in rows} == {row["email"] for row in _MINE}
    assert len(rows) == len(_MINE)


@both
def test_a_document_is_read(tmp_path: Path, ending: str, pack: Pack) -> None:
    write(tmp_path, {f"calls/a.json.{ending}": pack(orjson.dumps({"data": _ROWS}))})
    rows = read(tmp_path, calls(f"calls/*.json.{ending}", format="json", rows="data"), by("user_id", 3))
    assert len(rows) == len(_MINE)


def test_one_pattern_reads_plain_and_compressed_files(tmp_path: Path) -> None:
    write(tmp_path, {"calls/a.jsonl": json_lines(_ROWS[:9]), "calls/b.jsonl.gz": gzip.compress(json_lines(_ROWS[9:]))})
    assert len(read(tmp_path, calls("calls/*"), by("user_id", 3))) == len(_MINE)


@both
@pytest.mark.parametrize("format", ["jsonl", "json"])
def test_a_file_that_ends_in_the_middle_is_worth_another_try(
    tmp_path: Path, ending: str, pack: Pack, format: str
) -> None:
    data = json_lines(_ROWS) if format == "jsonl" else orjson.dumps(_ROWS)
    write(tmp_path, {f"calls/a.{ending}": pack(data)[:-9]})
    with pytest.raises(StoreError, match=rf"calls/a\.{ending}: ends in the middle") as caught:
        read(tmp_path, calls(f"calls/*.{ending}", format=format), by("user_id", 3))
    assert caught.value.retry


@both
@pytest.mark.parametrize("format", ["jsonl", "csv"])
def test_a_file_of_nothing_is_not_one_without_rows(tmp_path: Path, ending: str, pack: Pack, format: str) -> None:
    write(tmp_path, {f"calls/a.{ending}": pack(b"")})
    assert read(tmp_path, calls(f"calls/*.{ending}", format=format), by("user_id", 3)) == []
    write(tmp_path, {f"calls/a.{ending}": b""})
    with pytest.raises(StoreError, match=rf"calls/a\.{ending}: ends in the middle") as caught:
        read(tmp_path, calls(f"calls/*.{ending}", format=format), by("user_id", 3))
    assert caught.value.retry


def test_a_frame_that_is_to_be_skipped_is_skipped(tmp_path: Path) -> None:
    # RFC 8878 section 3.1.2: tools put an index of their own there.
    line, skipped = b'{"user_id": 3}\n', struct.pack("<II", 0x184D2A50, 5) + b"index"
    write(tmp_path, {"calls/a.zst": skipped + zstd(line) + skipped + zstd(b"") + zstd(line) + skipped})
    assert len(read(tmp_path, calls("calls/*.zst"), by("user_id", 3))) == 2


@both
@pytest.mark.parametrize("fault", ["magic", "body", "end"])
def test_a_damaged_file_is_named(tmp_path: Path, ending: str, pack: Pack, fault: str) -> None:
    data = bytearray(pack(json_lines(_ROWS)))
    at = {"magic": 0, "body": len(data) // 2, "end": len(data) - 6}[fault]
    data[at] ^= 0xFF
    write(tmp_path, {f"calls/a.{ending}": bytes(data)})
    with pytest.raises(StoreError, match=rf"calls/a\.{ending}: is no (gzip|zstd) file, or is damaged") as caught:
        read(tmp_path, calls(f"calls/*.{ending}"), by("user_id", 3))
    assert not caught.value.retry


@both
def test_a_half_line_at_the_end_is_no_line_being_written(tmp_path: Path, ending: str, pack: Pack) -> None:
    write(tmp_path, {f"calls/a.{ending}": pack(b'{"user_id": 3}\n{"user_id": 3, "em')})
    with pytest.raises(StoreError, match=rf"calls/a\.{ending}:2: not a JSON object a line"):
        read(tmp_path, calls(f"calls/*.{ending}"), by("user_id", 3))


def test_a_file_that_was_appended_to_is_listed_anew(tmp_path: Path) -> None:
    write(tmp_path, {"calls/a.gz": gzip.compress(json_lines(_ROWS))})
    collection = calls("calls/*.gz")
    with open_store(make_dataset(collection), f"file://{tmp_path}", {}).snapshot() as snapshot:
        with (tmp_path / "calls/a.gz").open("ab") as file:
            file.write(gzip.compress(json_lines(_ROWS)))
        with pytest.raises(StoreError, match="changed while it was read") as caught:
            list(snapshot.read(collection, Selection((by("user_id", 3),))))
    assert caught.value.retry


@both
@pytest.mark.parametrize("format", ["jsonl", "json"])
def test_a_bomb_is_refused_in_bounded_memory(tmp_path: Path, ending: str, pack: Pack, format: str) -> None:
    # Members of one megabyte of one letter each: 192 MB that weigh 200 kB at most.
    write(tmp_path, {f"calls/a.{ending}": pack(b"x" * 1024 * 1024) * 192})
    tracemalloc.start()
    with pytest.raises(StoreError, match="is longer than"):
        read(tmp_path, calls(f"calls/*.{ending}", format=format), by("user_id", 3))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2.5 * MOST_BYTES
