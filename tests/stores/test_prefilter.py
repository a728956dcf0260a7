"""Lines that are left out unparsed, held against parsing: never a line too few, however a value is written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsar.datamap.model import Collection
from dsar.stores.base import Alternative, Selection
from dsar.stores.matching import Matcher
from dsar.stores.objects.prefilter import Prefilter
from dsar.stores.parsing import parse
from tests.stores.maps import make_collection, make_field

CALLS = make_collection(
    "calls",
    make_field("id", data_type="integer"),
    make_field("key", data_type="string"),
    make_field("plain"),
    make_field("mail", data_type="string", identity="email"),
    make_field("price", data_type="float"),
    make_field("is_on", data_type="boolean"),
    make_field("tags", data_type="string[]"),
    make_field("owner", fields=(make_field("id", under="owner"), make_field("mail", under="owner", identity="email"))),
)
PATHS = ("id", "key", "plain", "mail", "price", "is_on", "tags", "owner.id", "owner.mail")

_DIGITS = "|0|1|-1|42|042|42.0|4.2e1|1_000|1000| 42|\uff14\uff12|true|TRUE|null"
_WORDS = "|a|A|kim@x.org|KIM@x.org|\u212aim@x.org|stra\u00dfe@x|STRASSE@x|jos\u00e9|jose\u0301|\U0001f600"
_SIGNS = 'say "id": 1|a/b|back\\slash|line\nend|[1]|{}|,|a,b|"|id|\\"id\\":42'
_TEXTS = [text for texts in (_DIGITS, _WORDS, _SIGNS) for text in texts.split("|")]
_NUMBERS = [0, 1, -1, 42, 1000, 42.0, 1.5, 1e3, -0.0, 2**63, 2**64 + 1, 12345678901234567890123, 1e22, 0.1]
SCALARS = st.one_of(st.sampled_from(_TEXTS), st.sampled_from(_NUMBERS), st.booleans(), st.none())
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["id", "mail", "key", "x"]), inner, max_size=3),
    ),
    max_leaves=6,
)
KEYS = st.one_of(st.sampled_from(_TEXTS), st.sampled_from(_NUMBERS))
NAMES = st.sampled_from((*PATHS[:7], "owner", "note", "ID", 'a"id', ":"))
#: Fields in their order; a name may come twice, of which parsers take the last.
OBJECTS = st.lists(st.tuples(NAMES, VALUES), max_size=5)
#: What a writer of JSON may choose: spaces around signs, escapes that nothing calls for, numbers with exponents.
CHOICES = st.randoms(use_true_random=False)


def spell(value: Any, choices: Random) -> str:
    """Return the value as JSON, in one of its many spellings."""
    if isinstance(value, str):
        return '"' + "".join(_letter(letter, choices) for letter in value) + '"'
    if isinstance(value, list):
        return "[" + f"{_gap(choices)},{_gap(choices)}".join(spell(item, choices) for item in value) + "]"
    if isinstance(value, dict):
        return spell_object(list(value.items()), choices)
    if isinstance(value, float) and choices.random() < 0.5:
        return f"{value:.17e}"
    return json.dumps(value)


def spell_object(items: list[tuple[str, Any]], choices: Random) -> str:
    pairs = (f"{spell(name, choices)}{_gap(choices)}:{_gap(choices)}{spell(value, choices)}" for name, value in items)
    return "{" + f"{_gap(choices)},{_gap(choices)}".join(pairs) + "}"


def _gap(choices: Random) -> str:
    return choices.choice(["", "", "", " ", "\t", " \r "])


def _letter(letter: str, choices: Random) -> str:
    if choices.random() < 0.05:
        return escaped(letter)
    if letter == "/" and choices.random() < 0.5:
        return "\\/"
    return json.dumps(letter, ensure_ascii=choices.random() < 0.3)[1:-1]


def escaped(text: str) -> str:
    """Return the text with every letter as an escape."""
    units = text.encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def spellings(value: Any) -> Iterator[str]:
    yield json.dumps(value)
    if isinstance(value, str):
        yield json.dumps(value, ensure_ascii=False)
        yield f'"{escaped(value)}"'
    elif type(value) in (int, float):
        yield f"{value:.17e}"
        yield json.dumps(float(value))


#: Lines in which a field N of the value V stands, and what might hide it.
LINES = (
    *('{"N":V}', '{ "N"\t:\r V }', '{"E":V}', '{"N":[V]}', '{"N":["other", V ]}', '{"N":[["other"],[V]]}'),
    *('{"N":"other","N":V}', '{"N":{"N":V},"N":V}', '{"N":[{"N":1}],"N":V}', '{"N":"other\\\\","N":V}'),
    *(r'{"a\"N":"other","N":V}', r'{"t":"\"N\":\"other\"","N":V}', r'{"t":"\"N\":\\","N":V}', '{"N":null,"N":V}'),
)


def in_all_lines(path: str, value: Any) -> Iterator[bytes]:
    outer, _, name = path.rpartition(".")
    for text in spellings(value):
        for template in LINES:
            line = template.replace("V", "\0").replace("N", name).replace("E", escaped(name)).replace("\0", text)
            yield (f'{{"{outer}":{line}}}' if outer else line).encode()


@pytest.mark.thorough
@pytest.mark.parametrize("path", PATHS)
def test_a_value_is_found_however_it_is_written_and_wherever_it_stands(path: str) -> None:
    values = [*_TEXTS, *_NUMBERS, True, False]
    lines = {line: parse(line) for value in values for line in in_all_lines(path, value)}
    found = 0
    for wanted in values:
        selection = Selection((Alternative((path,), frozenset([(wanted,)])),))
        matcher, prefilter = Matcher(CALLS, selection), Prefilter(CALLS, selection, ())
        matching = [line for line, row in lines.items() if isinstance(row, dict) and matcher.matches(row)]
        assert [line for line in matching if not list(prefilter.lines(line))] == []
        found += len(matching)
    assert found > len(lines) / 10, "else nothing was shown"


@st.composite
def selections(draw: st.DrawFn) -> Selection:
    alternatives = []
    for path in draw(st.lists(st.sampled_from(PATHS), min_size=1, max_size=3)):
        values = draw(st.lists(KEYS, min_size=1, max_size=5))
        alternatives.append(Alternative((path,), frozenset((value,) for value in values)))
    if draw(st.booleans()):
        pairs = draw(st.lists(st.tuples(KEYS, KEYS), min_size=1, max_size=3))
        alternatives.append(Alternative(("key", "id"), frozenset(pairs)))
    return Selection(tuple(alternatives))


def kept(selection: Selection, lines: list[bytes], collection: Collection = CALLS) -> list[int]:
    """Return the numbers of the lines that are not left out; each comes with its own text."""
    found = list(Prefilter(collection, selection, ()).lines(b"\n".join(lines)))
    assert [line for _, line in found] == [lines[number] for number, _ in found]
    assert [number for number, _ in found] == sorted({number for number, _ in found})
    return [number for number, _ in found]


def check(objects: list[list[tuple[str, Any]]], selection: Selection, choices: Random) -> None:
    lines = [spell_object(items, choices).encode("utf-8", "surrogatepass") for items in objects]
    matcher = Matcher(CALLS, selection)
    matching = {number for number, line in enumerate(lines) if matcher.matches(parse(line))}
    assert matching <= set(kept(selection, lines))


@pytest.mark.thorough
@settings(max_examples=80, deadline=None)
@given(st.lists(OBJECTS, min_size=1, max_size=8), selections(), CHOICES)
def test_no_line_that_matches_is_left_out(
    objects: list[list[tuple[str, Any]]], selection: Selection, choices: Random
) -> None:
    check(objects, selection, choices)


@pytest.mark.slow
@settings(max_examples=1_000, deadline=None)
@given(st.lists(OBJECTS, min_size=1, max_size=8), selections(), CHOICES)
def test_nor_is_one_among_many_more(
    objects: list[list[tuple[str, Any]]], selection: Selection, choices: Random
) -> None:
    check(objects, selection, choices)


@pytest.mark.parametrize("many", [1, 1_000])
@pytest.mark.parametrize(
    ("path", "wanted", "other"),
    [
        ("id", 42, 43),
        ("id", 42, 43.0),
        ("id", 42, None),
        ("key", "usr_1", "usr_2"),
        ("key", "usr_1", 'say "usr_1"\n'),
        ("key", "usr_1", "\u00e4\\"),
        ("mail", "ann@x.org", "BOB@x.org"),
        ("mail", "ann@x.org", "\u212aim@x.org"),
        ("price", 1.5, 2.5),
        ("tags", "a", ["b", 'say "a"']),
        ("owner.id", 7, 8),
    ],
)
def test_lines_of_others_are_left_out(path: str, wanted: Any, other: Any, many: int) -> None:
    def line(value: Any) -> bytes:
        name, _, inner = path.partition(".")
        return json.dumps({"note": f'"{name}": {wanted}\n', name: {inner: value} if inner else value}).encode()

    values = frozenset((wanted if number == 0 else f"nobody-{number}",) for number in range(many))
    lines = [line(other), line(wanted), line(other)]
    for ending in (b"", b"\r"):
        assert kept(Selection((Alternative((path,), values),)), [text + ending for text in lines]) == [1]


def test_a_line_that_is_no_object_is_never_left_out() -> None:
    text = b"""{"id":1}||x|{"id":2}|[]| {}|{}|{id:1}|{"id":1|{ "id":9}|{"id":'9'}"""
    assert kept(Selection((Alternative(("id",), frozenset([(1,)])),)), text.split(b"|")) == [0, 1, 2, 4, 5, 7, 8, 10]


@pytest.mark.parametrize("name", [":", ",", "", "1", 'a"b', "a\\b", "a/b", "caf\u00e9"])
def test_a_name_that_bytes_cannot_tell_leaves_out_nothing(name: str) -> None:
    collection = make_collection("calls", make_field(name))
    lines = [json.dumps({"a": "b", name: number}, ensure_ascii=number == 1).encode() for number in range(3)]
    assert kept(Selection((Alternative((name,), frozenset([(1,)])),)), lines, collection) == [0, 1, 2]
