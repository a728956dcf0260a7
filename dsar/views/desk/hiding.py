"""Whether the account of a deletion is hidden meanwhile, as the team sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dsar.datamap.model import Collection, DataMap
from dsar.models import RequestType, SubjectRequest, Suspension, Visibility
from dsar.tenantmap import OWN_DATASET
from dsar.views.desk.collected import in_words


@dataclass(frozen=True, slots=True)
class HidingLook:
    """How it stands in a collection: the tag's colour and icon, and its word."""

    kind: str
    icon: str
    label: str | Promise


_HIDDEN = HidingLook("good", "eye-off", pgettext_lazy("collection", "Hidden"))
_BEING_HIDDEN = HidingLook("warn", "clock", _("Being hidden"))
_WAITS = HidingLook("warn", "clock", _("Waits: the store does not answer"))
_NOTHING = HidingLook("", "circle-dot", _("Nothing of this person"))
_SHOWN = HidingLook("", "check", pgettext_lazy("collection", "Shown"))
_BEING_SHOWN = HidingLook("warn", "clock", _("Being shown again"))
_WAITS_TO_BE_SHOWN = HidingLook("warn", "clock", _("Waits to be shown again"))
_OVER = HidingLook("", "check", _("Over: the deletion has begun"))


@dataclass(frozen=True, slots=True)
class HidingRow:
    """One collection, how many of its rows are hidden, and since when."""

    store: str
    title: str
    look: HidingLook
    rows: int
    since: datetime | None


@dataclass(frozen=True)
class HidingView:
    """`suspension` None: nobody has shown again who they are. `waits`: (store, why) of what is not done.

    `impossible`: collections of which the map does not say how.
    """

    suspension: Suspension | None
    rows: Sequence[HidingRow]
    waits: Sequence[tuple[str | Promise, str]]
    impossible: Sequence[tuple[str, str]]


def hiding_view(subject_request: SubjectRequest, data_map: DataMap) -> HidingView | None:
    """Return what the case shows; None for other requests, and before the person has proven who asks."""
    if subject_request.type != RequestType.ERASURE or subject_request.verified_at is None:
        return None
    suspension = Suspension.objects.filter(subject_request=subject_request).first()
    collections = [item for item in data_map.collections() if _is_walked(item)]
    said = [item for item in collections if item.suspend is not None]
    report = suspension.report if suspension else {}
    return HidingView(
        suspension,
        rows=_rows(suspension, said, data_map) if suspension else (),
        waits=[(_store(data_map, key), why) for key, why in sorted(report.get("problems", {}).items())],
        impossible=[in_words(data_map, *item.key) for item in collections if item.suspend is None],
    )


def _is_walked(item: Collection) -> bool:
    return item.dataset != OWN_DATASET and not item.skip_processing


def _store(data_map: DataMap, key: str) -> str | Promise:
    return in_words(data_map, key, "")[0] or _("The data map")


def _rows(suspension: Suspension, said: Sequence[Collection], data_map: DataMap) -> list[HidingRow]:
    held = {
        (dataset, name): (count, datetime.fromisoformat(since))
        for dataset, name, count, since in suspension.report.get("hidden", ())
    }
    return [
        HidingRow(*in_words(data_map, *item.key), _look(suspension, item.key in held), *held.get(item.key, (0, None)))
        for item in said
    ]


def _look(suspension: Suspension, is_hidden: bool) -> HidingLook:
    is_waiting = suspension.done_at is None and suspension.attempts > 0
    if suspension.wanted == Visibility.OVER:
        return _OVER
    if suspension.wanted == Visibility.SHOWN:
        # A worker that was overtaken has kept what to put back, and reported nothing.
        if suspension.done_at is not None or not (is_hidden or suspension.before):
            return _SHOWN
        return _WAITS_TO_BE_SHOWN if is_waiting else _BEING_SHOWN
    if is_hidden:
        return _HIDDEN
    if suspension.done_at is not None:
        return _NOTHING
    return _WAITS if is_waiting else _BEING_HIDDEN
