"""What is known of a person, found in texts and taken out of them."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.datamap.erasure import Mask, Strategy
from dsar.stores.base import ForbiddenError
from dsar.stores.redacting import count, redacted, words_of


def mask(*values: str, length: int | None = None) -> Mask:
    words, short = words_of(values)
    assert short == 0
    return Mask(Strategy.REDACT, words=words, length=length)


NFD = unicodedata.normalize("NFD", "José Núñez")


@pytest.mark.parametrize(
    ("value", "text", "expected"),
    [
        ("ann@example.org", "Mail ann@example.org, please.", "Mail [erased], please."),
        ("Ann@Example.ORG", "<ANN@example.org>; mailto:ann@example.org", "<[erased]>; mailto:[erased]"),
        ("ann@example.org", "Ask ann@example.org.", "Ask [erased]."),
        ("ann@example.org", "joann@example.org mary.ann@example.org ann@example.org.uk ann@example.orgs", None),
        ("ann@example.org", "x+ann@example.org ann+x@example.org", None),
        (
            "Ann",
            "Ann's, ANN and ann; not Annex, Joann, ann_1",
            "[erased]'s, [erased] and [erased]; not Annex, Joann, ann_1",
        ),
        ("Ann Example", "Ann  Example\nand ann\texample", "[erased]\nand [erased]"),
        ("José Núñez", f"{NFD} is JOSÉ NÚÑEZ", "[erased] is [erased]"),
        (NFD, "josé núñez", "[erased]"),
        ("Jose", "José", None),
        ("José", "Jose", None),
        ("Straße", "STRASSE, strasse", "[erased], [erased]"),
        ("Strasse", "Straße", "[erased]"),
        ("ssa", "Straßa", None),
        ("राम", "रामायण राम", "रामायण [erased]"),
        ("田中", "田中さんへ", "[erased]さんへ"),
        ("김철수", "김철수는", "[erased]는"),
        ("สมชาย", "คุณสมชายครับ", "คุณ[erased]ครับ"),
        (
            "+49 30 1234567",
            "Call +49301234567, +(49) 30/1234567 or +49 (30) 123-45-67.",
            "Call [erased], [erased] or [erased].",
        ),
        ("1234567", "No. 1234567, not 12345678 or 01234567", "No. [erased], not 12345678 or 01234567"),
        ("a.b*c(d", "say A.B*C(D now, not axb*c(d", "say [erased] now, not axb*c(d"),
        ("Erased", "[erased] by Erased", "[erased] by [erased]"),
        ("Ann", "", None),
    ],
)
def test_texts(value: str, text: str, expected: str | None) -> None:
    wanted = text if expected is None else expected
    how = mask(value)
    assert redacted(text, how) == wanted
    assert count(text, how.words) == wanted.count("[erased]") - text.count("[erased]")
    assert count(wanted, how.words) == 0


def test_the_longest_value_goes_first() -> None:
    assert redacted("Ann Example, Ann Examples", mask("Ann", "Ann Example")) == "[erased], [erased] Examples"


def test_a_text_without_it_stays_the_same() -> None:
    text = f"{NFD} and STRASSE \ud800"
    assert redacted(text, mask("ann@example.org")) is text


@pytest.mark.parametrize("value", ["", " ", "5", "42", "12345", "1.2.3.4", "ab", "a@b", "é", "Li", "--", "田"])
def test_what_is_too_short_is_told(value: str) -> None:
    assert words_of([value])[0] == ()
    assert words_of([value])[1] == bool(value.strip())


def test_equal_values_are_one() -> None:
    assert words_of(["Ann@example.org", "ann@example.org ", "x"]) == (("ann@example.org",), 1)


def test_json_in_a_text_is_looked_through_string_by_string() -> None:
    inner = json.dumps({"to": "Jürgen", "n": 1}, ensure_ascii=True)
    text = '{ "a" : "J\\u00fcrgen", "price": 5.00, "big": 1234567890123456789012,\n "Jürgen": ["x\\/y jürgen"]'
    found = redacted(f'{text}, "in": {json.dumps(inner)}}}', mask("Jürgen"))
    expected = text.replace('"J\\u00fcrgen"', '"[erased]"').replace("x\\/y jürgen", "x/y [erased]")
    said = json.dumps(json.dumps({"to": "[erased]", "n": 1}))
    assert found == f'{expected}, "in": {said}}}'
    assert count(found, mask("Jürgen").words) == 0


def test_values_at_every_depth() -> None:
    value = {"a": ["Ann", 5, None, {"b": "x ann"}], "ann": b"ANN!", "c": b"\xff"}
    expected = {"a": ["[erased]", 5, None, {"b": "x [erased]"}], "ann": b"[erased]!", "c": b"\xff"}
    assert redacted(value, mask("Ann")) == expected
    assert count(value, mask("Ann").words) == 3


@pytest.mark.parametrize(
    "value",
    [{"ann@example.org": 1}, '{"x": {"ann@example.org": "y"}}', '[{"ann@example.org": "ann@example.org"}]'],
)
def test_an_address_that_is_a_name_is_no_silent_skip(value: object) -> None:
    how = mask("ann@example.org")
    assert count(value, how.words)
    with pytest.raises(ForbiddenError, match="only 'null' takes it away"):
        redacted(value, how)


@pytest.mark.parametrize(
    ("text", "length", "expected"),
    [("Hi Ann", 6, "Hi ***"), ("Hi Ann", 10, "Hi ***"), ("Hi Ann", 11, "Hi [erased]"), ("Ann Ann", 15, "*** ***")],
)
def test_a_text_never_gets_too_long(text: str, length: int, expected: str) -> None:
    assert redacted(text, mask("Ann", length=length)) == expected


LETTERS = st.text(st.sampled_from('aAbB ßéEe\u0301@.-"\\{[:1İ田'), max_size=40)
VALUES = st.recursive(
    st.none() | st.integers() | LETTERS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("xyz"), inner),
    max_leaves=8,
)


@given(LETTERS, st.lists(LETTERS, max_size=4), st.none() | st.integers(0, 50))
def test_nothing_is_left_and_nothing_grows_beyond_its_place(text: str, values: list[str], length: int | None) -> None:
    how = replace(Mask(Strategy.REDACT, words=words_of(values)[0]), length=length)
    found = redacted(text, how)
    assert count(found, how.words) == 0
    assert length is None or len(found) <= max(length, len(text))
    assert redacted(found, how) == found


@pytest.mark.thorough
@given(VALUES, LETTERS)
def test_a_json_text_is_redacted_as_its_value_is(value: object, word: str) -> None:
    how = Mask(Strategy.REDACT, words=words_of([word])[0])
    if isinstance(value, dict | list):
        for text in (json.dumps(value), json.dumps(value, ensure_ascii=False)):
            assert json.loads(str(redacted(text, how))) == redacted(value, how)
