"""The chapters of a bundle: collections grouped by topic, in the order of the data map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dsar.bundle.contents import BundleContents, CollectionContents
from dsar.bundle.names import slug, slugs
from dsar.datamap.model import Collection, Dataset
from dsar.wording import told

ROWS_A_PAGE = 1000
USE_PAGE = "how-your-data-is-used.html"


@dataclass(frozen=True, slots=True)
class Topic:
    """One page: its title, its path in the archive, and the collections told there."""

    title: str
    path: str
    collections: tuple[CollectionContents, ...]

    @property
    def rows(self) -> int:
        return sum(item.rows for item in self.collections)


def topics(contents: BundleContents) -> tuple[Topic, ...]:
    """Return the topics, titled in the language that is spoken; a collection without one stands under its dataset's.

    Their files are named as the data map writes them, whatever is spoken.
    """
    groups: dict[str, list[CollectionContents]] = {}
    for store in contents.stores:
        dataset = contents.data_map.dataset(store.dataset)
        for item in store.collections:
            groups.setdefault(topic_of(item.collection, dataset), []).append(item)
    _, *paths = slugs([USE_PAGE.removesuffix(".html"), *groups])
    return tuple(
        Topic(title=told(title), path=f"pages/{path}.html", collections=tuple(items))
        for (title, items), path in zip(groups.items(), paths, strict=True)
    )


def topic_of(collection: Collection, dataset: Dataset) -> str:
    """Return the chapter that a collection of a dataset stands in."""
    return collection.topic or dataset.name or dataset.key


def anchor(collection: Collection) -> str:
    """Return the name by which a link reaches a collection on its topic's page."""
    return f"{slug(collection.dataset)}--{slug(collection.name)}"


def shares(collections: Sequence[CollectionContents], total: int = ROWS_A_PAGE) -> list[int]:
    """Return how many rows of each collection its page shows: small ones whole, the rest in equal parts."""
    given = [0] * len(collections)
    left = total
    by_size = sorted(range(len(collections)), key=lambda index: collections[index].rows)
    for position, index in enumerate(by_size):
        given[index] = min(collections[index].rows, left // (len(by_size) - position))
        left -= given[index]
    return given
