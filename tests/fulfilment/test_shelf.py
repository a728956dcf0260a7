"""Keys on disk: where they lie, and that nothing of them stays."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dsar.fulfilment.shelf import Shelf

ROOT = Path(__file__).parents[2]
#: In a process of its own: SQLite looks at TMPDIR once.
FILL = """
from pathlib import Path
from dsar.fulfilment.shelf import Shelf

def opened():
    return [str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]

shelf = Shelf()
shelf.put(shelf.new_place(), ((b"%060d" % number, 0, b"") for number in range(100_000)))
print(*opened(), sep="\\n")
del shelf
print("afterwards", *opened(), sep="\\n")
"""


@pytest.mark.thorough
@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux tells which files a process has open")
def test_keys_lie_in_a_file_without_a_name_where_rows_wait(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", FILL], env=environment, capture_output=True, text=True, check=True)
    before, after = done.stdout.split("afterwards")
    here = [line for line in before.splitlines() if line.startswith(str(tmp_path))]
    assert len(here) == 1
    assert here[0].endswith("(deleted)")
    assert str(tmp_path) not in after
    assert list(tmp_path.iterdir()) == []


def test_places_are_apart() -> None:
    shelf = Shelf()
    one, other = shelf.new_place(), shelf.new_place()
    shelf.put(one, [(b"a", 1, b"1"), (b"b", 2, b"2")])
    shelf.put(other, [(b"a", 0, b"3")])
    assert list(shelf.pages(one)) == [[(b"a", 1, b"1"), (b"b", 2, b"2")]]
    assert shelf.reaches(one, [b"a", b"c"]) == {b"a": 1}
    assert shelf.reaches(other, []) == {}
