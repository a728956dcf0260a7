"""Which fields name rows of other collections: by the schema's foreign keys, else by their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dsar.mapping.drafting.sketch import Column, Key, Link, Sketch
from dsar.mapping.guessing import family, normal_name

_ENDS = ("_id", "_uuid")
_IRREGULAR = {"people": "person", "children": "child"}


def links_of(sketches: Sequence[Sketch]) -> list[Link]:
    """Return every link, those of the schema first."""
    names = {(item.dataset, item.found.name): item.key for item in sketches}
    declared = [link for item in sketches for link in _declared(item, names)]
    taken = {(link.child, path) for link in declared for path in link.fields}
    return declared + [link for item in sketches for link in _guessed(item, sketches, taken)]


def _declared(item: Sketch, names: Mapping[Key, Key]) -> Iterator[Link]:
    for reference in item.found.references:
        parent = names.get((item.dataset, reference.collection))
        if parent is not None:
            yield Link(item.key, reference.fields, parent, reference.targets, "a foreign key of the schema")
        else:
            item.notes.append(f"{', '.join(reference.fields)} names {reference.collection}, which was not found")


def _guessed(item: Sketch, sketches: Sequence[Sketch], taken: set[tuple[Key, str]]) -> Iterator[Link]:
    for column in item.columns.values():
        if (item.key, column.path) in taken or column.secret or column.identity:
            continue
        parents = _parents(column, item, sketches)
        for parent, key in parents if len(parents) == 1 else ():
            yield Link(item.key, (column.path,), parent.key, (key.path,), "guessed from its name", guessed=True)
        if len(parents) > 1:
            column.notes.append(f"its name fits {' and '.join(parent.name for parent, _key in parents)}: no reference")


def _parents(column: Column, item: Sketch, sketches: Sequence[Sketch]) -> list[tuple[Sketch, Column]]:
    """Return the collections that the field's name means: those of the same store, of the longest name."""
    stem = next(
        (cut for end in _ENDS if (cut := normal_name(column.name).removesuffix(end)) and _ended(column, end)), ""
    )
    found = [(parent, key) for parent in sketches if (key := parent.sole_key) and _fits(column, item, parent, key)]
    fitting = [(len(name), parent, key) for parent, key in found for name in [_named(stem, parent)] if name]
    fitting = [entry for entry in fitting if entry[1].dataset == item.dataset] or fitting
    longest = max((length for length, _parent, _key in fitting), default=0)
    return [(parent, key) for length, parent, key in fitting if length == longest]


def _ended(column: Column, end: str) -> bool:
    return normal_name(column.name).endswith(end)


def _named(stem: str, parent: Sketch) -> str:
    """Return the parent's name in the singular if the stem is it or ends with it (`shipping_address`), else ""."""
    name = singular(normal_name(parent.found.name.rpartition(".")[2]))
    return name if stem and name and (stem == name or stem.endswith(f"_{name}")) else ""


def _fits(column: Column, item: Sketch, parent: Sketch, key: Column) -> bool:
    if item is parent and column is key:
        return False
    if item.dataset != parent.dataset:
        return family(column.type_name) in ("text", "integer", "uuid", "")  # a key is text in one store, a number here
    return family(column.type_name) == family(key.type_name)


def singular(name: str) -> str:
    """Return an English plural's singular, roughly: orders, addresses, categories, people."""
    first, sign, last = name.rpartition("_")
    if last in _IRREGULAR:
        return f"{first}{sign}{_IRREGULAR[last]}"
    for end, instead in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh")):
        if last.endswith(end):
            return f"{first}{sign}{last.removesuffix(end)}{instead}"
    is_plural = last.endswith("s") and not last.endswith(("ss", "us", "is"))
    return name[:-1] if is_plural else name
