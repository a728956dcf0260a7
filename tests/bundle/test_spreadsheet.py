from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.bundle import spreadsheet

TEXT = frozenset({"string"})
DECIMAL = frozenset({"decimal"})


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＠"])
def test_text_that_would_run_gets_an_apostrophe(start: str) -> None:
    cell = spreadsheet.cell(f"{start}cmd|'/c calc'!A0", types=TEXT)
    assert cell.lstrip('"').startswith(f"'{start}")


@pytest.mark.parametrize(
    ("value", "types", "cell"),
    [
        (-5, frozenset({"integer"}), "-5"),
        (-0.5, frozenset({"float"}), "-0.5"),
        ("-12.50", DECIMAL, "-12.50"),
        ("-1E+3", DECIMAL, "-1E+3"),
        ("-INF", frozenset({"float"}), "-INF"),
        ("-5", TEXT, "'-5"),
        ("+49 30 1234", TEXT, "'+49 30 1234"),
        ("-1+cmd|x", DECIMAL, "'-1+cmd|x"),
        ("=1", DECIMAL, "'=1"),
        ("2026-01-01", frozenset({"date"}), "2026-01-01"),
        (None, TEXT, ""),
        ("", TEXT, '""'),
        (False, frozenset({"boolean"}), "false"),
        (0, frozenset({"integer"}), "0"),
        ({"a": "=1"}, frozenset({"object"}), '"{""a"":""=1""}"'),
        ('say "hi", ok', TEXT, '"say ""hi"", ok"'),
        (" x", TEXT, '" x"'),
    ],
)
def test_cells(value: Any, types: frozenset[str], cell: str) -> None:
    assert spreadsheet.cell(value, types=types) == cell


def test_the_header_is_as_safe_as_the_cells() -> None:
    assert spreadsheet.header(["=a", "b"]) == b"\xef\xbb\xbf'=a,b\r\n"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")), min_size=2, max_size=5))
def test_a_reader_gets_the_text_back(texts: list[str]) -> None:
    line = spreadsheet.line([spreadsheet.cell(text, types=TEXT) for text in texts]).decode()
    (read,) = csv.reader(io.StringIO(line, newline=""), strict=True)
    assert [cell.removeprefix("'") for cell in read] == [text.removeprefix("'") for text in texts]
