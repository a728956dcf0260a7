"""Reads fields and the references declared on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dsar.datamap import vocabulary
from dsar.datamap.items import Item, Keys, read_keys
from dsar.datamap.model import Direction, Field, FieldAddress, Origin, Reference
from dsar.datamap.read_common import check_redact, check_uses_and_subjects, kept, read_categories, read_fides_meta

#: What a person can write into a form and a store can hold as one value.
CORRECTED_TYPES = ("string", "integer", "float", "boolean")
_ELSEWHERE = {"fides_meta": vocabulary.FIELD_FIDES_META, "meta": vocabulary.FIELD_META}


@dataclass(frozen=True, slots=True)
class _Above:
    """Where a field stands: the dotted path of its object, and whether a secret encloses it."""

    path: str = ""
    secret: bool = False


def read_fields(keys: Keys) -> tuple[Field, ...]:
    """Read the `fields` of a collection."""
    return _fields(keys, _Above())


def _fields(keys: Keys, above: _Above) -> tuple[Field, ...]:
    found: dict[str, Field] = {}
    for item in keys.items("fields"):
        field = _field(item, above)
        if field is not None and field.name in found:
            item.problem(f"duplicate field '{field.path}' (first on line {found[field.name].location.line})")
        elif field is not None:
            found[field.name] = field
    return tuple(found.values())


def _field(item: Item, above: _Above) -> Field | None:
    keys = read_keys(item, "a field", vocabulary.FIELD, _ELSEWHERE)
    name = keys.required("name")
    if name is None:
        return None
    if "." in name:
        item.problem(f"a field's name holds no dot ('{name}'): nest the inner one under 'fields'")
    fides = read_fides_meta(keys, vocabulary.FIELD_FIDES_META)
    meta = keys.below("meta", vocabulary.FIELD_META)
    path = f"{above.path}{name}"
    secret = meta.flag("secret")
    children = _fields(keys, _Above(f"{path}.", secret or above.secret))
    check_uses_and_subjects(keys)
    _check_masking(fides)
    check_redact(fides)
    field = Field(
        name=name,
        path=path,
        location=item.location,
        description=keys.text("description") or "",
        data_categories=read_categories(keys),
        data_type=_data_type(fides),
        identity=fides.text("identity"),
        references=_references(fides),
        primary_key=fides.flag("primary_key"),
        length=_length(fides),
        read_only=fides.flag("read_only"),
        return_all_elements=_all_elements(fides),
        fields=children,
        secret=secret,
        third_party=meta.flag("third_party"),
        correct=meta.flag("correct"),
        origin=meta.choice("origin", Origin),
        identity_source=meta.text("identity_source"),
        group=meta.text("group"),
        extra=kept(keys, fides),
    )
    _check(item, field, above)
    return field


def _data_type(fides: Keys) -> str | None:
    item = fides.take("data_type")
    return None if item is None else item.harmless().word("data type", vocabulary.DATA_TYPES)


def _length(fides: Keys) -> int | None:
    length = fides.integer("length")
    if length is not None and length < 1:
        fides.owner.problem(f"'length' must be above 0, not {length}", graph=False)
    return length


def _all_elements(fides: Keys) -> bool:
    data_type = fides.peek("data_type")
    if "return_all_elements" in fides and not (data_type and str(data_type.node.value).endswith("[]")):
        fides.owner.problem("'return_all_elements' is for arrays: declare a 'data_type' that ends in []", graph=False)
    return fides.flag("return_all_elements")


def _references(fides: Keys) -> tuple[Reference, ...]:
    found = (_reference(item) for item in fides.items("references"))
    return tuple(reference for reference in found if reference is not None)


def _reference(item: Item) -> Reference | None:
    keys = read_keys(item, "a reference", vocabulary.REFERENCE)
    dataset, field = keys.required("dataset"), keys.required("field")
    direction = keys.choice("direction", Direction)
    if dataset is None or field is None:
        return None
    collection, _, path = field.partition(".")
    if not path:
        item.problem(f"'field' of a reference is written collection.field, not '{field}'")
        return None
    return Reference(FieldAddress(dataset, collection, path), direction, item.location)


def _check_masking(fides: Keys) -> None:
    item = fides.peek("masking_strategy_override")
    if item is not None:
        keys = read_keys(item.harmless(), "'masking_strategy_override'", vocabulary.FIELD_MASKING)
        keys.demand("strategy")
        keys.word("strategy", "masking strategy", vocabulary.FIELD_STRATEGIES)
        keys.mapping("configuration")


def _check(item: Item, field: Field, above: _Above) -> None:
    """Check what keys say together."""
    if field.fields and field.data_type not in (None, "object", "object[]"):
        item.problem(f"'{field.path}' has nested fields, so it is an object, not {field.data_type}", graph=False)
    if field.secret or above.secret:
        for what in _uses(field):
            item.problem(f"'{field.path}' is secret and is never read: it can be no {what}", graph=False)
    for why in _against_correcting(field, above) if field.correct else ():
        item.problem(f"'{field.path}' cannot be corrected: {why}", graph=False)


def _against_correcting(field: Field, above: _Above) -> Iterator[str]:
    """Yield why a person can propose no other value: what is written must be one value, of a type that is declared."""
    if field.secret or above.secret:
        yield "it is secret and is never shown"
    elif above.path:
        yield "it is inside an object, and only whole fields are written"
    elif field.data_type not in CORRECTED_TYPES:
        yield f"it needs a 'data_type' of {', '.join(CORRECTED_TYPES)}"
    if field.primary_key or field.references or field.identity_source:
        yield "it names a row"
    elif field.identity:
        yield "it identifies the person"
    if field.read_only:
        yield "it is read_only"


def _uses(field: Field) -> list[str]:
    """Return for what a field's values are read besides delivery."""
    uses = {
        "identity": field.identity,
        "primary key": field.primary_key,
        "reference": field.references,
        "identity source": field.identity_source,
    }
    return [name for name, used in uses.items() if used]
