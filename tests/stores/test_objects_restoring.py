"""Rows of files put back: every byte as it was, and nothing lost of what others wrote since."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from typing import Any

import orjson
import pytest

from dsar.datamap.erasure import Erasure, ErasureAction, Mask, Strategy
from dsar.datamap.model import Collection
from dsar.stores.base import Alternative, Selection, StoreError
from dsar.stores.restorable import PutBack, WrittenBack
from tests.stores.changing_contract import HMAC, KEY, NULL, RANDOM, Erasable
from tests.stores.contract import by
from tests.stores.maps import make_collection, make_field
from tests.stores.objects_world import SYSTEMS, alone, contents, made, shop, write  # noqa: F401 - a fixture
from tests.stores.restoring_contract import *  # noqa: F403
from tests.stores.restoring_contract import Taken
from tests.stores.test_objects_changing import (
    FIELDS,
    ROWS,
    Spell,
    changing,
    csv,
    each_format,
    json_lines,
    people,
)
from tests.stores.test_objects_changing import contents as files_of

pytestmark = pytest.mark.usefixtures("alone")


@pytest.fixture(params=SYSTEMS)
def erasable(request: pytest.FixtureRequest) -> Iterator[Erasable]:
    files = contents(json_lines, ".jsonl")
    with made(request, shop("jsonl", ".jsonl"), files, f"restored-{token_hex(4)}") as (store, _down):
        yield Erasable(store, shop("jsonl", ".jsonl"), lambda: held(store))


def held(store: Any) -> dict[str, bytes]:
    system, files = store._files.system, store._files.find("")
    found = {}
    for file in (item for item in files if item.size):  # what marks an empty folder of S3 may stay
        with system.open(store._files.address(file.path), "rb") as handle:
            found[file.path] = handle.read()
    return found


def taken_of(
    block: Any, collection: Collection, *alternatives: Alternative, masks: Mapping[str, Mask] | None = None
) -> Taken:
    batches = block.take(collection, Selection(alternatives), masks or {})
    return [orjson.loads(orjson.dumps(list(batch))) for batch in batches]


def erased(folder: Path, collection: Collection, *alternatives: Alternative) -> Taken:
    with changing(folder, collection) as block:
        taken = taken_of(block, collection, *alternatives)
        assert block.delete(collection, Selection(alternatives)) == sum(map(len, taken))
    return taken


def masked_in(folder: Path, collection: Collection, masks: Mapping[str, Mask], *alternatives: Alternative) -> Taken:
    masking = replace(collection, erasure=Erasure(ErasureAction.MASK, masks=masks))
    with changing(folder, collection) as block:
        taken = taken_of(block, masking, *alternatives, masks=masks)
        assert block.mask(collection, Selection(alternatives), masks, key=KEY) == sum(map(len, taken))
    return taken


def returned(folder: Path, collection: Collection, *several: Taken, commits: bool = True, **facts: Any) -> PutBack:
    done = PutBack()
    with changing(folder, collection, commits=commits) as block:
        for taken in several:
            part = block.put_back(collection, taken, **facts)  # type: ignore[attr-defined]
            done = PutBack(done.written + part.written, done.there + part.there, done.left + part.left)
    return done


def unmasked(folder: Path, collection: Collection, taken: Taken, masks: Mapping[str, Mask]) -> WrittenBack:
    with changing(folder, collection) as block:
        done = block.write_back(collection, taken, masks)  # type: ignore[attr-defined]
    assert isinstance(done, WrittenBack)
    return done


def plain(folder: Path) -> dict[str, bytes]:
    """Return the files, unpacked: how tightly something is packed is nobody's."""
    found = files_of(folder)
    return {name: gzip.decompress(data) if name.endswith(".gz") else data for name, data in found.items()}


def same(folder: Path, ending: str, before: dict[str, bytes], collection: Collection, rows: list[Any]) -> bool:
    if ending in ("parquet", "jsonl.zst"):
        from tests.stores.objects_world import read

        return read(folder, collection, by("user_id", 0, 1, 2)) == rows and files_of(folder).keys() == before.keys()
    return plain(folder) == before


