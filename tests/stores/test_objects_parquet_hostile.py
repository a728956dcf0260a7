"""Parquet that is damaged, cut, encrypted, replaced or none: an error with the file's name, and nothing partial."""

from __future__ import annotations

import base64
import gzip
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import fsspec
import pyarrow as pa
import pytest
from pyarrow import parquet
from pyarrow.parquet import encryption

from dsar.stores.base import Selection, StoreError
from dsar.stores.objects import open_store
from dsar.values import Row
from tests.stores.contract import by
from tests.stores.maps import make_dataset
from tests.stores.objects_world import read, write
from tests.stores.test_objects_parquet import file_of, table

_ROWS = pa.table({"user_id": [at % 7 for at in range(5_000)], "amount": [f"note {at}" for at in range(5_000)]})
_WHOLE = file_of(_ROWS, row_group_size=1_000, write_page_checksum=True)
_MINE = sum(at % 7 == 3 for at in range(5_000))


def refused(folder: Path, data: bytes, message: str) -> StoreError:
    write(folder, {"calls/a.parquet": data})
    with pytest.raises(StoreError, match=rf"^calls/a\.parquet: {message}$") as caught:
        read(folder, table(), by("user_id", 3))
    return caught.value


@pytest.mark.parametrize(
    "data", [b"user_id\n3\n" * 9, gzip.compress(_WHOLE), b"\x00" * 100], ids=["text", "gzip", "zeros"]
)
def test_what_is_no_parquet_is_told(tmp_path: Path, data: bytes) -> None:
    assert refused(tmp_path, data, "is no Parquet file").retry is False


@pytest.mark.parametrize("size", [0, 2, 4, 6, 8, 1_000, -1, -4, -9])
def test_a_file_that_ends_in_the_middle_is_worth_another_try(tmp_path: Path, size: int) -> None:
    assert refused(tmp_path, _WHOLE[:size], "ends in the middle").retry is True


_FOOTER = len(_WHOLE) - 8 - int.from_bytes(_WHOLE[-8:-4], "little")


def changed(folder: Path, first: int, last: int, times: int) -> Iterator[list[Row]]:
    """Yield the rows of the file with one bit changed between two places, where it is read at all."""
    picked = random.Random(7)  # noqa: S311
    for _ in range(times):
        data = bytearray(_WHOLE)
        data[picked.randrange(first, last)] ^= 1 << picked.randrange(8)
        write(folder, {"calls/a.parquet": bytes(data)})
        try:
            yield read(folder, table(), by("user_id", 3))
        except StoreError as error:
            assert str(error).startswith("calls/a.parquet: ")  # noqa: PT017


@pytest.mark.thorough
def test_a_changed_bit_is_never_a_changed_row(tmp_path: Path) -> None:
    whole = read_whole(tmp_path)
    for rows in changed(tmp_path, 0, _FOOTER, 60):
        assert rows == whole


@pytest.mark.thorough
def test_a_changed_bit_of_the_footer_ends_no_process(tmp_path: Path) -> None:
    # It has no checksum. Asked for notes on a column, Arrow would end the process at one of ten such files.
    assert len(list(changed(tmp_path, _FOOTER, len(_WHOLE), 80))) < 48


@pytest.mark.slow
def test_a_changed_bit_of_the_footer_ends_no_process_at_length(tmp_path: Path) -> None:
    assert len(list(changed(tmp_path, _FOOTER, len(_WHOLE), 3_000))) < 2_000


def read_whole(folder: Path) -> list[Row]:
    write(folder, {"calls/a.parquet": _WHOLE})
    rows = read(folder, table(), by("user_id", 3))
    assert len(rows) == _MINE
    return rows


class _Keys(encryption.KmsClient):  # type: ignore[misc]  # pyarrow has no types
    def wrap_key(self, key: bytes, _name: str) -> bytes:
        return base64.b64encode(key)


@pytest.mark.parametrize("plain_footer", [False, True])
def test_an_encrypted_file_is_told(tmp_path: Path, *, plain_footer: bool) -> None:
    wanted = encryption.EncryptionConfiguration(
        footer_key="f", column_keys={"c": ["user_id"]}, plaintext_footer=plain_footer
    )
    keys = encryption.CryptoFactory(lambda _config: _Keys())
    properties = keys.file_encryption_properties(encryption.KmsConnectionConfig(), wanted)
    data = file_of(_ROWS, encryption_properties=properties)
    assert refused(tmp_path, data, "is encrypted").retry is False


