"""A data map as plain facts that JSON can hold: what is kept of a map that was accepted.

A fact that says nothing (no category, no reference, false) is left out, so that a fact which a later version
of this portal looks at, too, is no change of a map that never said it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dsar.datamap.graph import Graph, build_graph
from dsar.datamap.model import (
    Collection,
    DataMap,
    Dataset,
    Field,
    PrivacyDeclaration,
    Recipient,
    Reference,
    Retention,
    System,
)

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class DescribedCollection:
    """`fields`: facts by dotted path."""

    facts: Facts
    fields: Mapping[str, Facts]


@dataclass(frozen=True)
class Description:
    """A map's facts: of datasets and systems by key, of collections and purposes by its key and their name."""

    fingerprint: str
    datasets: Mapping[str, Facts]
    collections: Mapping[tuple[str, str], DescribedCollection]
    systems: Mapping[str, Facts]
    purposes: Mapping[tuple[str, str], Facts] = field(default_factory=dict)


def describe(data_map: DataMap) -> Description:
    """Return the facts of a map, with the kinds of identity that lead to each collection."""
    graph = build_graph(data_map)
    ways = {kind: graph.reachable({kind}) for kind in sorted(graph.kinds)}
    collections = {}
    for item in data_map.collections():
        reached_by = [kind for kind, keys in ways.items() if item.key in keys]
        fields = {each.path: _field(each) for each in item.walk()}
        collections[item.key] = DescribedCollection(_collection(item, reached_by, graph), fields)
    return Description(
        fingerprint=data_map.fingerprint,
        datasets={item.key: _dataset(item) for item in data_map.datasets},
        collections=collections,
        systems={item.key: _system(item) for item in data_map.systems},
        purposes={(item.key, each.name): _purpose(each) for item in data_map.systems for each in item.declarations},
    )


def _said(facts: Mapping[str, Any]) -> Facts:
    """Return the facts that say something, in words, numbers, lists and mappings alone."""
    return {name: _plain(value) for name, value in facts.items() if value not in (None, False, "", (), [], {})}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, bool | int | float) or value is None else str(value)


def _dataset(item: Dataset) -> Facts:
    return _said({"after": item.after, "ignore": sorted(item.ignore), "origin": item.origin, "name": item.name})


def _collection(item: Collection, reached_by: list[str], graph: Graph) -> Facts:
    shapes = sorted(f"{edge.source} {edge.shape}" for edge in graph.edges_into(item.key))
    return _said(
        {
            "reached_by": reached_by,
            "found_through": shapes,
            "skip_processing": item.skip_processing,
            "data_categories": sorted(item.data_categories),
            "after": sorted(item.after),
            "erase_after": sorted(item.erase_after),
            "retention": _retention(item.retention),
            "erasure": item.erasure.document() if item.erasure else None,
            "choices": {purpose: choice.document() for purpose, choice in item.choices.items()},
            "masking": item.extra.get("masking_strategy_override"),
            "shared": item.shared,
            "origin": item.origin,
            "controller": item.controller,
            "only": item.only,
            "source": item.source,
            "ignore": sorted(item.ignore),
            "suspend": item.suspend.document() if item.suspend else None,
            "restrict": item.restrict.document() if item.restrict else None,
            "title": item.title,
            "topic": item.topic,
        }
    )


def _retention(item: Retention | None) -> Facts:
    if item is None:
        return {}
    parts = {"kind": item.kind, "time_field": item.time_field, "days": item.days, "duty": item.duty}
    return _said({**parts, "zone": item.zone, "until": item.until})


def _field(item: Field) -> Facts:
    return _said(
        {
            "data_categories": sorted(item.data_categories),
            "data_type": item.data_type,
            "identity": item.identity,
            "identity_source": item.identity_source,
            "references": _references(item.references),
            "primary_key": item.primary_key,
            "group": item.group,
            "secret": item.secret,
            "third_party": item.third_party,
            "correct": item.correct,
            "origin": item.origin,
            "return_all_elements": item.return_all_elements,
            "length": item.length,
            "read_only": item.read_only,
            "masking": item.extra.get("masking_strategy_override"),
        }
    )


def _references(items: Iterable[Reference]) -> list[str]:
    return sorted(f"{item.direction or 'no direction,'} {item.target}" for item in items)


def _system(item: System) -> Facts:
    return _said(
        {
            "name": item.name,
            "transfers": sorted(item.transfers),
            "automated_decisions": item.automated_decisions,
            "source_of_data": item.source_of_data,
            "notify": sorted(_recipient(each) for each in item.notify),
        }
    )


def _recipient(item: Recipient) -> str:
    known_by = f", who know people by {item.identifier}" if item.identifier else ""
    values = ", and are sent new values" if item.new_values else ""
    return f"{item.name} at {item.email or item.webhook}{known_by}{values}"


def _purpose(item: PrivacyDeclaration) -> Facts:
    return _said(
        {
            "data_use": item.data_use,
            "data_categories": sorted(item.data_categories),
            "data_subjects": sorted(item.data_subjects),
            "datasets": sorted(item.datasets),
            "legal_basis": item.legal_basis,
            "retention_period": item.retention_period,
            "recipients": sorted(item.recipients),
            "third_parties": item.third_parties,
            "shared_with_third_parties": item.shared_with_third_parties,
        }
    )
