"""Masks inside a column's value as the database spells it: lengths, kinds of columns, and what was written before."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Enum, Integer, LargeBinary, String, Text, types
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from dsar.datamap.erasure import Mask, Strategy
from dsar.stores.base import ForbiddenError
from dsar.stores.inside import Inside
from dsar.stores.redacting import words_of
from dsar.stores.sql.raw import _Mariadb, _Postgresql, _Sqlite
from dsar.stores.sql.spelt import SpeltMasks

REDACT = Mask(Strategy.REDACT, words=words_of(["Ann"])[0])
KEY = b"k" * 32


def masks(inside: Inside, kind: Any, column: Any = None) -> SpeltMasks:
    return SpeltMasks("shop:t: c", column or _Postgresql("text"), kind, inside)


def masked(spelling: Any, inside: Inside, kind: Any, column: Any = None) -> Any:
    return masks(inside, kind, column).masked(spelling, key=KEY)


@pytest.mark.parametrize("kind", [Integer(), Enum("a"), ARRAY(Text()), types.Boolean(), types.Uuid()])
@pytest.mark.parametrize("inside", [REDACT, {"a": REDACT}])
def test_a_column_that_holds_no_text_is_refused(kind: Any, inside: Inside) -> None:
    with pytest.raises(ForbiddenError, match="shop:t: c: nothing can be masked inside of a column that is"):
        masks(inside, kind)


def test_json_in_a_short_column_gets_short_markers() -> None:
    text = '{"a": "Ann", "b": 5.00}'
    assert masked(text, {"a": REDACT}, String(len(text))) == '{"a": "***", "b": 5.00}'
    assert masked(text, {"a": REDACT}, String(len(text) + 5)) == '{"a": "[erased]", "b": 5.00}'
    assert masked(text, REDACT, String(len(text))) == '{"a": "***", "b": 5.00}'


def test_what_would_not_fit_is_refused() -> None:
    with pytest.raises(ForbiddenError, match="shop:t: c: the column holds 12 characters, and 17 would be written"):
        masked('{"a": "Ann"}', {"a": Mask(Strategy.FIXED, "somebody")}, String(12))


def test_a_name_of_a_member_is_refused_with_its_place() -> None:
    how = Mask(Strategy.REDACT, words=words_of(["ann@example.org"])[0])
    with pytest.raises(ForbiddenError, match="shop:t: c: what is to be redacted is the name of a member"):
        masked('{"ann@example.org": 1}', how, JSONB())


@pytest.mark.parametrize(
    ("column", "spell"),
    [
        (_Sqlite(), lambda value: ["blob", base64.b64encode(value).decode()]),
        (_Mariadb("blob"), lambda value: value.hex().upper()),
        (_Postgresql("bytea"), lambda value: "\\x" + value.hex()),
    ],
)
def test_json_in_bytes_is_spelt_as_bytes(column: Any, spell: Callable[[bytes], Any]) -> None:
    found = masked(spell(b'{"a":"Ann", "b":1.0}'), {"a": REDACT}, LargeBinary(), column)
    assert found == spell(b'{"a":"[erased]", "b":1.0}')


NO_UTF8 = ["blob", base64.b64encode(b"\xff").decode()]


@pytest.mark.parametrize("spelling", [None, 5, ["real", (0.5).hex()], NO_UTF8, "x"])
def test_what_is_no_text_with_that_in_it_stays(spelling: Any) -> None:
    assert masked(spelling, {"a": REDACT}, types.NullType(), _Sqlite()) == spelling


def test_what_was_written_is_known_again() -> None:
    inside = {"a": Mask(Strategy.HMAC), "b": Mask(Strategy.RANDOM), "c": REDACT}
    before, how = '{"a": "x", "b": "y", "c": "Ann", "d": 1.0}', masks(inside, Text())
    now = how.masked(before, key=KEY)
    assert how.wrote(before, now)
    assert how.wrote(before, how.masked(before, key=b"another"))
    for other in (before, now.replace("1.0", "1"), now.replace("erased-", "erased-0", 1), now.replace("[erased]", "x")):
        assert not how.wrote(before, other)
