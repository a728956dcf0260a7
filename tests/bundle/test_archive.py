from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from dsar.bundle.archive import Archive, BundleError
from dsar.bundle.reading import Limits, open_archive
from tests.bundle.builders import NOW


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


@pytest.mark.parametrize("name", ["../x", "a//b", "Twice.txt"])
def test_bad_and_repeated_names_are_refused(name: str) -> None:
    with Archive(out=io.BytesIO(), modified_at=NOW) as archive:
        archive.add("twice.txt", b"")
        with pytest.raises(BundleError):
            archive.add(name, b"")
