"""What of a collection is delivered, and why the rest is not. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from dsar.datamap.model import Collection, DataMap, Origin
from dsar.wording import N_

_SECRET = N_("secret: a password, key or token, which no bundle may show")
_INFERRED = N_("inferred: portability delivers what was provided or observed (GDPR Article 20)")
_NOTHING = N_("every field of it is secret")


@dataclass(frozen=True, slots=True)
class Scope:
    """Leaves out fields of one origin, or none: portability leaves out what was inferred (GDPR Article 20)."""

    data_map: DataMap
    leaves_out: Origin | None = None

    def dropped(self, collection: Collection) -> frozenset[str]:
        """Return the paths of the fields, at any depth, that are not delivered."""
        if self.leaves_out is None:
            return frozenset()
        return frozenset(
            item.path for item in collection.walk() if self.data_map.origin(collection, item) is self.leaves_out
        )

    def drops_all(self, collection: Collection) -> bool:
        """Return whether nothing of the collection is delivered."""
        return self.dropped(collection) >= {item.path for item in collection.readable}

    def reason(self) -> str:
        """Return why a collection that `drops_all` names is left out."""
        return _INFERRED if self.leaves_out is Origin.INFERRED else _NOTHING

    def excluded(self, collection: Collection) -> dict[str, str]:
        """Return field path -> why it is in no file: secrets, and what is dropped."""
        return dict.fromkeys(self.dropped(collection), _INFERRED) | dict.fromkeys(collection.secret_paths, _SECRET)
