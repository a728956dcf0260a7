"""The finds that read a collection: one for each group of paths, as many values of it at once as fit."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from dsar.datamap.model import Collection
from dsar.stores.base import Explained
from dsar.stores.matching import fields_by_path
from dsar.stores.mongo.questions import GROUPS, VALUES, collation, make_filter, projection

#: Stands for the forms of a value: a number, say, is asked for as a number and as its text.
_FORMS = ("…",)


def explain(collection: Collection, by: Sequence[tuple[str, ...]], name: str) -> Explained:
    """Return the finds, as a shell of the server's would take them."""
    notes = f"{VALUES:,} values a find" if all(len(paths) == 1 for paths in by) else f"{GROUPS:,} groups a find"
    return Explained(tuple(_find(collection, paths, name) for paths in by), (notes,))


def _find(collection: Collection, paths: tuple[str, ...], name: str) -> str:
    asked = make_filter(paths, [(_FORMS,) * len(paths)], dict.fromkeys(collection.only, _FORMS))
    lines = [f"db.getCollection({_json(name)}).find({_json(asked)}", *_arguments(collection, paths)]
    return ",\n".join(lines) + ")"


def _arguments(collection: Collection, paths: tuple[str, ...]) -> Iterator[str]:
    yield _json(projection(collection))
    compared = collation((*paths, *collection.only), fields_by_path(collection))
    if compared is not None:
        yield f'{{"collation": {_json(compared.document)}}}'


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
