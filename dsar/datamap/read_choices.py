"""Reads `meta.choices` of a collection: where what a person switches on and off is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dsar.datamap import vocabulary
from dsar.datamap.choices import Choice, Scalar
from dsar.datamap.erasure import Mask, Strategy
from dsar.datamap.items import Item, Keys, read_keys
from dsar.datamap.model import Field
from dsar.datamap.problems import did_you_mean
from dsar.datamap.read_erasure import problems_of


def read_choices(meta: Keys, *, fields: tuple[Field, ...], only: Mapping[str, Any]) -> dict[str, Choice]:
    """Read a collection's choices by purpose. `only`: the fields that tell which rows belong to the collection."""
    item = meta.take("choices")
    if item is None:
        return {}
    item, named, found = item.harmless(), {each.name: each for each in fields}, {}
    keys = read_keys(item, "'choices'", vocabulary.PURPOSES)
    if not any(each.primary_key for each in fields):
        item.problem("a choice can be written only where a primary key names its row")
    for purpose in sorted(vocabulary.PURPOSES):
        said = keys.take(purpose)
        choice = None if said is None else _choice(said, named, only)
        if choice is not None:
            found[purpose] = choice
    return found


def _choice(item: Item, fields: Mapping[str, Field], only: Mapping[str, Any]) -> Choice | None:
    keys = read_keys(item, "a choice", vocabulary.CHOICE)
    for name in ("field", "given", "refused"):
        keys.demand(name)
    path = keys.text("field")
    values = {word: found.plain() for word in ("given", "refused") if (found := keys.take(word)) is not None}
    where = _where(keys, fields)
    if path is None or len(values) < 2:
        return None
    if path not in fields:
        item.problem(f"a choice is written into the undeclared field '{path}'{did_you_mean(path, fields)}")
        return None
    for message in _problems(fields[path], values, where, only):
        item.problem(message)
    return Choice(path, values["given"], values["refused"], where)


def _problems(
    field: Field, values: Mapping[str, Any], where: Mapping[str, tuple[Scalar, ...]], only: Mapping[str, Any]
) -> Iterable[str]:
    """Yield why a choice cannot be written so; what an erasure's fixed value must be, its values must be, too."""
    for message in dict.fromkeys(
        text for value in values.values() for text in problems_of(field, Mask(Strategy.FIXED, value), has_key=True)
    ):
        yield message.replace("a key is never masked", "no choice is written into it").replace("'fixed'", "a choice")
    if not field.primary_key and field.data_type is None:
        yield f"a choice is written into '{field.path}', whose 'data_type' is not declared"
    if values["given"] == values["refused"]:
        yield "'given' and 'refused' are the same"
    if field.identity is not None or field.identity_source is not None:
        yield f"'{field.path}' names a person: no choice is written into it"
    if field.path in only:
        yield f"'{field.path}' takes no choice: 'only' tells by it which rows belong here"
    if field.path in where:
        yield f"'{field.path}' takes no choice: 'where' tells by it which rows it is written into"


def _where(keys: Keys, fields: Mapping[str, Field]) -> dict[str, tuple[Scalar, ...]]:
    item, found = keys.take("where"), {}
    for key, value in item.pairs("'where'") if item else ():
        name = str(key.node.value)
        if name not in fields:
            key.problem(f"'where' names the undeclared field '{name}'{did_you_mean(name, fields)}")
        elif fields[name].secret:
            key.problem(f"'{name}' is secret and is never read: 'where' cannot ask for it")
        elif (values := _values(value)) is not None:
            found[name] = values
            for message in _mistyped(fields[name], values):
                value.problem(message)
    return found


def _values(item: Item) -> tuple[Scalar, ...] | None:
    plain = item.plain()
    values = tuple(plain) if isinstance(plain, list) else (plain,)
    if not values or not all(isinstance(value, str | int | float | bool) for value in values):
        item.problem("'where' takes a value, or a list of values, for each field")
        return None
    return values


def _mistyped(field: Field, values: tuple[Scalar, ...]) -> Iterable[str]:
    for value in values:
        yield from problems_of(
            # What is asked for may be a key or a reference: only its type is looked at.
            Field(field.name, field.path, field.location, data_type=field.data_type, fields=field.fields),
            Mask(Strategy.FIXED, value),
            has_key=True,
        )
