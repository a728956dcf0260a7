"""Reads `meta.erasure` of a collection, or, where there is none, what Fides' masking overrides say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dsar.datamap import vocabulary
from dsar.datamap.erasure import MADE_LENGTHS, Erasure, ErasureAction, Mask, Strategy
from dsar.datamap.items import Item, Keys, read_keys
from dsar.datamap.model import Field
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
#: What Fides writes where its `string_rewrite` names no value.
_REWRITTEN = "MASKED"


def read_erasure(meta: Keys, *, fields: tuple[Field, ...], override: Mapping[str, Any] | None) -> Erasure | None:
    """Read what an erasure does; None where the map does not say. `override` is Fides' own word on the collection."""
    item = meta.take("erasure")
    if item is None:
        return _from_fides(meta, fields, override)
    keys = read_keys(item.harmless(), "'erasure'", vocabulary.ERASURE)
    keys.demand("action")
    action = keys.choice("action", ErasureAction)
    if action is None:
        return None
    for name in sorted(vocabulary.ERASURE - _KEYS_OF[action]):
        if keys.peek(name) is not None:
            keys.owner.problem(f"an erasure with the action '{action}' takes no '{name}'", graph=False)
    return _checked(keys, action, {item.name: item for item in fields})


def _checked(keys: Keys, action: ErasureAction, fields: Mapping[str, Field]) -> Erasure:
    why, masks = keys.text("why") or "", _masks(keys, fields)
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


def _masks(keys: Keys, fields: Mapping[str, Field]) -> dict[str, Mask]:
    item, found = keys.take("fields"), {}
    for key, value in item.harmless().pairs("'fields' of an erasure") if item else ():
        name = str(key.node.value)
        if "." in name:
            key.problem(f"'{name}' is inside an object: an erasure masks whole fields only", graph=False)
        elif name not in fields:
            key.problem(f"an erasure masks the undeclared field '{name}'{did_you_mean(name, fields)}", graph=False)
        elif (mask := _mask(value)) is not None:
            found[name] = mask
            for message in problems_of(fields[name], mask, has_key=_has_key(fields.values())):
                value.problem(message, graph=False)
    return found


def _mask(item: Item) -> Mask | None:
    if item.is_scalar and not item.is_null:
        name, value = item.text("a masking strategy"), None
    elif item.is_null:
        name, value = str(Strategy.NULL), None  # YAML reads the bare word null as nothing
    else:
        keys = read_keys(item, "a mask", vocabulary.MASK)
        keys.demand("strategy")
        name, found = keys.text("strategy"), keys.take("value")
        value = None if found is None else found.plain()
    if name not in set(Strategy):
        if name is not None:
            item.problem(f"unknown masking strategy '{name}'{did_you_mean(name, set(Strategy))}", graph=False)
        return None
    return Mask(Strategy(name), value)


def _has_key(fields: Iterable[Field]) -> bool:
    return any(field.primary_key for field in fields)


def problems_of(field: Field, mask: Mask, *, has_key: bool) -> Iterable[str]:
    """Yield why a field cannot be masked so: by the type, length and use that the map declares of it.

    `has_key`: its collection declares a primary key.
    """
    yield from _problems_of_key(field, mask, has_key=has_key)
    if field.secret:
        yield f"'{field.path}' is secret and is never read: nobody could prove that it was masked"
    if field.fields or field.data_type in ("object", "object_id") or (field.data_type or "").endswith("[]"):
        if mask.strategy is not Strategy.NULL:
            yield f"'{field.path}' holds no single value: it can be masked by 'null' only"
        return
    if mask.strategy in (Strategy.HMAC, Strategy.RANDOM) and field.data_type not in (None, "string"):
        yield f"'{mask.strategy}' writes text, and '{field.path}' is {field.data_type}"
    if field.length is not None and field.length < (needed := MADE_LENGTHS.get(mask.strategy, 0)):
        yield f"'{mask.strategy}' writes {needed} characters, and '{field.path}' holds {field.length}"
    if mask.strategy is not Strategy.FIXED and mask.value is not None:
        yield f"'{mask.strategy}' takes no 'value'"
    if mask.strategy is Strategy.FIXED:
        yield from _problems_of_value(field, mask.value)


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


def _from_fides(meta: Keys, fields: tuple[Field, ...], override: Mapping[str, Any] | None) -> Erasure | None:
    if override and override.get("strategy") == "delete":
        return Erasure(ErasureAction.DELETE)
    found = {item.name: item.extra["masking_strategy_override"] for item in fields if _is_overridden(item)}
    masks = {name: _fides_mask(said) for name, said in found.items()}
    for item in fields:
        for message in problems_of(item, masks[item.name], has_key=_has_key(fields)) if item.name in masks else ():
            meta.owner.problem(message, graph=False)
    return Erasure(ErasureAction.MASK, masks=masks) if masks else None


def _is_overridden(field: Field) -> bool:
    return (field.extra.get("masking_strategy_override") or {}).get("strategy") in _FIDES


def _fides_mask(said: Mapping[str, Any]) -> Mask:
    strategy = _FIDES[said["strategy"]]
    value = (said.get("configuration") or {}).get("rewrite_value", _REWRITTEN)
    return Mask(strategy, value if strategy is Strategy.FIXED else None)
