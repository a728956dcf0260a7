"""Whatever lines a file has, what several erasures took of it comes back, byte by byte."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsar.datamap.erasure import Erasure, ErasureAction, Mask, Strategy
from dsar.stores.base import Selection
from tests.stores.changing_contract import KEY
from tests.stores.contract import by
from tests.stores.objects_world import alone  # noqa: F401 - a fixture
from tests.stores.test_objects_changing import changing, people

pytestmark = pytest.mark.usefixtures("alone")

VALUES = st.none() | st.integers(-5, 5) | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=4)
ROWS = st.fixed_dictionaries(
    {"user_id": st.integers(0, 3)},
    optional={"email": st.text(max_size=5), "note": VALUES, "place": st.text(max_size=3)},
)
#: How a line is spelt: without spaces, with some, or with what Python's own module makes of it.
SPELLINGS = st.sampled_from(["{}", " {} ", "{}\r", "\t{}"])
LINES = st.one_of(
    st.tuples(ROWS, SPELLINGS).map(lambda item: item[1].replace("{}", orjson.dumps(item[0]).decode())), st.just("")
)
#: Whose rows each block deletes, or masks.
BLOCKS = st.lists(st.tuples(st.sets(st.integers(0, 3), min_size=1, max_size=2), st.booleans()), min_size=1, max_size=3)


@pytest.mark.thorough
@settings(deadline=None, max_examples=40)
@given(lines=st.lists(LINES, max_size=12), blocks=BLOCKS, new=st.lists(LINES, max_size=2))
def test_what_blocks_took_comes_back_in_its_place(
    lines: list[str], blocks: list[tuple[set[int], bool]], new: list[str]
) -> None:
    masks = {"email": Mask(Strategy.HMAC)}
    deleting = people("*.jsonl", "jsonl")
    masking = replace(deleting, erasure=Erasure(ErasureAction.MASK, masks=masks))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.jsonl"
        path.write_bytes(b"".join(f"{line}\n".encode() for line in lines))
        taken = list[tuple[bool, Any]]()
        gone = set[int]()
        for ids, deletes in blocks:
            # What was masked once is not masked again: an erasure knows it.
            ids = {number for number in ids if number not in gone}
            gone |= ids
            asked = Selection((by("user_id", *ids),))
            with changing(Path(folder), deleting) as block:
                found = list(block.take(deleting, asked, {} if deletes else masks))  # type: ignore[attr-defined]
                taken.append((deletes, orjson.loads(orjson.dumps(found))))
                if deletes:
                    block.delete(deleting, asked)
                else:
                    block.mask(masking, asked, masks, key=KEY)
        with path.open("ab") as file:
            file.write(b"".join(f"{line}\n".encode() for line in new))
        for _ in range(2):
            with changing(Path(folder), deleting) as block:
                for deletes, found in reversed(taken):
                    if deletes:
                        block.put_back(deleting, found)  # type: ignore[attr-defined]
                    else:
                        block.write_back(masking, found, masks)  # type: ignore[attr-defined]
            expected = b"".join(f"{line}\n".encode() for line in [*lines, *new])
            rows = sorted(line for line in path.read_bytes().split(b"\n") if line.strip())
            assert _without_again(rows, lines, new) == sorted(line for line in expected.split(b"\n") if line.strip())
            if not new:
                assert path.read_bytes() == expected


def _without_again(rows: list[bytes], lines: list[str], new: list[str]) -> list[bytes]:
    """Return the rows, and those of which one that came since was taken for the one that went."""
    missing = list[bytes]()
    for line in new:
        text = line.encode()
        wanted = sum(other.encode() == text for other in [*lines, *new])
        if text.strip() and rows.count(text) < wanted and text not in missing:
            missing += [text] * (wanted - rows.count(text))
    return sorted([*rows, *missing])
