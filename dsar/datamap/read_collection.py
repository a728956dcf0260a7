"""Reads collections: Fideslang's keys, and ours under `meta`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from dsar.datamap import vocabulary
from dsar.datamap.choices import Choice
from dsar.datamap.items import Item, Keys, read_keys
from dsar.datamap.model import Collection, Controller, Field, Origin, Sharing
from dsar.datamap.problems import did_you_mean
from dsar.datamap.read_choices import read_choices
from dsar.datamap.read_common import check_redact, check_uses_and_subjects, kept, read_categories, read_fides_meta
from dsar.datamap.read_erasure import read_erasure
from dsar.datamap.read_field import read_fields
from dsar.datamap.read_retention import read_retention
from dsar.datamap.read_states import read_state
from dsar.datamap.states import State, StateKind

_ELSEWHERE = {"fides_meta": vocabulary.COLLECTION_FIDES_META, "meta": vocabulary.COLLECTION_META}


def read_collection(item: Item, *, dataset: str, inherited: tuple[str, ...]) -> Collection | None:
    """Read one collection. `inherited` are the dataset's data categories: they hold for all its collections."""
    keys = read_keys(item, "a collection", vocabulary.COLLECTION, _ELSEWHERE)
    name = _name(keys)
    if name is None:
        return None
    keys.demand("fields")
    fides = read_fides_meta(keys, vocabulary.COLLECTION_FIDES_META)
    meta = keys.below("meta", vocabulary.COLLECTION_META)
    fields = read_fields(keys)
    paths = _paths(fields)
    check_uses_and_subjects(keys)
    override = _check_masking(fides)
    check_redact(fides)
    only = _only(meta, paths)
    _check_correcting(keys.owner, fields, only)
    retention = read_retention(meta, paths=paths)
    erasure = read_erasure(meta, place=(dataset, name), fields=fields, override=override)
    state = partial(read_state, meta, fields=fields, only=only, erasure=erasure, retention=retention)
    choices = read_choices(meta, fields=fields, only=only)
    suspend, restrict = state(StateKind.SUSPEND), state(StateKind.RESTRICT)
    _check_written_once(keys.owner, choices, {StateKind.SUSPEND: suspend, StateKind.RESTRICT: restrict})
    return Collection(
        dataset=dataset,
        name=name,
        location=item.location,
        title=meta.text("title") or "",
        topic=meta.text("topic") or "",
        description=keys.text("description") or "",
        fields=fields,
        data_categories=tuple(dict.fromkeys((*read_categories(keys), *inherited))),
        after=fides.texts("after"),
        erase_after=fides.texts("erase_after"),
        skip_processing=fides.flag("skip_processing"),
        retention=retention,
        erasure=erasure,
        choices=choices,
        shared=meta.choice("shared", Sharing),
        origin=meta.choice("origin", Origin),
        controller=meta.choice("controller", Controller) or Controller.PLATFORM,
        only=only,
        source=meta.mapping("source") or {},
        ignore=meta.texts("ignore"),
        suspend=suspend,
        restrict=restrict,
        extra=kept(keys, fides),
    )


def _check_written_once(owner: Item, choices: Mapping[str, Choice], states: Mapping[StateKind, State | None]) -> None:
    """Refuse a state in a field that holds a choice or another state: putting the one back would undo the other."""
    held = {choice.field: "a choice" for choice in choices.values()}
    for kind, state in states.items():
        for name in sorted(state.fields) if state else ():
            if name in held:
                owner.harmless().problem(f"'{name}' holds {held[name]}: '{kind}' cannot write it, too")
            held[name] = f"'{kind}'"


def _name(keys: Keys) -> str | None:
    name = keys.required("name")
    if name is not None and "." in name:
        keys.owner.problem(f"a collection's name holds no dot ('{name}'): write the table under meta.source.table")
    return name


def _check_correcting(item: Item, fields: tuple[Field, ...], only: Mapping[str, Any]) -> None:
    """Note a value that may be corrected where nothing names its row, or where it tells which rows belong here."""
    corrected = [field.path for field in fields if field.correct]
    for path in filter(only.__contains__, corrected):
        item.problem(f"'{path}' cannot be corrected: 'only' tells by it which rows belong here", graph=False)
    if corrected and not any(field.primary_key for field in fields):
        item.problem(f"'{corrected[0]}' can be corrected only where a primary key names its row", graph=False)


def _paths(fields: tuple[Field, ...]) -> frozenset[str]:
    """Return the dotted paths of all fields that hold a value themselves."""
    found: set[str] = set()
    for field in fields:
        found |= _paths(field.fields) if field.fields else {field.path}
    return frozenset(found)


def _only(meta: Keys, paths: frozenset[str]) -> dict[str, Any]:
    """Read `only`: a fixed value, or a placeholder such as "{tenant}", for each of some declared fields."""
    item = meta.take("only")
    found = {}
    for key, value in item.pairs("'only'") if item else ():
        path = str(key.node.value)
        if path not in paths:
            key.problem(f"'only' names the undeclared field '{path}'{did_you_mean(path, paths)}", graph=False)
        elif value.is_null or not value.is_scalar:
            # No kind of store can select by a missing value, and a filter that matches nothing would hide rows.
            value.problem(f"'only' takes one value for '{path}', not {value.describe()}", graph=False)
        else:
            found[path] = value.plain()
    return found


def _check_masking(fides: Keys) -> Mapping[str, Any] | None:
    """Check Fides' own word on what an erasure does with the collection, and return it."""
    item = fides.peek("masking_strategy_override")
    if item is None:
        return None
    keys = read_keys(item.harmless(), "'masking_strategy_override'", vocabulary.COLLECTION_MASKING)
    keys.demand("strategy")
    strategy = keys.word("strategy", "masking strategy of a collection", vocabulary.COLLECTION_STRATEGIES)
    return {"strategy": strategy}
