"""Values taken out of rows: nothing else is changed, and nothing of them is left."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from dsar.redaction.removing import Remover
from dsar.stores.redacting import folded
from dsar.values import Row, to_json


def removed(row: Row, *values: str, mark: str = "[hidden: name]", **more: Any) -> Row:
    remover = Remover({folded(value): mark for value in values}, **more)
    result: Row = json.loads(remover.block(to_json(row) + b"\n"))
    return result


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("ask Ben Okafor.", "ask [hidden: name]."),
        ("BEN  OKAFOR and ben\nokafor", "[hidden: name] and [hidden: name]"),
        ("Ruben Okaforsson", "Ruben Okaforsson"),
        ("", ""),
    ],
)
def test_a_value_is_taken_out_as_words(text: str, left: str) -> None:
    assert removed({"body": text}, "Ben Okafor") == {"body": left}


def test_accents_are_one_letter_however_they_are_written() -> None:
    assert removed({"a": "jose\u0301 fue", "b": "José", "c": "jose"}, "José") == {
        "a": "[hidden: name] fue",
        "b": "[hidden: name]",
        "c": "jose",
    }


def test_every_depth_and_every_name_of_a_member() -> None:
    row = {"profile": {"ben@x.example": [{"who": "ben@x.example", "count": 7}], "BEN@x.example": None, "n": 1.50}}
    assert removed(row, "ben@x.example") == {
        "profile": {"[hidden: name]": [{"who": "[hidden: name]", "count": 7}], "[hidden: name] 2": None, "n": 1.5}
    }


def test_json_inside_of_a_text_keeps_every_other_sign() -> None:
    text = '{ "who": "ben\\u0040x.example",  "n": 1.50, "again": "{\\"a\\": \\"ben@x.example\\"}" }'
    left = '{ "who": "[hidden: name]",  "n": 1.50, "again": "{\\"a\\": \\"[hidden: name]\\"}" }'
    assert removed({"body": text}, "ben@x.example") == {"body": left}


def test_bytes_that_are_text_are_looked_into_and_others_stay() -> None:
    picture = base64.b64encode(b"\x89PNG\xff ben@x.example").decode()
    row = {"file": b"dear ben@x.example,", "avatar": b"\x89PNG\xff ben@x.example"}
    found = removed(row, "ben@x.example", bytes_fields=("file", "avatar"))
    assert base64.b64decode(found["file"]) == b"dear [hidden: name],"
    assert found["avatar"] == picture


def test_a_phone_number_is_found_however_it_is_parted() -> None:
    assert removed({"a": "+44 (20) 7946-0991!"}, "+442079460991") == {"a": "[hidden: name]!"}


def test_numbers_and_dates_are_untouched() -> None:
    row = {"n": 4420794609, "d": "2026-03-02", "f": 0.1, "big": 2**63}
    assert removed(row, "4420794609") == {**row, "big": 2**63}


def test_a_block_without_the_values_comes_back_as_it_is() -> None:
    block = b'{"a": 1.0,  "b":"x"}\n{"a":2}\n'
    assert Remover({"ben okafor": "-"}).block(block) is block


def test_what_was_found_is_counted_by_value() -> None:
    remover = Remover({folded("Ben"): "-", folded("+44 20 7946 0991"): "-"})
    remover.block(b'{"a":"Ben, ben, +44 20 79460991"}\n')
    assert remover.found == {"ben": 2, "+44 20 7946 0991": 1}


def test_quotes_and_backslashes_hide_nothing() -> None:
    assert removed({"a": 'say "Tr0ub\\4dor" now'}, "Tr0ub\\4dor") == {"a": 'say "[hidden: name]" now'}
    assert removed({"a": '["caf\\u00e9 Ren\\u00e9"]'}, "René") == {"a": '["caf\\u00e9 [hidden: name]"]'}
