"""Whatever is accepted is in no file of a bundle any more: every byte of every file is searched."""

from __future__ import annotations

import base64
import io
import json
import unicodedata
import zipfile
from collections.abc import Callable
from typing import cast

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from dsar.bundle.contents import Dispute, DisputedValue, UsedIdentity
from dsar.bundle.signing import Signer
from dsar.bundle.verify import verify_bundle
from dsar.bundle.write import write_bundle
from dsar.redaction.applying import Accepted, without
from dsar.redaction.kinds import Kind
from dsar.stores.redacting import folded
from dsar.values import Row
from tests.bundle.builders import NOW, collection, contents, data_map, dataset, delivered, field, store

NOTES = collection(
    "app",
    "notes",
    field("body"),
    field("extra"),
    field("file"),
    field("at"),
    title="Notes",
    topic="Notes",
)
KEY = Signer.generate()
_LETTERS = st.text(st.sampled_from("abcdeégkmnoßøůžαβ"), min_size=4, max_size=8)
_NAMES = st.builds(lambda first, last: f"Qx{first} Zq{last}", _LETTERS, _LETTERS)
_ADDRESSES = st.builds(lambda name: f"qx{name}@zq.example", _LETTERS)
_PHONES = st.integers(min_value=10_000_000, max_value=99_999_999).map(lambda number: f"+4420{number}")
_KEYS = st.builds(lambda text: f"qz_{text}9Q", _LETTERS)
VALUES = st.lists(st.one_of(_NAMES, _ADDRESSES, _PHONES, _KEYS), min_size=1, max_size=4, unique_by=folded)
#: How a value may be written and still be the same.
_SPELT = st.sampled_from(
    [str, str.upper, lambda value: unicodedata.normalize("NFD", value), lambda value: value.replace(" ", "  \n")]
)
#: Where a value may stand: alone, in a sentence, in JSON of its own, escaped in it, as a member's name, in a file.
_PLACES = st.sampled_from(
    [
        lambda value: {"body": value},
        lambda value: {"body": f"Dear all, ({value}), yes."},
        lambda value: {"body": orjson.dumps({"who": [value], "n": 1.0}).decode()},
        lambda value: {"body": json.dumps({"a": value})},
        lambda value: {"extra": {value: {"deep": [f"<{value}>", 7, None]}}},
        lambda value: {"file": f"a file of {value}.".encode()},
        lambda value: {"body": "nothing", "extra": [value, value]},
    ]
)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[str], list[Row]]:
    values = draw(VALUES)
    rows: list[Row] = [{"body": "an ordinary row", "at": NOW}]
    for value in values:
        for place in draw(st.lists(_PLACES, min_size=1, max_size=3)):
            spelt = cast("Callable[[str], str]", draw(_SPELT))
            rows.append(place(spelt(value)))
    return values, draw(st.permutations(rows))


def packed(values: list[str], rows: list[Row], *, report: bool = False) -> bytes:
    told = contents(
        data_map(dataset("app", NOTES)),
        store(delivered(NOTES, rows)),
        unproven_identities=tuple(UsedIdentity("email", value, f"only found by {value}") for value in values),
        exceptions=tuple(f"Left out, since {value} said so." for value in values),
        disputes=tuple(Dispute(value, (DisputedValue("app", "notes", "body", value, value),), NOW) for value in values),
    )
    why = ("It is about somebody else", f"As {values[0]} asked.")
    accepted = [Accepted(folded(value), Kind.NAME, *why) for value in values]
    out = io.BytesIO()
    write_bundle(out=out, contents=without(told, {NOTES.key: accepted}), signer=KEY, report=report)
    return out.getvalue()


def assert_gone(values: list[str], bundle: bytes) -> None:
    assert verify_bundle(file=io.BytesIO(bundle), public_key=KEY.public_key).passed
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        for name in archive.namelist():
            content = archive.read(name)
            text = folded(f"{name} {text_of(name, content)}")
            for value in values:
                for form in (value, unicodedata.normalize("NFC", value), orjson.dumps(value).decode()[1:-1]):
                    assert form.encode() not in content, (name, form)
                assert folded(value) not in text, (name, value)


def text_of(name: str, content: bytes) -> str:
    """Return what a file says: of a PDF what is drawn, and of rows what their bytes hold as well."""
    if name.endswith(".pdf"):
        return "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    files = [row["file"] for row in map(json.loads, content.splitlines()) if "file" in row] if "jsonl" in name else []
    return content.decode() + "".join(base64.b64decode(file).decode() for file in files if file)


@settings(max_examples=4)
@given(worlds())
def test_no_accepted_value_is_in_any_file(world: tuple[list[str], list[Row]]) -> None:
    assert_gone(world[0], packed(*world))


@pytest.mark.thorough
@settings(max_examples=20)
@given(worlds())
def test_no_accepted_value_is_in_any_file_of_many(world: tuple[list[str], list[Row]]) -> None:
    assert_gone(world[0], packed(*world))


@pytest.mark.thorough
@pytest.mark.pdf
def test_nor_is_it_in_the_report() -> None:
    values = ["Qxanna Zqolsson", "qx@zq.example", "+442079460991"]
    assert_gone(values, packed(values, [{"body": f"for {value}"} for value in values], report=True))


def test_the_search_would_find_what_is_left() -> None:
    bundle = packed(["Qxanna Zqolsson"], [{"body": "Qxanna Zqolsson"}])
    with pytest.raises(AssertionError):
        assert_gone(["ordinary"], packed(["Qxanna Zqolsson"], [{"body": "an ordinary row"}]))
    assert_gone(["Qxanna Zqolsson"], bundle)
