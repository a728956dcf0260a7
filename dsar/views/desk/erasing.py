"""What a deletion would do, as the reviewer sees and approves it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dsar.actions.erasing.planning import order_of
from dsar.actions.erasing.result import unkept
from dsar.actions.erasing.work import latest_preview, shown
from dsar.datamap.model import DataMap
from dsar.fulfilment.erasing.fate import TO_DO, Fate
from dsar.fulfilment.erasing.preview import Part, Preview
from dsar.fulfilment.joinkey import CollectionKey
from dsar.models import ErasureOrder, RequestType, Step, StepState, SubjectRequest
from dsar.views.desk.collected import in_words


@dataclass(frozen=True, slots=True)
class FateLook:
    """How a fate is shown: the tag's colour and icon, and its word."""

    kind: str
    icon: str
    label: str | Promise


FATES: Mapping[Fate, FateLook] = {
    Fate.DELETE: FateLook("bad", "trash", _("Deleted")),
    Fate.MASK: FateLook("warn", "eye-off", _("Masked")),
    Fate.DETACH: FateLook("warn", "users", _("Stays, no longer names the person")),
    Fate.FLAGGED: FateLook("note", "alert-triangle", _("Stays: may be others' too")),
    Fate.KEEP: FateLook("note", "shield-check", pgettext_lazy("rows", "Kept")),
    Fate.MASKED: FateLook("", "check", _("Masked before")),
    Fate.OTHERS: FateLook("", "ban", _("Another person's")),
}


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """Rows of one collection with one fate, for one reason; `is_final`: no copy could put them back.

    `redacted` values are taken out of their texts, and `short` are not looked for, since they are too short.
    """

    store: str
    title: str
    look: FateLook
    rows: int
    why: str
    redacted: int = 0
    short: int = 0
    is_final: bool = False


@dataclass(frozen=True)
class ErasureView:
    """`rows` are None while there is no preview; `failure` says why there is none."""

    order: ErasureOrder
    preview: Preview | None
    made_at: datetime | None
    is_being_made: bool
    failure: str
    rows: Sequence[PreviewRow]
    totals: Sequence[tuple[FateLook, int]]
    unreached: Sequence[tuple[str, str, str]]

    @property
    def can_be_approved(self) -> bool:
        return self.preview is not None and not self.preview.problems and not self.is_being_made


def erasure_view(subject_request: SubjectRequest, steps: Sequence[Step], data_map: DataMap) -> ErasureView | None:
    """Return what the case shows of a deletion; None for other requests, and before the person has proven who asks."""
    if subject_request.type != RequestType.ERASURE or subject_request.verified_at is None:
        return None
    latest = latest_preview(steps)
    preview = shown(latest) if latest is not None else None
    return ErasureView(
        order=order_of(subject_request),
        preview=preview,
        made_at=latest.finished_at if latest else None,
        is_being_made=latest is not None and latest.state in (StepState.READY, StepState.RUNNING),
        failure=latest.error if latest is not None and latest.state == StepState.FAILED else "",
        rows=_rows(preview, data_map, unkept([latest])) if preview and latest else (),
        totals=_totals(preview) if preview else (),
        unreached=[(*in_words(data_map, *key), why) for key, why in preview.unreached.items()] if preview else (),
    )


def _rows(preview: Preview, data_map: DataMap, unkept: frozenset[CollectionKey]) -> list[PreviewRow]:
    """Return what changes first, then what stays, then what is others'."""
    order = list(FATES)
    rows = [
        (
            order.index(fate),
            PreviewRow(
                *in_words(data_map, *key),
                FATES[fate],
                count,
                why,
                *_texts(part, fate),
                is_final=fate in TO_DO and key in unkept,
            ),
        )
        for key, part in preview.parts.items()
        for (fate, why), count in part.rows.items()
    ]
    return [row for _, row in sorted(rows, key=lambda item: (item[0], item[1].store, item[1].title, item[1].why))]


def _texts(part: Part, fate: Fate) -> tuple[int, int]:
    """Return what is told of a part's texts beside its rows of that fate."""
    return part.redacted if fate is Fate.MASK else 0, part.short if fate in (Fate.MASK, Fate.MASKED) else 0


def _totals(preview: Preview) -> list[tuple[FateLook, int]]:
    counted: Counter[Fate] = Counter()
    for part in preview.parts.values():
        for (fate, _why), count in part.rows.items():
            counted[fate] += count
    return [(look, counted[fate]) for fate, look in FATES.items() if counted[fate]]
