"""Reads `meta.suspend` and `meta.restrict` of a collection: what is written while an account is so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dsar.datamap import vocabulary
from dsar.datamap.choices import Scalar
from dsar.datamap.erasure import Erasure, Mask, Strategy
from dsar.datamap.items import Keys, read_keys
from dsar.datamap.model import Field, Retention
from dsar.datamap.problems import did_you_mean
from dsar.datamap.read_erasure import problems_of
from dsar.datamap.states import State, StateKind

_KEYS = {StateKind.SUSPEND: vocabulary.SUSPEND, StateKind.RESTRICT: vocabulary.RESTRICT}


def read_state(
    meta: Keys,
    kind: StateKind,
    *,
    fields: tuple[Field, ...],
    only: Mapping[str, Any],
    erasure: Erasure | None,
    retention: Retention | None,
) -> State | None:
    """Read a state; None where it is not possible here.

    `only`, `erasure` and `retention` name fields by which other things are decided: no state is written into them.
    """
    item = meta.take(kind)
    if item is None:
        return None
    keys = read_keys(item.harmless(), f"'{kind}'", _KEYS[kind])
    keys.demand("fields")
    purposes = keys.words("purposes", "purpose", vocabulary.PURPOSES)
    if (listed := keys.peek("purposes")) is not None and not listed.node.value:
        listed.problem(f"'purposes' of '{kind}' names no purpose: leave it out, and it is for all")
    deciding = {**dict.fromkeys(only, "'only'"), **_deciding(erasure, retention)}
    masks = erasure.masks if erasure else {}
    values = _values(keys, kind, {each.name: each for each in fields}, deciding, masks)
    if values and not any(each.primary_key for each in fields):
        keys.owner.problem(f"'{kind}' can be written only where a primary key names its row")
    return State(values, tuple(dict.fromkeys(purposes))) if values else None


def _deciding(erasure: Erasure | None, retention: Retention | None) -> dict[str, str]:
    by = dict.fromkeys(erasure.by, "'by' of an erasure") if erasure else {}
    since = {erasure.since: "'since' of an erasure"} if erasure and erasure.since else {}
    age = {retention.time_field: "'retention'"} if retention and retention.time_field else {}
    return {**by, **since, **age}


def _values(
    keys: Keys,
    kind: StateKind,
    fields: Mapping[str, Field],
    deciding: Mapping[str, str],
    masks: Mapping[str, Mask],
) -> dict[str, Scalar]:
    item, found = keys.take("fields"), {}
    pairs = item.pairs(f"'fields' of '{kind}'") if item else []
    if item is not None and not item.is_scalar and not pairs:
        item.problem(f"'fields' of '{kind}' names no field")
    for key, value in pairs:
        name = str(key.node.value)
        if "." in name:
            key.problem(f"'{name}' is inside an object: '{kind}' writes whole fields only")
        elif name not in fields:
            key.problem(f"'{kind}' writes the undeclared field '{name}'{did_you_mean(name, fields)}")
        else:
            plain = value.plain()
            for message in _problems(fields[name], plain, kind, deciding):
                value.problem(message)
            if masks.get(name) == Mask(Strategy.FIXED, plain):
                value.problem(f"an erasure masks '{name}' with the same value: '{kind}' would make it look masked")
            found[name] = plain
    return found


def _problems(field: Field, value: Any, kind: StateKind, deciding: Mapping[str, str]) -> Iterable[str]:
    """Yield why a state cannot be written so; what an erasure's fixed value must be, its values must be, too."""
    for message in problems_of(field, Mask(Strategy.FIXED, value), has_key=True):
        yield (
            message.replace("a key is never masked", f"'{kind}' writes no key")
            .replace("'fixed'", f"'{kind}'")
            .replace("it can be masked by 'null' only", f"'{kind}' cannot write it")
            .replace("nobody could prove that it was masked", f"'{kind}' cannot put it back")
        )
    if not field.primary_key and field.data_type is None:
        yield f"'{kind}' writes '{field.path}', whose 'data_type' is not declared"
    if field.identity is not None or field.identity_source is not None:
        yield f"'{field.path}' names a person: '{kind}' cannot write it"
    if field.path in deciding:
        yield f"{deciding[field.path]} tells by '{field.path}' what becomes of a row: '{kind}' cannot write it"
