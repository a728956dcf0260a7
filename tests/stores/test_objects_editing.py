"""Every byte that an erasure does not mean stays as it was, however a file is written."""

from __future__ import annotations

import csv
import io
import json
from codecs import BOM_UTF8
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsar.datamap.erasure import Mask, Strategy
from dsar.stores.base import ForbiddenError
from dsar.stores.objects.changing.editing import count_rows, edited
from dsar.stores.objects.changing.targets import Masking, Target
from tests.stores.contract import by
from tests.stores.objects_world import alone, write  # noqa: F401 - a fixture
from tests.stores.test_objects_changing import delete, mask, people

pytestmark = pytest.mark.usefixtures("alone")

MASKS = {"note": Mask(Strategy.FIXED, 'say "hi"'), "email": Mask(Strategy.NULL)}
MASKING = Masking(MASKS, b"k" * 32)

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
rows_of = st.lists(st.dictionaries(st.sampled_from(["note", "email", "[", "}", "a\\b", "é"]), values), max_size=5)
spellings = st.fixed_dictionaries(
    {"indent": st.sampled_from([None, 0, 2]), "ensure_ascii": st.booleans(), "sort_keys": st.booleans()}
)


@pytest.mark.thorough
@settings(deadline=None, max_examples=50)
@given(st.data(), rows_of, spellings, st.sampled_from([(), ("rows",), ("data", "rows")]))
def test_rows_of_a_document_are_cut_and_masked(
    data: st.DataObject, rows: list[dict[str, Any]], spelling: dict[str, Any], path: tuple[str, ...]
) -> None:
    fates = data.draw(st.lists(st.sampled_from(["keep", "delete", "mask"]), min_size=len(rows), max_size=len(rows)))
    document: Any = rows
    for name in reversed(path):
        document = {"before": {"rows": 1.0}, name: document, "after": "\ud800]"}
    text = json.dumps(document, **spelling).encode("utf-8", "surrogatepass").decode("utf-8", "surrogatepass")
    targets = [Target(at, MASKING if fate == "mask" else None) for at, fate in enumerate(fates) if fate != "keep"]
    found = edited(text, path, targets)
    assert found is not None
    assert count_rows(text, path) == len(rows)
    expected: Any = [
        {**row, "note": 'say "hi"', **({"email": None} if "email" in row else {})} if fate == "mask" else row
        for row, fate in zip(rows, fates, strict=True)
        if fate != "delete"
    ]
    for name in reversed(path):
        expected = {"before": {"rows": 1.0}, name: expected, "after": "\ud800]"}
    assert json.loads(found) == expected
    if not targets:
        assert found == text


def test_numbers_and_spaces_of_others_stay_as_they_are_written() -> None:
    text = ' { "x" : [ {"a":1.50 , "b":1e3} ,\n\t{"a":2} , {"a":0.10,"note":"\\u0041","note" : 5} ] , "y":1.0 } \n'
    assert edited(text, ["x"], [Target(1, None), Target(2, MASKING)]) == (
        ' { "x" : [ {"a":1.50 , "b":1e3} , {"a":0.10,"note":"say \\"hi\\"","note" : "say \\"hi\\""} ] , "y":1.0 } \n'
    )
    assert edited(text, ["x"], [Target(0, None)]) == (
        ' { "x" : [ {"a":2} , {"a":0.10,"note":"\\u0041","note" : 5} ] , "y":1.0 } \n'
    )
    assert edited(text, ["x"], [Target(at, None) for at in range(3)]) == ' { "x" : [] , "y":1.0 } \n'
    assert edited('{"note": 1}', [], [Target(0, None)]) is None


