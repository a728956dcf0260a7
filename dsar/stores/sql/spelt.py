"""What is masked inside a column's value: in the spelling of `dsar.stores.sql.raw`, all beside it as it was."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import types as sqltypes
from sqlalchemy.types import TypeEngine

from dsar.datamap.erasure import MADE, MADE_LENGTHS, Mask
from dsar.stores.base import ForbiddenError
from dsar.stores.inside import Inside, Instead, replaced_text
from dsar.stores.json_text import applied
from dsar.stores.masking import masked
from dsar.stores.redacting import redacted_text, redactions
from dsar.stores.sql.raw import RawColumn
from dsar.values import Value

_TEXTS = (sqltypes.String, sqltypes.JSON, sqltypes.LargeBinary, sqltypes.NullType)
_OF_BYTES = "\\x"
_UNKNOWN = "?"

Spell = Callable[[str], Any]


@dataclass(frozen=True)
class SpeltMasks:
    """The masks of one column whose values are made row by row; `inside` is one of them, or all by their names.

    `where` names dataset, collection and column. Raises ForbiddenError for a column that holds no texts.
    """

    where: str
    column: RawColumn
    kind: TypeEngine[Any]
    inside: Inside

    def __post_init__(self) -> None:
        if not isinstance(self.kind, _TEXTS) or isinstance(self.kind, sqltypes.Enum):
            raise ForbiddenError(f"{self.where}: nothing can be masked inside of a column that is {self.kind}")

    def masked(self, spelling: Any, *, key: bytes) -> Any:
        """Return the spelling of what is written instead. Raises ForbiddenError."""
        return self._replaced(spelling, lambda mask, value: masked(value, mask, key=key, where=self.where))

    def wrote(self, before: Any, now: Any) -> bool:
        """Return whether a value is what these masks have made of another one; made texts may be any."""
        expected = self._replaced(before, _unknown)
        if not isinstance(expected, str) or not isinstance(now, str):
            return bool(expected == now)
        pattern = re.escape(expected)
        for length in sorted(MADE_LENGTHS.values(), reverse=True):  # the shorter one begins the longer
            pattern = pattern.replace(re.escape(_made(length)), f"{MADE}[0-9a-f]{{{length - len(MADE)}}}")
        return re.fullmatch(pattern, now) is not None

    def _replaced(self, spelling: Any, instead: Instead) -> Any:
        text, spell = _as_text(spelling, self.column, self.kind)
        if text is None:
            return spelling
        most = getattr(self.kind, "length", None)
        try:
            found = self._text(text, _holding(self.inside, most), instead)
            if most and len(found) > most:
                found = self._text(text, _holding(self.inside, 0), instead)
        except ForbiddenError as error:
            raise ForbiddenError(f"{self.where}: {error}") from error
        if most and len(found) > max(most, len(text)):
            raise ForbiddenError(f"{self.where}: the column holds {most} characters, and {len(found)} would be written")
        return spell(found)

    def _text(self, text: str, inside: Inside, instead: Instead) -> str:
        if not isinstance(inside, Mask):
            return replaced_text(text, inside, instead)
        if isinstance(self.kind, sqltypes.JSON):
            return applied(text, redactions(text, 0, len(text), inside))
        return redacted_text(text, inside)


def _holding(inside: Inside, most: int | None) -> Inside:
    """Return the masks for texts of at most so many characters; 0: for the shortest that can be, those inside too."""
    if not isinstance(inside, Mask):
        return {name: _holding(below, most if most == 0 else None) for name, below in inside.items()}
    lengths = [length for length in (inside.length, most) if length is not None]
    return replace(inside, length=min(lengths, default=None))


def _unknown(mask: Mask, value: Value) -> Value:
    """Return what a mask writes; for what nobody knows any more something of its length."""
    if mask.strategy in MADE_LENGTHS and value is not None:
        return _made(MADE_LENGTHS[mask.strategy])
    return masked(value, mask, key=b"", where="")


def _made(length: int) -> str:
    return MADE + _UNKNOWN * (length - len(MADE))


def _as_text(spelling: Any, column: RawColumn, kind: TypeEngine[Any]) -> tuple[str | None, Spell]:
    """Return the text that a spelling stands for, None where it is none, and what spells another one so."""
    if isinstance(spelling, list) and spelling[0] == "blob":
        return _decoded(base64.b64decode(spelling[1])), lambda text: ["blob", _base64(text)]
    if not isinstance(spelling, str):
        return None, str
    if getattr(column, "is_binary", False):
        return _decoded(bytes.fromhex(spelling)), lambda text: text.encode().hex().upper()
    if isinstance(kind, sqltypes.LargeBinary) and spelling.startswith(_OF_BYTES):
        digits = spelling.removeprefix(_OF_BYTES)
        return _decoded(bytes.fromhex(digits)), lambda text: _OF_BYTES + text.encode().hex()
    return spelling, str


def _decoded(value: bytes) -> str | None:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def spelt_masks(
    masks: Mapping[str, Inside], columns: Mapping[str, RawColumn], types: Mapping[str, TypeEngine[Any]], where: str
) -> dict[str, SpeltMasks]:
    """Return the masks by their columns. Raises ForbiddenError."""
    return {name: SpeltMasks(f"{where}: {name}", columns[name], types[name], inside) for name, inside in masks.items()}
