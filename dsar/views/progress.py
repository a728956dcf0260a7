"""How far a request is: one bar a store of the data map, and one for the bundle."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dsar.bundle.topics import topic_of
from dsar.datamap.model import DataMap, Dataset
from dsar.models import Status, Step, StepKind, StepState, SubjectRequest
from dsar.models.choices import FINAL_STATUSES
from dsar.wording import told

_ICONS = {
    "done": "circle-check",
    "running": "loader-2",
    "waiting": "circle-dashed",
    "failed": "alert-triangle",
    "none": "circle-dot",
}
_BARS = {"done": "good", "running": "moving", "waiting": "", "failed": "warn", "none": ""}


@dataclass(frozen=True, slots=True)
class StoreProgress:
    """One row: `state` is done, running, waiting, failed or none (nothing leads there); `fraction` 0.0 to 1.0."""

    title: str
    state: str
    fraction: float
    found: str = ""
    note: str = ""

    @property
    def icon(self) -> str:
        return _ICONS[self.state]

    @property
    def bar_kind(self) -> str:
        return _BARS[self.state]

    @property
    def spoken(self) -> str:
        return _("%(store)s: %(percent)d %% done") % {"store": self.title, "percent": round(self.fraction * 100)}


def store_progress(subject_request: SubjectRequest, steps: Sequence[Step], data_map: DataMap) -> list[StoreProgress]:
    """Return a row for every store of the data map in its order, then one for the bundle."""
    over = subject_request.status in FINAL_STATUSES or subject_request.status == Status.AWAITING_RELEASE
    collecting = any(step.kind == StepKind.PACK for step in steps) or over
    topics = subject_request.narrowing.get("topics", ())
    rows = [
        _narrowed(dataset, topics, [step for step in steps if step.dataset == dataset.key], collected=collecting)
        for dataset in data_map.datasets
    ]
    return [*rows, _bundle([step for step in steps if step.kind == StepKind.PACK])]


def _narrowed(dataset: Dataset, topics: Collection[str], steps: list[Step], *, collected: bool) -> StoreProgress:
    """Return a store's row; one that is read for its keys alone, or not at all, holds nothing that was asked for."""
    if not topics or any(topic_of(item, dataset) in topics for item in dataset.collections):
        return _store(dataset, steps, collected=collected)
    row = _store(dataset, steps, collected=True)
    return replace(row, found=_("not asked for")) if row.state in ("done", "none") else row


_CHANGING = frozenset({StepKind.ERASE, StepKind.CORRECT})


def changing_progress(steps: Sequence[Step], data_map: DataMap) -> list[StoreProgress]:
    """Return a row for every store that is changed by the last approved look, then one for the reading of all.

    Nothing before the first change: a bar that stands still for a day would tell nothing.
    """
    changing = [step for step in steps if step.kind in _CHANGING | {StepKind.VERIFY, StepKind.PACK}]
    if not changing:
        return []
    titles = {dataset.key: told(dataset.name) or dataset.key for dataset in data_map.datasets}
    stores = dict.fromkeys(step.dataset for step in changing if step.kind in _CHANGING)
    rows = [_changed(titles.get(name, name), [step for step in changing if step.dataset == name]) for name in stores]
    is_erased = any(step.kind == StepKind.ERASE for step in changing)
    proof = _("all gone") if is_erased else _("all as approved")
    return [*rows, _read_again([step for step in changing if step.kind == StepKind.VERIFY], proof)]


def _changed(title: str, steps: list[Step]) -> StoreProgress:
    latest = max(steps, key=lambda step: step.stage)
    state = _plain_state(latest)
    count = sum(step.rows for step in steps if step.state == StepState.DONE)
    return StoreProgress(title, state, _plain_fraction(state), _found(count, state) if state == "done" else "")


def _read_again(steps: list[Step], proof: str) -> StoreProgress:
    state = _plain_state(max(steps, key=lambda step: step.stage)) if steps else "waiting"
    return StoreProgress(_("Reading everything again"), state, _plain_fraction(state), proof if state == "done" else "")


def _plain_state(step: Step) -> str:
    names = {StepState.DONE: "done", StepState.RUNNING: "running", StepState.FAILED: "failed"}
    return names.get(StepState(step.state), "waiting")


def _plain_fraction(state: str) -> float:
    return {"done": 1.0, "running": 0.5}.get(state, 0.0)


def _store(dataset: Dataset, steps: list[Step], *, collected: bool) -> StoreProgress:
    title = told(dataset.name) or dataset.key
    state = _state(steps, collected=collected)
    found = sum(step.rows for step in steps if step.kind == StepKind.COLLECT)
    return StoreProgress(
        title=title,
        state=state,
        fraction=_fraction(dataset, steps, state),
        found=_found(found, state),
        note=_note(dataset, steps, state),
    )


def _state(steps: list[Step], *, collected: bool) -> str:
    states = {step.state for step in steps}
    if StepState.FAILED in states:
        return "failed"
    if StepState.RUNNING in states:
        return "running"
    if StepState.READY in states:
        return "waiting"
    if any(step.kind == StepKind.COLLECT and step.state == StepState.DONE for step in steps):
        return "done"
    return "none" if collected else "waiting"


def _fraction(dataset: Dataset, steps: list[Step], state: str) -> float:
    if state == "done":
        return 1.0
    running = [step for step in steps if step.state == StepState.RUNNING and step.kind == StepKind.COLLECT]
    if not running:
        return 0.0
    walked = max(len(step.report.get("found", ())) for step in running)
    # Never quite full while it runs: the last collection may be the long one.
    return min(0.95, max(0.05, walked / max(1, len(dataset.collections))))


def _found(rows: int, state: str) -> str:
    if state == "none" or (state == "done" and not rows):
        return _("nothing of yours")
    if not rows:
        return _("waiting") if state == "waiting" else ""
    count = number_format(rows, force_grouping=True)
    return ngettext("%(count)s entry", "%(count)s entries", rows) % {"count": count}


def _note(dataset: Dataset, steps: list[Step], state: str) -> str:
    if state == "failed":
        return _("This system did not answer. The privacy team has been told and decides how to go on.")
    if any(step.state == StepState.READY and step.error for step in steps):
        return _("This system did not answer. We are trying again.")
    now = next((step.report.get("now") for step in steps if step.state == StepState.RUNNING), None)
    if now:
        return _("Reading: %(collection)s") % {"collection": _collection_title(dataset, str(now))}
    if state == "running":
        return _("Looking for what belongs to you")
    return ""


def _collection_title(dataset: Dataset, name: str) -> str:
    titles = {item.name: told(item.title) for item in dataset.collections}
    return titles.get(name) or name


def _bundle(steps: list[Step]) -> StoreProgress:
    title = _("Your bundle")
    state = _state(steps, collected=False)
    if any(step.state == StepState.DONE for step in steps):
        return StoreProgress(title, "done", 1.0, _("packed"))
    notes = {"running": _("Writing the files and locking them"), "failed": _("The privacy team has been told.")}
    return StoreProgress(title, state, 0.5 if state == "running" else 0.0, note=notes.get(state, ""))
