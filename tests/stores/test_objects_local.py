"""Files of this machine: found as fsspec finds them, which is the reference for those of an object store."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import fsspec
import pytest

from dsar.stores.objects.local import LocalFiles


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Files at several depths, an empty folder, and links to a file and to nothing."""
    for name in ("a/b/one.json", "a/two ü\n.json", "three"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "empty").mkdir()
    (tmp_path / "a" / "link").symlink_to(tmp_path / "three")
    (tmp_path / "a" / "broken").symlink_to(tmp_path / "nowhere")
    return tmp_path


@pytest.mark.parametrize("folder", ["", "/a", "/a/b", "/empty", "/none"])
def test_they_are_found_as_fsspec_finds_them(tree: Path, folder: str) -> None:
    expected = fsspec.filesystem("file").find(f"{tree}{folder}", detail=True)
    found = LocalFiles().find(f"{tree}{folder}", detail=True)
    told = {path: {"size": info["size"], "changed": info["created"]} for path, info in expected.items()}
    # It tells when the link itself was made; what stands in the file is what counts.
    told |= {path: {**told[path], "changed": Path(path).stat().st_ctime} for path in told if path.endswith("/link")}
    told |= {path: {"size": 0, "changed": 0.0} for path in told if path.endswith("/broken")}
    assert found == told


def test_names_are_those_of_fsspec(tree: Path) -> None:
    assert sorted(LocalFiles().ls(f"{tree}/a", False)) == sorted(fsspec.filesystem("file").ls(f"{tree}/a", False))
    with pytest.raises(FileNotFoundError):
        LocalFiles().ls(f"{tree}/none", False)


def test_an_opened_file_knows_its_size(tree: Path) -> None:
    with LocalFiles().open(f"{tree}/a/link", "rb", block_size=1) as handle:
        assert (handle.size, handle.read()) == (5, b"three")


def test_what_may_not_be_listed_is_an_error(tree: Path) -> None:
    shared = Path(tempfile.gettempdir())
    for path in (tree, *(parent for parent in tree.parents if shared in parent.parents)):
        path.chmod(0o755)
    (tree / "a").chmod(0o000)
    was = os.geteuid()
    try:
        if was == 0:  # who may list everything
            os.seteuid(65_534)
        with pytest.raises(PermissionError):
            LocalFiles().find(str(tree), detail=True)
    finally:
        os.seteuid(was)
        (tree / "a").chmod(0o755)