@each_format
def test_every_row_is_where_it_was(
    tmp_path: Path, ending: str, format: str, spell: Spell, facts: dict[str, Any]
) -> None:
    write(tmp_path, {f"a.{ending}": spell(ROWS), f"b.{ending}": spell(ROWS[:1])})
    collection, before = people(f"*.{ending}", format, **facts), plain(tmp_path)
    latest = erased(tmp_path, collection, by("user_id", 1))
    second = erased(tmp_path, collection, by("user_id", 2))
    gone = files_of(tmp_path)
    assert returned(tmp_path, collection, second, latest, commits=False) == PutBack(written=6)
    assert files_of(tmp_path) == gone
    assert returned(tmp_path, collection, second, latest) == PutBack(written=6)
    assert same(tmp_path, ending, before, collection, [*ROWS, ROWS[0]])
    assert returned(tmp_path, collection, second, latest) == PutBack(there=6)
    assert same(tmp_path, ending, before, collection, [*ROWS, ROWS[0]])


@each_format
def test_every_value_is_as_it_was(
    tmp_path: Path, ending: str, format: str, spell: Spell, facts: dict[str, Any]
) -> None:
    write(tmp_path, {f"a.{ending}": spell(ROWS)})
    collection, before = people(f"*.{ending}", format, **facts), plain(tmp_path)
    none = Mask(Strategy.FIXED, "") if format == "csv" else NULL
    masks = {"email": HMAC, "note": none, "place": RANDOM}
    taken = masked_in(tmp_path, collection, masks, by("user_id", 1))
    assert unmasked(tmp_path, collection, taken, masks) == WrittenBack(written=9)
    assert same(tmp_path, ending, before, collection, ROWS)
    assert unmasked(tmp_path, collection, taken, masks) == WrittenBack(written=9)
    assert same(tmp_path, ending, before, collection, ROWS)


@each_format
def test_a_file_that_went_with_its_last_row_is_made_anew(
    tmp_path: Path, ending: str, format: str, spell: Spell, facts: dict[str, Any]
) -> None:
    write(tmp_path, {f"1/a.{ending}": spell(ROWS[1::3]), f"2/a.{ending}": spell(ROWS[2::3])})
    (tmp_path / f"1/a.{ending}").chmod(0o640)
    collection, before = people(f"{{who}}/*.{ending}", format, **facts), plain(tmp_path)
    taken = erased(tmp_path, collection, by("user_id", 1))
    if not facts:
        assert not (tmp_path / "1").exists()
    assert returned(tmp_path, collection, taken) == PutBack(written=3)
    assert same(tmp_path, ending, before, collection, [*ROWS[1::3], *ROWS[2::3]])
    assert (tmp_path / f"1/a.{ending}").stat().st_mode & 0o777 == 0o640
    assert returned(tmp_path, collection, taken) == PutBack(there=3)


def test_a_document_that_was_a_row_comes_back_unless_another_has_its_place(tmp_path: Path) -> None:
    texts = {f"{number}.json": f' {{"user_id": {number}, "note": 1.50}}\n'.encode() for number in (1, 2)}
    write(tmp_path, texts)
    collection = people("*.json", "json")
    taken = erased(tmp_path, collection, by("user_id", 1, 2))
    write(tmp_path, {"2.json": b'{"user_id": 2, "note": "new"}'})
    assert returned(tmp_path, collection, taken) == PutBack(written=1, left=1)
    assert files_of(tmp_path) == {"1.json": texts["1.json"], "2.json": b'{"user_id": 2, "note": "new"}'}


def appended(ending: str) -> bytes:
    row = {"user_id": 7, "email": "new@example.org", "note": "n", "place": "Ulm"}
    return (csv([row]).partition(b"\r\n")[2]) if ending == "csv" else json_lines([row])


@pytest.mark.parametrize(("ending", "spell"), [("jsonl", json_lines), ("csv", csv)])
@pytest.mark.parametrize("is_open", [False, True])
def test_what_was_appended_meanwhile_stays(tmp_path: Path, ending: str, spell: Spell, *, is_open: bool) -> None:
    write(tmp_path, {f"a.{ending}": spell(ROWS)})
    collection = people(f"*.{ending}", ending)
    taken = erased(tmp_path, collection, by("user_id", 2))
    new = appended(ending)
    with (tmp_path / f"a.{ending}").open("ab") as file:
        file.write(new.rstrip(b"\r\n") if is_open else new)
    assert returned(tmp_path, collection, taken) == PutBack(written=3)
    expected = spell(ROWS) + (new.rstrip(b"\r\n") if is_open else new)
    lines = (tmp_path / f"a.{ending}").read_bytes()
    assert sorted(lines.split(b"\n")) == sorted(expected.split(b"\n"))
    assert is_open or lines == expected
    if is_open:
        assert lines.endswith(new.rstrip(b"\r\n")), "a line that is being written stays the last"


