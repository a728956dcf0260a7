"""What a person wants corrected: a value that is held, and the one that is right."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from dsar.datamap.model import Collection, Field
from dsar.fulfilment.correcting.values import Place, form_of, meaning_of
from dsar.values import Value


@dataclass(frozen=True, slots=True)
class Fact:
    """A value as it is held: once, wherever it stands. `place` is where it was met first, `length` what all can hold.

    No value (None) is told for each place apart: two things that are not known are not the same.
    """

    meaning: str
    place: Place
    data_type: str
    value: Value
    length: int | None = None

    def is_at(self, collection: Collection, item: Field) -> bool:
        """Return whether a field may hold the same fact, and may be corrected."""
        if self.value is None:
            return (*collection.key, item.path) == (*self.place.key, self.place.path)
        return item.correct and (meaning_of(collection, item), item.data_type) == (self.meaning, self.data_type)

    def is_copied_in(self, collection: Collection, item: Field) -> bool:
        """Return whether a field may hold the same and cannot be corrected with it."""
        return self.value is not None and self.meaning in item.data_categories and not self.is_at(collection, item)

    def document(self) -> dict[str, Any]:
        place = [self.place.dataset, self.place.collection, self.place.path]
        return {"meaning": self.meaning, "place": place, "type": self.data_type, "length": self.length} | {
            "value": self.value
        }

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Fact:
        """Return what `document` has written."""
        place = Place(*document["place"])
        return cls(document["meaning"], place, document["type"], document["value"], document["length"])


@dataclass(frozen=True, slots=True)
class Proposal:
    """`after` None: there should be no value."""

    fact: Fact
    after: Value

    @property
    def before_form(self) -> Hashable | None:
        return form_of(self.fact.value, self.fact.data_type)

    @property
    def after_form(self) -> Hashable | None:
        return form_of(self.after, self.fact.data_type)

    def document(self) -> dict[str, Any]:
        return {"fact": self.fact.document(), "after": self.after}

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Proposal:
        """Return what `document` has written."""
        return cls(Fact.read(document["fact"]), document["after"])
