from __future__ import annotations

import hashlib
import io
import random
import shutil
import subprocess
import zipfile
import zlib
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.bundle.archive import Archive, BundleError
from dsar.bundle.reading import Limits, open_archive
from dsar.bundle.zip_records import Member, Records
from tests.bundle.builders import NOW

#: Programs that people unpack with: how each tests a whole archive.
UNPACKERS = {"unzip": ("unzip", "-t"), "7z": ("7z", "t"), "bsdtar": ("bsdtar", "-tf")}
FILES = {"a.txt": b"", "data/b.jsonl": b'{"id":1}\n' * 100_000, "data/c.bin": random.Random(3).randbytes(1 << 17)}  # noqa: S311


def packed(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with Archive(out=out, modified_at=NOW) as archive:
        for name, content in files.items():
            archive.add(name, content)
    return out.getvalue()


def written_anew(path: Path) -> bytes:
    """Return the archive as Python's zipfile writes its directory."""
    copy = path.with_suffix(".copy")
    shutil.copy(path, copy)
    with zipfile.ZipFile(copy, "a") as archive:
        archive.comment = b""  # makes it write the directory, though nothing in it changes
    return copy.read_bytes()


def test_what_is_packed_comes_out_again() -> None:
    archive = zipfile.ZipFile(io.BytesIO(packed(FILES)))
    assert archive.testzip() is None
    assert {name: archive.read(name) for name in archive.namelist()} == FILES


@given(st.lists(st.binary(max_size=1 << 16).map(lambda part: part * 5), max_size=4))
def test_parts_of_any_length_are_one_entry(parts: list[bytes]) -> None:
    out, whole = io.BytesIO(), b"".join(parts)
    with Archive(out=out, modified_at=NOW) as archive:
        with archive.entry("parts", at_most=1 << 20) as entry:
            for part in parts:
                entry.write(part)
        assert (entry.size, archive.entries[0].size) == (len(whole), len(whole))
        assert archive.entries[0].sha256 == hashlib.sha256(whole).hexdigest()
    assert zipfile.ZipFile(out).read("parts") == whole


def test_the_same_content_gives_the_same_bytes() -> None:
    assert packed(FILES) == packed(FILES)


def test_an_entry_that_was_written_aside_stands_behind_the_other_one() -> None:
    out, rows, cells = io.BytesIO(), [b"row %d\n" % number * 9000 for number in range(30)], b"1,2\r\n" * 9000
    with Archive(out=out, modified_at=NOW) as archive, archive.aside("b.csv") as csv:
        with archive.entry("a.jsonl", at_most=1 << 30) as entry:
            for row in rows:
                csv.write(cells)
                entry.write(row)
        csv.write(b"end")
    read = zipfile.ZipFile(out)
    assert [(entry.name, entry.size) for entry in archive.entries] == [
        (entry.filename, entry.file_size) for entry in read.infolist()
    ]
    assert read.namelist() == ["a.jsonl", "b.csv"]
    assert read.read("a.jsonl") == b"".join(rows)
    assert read.read("b.csv") == cells * 30 + b"end"


@pytest.mark.unpackers
@pytest.mark.parametrize("program", UNPACKERS)
def test_other_programs_read_it(program: str, tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    with path.open("wb") as out, Archive(out=out, modified_at=NOW) as archive, archive.aside("aside.txt") as aside:
        aside.write(b"aside" * 50_000)
        for name, at_most in (("streamed.txt", 10), ("large.txt", 1 << 33)):
            with archive.entry(name, at_most=at_most) as entry:
                entry.write(b"content")
    done = subprocess.run([*UNPACKERS[program], str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning" not in (done.stdout + done.stderr).lower()


def test_its_records_are_those_that_zipfile_writes(tmp_path: Path) -> None:
    path, size = tmp_path / "bundle.zip", 1 << 31
    with path.open("wb") as out, Archive(out=out, modified_at=NOW) as archive, archive.aside("aside.txt") as aside:
        aside.write(b"aside")
        for name, at_most in (("small.txt", 10), ("large.txt", size)):
            with archive.entry(name, at_most=at_most) as writer:
                writer.write(b"content")
    content, entries = path.read_bytes(), zipfile.ZipFile(path).infolist()
    assert [entry.filename for entry in entries] == ["small.txt", "large.txt", "aside.txt"]
    for entry in entries:
        header = entry.FileHeader(zip64=entry.filename == "large.txt")
        ours = content[entry.header_offset :][: len(header)]
        # Its own header of a large file that is streamed tells no length; zipfile told one before Python 3.11.4.
        assert ours == header or (entry.filename == "large.txt" and ours[:30] == header[:30])
    assert written_anew(path) == content


def test_numbers_beyond_32_bits_are_read_by_zipfile(tmp_path: Path) -> None:
    """A file of holes with a directory behind: what stands there is not read."""
    path, records, far = tmp_path / "far.zip", Records(NOW), 5 << 30
    members = [
        Member("small.txt", 0, streamed=True, crc=1, packed=9, size=9),
        Member("large.txt", 100, zip64=True, crc=2, packed=3 << 30, size=4 << 30),
        Member("packed.txt", 200, zip64=True, crc=2, packed=9, size=1 << 31),
        Member("far.txt", 4 << 30, crc=0xFFFFFFFF, packed=1, size=2),
    ]
    with path.open("wb") as file:
        file.truncate(far)
        file.seek(far)
        file.write(records.directory(members, far))
    read = [
        (entry.filename, entry.header_offset, entry.CRC, entry.compress_size, entry.file_size)
        for entry in zipfile.ZipFile(path).infolist()
    ]
    assert read == [(item.name, item.offset, item.crc, item.packed, item.size) for item in members]


@pytest.mark.thorough
def test_more_files_than_sixteen_bits_count() -> None:
    members = [Member(f"f{number}", 0) for number in range(65_600)]
    directory = Records(NOW).directory(members, 0)
    assert len(zipfile.ZipFile(io.BytesIO(directory)).infolist()) == 65_600


@pytest.mark.slow
def test_five_gib_in_one_entry(tmp_path: Path) -> None:
    path, part = tmp_path / "big.zip", bytes(1 << 24)
    with path.open("wb") as out, Archive(out=out, modified_at=NOW) as archive:
        with archive.entry("big.bin", at_most=5 << 30) as entry:
            for _ in range(320):
                entry.write(part)
        archive.add("after.txt", b"after")
    read = zipfile.ZipFile(path)
    assert [entry.file_size for entry in read.infolist()] == [5 << 30, 5]
    assert read.read("after.txt") == b"after"
    assert written_anew(path) == path.read_bytes()
    for command in UNPACKERS.values():
        if shutil.which(command[0]):
            subprocess.run([*command, str(path)], check=True, stdout=subprocess.DEVNULL)


def test_an_entry_that_could_grow_beyond_two_gib_is_written_as_zip64(tmp_path: Path) -> None:
    path = tmp_path / "big.zip"
    with path.open("wb") as out, Archive(out=out, modified_at=NOW) as archive:
        for name, at_most in (("small.txt", 10), ("large.txt", 1 << 33)):
            with archive.entry(name, at_most=at_most) as entry:
                entry.write(b"content")
    with path.open("rb") as file:
        assert open_archive(file, Limits()).read("large.txt") == b"content"
    content, entries = path.read_bytes(), zipfile.ZipFile(path).infolist()
    # The ZIP64 field in the entry's own header: the version beside it is another one before Python 3.11.4.
    extra = {entry.filename: content[entry.header_offset + 28] for entry in entries}
    assert extra == {"small.txt": 0, "large.txt": 20}


@pytest.mark.slow
def test_an_entry_that_grows_beyond_what_was_said_is_refused() -> None:
    with pytest.raises(BundleError, match="longer than was said"):
        write_to(_Nowhere(), [bytes(1 << 24)] * 129)


@pytest.mark.parametrize("aside", [False, True])
def test_a_failure_leaves_no_readable_archive(aside: bool) -> None:
    out = io.BytesIO()
    with pytest.raises(ZeroDivisionError):
        write_to(out, (bytes(1 << 18 // number) for number in (1, 2, 0)), aside=aside)
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(out)


def test_a_failing_output_is_told_to_the_writer() -> None:
    with pytest.raises(OSError, match="no space left"):
        write_to(_Full(), [FILES["data/c.bin"]])


def write_to(out: Any, parts: Iterable[bytes], *, aside: bool = False) -> None:
    """Write one small entry, and one of the parts, of which nothing is said to be long."""
    with Archive(out=out, modified_at=NOW) as archive:
        archive.add("whole.txt", b"whole")
        with archive.aside("parts") if aside else archive.entry("parts", at_most=10) as entry:
            for part in parts:
                entry.write(part)


class _Nowhere(io.RawIOBase):
    def write(self, data: object) -> int:
        return 0


class _Full(io.RawIOBase):
    def write(self, data: bytes) -> int:  # type: ignore[override]
        if len(data) > 1000:
            raise OSError("no space left")
        return len(data)


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        (datetime(1969, 5, 6, 7, 8, 9, tzinfo=UTC), (1980, 5, 6, 7, 8, 8)),
        (datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), (2026, 12, 31, 23, 59, 58)),
    ],
)
def test_the_moment_is_told_as_zip_knows_it(moment: datetime, told: tuple[int, ...]) -> None:
    out = io.BytesIO()
    with Archive(out=out, modified_at=moment) as archive:
        archive.add("a", b"")
    assert zipfile.ZipFile(out).infolist()[0].date_time == told


def test_what_is_packed_is_plain_deflate() -> None:
    content = packed({"a": b"abc" * 1000})
    entry = zipfile.ZipFile(io.BytesIO(content)).infolist()[0]
    start = entry.header_offset + 30 + len("a")
    unpacked = zlib.decompressobj(-15)
    assert unpacked.decompress(content[start : start + entry.compress_size]) == b"abc" * 1000
    assert unpacked.eof
    assert not unpacked.unused_data


@pytest.mark.parametrize("name", ["../x", "a//b", "Twice.txt"])
def test_bad_and_repeated_names_are_refused(name: str) -> None:
    with Archive(out=io.BytesIO(), modified_at=NOW) as archive:
        archive.add("twice.txt", b"")
        with pytest.raises(BundleError):
            archive.add(name, b"")
