"""A data map held against its live stores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dsar.datamap.graph import build_graph
from dsar.datamap.model import DataMap, Dataset
from dsar.datamap.problems import DataMapError, Problem
from dsar.mapping.compare import compare
from dsar.mapping.findings import Finding, Severity
from dsar.mapping.unlabelled import unlabelled
from dsar.stores.base import FoundCollection, SourceError, Store, StoreError
from dsar.stores.registry import StoreConfig, open_store


@dataclass(frozen=True)
class Looked:
    """A store that answered: its kind, and how many collections it holds (None: it cannot tell)."""

    dataset: str
    kind: str
    collections: int | None


@dataclass(frozen=True)
class Checked:
    """What came of it; findings in the order of the map."""

    findings: tuple[Finding, ...]
    stores: tuple[Looked, ...] = ()

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity is severity)


def refused(error: DataMapError) -> Checked:
    """Return what is to be said of a map that does not load."""
    return Checked(tuple(_linted(problem) for problem in error.problems))


def lint(data_map: DataMap) -> Checked:
    """Check what can be checked of a loaded map without its stores."""
    untold = (Finding(Severity.WARNING, "words", message, place) for place, message in data_map.untold)
    return Checked((*(_linted(problem) for problem in build_graph(data_map).findings()), *untold))


def check(data_map: DataMap, configs: Mapping[str, StoreConfig]) -> Checked:
    """Lint, then ask each store what it holds. A store that fails spoils no other; values are never told.

    Raises StoreConfigError for a mistake in stores.yml.
    """
    findings, stores = list(lint(data_map).findings), []
    for dataset in data_map.datasets:
        if dataset.key not in configs:
            continue  # every collection of it is skipped, or the caller has told
        try:
            looked, found = _look(dataset, configs[dataset.key])
        except SourceError as error:
            findings.append(Finding(Severity.ERROR, "source", str(error)))
        except StoreError as error:
            findings.append(_failed(dataset, error))
        else:
            stores.append(looked)
            findings += found
    return Checked(tuple(findings), tuple(stores))


def _linted(problem: Problem) -> Finding:
    return Finding(Severity.ERROR, "map", problem.message, problem.location)


def _failed(dataset: Dataset, error: StoreError) -> Finding:
    """A store that may answer later is no mistake of the map; one that refuses is to be mended."""
    severity = Severity.UNREACHED if error.retry else Severity.ERROR
    return Finding(severity, "store", str(error), dataset.location)


def _look(dataset: Dataset, config: StoreConfig) -> tuple[Looked, list[Finding]]:
    store = open_store(dataset, config)
    with store.snapshot():
        pass  # whoever cannot open one cannot collect; introspection may ask in another way
    if store.certainty is None:
        return Looked(dataset.key, store.kind, None), []
    found = store.introspect()
    return Looked(dataset.key, store.kind, len(found)), [
        *compare(dataset, found, store.certainty),
        *_unlabelled(dataset, found, store),
    ]


def _unlabelled(dataset: Dataset, found: tuple[FoundCollection, ...], store: Store) -> Iterator[Finding]:
    for item in found:
        for name in item.declared:
            if not dataset.collection(name).skip_processing:
                yield from unlabelled(dataset.collection(name), item, store)
