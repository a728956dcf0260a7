"""People whose rows stay for other than the general time: who has chosen days of their own, and who is held."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from dsar.datamap.model import Collection
from dsar.fulfilment.engine import Engine, Work
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.reach import Identities


@dataclass(frozen=True)
class Group:
    """People who are treated alike. `days` by category; `is_held`: nothing of theirs goes, whatever its age."""

    identities: Identities
    days: Mapping[str, int] = field(default_factory=dict)
    is_held: bool = False


@dataclass(frozen=True)
class Known:
    """A group, and the keys that lead to its rows in each collection."""

    group: Group
    keys: KeySet

    def days_in(self, collection: Collection) -> int | None:
        """Return the days that the group has chosen for a collection; None where it has chosen none."""
        return self.group.days.get(category_of(collection))


def category_of(collection: Collection) -> str:
    """Return what a person chooses days for: the chapter of the report, else the collection by the name it is told."""
    return collection.topic or collection.title or collection.name


def grouped(people: Iterable[Group]) -> list[Group]:
    """Put those who are treated alike together, so that each store is searched once for all of them."""
    together: dict[tuple[frozenset[tuple[str, int]], bool], dict[str, set[str]]] = {}
    for person in people:
        found = together.setdefault((frozenset(person.days.items()), person.is_held), {})
        for kind, values in person.identities.items():
            found.setdefault(kind, set()).update(values)
    return [
        Group({kind: frozenset(values) for kind, values in found.items()}, dict(days), is_held)
        for (days, is_held), found in together.items()
    ]


def find(groups: Sequence[Group], work: Work) -> tuple[list[Known], dict[str, str]]:
    """Search every store for the keys of each group; return them, and the stores that failed with why."""
    known: list[Known] = []
    failures: dict[str, str] = {}
    for group in groups:
        with Engine(replace(work, identities=group.identities)) as engine:
            known.append(Known(group, engine.find()))
            failures |= engine.failures
    return known, failures
