"""What the steps report, store by store and collection by collection, for the reviewer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from dsar.datamap.model import DataMap
from dsar.models import RequestType, Step, StepKind, StepState
from dsar.wording import told

_LOOKS = {
    StepState.READY: ("", "circle-dashed"),
    StepState.RUNNING: ("busy", "loader-2"),
    StepState.DONE: ("good", "circle-check"),
    StepState.FAILED: ("bad", "alert-triangle"),
    StepState.CANCELLED: ("", "circle-x"),
}


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step with its store's title; `seconds` of its last attempt, None while it has none."""

    title: str
    kind: str | Promise
    stage: int
    state: str | Promise
    look: tuple[str, str]
    attempts: int
    rows: int
    seconds: float | None
    error: str
    not_before: datetime | None


@dataclass(slots=True)
class CollectedRow:
    """One collection: rows delivered, rows of other people withheld, names that the data map does not declare."""

    dataset: str
    store: str
    collection: str
    title: str
    rows: int = 0
    withheld: int = 0
    undeclared: list[str] = field(default_factory=list)

    @property
    def has_something(self) -> bool:
        return bool(self.rows or self.withheld or self.undeclared)


def store_rows(steps: Sequence[Step], data_map: DataMap) -> list[StepRow]:
    """Return the steps in the order of their work, failed ones first."""
    titles = {dataset.key: told(dataset.name) or dataset.key for dataset in data_map.datasets}
    order = list(StepKind)  # as they follow each other
    ordered = sorted(
        steps,
        key=lambda step: (step.state != StepState.FAILED, order.index(StepKind(step.kind)), step.stage, step.dataset),
    )
    return [_step_row(step, titles.get(step.dataset, step.dataset) or _without_store(step)) for step in ordered]


def _without_store(step: Step) -> str:
    names = {RequestType.ERASURE: _("Certificate"), RequestType.RECTIFICATION: _("The end")}
    if step.kind == StepKind.PACK:
        return names.get(RequestType(step.subject_request.type), _("Bundle"))
    return _("Every store")


def _step_row(step: Step, title: str) -> StepRow:
    state = StepState(step.state)
    took = (step.finished_at - step.started_at).total_seconds() if step.finished_at and step.started_at else None
    waits = step.not_before if state == StepState.READY and step.attempts else None
    return StepRow(
        title=title,
        kind=StepKind(step.kind).label,
        stage=step.stage,
        state=state.label,
        look=_LOOKS[state],
        attempts=step.attempts,
        rows=step.rows,
        seconds=took,
        error=step.error,
        not_before=waits,
    )


def collected(steps: Sequence[Step], data_map: DataMap) -> list[CollectedRow]:
    """Return every collection of the data map that was asked, those with rows first."""
    found: dict[tuple[str, str], CollectedRow] = {}
    for step in steps:
        if step.kind == StepKind.COLLECT and step.state == StepState.DONE:
            _add(found, step, data_map)
    return sorted(found.values(), key=lambda row: (not (row.rows or row.withheld or row.undeclared), row.store))


def _add(found: dict[tuple[str, str], CollectedRow], step: Step, data_map: DataMap) -> None:
    for name, counts in step.report.get("collections", {}).items():
        row = _row_of(found, step.dataset, name, data_map)
        row.rows += counts.get("rows", 0)
        row.withheld += counts.get("withheld", 0)
    for name, column in step.report.get("undeclared", ()):
        row = _row_of(found, step.dataset, name, data_map)
        if (column or name) not in row.undeclared:
            row.undeclared.append(column or name)


def _row_of(found: dict[tuple[str, str], CollectedRow], dataset: str, name: str, data_map: DataMap) -> CollectedRow:
    if (dataset, name) not in found:
        store, title = in_words(data_map, dataset, name)
        found[dataset, name] = CollectedRow(dataset, store, name, title)
    return found[dataset, name]


def in_words(data_map: DataMap, dataset: str, name: str) -> tuple[str, str]:
    """Return what people call a store and a collection: their keys where the map has no words, or not any more."""
    store = next((item.name for item in data_map.datasets if item.key == dataset), "")
    title = next((item.title for item in data_map.collections() if item.key == (dataset, name)), "")
    return told(store) or dataset, told(title) or name
