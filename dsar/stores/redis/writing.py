"""What is written to a key, as words of the script that changes it, and which masks a type of value can take."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dsar.datamap.erasure import ErasureAction, Mask, Strategy
from dsar.datamap.model import Collection
from dsar.datamap.states import StateKind
from dsar.stores.casting import cast
from dsar.stores.inside import Inside, Instead, by_field, edits, replaced
from dsar.stores.json_text import Edit, applied, members, skip
from dsar.stores.masking import masked
from dsar.stores.redis.source import TTL, Source
from dsar.stores.redis.types import text
from dsar.stores.sources import refuse
from dsar.values import Value, value_to_json

#: Field -> what makes of its values, and of what is inside them, what takes their place.
_OfField = Callable[[str], Instead]


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
    for name in rule.detach if rule else ():
        if name in source.pattern.names or source.type not in ("hash", "json"):
            raise refuse(collection, f"erasure: no key lets go of {name!r}: that is no field of its value")
    if rule is None or rule.action is not ErasureAction.MASK:
        return
    fields = {item.name: item for item in collection.fields}
    if source.type in ("list", "set", "zset"):
        raise refuse(collection, f"erasure: a {source.type} is masked by deleting it: write {{action: delete}}")
    for path, mask in rule.masks.items():
        name, _dot, inside = path.partition(".")
        if name == TTL or name in source.pattern.names:
            raise refuse(collection, f"erasure: {name!r} is no part of the value, and cannot be masked")
        if source.type == "string" and (name != "value" or (mask.strategy is Strategy.NULL and not inside)):
            raise refuse(collection, f"erasure: {name!r} of a string cannot be masked so: write {{action: delete}}")
        is_typed = inside or source.type == "json" or fields[name].data_type
        if not is_typed and not isinstance(mask.value, str | None):
            raise refuse(collection, f"erasure: declare the data_type of {name!r}, or write its fixed value as text")


def check_states(collection: Collection, source: Source) -> None:
    """Refuse what no state could be written into and put back from. Raises StoreConfigError with file and line."""
    for kind in StateKind:
        state = collection.state(kind)
        if state is not None:
            _check_fields(collection, source, state.fields, said=kind, what="state")


def check_choices(collection: Collection, source: Source) -> None:
    """Refuse what no choice could be written into. Raises StoreConfigError with file and line."""
    fields = dict.fromkeys(item.field for item in collection.choices.values())
    if fields:
        _check_fields(collection, source, fields, said="choices", what="choice")


def _check_fields(collection: Collection, source: Source, fields: Iterable[str], *, said: str, what: str) -> None:
    if source.type in ("list", "set", "zset"):
        raise refuse(collection, f"{said}: a {source.type} holds no {what}, having no fields")
    for name in fields:
        if name == TTL or name in source.pattern.names or (source.type == "string" and name != "value"):
            raise refuse(collection, f"{said}: {name!r} is no part of the value, and holds no {what}")


def masking(
    state: bytes, answer: Any, collection: Collection, source: Source, masks: Mapping[str, Mask], *, key: bytes
) -> Change:
    """Return the change that masks a key, whose value the server gave as this answer. Raises ForbiddenError."""
    where, insides = f"{collection.dataset}:{collection.name}", by_field(masks)

    def instead(name: str) -> Instead:
        return lambda mask, value: masked(value, mask, key=key, where=f"{where}: {name}")

    if source.type == "hash":
        return Change(state, "hash", tuple(_hash_words(answer, insides, instead)))
    if source.type == "json":
        return Change(state, "set", (_json_document(answer, insides, instead),))
    return Change(state, "set", (spelt_value(replaced(text(answer), insides["value"], instead("value"))),))


def _hash_words(answer: Mapping[bytes, bytes], insides: Mapping[str, Inside], instead: _OfField) -> Iterator[bytes]:
    for name, inside in insides.items():
        raw = answer.get(name.encode())
        value = replaced(None if raw is None else text(raw), inside, instead(name))
        yield from (name.encode(), b"del", b"") if value is None else (name.encode(), b"set", spelt_value(value))


def spelt_value(value: Value) -> bytes:
    """Return a value as a hash or string holds it, and as it is read back by its declared type."""
    if isinstance(value, bytes):
        return value
    found: str = cast(value, "string")
    return found.encode()


def _json_document(answer: bytes, insides: Mapping[str, Inside], instead: _OfField) -> bytes:
    """Return the document with other values for these names; every other sign of it stays as it is.

    It has been parsed before: that it is an object is known.
    """
    document = answer.decode("utf-8", "surrogatepass")
    changes, met = list[Edit](), set[str]()
    for name, (start, _end) in members(document, skip(document, 0)):
        met.add(name)
        if name in insides:
            changes += edits(document, start, insides[name], instead(name))
    added = {
        name: value
        for name in insides
        if name not in met and (value := replaced(None, insides[name], instead(name))) is not None
    }
    text = _with(applied(document, changes), added, is_empty=not met)
    return text.encode("utf-8", "surrogatepass")


def _with(document: str, added: Mapping[str, Value], *, is_empty: bool) -> str:
    """Return the JSON object with members more at its end."""
    if not added:
        return document
    inside = document.rstrip().removesuffix("}")
    return f"{inside}{'' if is_empty else ','}{value_to_json(dict(added)).decode()[1:]}"
