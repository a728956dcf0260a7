"""Where a stop is marked in the tenant's stores, where that is not possible, and where it waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dsar import restrictions
from dsar.actions.restricting.purposes import WHOLE_MAP, is_marked
from dsar.datamap.model import DataMap, Dataset
from dsar.datamap.problems import DataMapError
from dsar.models import StopWriting, SubjectRequest
from dsar.models.choices import STOP_TYPES
from dsar.tenantmap import declared_map
from dsar.views.progress import StoreProgress
from dsar.wording import told


@dataclass(frozen=True, slots=True)
class StopStore:
    """One store as the person sees it, and the error as the team does."""

    progress: StoreProgress
    error: str = ""


def stop_stores(subject_request: SubjectRequest) -> list[StopStore]:
    """Return a row for every store, once nothing is stopped only for those in which it still stands.

    None for a request that has had nothing stopped, or without a map to tell them by.
    """
    writing = StopWriting.objects.filter(subject_request=subject_request).first()
    if subject_request.type not in STOP_TYPES or writing is None:
        return []
    stopped = frozenset(restrictions.of_person(subject_request).values_list("purpose", flat=True))
    if not stopped and writing.done_at is not None:
        return []
    try:
        data_map = declared_map(subject_request.tenant)
    except DataMapError:
        return []
    rows = [_store(dataset, writing, data_map, stopped) for dataset in data_map.datasets]
    return rows if stopped else [row for row in rows if row.error]


def untold(subject_request: SubjectRequest) -> list[str]:
    """Return why recipients of the data are not told yet of a stop or its end: what stores said, for the team."""
    writing = StopWriting.objects.filter(subject_request=subject_request, done_at=None).first()
    return sorted(writing.report.get("untold", {}).values()) if writing else []


def _store(dataset: Dataset, writing: StopWriting, data_map: DataMap, stopped: frozenset[str]) -> StopStore:
    title = told(dataset.name) or dataset.key
    problems: Mapping[str, str] = writing.report.get("problems", {})
    error = problems.get(dataset.key) or problems.get(WHOLE_MAP, "")
    is_possible = any(is_marked(item, stopped) for item in dataset.collections)
    if error and (is_possible or dataset.key in problems):
        note = _("This system did not answer. We are trying again.")
        return StopStore(StoreProgress(title, "failed", 0.0, note=note), error)
    if not is_possible:
        return StopStore(StoreProgress(title, "none", 0.0, _("no mark is possible")))
    if writing.done_at is None:
        return StopStore(StoreProgress(title, "waiting", 0.0, _("waiting")))
    return StopStore(StoreProgress(title, "done", 1.0, _found(dataset.key, writing.report)))


def _found(dataset: str, report: Mapping[str, Any]) -> str:
    count = sum(rows for key, _name, rows in report.get("rows", ()) if key == dataset)
    if not count:
        return _("nothing of yours")
    return ngettext("%(count)s entry marked", "%(count)s entries marked", count) % {"count": count}
