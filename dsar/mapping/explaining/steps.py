"""What a walk over a data map is foreseen to be: stages of visits, each asking by keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dsar.datamap.graph import CollectionKey, Shape
from dsar.datamap.model import FieldAddress
from dsar.fulfilment.joinkey import Paths
from dsar.fulfilment.reach import Reach


@dataclass(frozen=True, slots=True)
class Key:
    """How rows are asked for: at `paths`, by identities of a `kind` or by the values of `sources` in other rows.

    `reaches` are those that the rows found so can have by their way, the best one first.
    """

    paths: Paths
    reaches: tuple[Reach, ...]
    kind: str = ""
    sources: tuple[FieldAddress, ...] = ()
    shape: Shape | None = None
    directed: bool = True


@dataclass(frozen=True, slots=True)
class Visit:
    """A collection in one stage: its keys as they turn up.

    `statements` are the groups of paths that are asked together, in order; `waits_for` are the collections that it
    stands behind (`after`); `circles`: what it leads to leads back to it.
    """

    collection: CollectionKey
    keys: tuple[Key, ...]
    statements: tuple[tuple[Paths, ...], ...]
    again: bool
    circles: bool
    waits_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stage:
    """Visits in their order, store by store. `held_back`: dataset -> those it waits for, by `after`, in this stage."""

    visits: tuple[Visit, ...]
    held_back: Mapping[str, tuple[str, ...]]

    @property
    def datasets(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(visit.collection[0] for visit in self.visits))


@dataclass(frozen=True, slots=True)
class NotFollowed:
    """A reference that leads on from a collection that is reached, and is not followed."""

    sources: tuple[FieldAddress, ...]
    target: CollectionKey
    paths: Paths


@dataclass(frozen=True, slots=True)
class Foreseen:
    """`identifying`: what is walked first, anew after each identity that it brings; then the stages of collecting."""

    identifying: tuple[Stage, ...]
    stages: tuple[Stage, ...]
    not_followed: tuple[NotFollowed, ...]


@dataclass(frozen=True, slots=True)
class ToldStore:
    """A store: its kind, and why it did not answer. `asked`: whether it was."""

    kind: str
    asked: bool
    failure: str = ""
