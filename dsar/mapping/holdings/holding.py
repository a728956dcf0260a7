"""The kinds of data that a map describes, each with where it lies, what for, on what basis, how long and for whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from dsar.bundle.article15 import NOBODY, covers, named_recipients, within
from dsar.bundle.display import category, label
from dsar.bundle.names import slugs
from dsar.bundle.sections import title_of
from dsar.datamap.model import Collection, DataMap, Dataset, Origin, PrivacyDeclaration, Retention, System
from dsar.wording import told

#: They tie rows together or date them, in nearly every table: no purpose follows from them alone.
_OF_EVERYTHING = frozenset({"user.unique_id", "system.operations"})

#: The part of a kind's fields from which on a purpose is told of it.
_MOST_FIELDS = 0.6


@dataclass(frozen=True, slots=True)
class Part:
    """A table or file set: what it is called, where it lies, how long its rows live (None: the map does not say)."""

    title: str
    description: str
    place: str
    retention: Retention | None


@dataclass(frozen=True, slots=True)
class Use:
    """A purpose that the kind serves. `recipients` are empty for nobody outside."""

    name: str
    system: str
    legal_basis: str
    period: str
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Holding:
    """A kind of data. `name` is the map's own; `slug` is its part of an address. Other texts are told as the map tells
    them in the language that is spoken, but for the legal bases, which are words of Fideslang.
    """

    name: str
    slug: str
    parts: tuple[Part, ...]
    categories: tuple[str, ...]
    origins: tuple[Origin, ...]
    uses: tuple[Use, ...]
    sources: tuple[str, ...]
    transfers: tuple[str, ...]
    automated_decisions: tuple[str, ...]

    @property
    def places(self) -> tuple[str, ...]:
        return _once(part.place for part in self.parts)

    @property
    def legal_bases(self) -> tuple[str, ...]:
        return _once(use.legal_basis for use in self.uses)

    @property
    def recipients(self) -> tuple[str, ...]:
        """Who receives it, each once: what stands in brackets behind the name says what for."""
        return _once(short_name(name) for use in self.uses for name in use.recipients)


def holdings(data_map: DataMap) -> tuple[Holding, ...]:
    """Return the kinds in the map's order; a collection without a topic stands under its dataset's name."""
    groups: dict[str, list[tuple[Dataset, Collection]]] = {}
    for dataset in data_map.datasets:
        for collection in dataset.collections:
            if not collection.skip_processing:
                name = collection.topic or dataset.name or label(dataset.key)
                groups.setdefault(name, []).append((dataset, collection))
    named = zip(groups.items(), slugs(groups), strict=True)
    return tuple(_holding(data_map, name, slug, members) for (name, members), slug in named)


def policy_address(data_map: DataMap) -> str:
    """Return where the privacy policy stands, as the first system says that has one (Fideslang's `privacy_policy`).

    "" where none does, and for what is no web address: it becomes a link.
    """
    said = (str(system.extra.get("privacy_policy", "")).strip() for system in data_map.systems)
    return next((address for address in said if urlsplit(address).scheme in ("https", "http")), "")


def short_name(recipient: str) -> str:
    """Return a recipient's name without what stands in brackets behind it."""
    return recipient.partition(" (")[0].strip()


def _holding(data_map: DataMap, name: str, slug: str, members: list[tuple[Dataset, Collection]]) -> Holding:
    found = _declarations(data_map, members)
    systems = [system for number, (system, _) in enumerate(found) if system not in [one for one, _ in found[:number]]]
    return Holding(
        name=name,
        slug=slug,
        parts=tuple(_part(dataset, collection) for dataset, collection in members),
        categories=_once(category(key) for key in _keys(members) if key not in _OF_EVERYTHING),
        origins=tuple(origin for origin in Origin if origin in set(_origins(data_map, members))),
        uses=tuple(_use(system, declaration) for system, declaration in found),
        sources=_once(told(system.source_of_data.strip()) for system in systems),
        transfers=_once(told(text) for system in systems for text in system.transfers if not _is_nobody(text)),
        automated_decisions=_once(told(system.automated_decisions.strip()) for system in systems),
    )


def _declarations(
    data_map: DataMap, members: list[tuple[Dataset, Collection]]
) -> list[tuple[System, PrivacyDeclaration]]:
    """Return the purposes that the kind serves: those of three in five of its fields, or else of the most.

    Maps name purposes for whole datasets and by categories that lie in many tables. A purpose that only a stray field
    shares would name recipients for data that they do not get.
    """
    shares = [
        (_share(declaration, members), system, declaration)
        for system in data_map.systems
        for declaration in system.declarations
    ]
    least = min(_MOST_FIELDS, max((share for share, _, _ in shares), default=0.0))
    return [(system, declaration) for share, system, declaration in shares if share and share >= least]


def _share(declaration: PrivacyDeclaration, members: list[tuple[Dataset, Collection]]) -> float:
    """Return the part of the kind's fields, from 0 to 1, that a declaration speaks of."""
    fields = list(_fields(members))
    about = [(dataset, keys) for dataset, keys in fields if keys - _OF_EVERYTHING] or fields
    covered = [keys for dataset, keys in about if covers(declaration, dataset) and _names(declaration, keys)]
    return len(covered) / len(about) if about else 0.0


def _names(declaration: PrivacyDeclaration, keys: frozenset[str]) -> bool:
    """Tell whether a declaration names one of the categories; one that names none speaks of all."""
    declared = declaration.data_categories
    return not declared or any(within(key, name) for key in keys for name in declared)


def _fields(members: Iterable[tuple[Dataset, Collection]]) -> Iterator[tuple[Dataset, frozenset[str]]]:
    for dataset, collection in members:
        for item in collection.walk():
            keys = frozenset(item.data_categories or collection.data_categories)
            if keys and not item.secret:
                yield dataset, keys


def _part(dataset: Dataset, collection: Collection) -> Part:
    place = told(dataset.name) or label(dataset.key)
    return Part(title_of(collection), told(collection.description), place, collection.retention)


def _use(system: System, declaration: PrivacyDeclaration) -> Use:
    return Use(
        name=told(declaration.name) or label(declaration.data_use),
        system=told(system.name) or label(system.key),
        legal_basis=declaration.legal_basis.strip(),
        period=told(declaration.retention_period.strip()),
        recipients=tuple(told(name) for name in named_recipients(declaration) if not _is_nobody(name)),
    )


def _keys(members: Iterable[tuple[Dataset, Collection]]) -> Iterator[str]:
    for _, collection in members:
        yield from collection.data_categories
        for item in collection.walk():
            if not item.secret:
                yield from item.data_categories


def _origins(data_map: DataMap, members: Iterable[tuple[Dataset, Collection]]) -> Iterator[Origin]:
    for _, collection in members:
        for item in collection.fields:
            if set(item.data_categories) - _OF_EVERYTHING:
                yield data_map.origin(collection, item)


def _is_nobody(text: str) -> bool:
    """Maps write "None", and go on to say why: "None: it runs on our own servers"."""
    return text.strip().lower().partition(":")[0].rstrip(". ") == NOBODY


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))