def test_what_others_cut_or_wrote_anew_is_as_they_left_it(tmp_path: Path) -> None:
    write(tmp_path, {"a.jsonl": json_lines(ROWS)})
    collection = people("*.jsonl", "jsonl")
    taken = erased(tmp_path, collection, by("user_id", 2))
    others = [row for row in ROWS if row["user_id"] != 2][2:]
    write(tmp_path, {"a.jsonl": b"\n" + json_lines([*others, {"user_id": 9}])})
    assert returned(tmp_path, collection, taken) == PutBack(written=3)
    lines = (tmp_path / "a.jsonl").read_bytes().splitlines()
    assert [json.loads(line)["user_id"] for line in lines if line].count(2) == 3
    left = [line for line in lines if not line or json.loads(line)["user_id"] != 2]
    assert b"\n".join(left) + b"\n" == b"\n" + json_lines([*others, {"user_id": 9}])


def test_a_row_that_is_there_again_is_left(tmp_path: Path) -> None:
    keyed = (make_field("user_id", data_type="integer", primary_key=True), *FIELDS[1:])
    collection = make_collection("people", *keyed, source={"path": "*.jsonl", "format": "jsonl"})
    rows = [{"user_id": number, "note": "x"} for number in range(4)]
    write(tmp_path, {"a.jsonl": json_lines(rows)})
    taken = erased(tmp_path, collection, by("user_id", 1, 2, 3))
    with (tmp_path / "a.jsonl").open("ab") as file:
        file.write(json_lines([{"user_id": 2, "note": "new"}, {"user_id": 3, "note": "x"}]))
    assert returned(tmp_path, collection, taken) == PutBack(written=1, there=1, left=1)
    found = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    assert found == [rows[0], rows[1], {"user_id": 2, "note": "new"}, rows[3]]


def test_rows_that_are_alike_come_as_often_as_they_were(tmp_path: Path) -> None:
    text = json_lines([ROWS[1], ROWS[2], ROWS[1], ROWS[1]])
    write(tmp_path, {"a.jsonl": text})
    collection = people("*.jsonl", "jsonl")
    taken = erased(tmp_path, collection, by("user_id", 1))
    with (tmp_path / "a.jsonl").open("ab") as file:
        file.write(json_lines([ROWS[1]]))
    assert returned(tmp_path, collection, taken) == PutBack(written=2, there=1)
    assert (tmp_path / "a.jsonl").read_bytes().count(json_lines([ROWS[1]])) == 3


def test_rows_without_a_key_that_one_block_meant_and_the_next_took_come_once(tmp_path: Path) -> None:
    write(tmp_path, {"a.jsonl": json_lines(ROWS)})
    collection, before = people("*.jsonl", "jsonl"), files_of(tmp_path)
    with pytest.raises(LookupError), changing(tmp_path, collection) as block:  # noqa: PT012 - the block is what fails
        meant = taken_of(block, collection, by("user_id", 1, 2))
        raise LookupError
    done = erased(tmp_path, collection, by("user_id", 1))
    with changing(tmp_path, collection) as block:
        assert block.put_back(collection, done) == PutBack(written=3)  # type: ignore[attr-defined]
        assert block.put_back(collection, meant, is_sure=False) == PutBack(there=6)  # type: ignore[attr-defined]
    assert files_of(tmp_path) == before


def test_nothing_is_put_behind_a_line_that_is_being_written(tmp_path: Path) -> None:
    write(tmp_path, {"a.jsonl": json_lines(ROWS)})
    collection = people("*.jsonl", "jsonl")
    taken = erased(tmp_path, collection, by("user_id", 2))
    write(tmp_path, {"a.jsonl": b'{"user_id": 7'})
    assert returned(tmp_path, collection, taken) == PutBack(written=3)
    assert (tmp_path / "a.jsonl").read_bytes() == json_lines(ROWS[2::3]) + b'{"user_id": 7'


