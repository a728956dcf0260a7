"""The file of the ledger: several writers, lines cut short, lines that somebody changed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from dsar.fulfilment.ledger.chain import START, ChainedFile, DamagedError

_WRITER = """
import sys, time
from pathlib import Path
from dsar.fulfilment.ledger.chain import ChainedFile
file = ChainedFile(Path(sys.argv[1]))
def slowly(number):
    for part in "ab":
        time.sleep(0.002)  # so that another comes between
        yield {"writer": sys.argv[2], "number": number, "part": part}
for number in range(40):
    file.append(slowly(number))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "ledger.jsonl"


def test_what_is_added_is_read_in_its_order(path: Path) -> None:
    file = ChainedFile(path)
    assert list(file.read()) == []
    file.append([{"a": 1}, {"b": "ä"}])
    file.append([{"c": None}])
    assert list(ChainedFile(path).read()) == [{"a": 1}, {"b": "ä"}, {"c": None}]
    assert orjson.loads(path.read_bytes().splitlines()[0])["before"] == START
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.thorough
def test_several_processes_write_one_chain(path: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", _WRITER, str(path), name]) for name in "xyz"]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0, 0]
    found = list(ChainedFile(path).read())
    assert len(found) == 3 * 40 * 2
    assert all((one["writer"], one["number"]) == (two["writer"], two["number"]) for one, two in _pairs(found))
    for name in "xyz":
        assert [item["number"] for item in found if item["writer"] == name and item["part"] == "a"] == list(range(40))


def test_a_line_cut_short_is_mended_by_the_next(path: Path) -> None:
    file = ChainedFile(path)
    file.append([{"a": 1}, {"b": 2}])
    path.write_bytes(path.read_bytes() + b'{"before":"12')
    assert list(file.read()) == [{"a": 1}, {"b": 2}]
    file.append([{"c": 3}])
    assert list(file.read()) == [{"a": 1}, {"b": 2}, {"kind": "mended", "bytes": 13}, {"c": 3}]


def test_a_first_line_cut_short_leaves_nothing(path: Path) -> None:
    file = ChainedFile(path)
    file.append([{"a": 1}])
    cut = path.read_bytes()[:-1]
    path.write_bytes(cut)
    assert list(file.read()) == []
    file.append([{"a": 2}])
    assert list(file.read()) == [{"kind": "mended", "bytes": len(cut)}, {"a": 2}]


@pytest.mark.parametrize(
    "damage",
    [
        lambda lines: [lines[0].replace(b"1", b"9", 1), *lines[1:]],
        lambda lines: [lines[0], lines[2]],
        lambda lines: [lines[1], lines[0], lines[2]],
        lambda lines: [*lines[:2], b"nothing\n", *lines[2:]],
        lambda lines: [*lines[:2], b"[]\n", *lines[2:]],
    ],
)
def test_a_line_that_was_changed_or_taken_is_told(path: Path, damage: Any) -> None:
    file = ChainedFile(path)
    file.append([{"a": 1}, {"b": 2}, {"c": 3}])
    path.write_bytes(b"".join(damage(path.read_bytes().splitlines(keepends=True))))
    with pytest.raises(DamagedError, match="line"):
        list(file.read())


def test_an_addition_that_fails_leaves_nothing(path: Path) -> None:
    file = ChainedFile(path)
    file.append([{"a": 1}])

    def failing() -> Iterator[dict[str, Any]]:
        yield from ({"b": "x" * 1_000} for _ in range(2_000))
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        file.append(failing())
    file.append([{"c": 3}])
    assert list(file.read()) == [{"a": 1}, {"c": 3}]


def test_a_line_longer_than_a_block_is_chained(path: Path) -> None:
    file = ChainedFile(path)
    for size in (3 << 20, 1, 2 << 20):
        file.append([{"text": "x" * size}])
    assert [len(item["text"]) for item in file.read()] == [3 << 20, 1, 2 << 20]


def _pairs(found: list[Any]) -> Iterator[tuple[Any, Any]]:
    return zip(found[::2], found[1::2], strict=True)