@pytest.mark.parametrize("name", ["amount", "other"])
def test_a_column_that_is_looked_for_must_be_there(tmp_path: Path, name: str) -> None:
    data = file_of(pa.table({name: [1], "items": [[{"sku": 1}]]}))
    message = "has no column 'user_id', by which rows are looked for"
    assert refused(tmp_path, data, message).retry is False
    with pytest.raises(StoreError, match=r"has no column 'items\.owner', by which"):
        read(tmp_path, table(), by("items.owner", "me"))


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    same = pa.table([[3], [4]], names=["user_id", "user_id"])
    assert refused(tmp_path, file_of(same), "has 2 columns 'user_id'").retry is False
    inner = pa.StructArray.from_arrays([pa.array([1]), pa.array([2])], names=["sku", "sku"])
    twice = pa.table({"user_id": [3], "items": inner})
    assert refused(tmp_path, file_of(twice), "cannot be read without loss: two parts of .*").retry is False


def test_text_that_is_no_text_is_told_and_not_quoted(tmp_path: Path) -> None:
    text = pa.array([b"\xff\xfecanary"], pa.binary()).view(pa.string())
    data = file_of(pa.table({"user_id": [3], "amount": text}))
    assert refused(tmp_path, data, "a text is no UTF-8").retry is False
    # It is only told where it is delivered: another's row spoils nobody's.
    assert read(tmp_path, table(), by("user_id", 4)) == []


def test_fewer_rows_than_the_file_promises_are_no_answer(tmp_path: Path) -> None:
    # This writer makes pages of nothing of lists when pages are to be so small; Arrow then reads no row, and no error.
    broken = file_of(pa.table({"user_id": [3], "tags": [["a"]]}), data_page_size=1)
    message = "cannot be read without loss: row group 0 has 0 of 1 rows"
    assert refused(tmp_path, broken, message).retry is False


def test_old_moments_that_neither_reading_keeps_are_refused(tmp_path: Path) -> None:
    # Its twelve bytes: nanoseconds of a day, then the Julian day.
    far = file_of(
        pa.table({"user_id": [3], "amount": pa.array([1], pa.timestamp("ns"))}),
        use_deprecated_int96_timestamps=True,
        store_schema=False,
        use_dictionary=False,
        compression="none",
    )
    day = (2_440_588).to_bytes(4, "little")
    assert far.count((1).to_bytes(8, "little") + day) == 1
    changed = far.replace(
        (1).to_bytes(8, "little") + day, (1).to_bytes(8, "little") + (5_000_000).to_bytes(4, "little")
    )
    refused(tmp_path, changed, r"cannot be read without loss: moments \(INT96\).*")


def overwrite(path: Path) -> None:
    path.write_bytes(_WHOLE[:-1] + b"?")


def replace(path: Path) -> None:
    path.with_suffix(".new").write_bytes(_WHOLE + b"more")
    path.with_suffix(".new").replace(path)


@pytest.mark.parametrize("change", [Path.unlink, replace, lambda path: path.write_bytes(_WHOLE[:-9])])
def test_a_file_that_changes_after_the_listing_is_worth_another_try(
    tmp_path: Path, change: Callable[[Path], object]
) -> None:
    write(tmp_path, {"calls/a.parquet": _WHOLE})
    collection = table()
    with open_store(make_dataset(collection), f"file://{tmp_path}", {}).snapshot() as snapshot:
        change(tmp_path / "calls/a.parquet")
        with pytest.raises(StoreError, match=r"calls/a\.parquet") as caught:
            snapshot.count(collection, Selection((by("user_id", 3),)))
    assert caught.value.retry is True