@pytest.mark.parametrize("mark", [b"", BOM_UTF8], ids=["plain", "mark"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("last", [b"", b"end"], ids=["unended", "ended"])
def test_lines_of_others_stay_as_they_are_written(tmp_path: Path, mark: bytes, end: bytes, last: bytes) -> None:
    mine = b'{"user_id": 1, "note": "x"}'
    others = [b'{"user_id":2 , "note":"\\u0078"}', b"", b"  ", b'{"user_id": 2.0}', '{"note":"é\u2028"}'.encode()]
    last = end if last else b""
    for at in range(len(others) + 1):
        lines = [*others[:at], mine, *others[at:]]
        write(tmp_path, {"a.jsonl": mark + end.join(lines) + last})
        assert delete(tmp_path, people("*.jsonl", "jsonl"), by("user_id", 1)) == 1
        kept = end.join(others) + last if at < len(others) or last else end.join(others) + end
        assert (tmp_path / "a.jsonl").read_bytes() == mark + kept
        write(tmp_path, {"a.jsonl": mark + end.join(lines) + last})
        masks = {"note": Mask(Strategy.FIXED, "é")}
        assert mask(tmp_path, people("*.jsonl", "jsonl"), masks, by("user_id", 1)) == 1
        lines[at] = '{"user_id": 1, "note": "é"}'.encode()
        assert (tmp_path / "a.jsonl").read_bytes() == mark + end.join(lines) + last


@pytest.mark.parametrize("mark", [b"", BOM_UTF8], ids=["plain", "mark"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_records_of_others_stay_as_they_are_written(tmp_path: Path, mark: bytes, end: str) -> None:
    head, mine = f"user_id,email,note,place{end}", f'1,"a,b","line{end}and ""quote""",Bonn{end}'
    others = f'2,"plain in quotes",x,Ulm{end}', end, f"2,,,{end}", f'3,"two{end}lines",x,'
    write(tmp_path, {"a.csv": mark + (head + others[0] + mine + "".join(others[1:])).encode()})
    collection = people("*.csv", "csv")
    assert mask(tmp_path, collection, {"place": Mask(Strategy.FIXED, "é,")}, by("user_id", 1)) == 1
    text = (tmp_path / "a.csv").read_bytes()
    masked = f'1,"a,b","line{end}and ""quote""","é,"{end}'
    assert text == mark + (head + others[0] + masked + "".join(others[1:])).encode()
    assert delete(tmp_path, collection, by("user_id", 1)) == 1
    assert (tmp_path / "a.csv").read_bytes() == mark + (head + "".join(others)).encode()
    assert len(list(csv.reader(io.StringIO((head + "".join(others)), newline="")))) == 5


def test_a_last_line_that_grows_meanwhile_is_not_torn(tmp_path: Path) -> None:
    write(tmp_path, {"a.jsonl": b'{"user_id": 1}\n{"user_id": 2}\n{"user_id": 1'})
    assert delete(tmp_path, people("*.jsonl", "jsonl"), by("user_id", 1)) == 1
    assert (tmp_path / "a.jsonl").read_bytes() == b'{"user_id": 2}\n{"user_id": 1'


@pytest.mark.parametrize(
    ("line", "told"),
    [(b'{"user_id": 1, "note": 5}', "writes text, and the field note holds another value")],
)
def test_a_value_that_is_no_text_is_told_before(tmp_path: Path, line: bytes, told: str) -> None:
    write(tmp_path, {"a.jsonl": line + b"\n"})
    with pytest.raises(ForbiddenError, match=told):
        mask(tmp_path, people("*.jsonl", "jsonl"), {"note": Mask(Strategy.HMAC)}, by("user_id", 1), commits=False)


def test_several_rows_of_one_line_are_told_apart(tmp_path: Path) -> None:
    collection = people("*.jsonl", "jsonl", rows="rows")
    both, one = '{"rows": [{"user_id": 1}, {"user_id": 2}], "x": 1.0}\n', '{"rows": [{"user_id": 1}]}\n'
    write(tmp_path, {"a.jsonl": (both + one).encode()})
    assert delete(tmp_path, collection, by("user_id", 1)) == 2
    assert (tmp_path / "a.jsonl").read_bytes() == b'{"rows": [{"user_id": 2}], "x": 1.0}\n'