def test_of_rows_that_a_mask_made_alike_each_gets_its_own(tmp_path: Path) -> None:
    rows = [{"user_id": 1, "email": f"p{number}@example.org", "note": "x"} for number in range(5)]
    write(tmp_path, {"a.jsonl": json_lines(rows)})
    collection = people("*.jsonl", "jsonl")
    taken = masked_in(tmp_path, collection, {"email": NULL}, by("user_id", 1))
    lines = (tmp_path / "a.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "a.jsonl").write_bytes(b"".join(lines[:4]))
    assert unmasked(tmp_path, collection, taken, {"email": NULL}) == WrittenBack(written=4, left=1)
    assert (tmp_path / "a.jsonl").read_bytes() == json_lines(rows[:4])


def test_a_line_that_was_written_since_keeps_what_is_new(tmp_path: Path) -> None:
    keyed = (make_field("user_id", data_type="integer", primary_key=True), *FIELDS[1:])
    collection = make_collection("people", *keyed, source={"path": "*.jsonl", "format": "jsonl"})
    write(tmp_path, {"a.jsonl": b'{ "user_id":1, "email":"a\\u0040b",  "note":1.50,"place":"Bonn" }\n'})
    masks = {"email": NULL, "note": NULL}
    taken = masked_in(tmp_path, collection, masks, by("user_id", 1))
    write(tmp_path, {"a.jsonl": b'{ "user_id":1, "email":null,  "note":"new","place":"Ulm" }\n'})
    assert unmasked(tmp_path, collection, taken, masks) == WrittenBack(written=1, left=1)
    expected = b'{ "user_id":1, "email":"a\\u0040b",  "note":"new","place":"Ulm" }\n'
    assert (tmp_path / "a.jsonl").read_bytes() == expected


def test_a_field_that_a_mask_added_goes_again(tmp_path: Path) -> None:
    write(tmp_path, {"a.jsonl": b'{"user_id": 1 }\n', "b.jsonl": b'{"user_id": 1, "place": "x"}\n'})
    collection, before = people("*.jsonl", "jsonl"), files_of(tmp_path)
    masks = {"note": Mask(Strategy.FIXED, "gone")}
    taken = masked_in(tmp_path, collection, masks, by("user_id", 1))
    assert files_of(tmp_path) != before
    assert unmasked(tmp_path, collection, taken, masks) == WrittenBack(written=2)
    assert files_of(tmp_path) == before


def test_columns_that_are_others_by_now_are_no_place_for_a_row(tmp_path: Path) -> None:
    write(tmp_path, {"a.csv": csv(ROWS)})
    collection = people("*.csv", "csv")
    taken = erased(tmp_path, collection, by("user_id", 2))
    new = (tmp_path / "a.csv").read_bytes().replace(b"user_id,email", b"email,user_id", 1)
    (tmp_path / "a.csv").write_bytes(new)
    with pytest.raises(StoreError, match=r"shop:? ?.*a\.csv: is made otherwise than when rows were taken"):
        returned(tmp_path, collection, taken)
    assert (tmp_path / "a.csv").read_bytes() == new


def test_texts_of_several_lines_and_marks_come_back(tmp_path: Path) -> None:
    text = b'\xef\xbb\xbfuser_id,note\n1,"one\n\ntwo, ""three"""\n2,x\n\n1,last'
    write(tmp_path, {"a.csv": text})
    collection = people("*.csv", "csv")
    taken = erased(tmp_path, collection, by("user_id", 1))
    assert returned(tmp_path, collection, taken) == PutBack(written=2)
    assert (tmp_path / "a.csv").read_bytes() == text + b"\n"


def test_of_several_rows_in_a_line_it_is_said_that_they_cannot_be_put_back(tmp_path: Path) -> None:
    lines = people("*.jsonl", "jsonl", rows="data")
    with changing(tmp_path, lines, commits=False) as block:
        assert not block.restores(lines)  # type: ignore[attr-defined]


def killed(folder: Path, collection: Collection, taken: Taken, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    """Put back in a process of its own that ends hard at its n-th renaming, linking or removing of a file."""
    child = os.fork()
    if child == 0:
        calls = 0

        def ending(real: Callable[..., Any]) -> Callable[..., Any]:
            def call(*arguments: Any, **facts: Any) -> Any:
                nonlocal calls
                calls += 1
                if calls == at:
                    os._exit(9)
                return real(*arguments, **facts)

            return call

        for name in ("link", "replace", "unlink", "rename"):
            monkeypatch.setattr(os, name, ending(getattr(os, name)))
        returned(folder, collection, taken)
        os._exit(0)
    os.waitpid(child, 0)


STEPS = [pytest.param(at, marks=() if at % 3 == 0 else (pytest.mark.thorough,)) for at in range(1, 12)]


@pytest.mark.parametrize("at", STEPS)
def test_a_kill_at_any_step_leaves_nothing_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    write(tmp_path, {f"{name}/a.jsonl": json_lines(ROWS[:6]) for name in ("x", "y")})
    write(tmp_path, {"z/a.jsonl": json_lines(ROWS[1:2])})
    collection, before = people("{who}/*.jsonl", "jsonl"), files_of(tmp_path)
    taken = erased(tmp_path, collection, by("user_id", 1))
    killed(tmp_path, collection, taken, monkeypatch, at)
    again = returned(tmp_path, collection, taken)
    assert again.written + again.there == 5
    assert files_of(tmp_path) == before