@pytest.mark.parametrize("garbage", [False, True], ids=["like rows", "garbage"])
def test_a_file_that_is_overwritten_while_it_is_read_is_worth_another_try(tmp_path: Path, *, garbage: bool) -> None:
    big, other = _big(3), _big(4)
    assert len(big) == len(other)
    write(tmp_path, {"calls/a.parquet": big})
    collection = table()
    with open_store(make_dataset(collection), f"file://{tmp_path}", {}).snapshot() as snapshot:
        batches = snapshot.read(collection, Selection((by("user_id", 3, 4),)))
        next(iter(batches))
        stamp = os.stat(tmp_path / "calls/a.parquet")  # noqa: PTH116
        with (tmp_path / "calls/a.parquet").open("r+b") as file:
            file.write(os.urandom(len(big)) if garbage else other)
        os.utime(tmp_path / "calls/a.parquet", ns=(stamp.st_atime_ns, stamp.st_mtime_ns + 1))
        with pytest.raises(StoreError, match=r"calls/a\.parquet: changed while it was read") as caught:
            list(batches)
    assert caught.value.retry is True


def _big(user: int) -> bytes:
    """Return a file that is too long to be fetched at once; others of it differ in one number."""
    noise = random.Random(7).randbytes  # noqa: S311
    rows = pa.table({"user_id": [user] * 6_000, "amount": [noise(500).hex() for _ in range(6_000)]})
    return file_of(rows, row_group_size=1_000, compression="none", use_dictionary=False)


@pytest.mark.slow
def test_an_object_that_is_replaced_while_it_is_read_is_worth_another_try(s3_url: str) -> None:
    system = fsspec.filesystem("s3", key="k", secret="s", client_kwargs={"endpoint_url": s3_url})
    system.mkdir("replaced")
    system.pipe_file("replaced/calls/a.parquet", _big(3))
    collection = table()
    options = {"key": "k", "secret": "s", "region": "eu-central-1", "endpoint_url": s3_url}
    with open_store(make_dataset(collection), "s3://replaced", options).snapshot() as snapshot:
        batches = snapshot.read(collection, Selection((by("user_id", 3, 4),)))
        next(iter(batches))
        system.pipe_file("replaced/calls/a.parquet", _big(4))
        with pytest.raises(StoreError, match=r"calls/a\.parquet") as caught:
            list(batches)
    assert caught.value.retry is True


_PEAK = """
import resource, sys
from dsar.stores.base import Selection
from dsar.stores.objects import open_store
from dsar.values import Row
from tests.stores.contract import by
from tests.stores.maps import make_dataset
from tests.stores.test_objects_parquet import table

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

import pyarrow.parquet
before, found = peak(), 0
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))  # rather fail than fill the machine
with open_store(make_dataset(table()), "file://" + sys.argv[1], {}).snapshot() as snapshot:
    for batch in snapshot.read(table(), Selection((by("user_id", int(sys.argv[2])),))):
        found += len(batch)
print(found, peak() - before)
"""


def peak(folder: Path, user: int) -> tuple[int, int]:
    """Return the rows of a person, and by how many MiB reading them grew a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", _PEAK, str(folder), str(user)], check=True, capture_output=True, text=True
    )
    found, grown = done.stdout.split()
    return int(found), int(grown)


@pytest.mark.thorough
def test_a_text_of_a_megabyte_in_many_rows_is_read_in_bounded_memory(tmp_path: Path) -> None:
    many = pa.DictionaryArray.from_arrays(pa.array([0] * 50_000, pa.int32()), pa.array(["x" * 1_000_000]))
    rows = pa.table({"user_id": [3] * 50_000, "amount": many})
    write(tmp_path, {"calls/a.parquet": file_of(rows, store_schema=False)})
    # Unfolded, these are 50 GB.
    found, grown = peak(tmp_path, 3)
    assert found == 50_000
    assert grown < 200


@pytest.mark.slow
def test_memory_is_flat_whatever_the_size(tmp_path: Path) -> None:
    noise = random.Random(7).randbytes  # noqa: S311
    (tmp_path / "calls").mkdir()
    schema = pa.schema([("user_id", pa.int64()), ("amount", pa.string())])
    with parquet.ParquetWriter(tmp_path / "calls/a.parquet", schema, compression="none", use_dictionary=False) as out:
        for _ in range(4):
            part = pa.table(
                {"user_id": [at % 2 for at in range(200_000)], "amount": [noise(250).hex() for _ in range(200_000)]}
            )
            out.write_table(part, row_group_size=200_000)
    assert (tmp_path / "calls/a.parquet").stat().st_size > 390_000_000
    assert peak(tmp_path, 5)[0] == 0
    found, grown = peak(tmp_path, 1)
    assert found == 400_000
    assert grown < 150
