"""Reads `meta.erasure` of a collection, or, where there is none, what Fides' masking overrides say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dsar.datamap import vocabulary
from dsar.datamap.erasure import MADE_LENGTHS, Address, Erasure, ErasureAction, Mask, Strategy
from dsar.datamap.items import Item, Keys, read_keys
from dsar.datamap.model import Field, walk_fields
from dsar.datamap.problems import did_you_mean

_KEYS_OF = {
    ErasureAction.DELETE: frozenset({"action", "by", "shared", "since", "detach"}),
    ErasureAction.MASK: frozenset({"action", "by", "shared", "fields", "since", "detach"}),
    ErasureAction.KEEP: frozenset({"action", "why", "detach"}),
}
#: Fides' strategies as ours. What its `hash` and `aes_encrypt` write can be found again, so a keyed hash is written.
_FIDES = {
    "null_rewrite": Strategy.NULL,
    "string_rewrite": Strategy.FIXED,
    "random_string_rewrite": Strategy.RANDOM,
    "hash": Strategy.HMAC,
    "hmac": Strategy.HMAC,
    "aes_encrypt": Strategy.HMAC,
}
_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "float": (int, float),
    "boolean": (bool,),
}
#: Types of what `redact` looks through; None: nobody says.
_HOLD_TEXT = frozenset({None, "string", "string[]", "object", "object[]"})
#: What Fides writes where its `string_rewrite` names no value.
_REWRITTEN = "MASKED"


Place = tuple[str, str]


def read_erasure(
    meta: Keys, *, place: Place, fields: tuple[Field, ...], override: Mapping[str, Any] | None
) -> Erasure | None:
    """Read what an erasure does; None where the map does not say. `override` is Fides' own word on the collection.

    `place` is the collection: dataset and name.
    """
    item = meta.take("erasure")
    every = {item.path: item for item in walk_fields(fields)}
    if item is None:
        return _from_fides(meta, every, override)
    keys = read_keys(item.harmless(), "'erasure'", vocabulary.ERASURE)
    keys.demand("action")
    action = keys.choice("action", ErasureAction)
    if action is None:
        return None
    for name in sorted(vocabulary.ERASURE - _KEYS_OF[action]):
        if keys.peek(name) is not None:
            keys.owner.problem(f"an erasure with the action '{action}' takes no '{name}'", graph=False)
    return _checked(keys, action, every, place)


def _checked(keys: Keys, action: ErasureAction, every: Mapping[str, Field], place: Place) -> Erasure:
    why, masks = keys.text("why") or "", _masks(keys, every, place)
    fields = {path: item for path, item in every.items() if "." not in path}
    if action is ErasureAction.KEEP and not why.strip():
        keys.owner.problem("an erasure that keeps rows needs 'why': the person is told it", graph=False)
    if action is ErasureAction.MASK and not masks:
        keys.owner.problem("an erasure that masks needs 'fields'", graph=False)
    by = keys.texts("by")
    for name in by:
        if name not in fields:
            keys.owner.problem(f"'by' names the undeclared field '{name}'{did_you_mean(name, fields)}", graph=False)
    since = keys.text("since") or ""
    if since and since not in fields:
        keys.owner.problem(f"'since' names the undeclared field '{since}'{did_you_mean(since, fields)}", graph=False)
    detach = keys.texts("detach")
    for message in _problems_of_detaching(detach, fields):
        keys.owner.problem(message, graph=False)
    return Erasure(action, why, masks, by, keys.flag("shared"), since, detach)


def _problems_of_detaching(names: tuple[str, ...], fields: Mapping[str, Field]) -> Iterable[str]:
    """Yield why rows cannot let go of what these fields name."""
    for name in names:
        if name not in fields:
            yield f"'detach' names the undeclared field '{name}'{did_you_mean(name, fields)}"
        elif not fields[name].references or fields[name].group is not None:
            yield f"'detach' names '{name}', which alone refers to no other row"
        else:
            yield from problems_of(fields[name], Mask(Strategy.NULL), has_key=_has_key(fields.values()))


def _masks(keys: Keys, every: Mapping[str, Field], place: Place) -> dict[str, Mask]:
    item, found = keys.take("fields"), dict[str, Mask]()
    for key, value in item.harmless().pairs("'fields' of an erasure") if item else ():
        path = str(key.node.value)
        if path not in every:
            key.problem(f"an erasure masks the undeclared field '{path}'{did_you_mean(path, every)}", graph=False)
        elif (mask := _mask(value, every, place)) is not None:
            found[path] = mask
            for message in _problems_at(path, mask, every):
                value.problem(message, graph=False)
    for message in _overlaps(found):
        keys.owner.problem(message, graph=False)
    return found


def _overlaps(masks: Iterable[str]) -> Iterable[str]:
    """Yield what is masked twice: a field, and something inside it."""
    paths = sorted(masks)
    for outer in paths:
        for path in paths:
            if path.startswith(f"{outer}."):
                yield f"'{path}' is inside '{outer}', and both are masked"


def _mask(item: Item, every: Mapping[str, Field], place: Place) -> Mask | None:
    values: tuple[Address, ...] = ()
    if item.is_scalar and not item.is_null:
        name, value = item.text("a masking strategy"), None
    elif item.is_null:
        name, value = str(Strategy.NULL), None  # YAML reads the bare word null as nothing
    else:
        keys = read_keys(item, "a mask", vocabulary.MASK)
        keys.demand("strategy")
        name, found = keys.text("strategy"), keys.take("value")
        value = None if found is None else found.plain()
        values = tuple(_addresses(keys, name, every, place))
    if name not in set(Strategy):
        if name is not None:
            item.problem(f"unknown masking strategy '{name}'{did_you_mean(name, set(Strategy))}", graph=False)
        return None
    return Mask(Strategy(name), value, values)


def _addresses(keys: Keys, strategy: str | None, every: Mapping[str, Field], place: Place) -> Iterable[Address]:
    """Yield the fields whose values are redacted, too: of this collection by their path, else in full.

    That those of other collections exist is checked when all of them are read (dsar.datamap.checks).
    """
    for item in keys.items("values"):
        text = item.text("an item of 'values'")
        if text is None:
            continue
        parts = text.split(".", 2)
        if strategy != Strategy.REDACT:
            item.problem(f"'{strategy}' takes no 'values'", graph=False)
        elif text in every:
            yield (*place, text)
        elif len(parts) == len(("dataset", "collection", "field")) and all(parts):
            yield (parts[0], parts[1], parts[2])
        else:
            hint = did_you_mean(text, every)
            message = f"'values' names the undeclared field '{text}'{hint}; one of another collection is written "
            item.problem(f"{message}dataset.collection.field", graph=False)


def _problems_at(path: str, mask: Mask, every: Mapping[str, Field]) -> Iterable[str]:
    """Yield why the field at a path cannot be masked so; `every` are all fields of its collection by their paths."""
    parts = path.split(".")
    in_secret = any(every[".".join(parts[:end])].secret for end in range(1, len(parts)))
    return problems_of(every[path], mask, has_key=_has_key(every.values()), in_secret=in_secret)


def _has_key(fields: Iterable[Field]) -> bool:
    return any(field.primary_key for field in fields)


def problems_of(field: Field, mask: Mask, *, has_key: bool, in_secret: bool = False) -> Iterable[str]:
    """Yield why a field cannot be masked so: by the type, length and use that the map declares of it.

    `has_key`: its collection declares a primary key. `in_secret`: it stands inside of what is secret.
    """
    path = field.path
    yield from _problems_of_key(field, mask, has_key=has_key)
    if field.secret or in_secret:
        yield f"'{path}' is secret and is never read: nobody could prove that it was masked"
    if mask.strategy is not Strategy.FIXED and mask.value is not None:
        yield f"'{mask.strategy}' takes no 'value'"
    if mask.strategy is Strategy.REDACT:
        yield from _problems_of_redacting(field)
        return
    if field.fields or field.data_type in ("object", "object_id") or (field.data_type or "").endswith("[]"):
        if mask.strategy is not Strategy.NULL:
            yield f"'{path}' holds no single value: it can be masked by 'null' only"
        return
    if mask.strategy in (Strategy.HMAC, Strategy.RANDOM) and field.data_type not in (None, "string"):
        yield f"'{mask.strategy}' writes text, and '{path}' is {field.data_type}"
    if field.length is not None and field.length < (needed := MADE_LENGTHS.get(mask.strategy, 0)):
        yield f"'{mask.strategy}' writes {needed} characters, and '{path}' holds {field.length}"
    if mask.strategy is Strategy.FIXED:
        yield from _problems_of_value(field, mask.value)


def _problems_of_redacting(field: Field) -> Iterable[str]:
    if field.data_type not in _HOLD_TEXT:
        yield f"'redact' changes texts, and '{field.path}' is {field.data_type}"
    for item in walk_fields(field.fields):
        if item.secret:
            yield f"'{field.path}' holds '{item.path}', which is secret and is never read: redact what is beside it"


def _problems_of_key(field: Field, mask: Mask, *, has_key: bool) -> Iterable[str]:
    """A reference is cut by `null`, where a primary key names the row; any other value would name another row."""
    if field.primary_key:
        yield f"'{field.path}' is a key: a key is never masked"
    elif field.references and mask.strategy is not Strategy.NULL:
        yield f"'{field.path}' names another row: it can be masked by 'null' only"
    elif field.references and not has_key:
        yield f"'{field.path}' names another row: it can be masked only where a primary key is declared"


def _problems_of_value(field: Field, value: Any) -> Iterable[str]:
    if value is None or not isinstance(value, str | int | float | bool):
        yield f"'fixed' needs a 'value' for '{field.path}'"
        return
    allowed = _TYPES.get(field.data_type or "", (str, int, float, bool))
    if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
        yield f"'{field.path}' is {field.data_type}, and {value!r} is not"
    elif isinstance(value, str) and field.length is not None and len(value) > field.length:
        yield f"'{field.path}' holds {field.length} characters, and {value!r} has {len(value)}"


def _from_fides(meta: Keys, every: Mapping[str, Field], override: Mapping[str, Any] | None) -> Erasure | None:
    if override and override.get("strategy") == "delete":
        return Erasure(ErasureAction.DELETE)
    found = {path: item.extra["masking_strategy_override"] for path, item in every.items() if _is_overridden(item)}
    masks = {path: _fides_mask(said) for path, said in found.items()}
    problems = [message for path, mask in masks.items() for message in _problems_at(path, mask, every)]
    for message in (*problems, *_overlaps(masks)):
        meta.owner.problem(message, graph=False)
    return Erasure(ErasureAction.MASK, masks=masks) if masks else None


def _is_overridden(field: Field) -> bool:
    return (field.extra.get("masking_strategy_override") or {}).get("strategy") in _FIDES


def _fides_mask(said: Mapping[str, Any]) -> Mask:
    strategy = _FIDES[said["strategy"]]
    value = (said.get("configuration") or {}).get("rewrite_value", _REWRITTEN)
    return Mask(strategy, value if strategy is Strategy.FIXED else None)
