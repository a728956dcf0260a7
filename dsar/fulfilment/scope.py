"""What of a collection is delivered, and why the rest is not. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from dsar.bundle.part import WHOLE, Part
from dsar.bundle.topics import topic_of
from dsar.datamap.graph import CollectionKey, Graph
from dsar.datamap.model import Collection, DataMap, Origin
from dsar.wording import N_

_SECRET = N_("secret: a password, key or token, which no bundle may show")
_INFERRED = N_("inferred: an export delivers what was provided or observed")
_NOTHING = N_("every field of it is secret")
_UNASKED = N_("you asked for other data only")


@dataclass(frozen=True, slots=True)
class Scope:
    """Leaves out fields of one origin, or none: portability leaves out what was inferred (GDPR Article 20).

    `part` is what the person asked for, where that is less than everything.
    """

    data_map: DataMap
    leaves_out: Origin | None = None
    part: Part = WHOLE

    def is_unasked(self, collection: Collection) -> bool:
        """Return whether the person asked for other collections only."""
        topics = self.part.topics
        return bool(topics) and topic_of(collection, self.data_map.dataset(collection.dataset)) not in topics

    def walked(self, graph: Graph) -> frozenset[CollectionKey] | None:
        """Return the collections that have to be read: those asked for, and any that leads to one; None for all."""
        if not self.part.topics:
            return None
        return graph.toward({item.key for item in self.data_map.collections() if not self.is_unasked(item)})

    def unwritten(self, collection: Collection) -> frozenset[str]:
        """Return the paths of the fields that no file may hold: all, of a collection read for its keys alone."""
        if self.is_unasked(collection):
            return frozenset(item.path for item in collection.walk())
        return self.dropped(collection)

    def dropped(self, collection: Collection) -> frozenset[str]:
        """Return the paths of the fields, at any depth, that are not delivered."""
        if self.leaves_out is None:
            return frozenset()
        return frozenset(
            item.path for item in collection.walk() if self.data_map.origin(collection, item) is self.leaves_out
        )

    def drops_all(self, collection: Collection) -> bool:
        """Return whether nothing of the collection is delivered."""
        return self.is_unasked(collection) or self.dropped(collection) >= {item.path for item in collection.readable}

    def reason(self, collection: Collection) -> str:
        """Return why a collection that `drops_all` names is left out."""
        if self.is_unasked(collection):
            return _UNASKED
        return _INFERRED if self.leaves_out is Origin.INFERRED else _NOTHING

    def excluded(self, collection: Collection) -> dict[str, str]:
        """Return field path -> why it is in no file: secrets, and what is dropped."""
        return dict.fromkeys(self.dropped(collection), _INFERRED) | dict.fromkeys(collection.secret_paths, _SECRET)
