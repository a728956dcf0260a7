"""What is written to a key, as words of the script that changes it, and which masks a type of value can take."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dsar.datamap.erasure import ErasureAction, Mask, Strategy
from dsar.datamap.model import Collection
from dsar.stores.casting import cast
from dsar.stores.masking import masked
from dsar.stores.members import json_members
from dsar.stores.redis.source import TTL, Source
from dsar.stores.redis.types import text
from dsar.stores.sources import refuse
from dsar.values import Value, value_to_json

#: Field and value -> what takes its place.
_Instead = Callable[[str, Value], Value]


@dataclass(frozen=True, slots=True)
class Change:
    """What is done with a key that is in this state: `what` is a word of scripts.CHANGE, `words` are its own."""

    state: bytes
    what: str
    words: tuple[bytes, ...] = ()

    @property
    def arguments(self) -> tuple[bytes | str | int, ...]:
        return (self.state, self.what, len(self.words), *self.words)

    @property
    def size(self) -> int:
        """Its length in bytes, more or less."""
        return sum(map(len, self.words)) + len(self.state)


def check_masks(collection: Collection, source: Source) -> None:
    """Refuse what an erasure could not write. Raises StoreConfigError with file and line."""
    rule = collection.erasure
    if rule is None or rule.action is not ErasureAction.MASK:
        return
    fields = {item.name: item for item in collection.fields}
    if source.type in ("list", "set", "zset"):
        raise refuse(collection, f"erasure: a {source.type} is masked by deleting it: write {{action: delete}}")
    for name, mask in rule.masks.items():
        if name == TTL or name in source.pattern.names:
            raise refuse(collection, f"erasure: {name!r} is no part of the value, and cannot be masked")
        if source.type == "string" and (name != "value" or mask.strategy is Strategy.NULL):
            raise refuse(collection, f"erasure: {name!r} of a string cannot be masked so: write {{action: delete}}")
        if source.type != "json" and not isinstance(mask.value, str | None) and not fields[name].data_type:
            raise refuse(collection, f"erasure: declare the data_type of {name!r}, or write its fixed value as text")


def masking(
    state: bytes, answer: Any, collection: Collection, source: Source, masks: Mapping[str, Mask], *, key: bytes
) -> Change:
    """Return the change that masks a key, whose value the server gave as this answer. Raises ForbiddenError."""
    where = f"{collection.dataset}:{collection.name}"

    def instead(name: str, value: Value) -> Value:
        return masked(value, masks[name], key=key, where=f"{where}: {name}")

    if source.type == "hash":
        return Change(state, "hash", tuple(_hash_words(answer, masks, instead)))
    if source.type == "json":
        return Change(state, "set", (_json_document(answer, masks, instead),))
    return Change(state, "set", (_spelt(instead("value", text(answer))),))


def _hash_words(answer: Mapping[bytes, bytes], masks: Mapping[str, Mask], instead: _Instead) -> Iterator[bytes]:
    for name in masks:
        raw = answer.get(name.encode())
        value = instead(name, None if raw is None else text(raw))
        yield from (name.encode(), b"del", b"") if value is None else (name.encode(), b"set", _spelt(value))


def _spelt(value: Value) -> bytes:
    """Return a value as a hash or string holds it, and as it is read back by its declared type."""
    found: str = cast(value, "string")
    return found.encode()


def _json_document(answer: bytes, masks: Mapping[str, Mask], instead: _Instead) -> bytes:
    """Return the document with other values for these names; every other sign of it stays as it is.

    Written anew, a number might come out with other digits. It has been parsed before: that it is an object is known.
    """
    document = answer.decode("utf-8", "surrogatepass")
    pieces, met, last = list[str](), set[str](), 0
    for name, value, start, end in json_members(document):
        met.add(name)
        if name in masks:
            pieces += [document[last:start], value_to_json(instead(name, value)).decode()]
            last = end
    added = {name: value for name in masks if name not in met and (value := instead(name, None)) is not None}
    text = "".join([*pieces, document[last:]])
    return _with(text, added, is_empty=not met).encode("utf-8", "surrogatepass")


def _with(document: str, added: Mapping[str, Value], *, is_empty: bool) -> str:
    """Return the JSON object with members more at its end."""
    if not added:
        return document
    inside = document.rstrip().removesuffix("}")
    return f"{inside}{'' if is_empty else ','}{value_to_json(dict(added)).decode()[1:]}"
