"""Values of other people as the reviewer sees them: equal ones together, with the text around them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Min, QuerySet, Sum
from django.http import QueryDict

from dsar.actions.redacting.sealed import Keys
from dsar.bundle.display import label
from dsar.datamap.model import DataMap
from dsar.forms.redaction import MIXED, SAME, WORDS, code_of
from dsar.models import RedactionValue, RedactionVerdict, SubjectRequest
from dsar.redaction.suggesting import Context
from dsar.views.desk.collected import in_words
from dsar.wording import labelled

PAGE = 20
_MOST_CONTEXTS = 3
#: What a page may be asked to show, and the verdict that it is of; None: every one.
SHOWN: Mapping[str, str | None] = {
    "open": RedactionVerdict.OPEN,
    "hidden": RedactionVerdict.HIDE,
    "shown": RedactionVerdict.KEEP,
    "all": None,
}


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A value in one collection: `code` is what is chosen for it, or that it goes with the rest."""

    row: RedactionValue
    store: str
    title: str
    code: str


@dataclass(frozen=True, slots=True)
class ContextRow:
    """The text around a value, and where that is."""

    where: str
    context: Context


@dataclass(frozen=True, slots=True)
class Group:
    """Equal values: `code` is what is chosen for all, "" for nothing yet, MIXED where they differ."""

    mark: str
    value: str
    kind: str
    places: int
    code: str
    words: str
    by_hand: bool
    rows: tuple[PlaceRow, ...]
    contexts: tuple[ContextRow, ...]


@dataclass(frozen=True, slots=True)
class GroupsPage:
    """One page of groups; `seen` is what the form sends back of it."""

    groups: tuple[Group, ...]
    number: int
    has_more: bool
    seen: str


def groups_page(
    subject_request: SubjectRequest, data_map: DataMap, *, show: str, number: int, typed: QueryDict | None = None
) -> GroupsPage:
    """Return a page of groups; `typed` is what was sent and refused, to be shown again. Raises PayloadGoneError."""
    marks = _marks(subject_request.redaction_values.all(), show, number)
    rows = defaultdict[str, list[RedactionValue]](list)
    for row in subject_request.redaction_values.filter(mark__in=marks):
        rows[row.mark].append(row)
    keys = Keys(subject_request)
    shown = [mark for mark in marks[:PAGE] if mark in rows]
    groups = tuple(_group(keys, rows[mark], data_map, typed or QueryDict()) for mark in shown)
    seen = {mark: _seen(rows[mark]) for mark in shown}
    return GroupsPage(groups, number, len(marks) > PAGE, json.dumps(seen))


def _seen(rows: Sequence[RedactionValue]) -> dict[str, str]:
    return {str(row.pk): code_of(row.verdict, row.reason) for row in rows} | {WORDS: _words(rows)}


def _words(rows: Sequence[RedactionValue]) -> str:
    return next((row.words for row in rows if row.words), "")


def _marks(values: QuerySet[RedactionValue], show: str, number: int) -> list[str]:
    """Return the marks of a page, and one more if another page follows: what stands in most places first."""
    verdict = SHOWN[show]
    found = values if verdict is None else values.filter(verdict=verdict)
    grouped = found.order_by().values("mark").annotate(of=Min("kind"), places_in_all=Sum("places"), first=Min("pk"))
    start = (number - 1) * PAGE
    ordered = grouped.order_by("of", "-places_in_all", "first").values_list("mark", flat=True)
    return list(ordered[start : start + PAGE + 1])


def _group(keys: Keys, rows: Sequence[RedactionValue], data_map: DataMap, typed: QueryDict) -> Group:
    first, opened = rows[0], [keys.open(row) for row in rows]
    codes = {code_of(row.verdict, row.reason) for row in rows}
    is_mixed = len(codes) > 1
    places = tuple(_place(row, data_map, is_mixed=is_mixed, typed=typed) for row in rows)
    contexts = [
        ContextRow(labelled(place.title, label(context.path.rpartition(".")[2])), context)
        for place, item in zip(places, opened, strict=True)
        for context in item.contexts
    ]
    return Group(
        mark=first.mark,
        value=opened[0].value,
        kind=str(first.get_kind_display()),
        places=sum(row.places for row in rows),
        code=typed.get(f"all-{first.mark}", MIXED if is_mixed else next(iter(codes))),
        words=typed.get(f"words-{first.mark}", _words(rows)),
        by_hand=any(row.by_hand for row in rows),
        rows=places,
        contexts=tuple(contexts[:_MOST_CONTEXTS]),
    )


def _place(row: RedactionValue, data_map: DataMap, *, is_mixed: bool, typed: QueryDict) -> PlaceRow:
    store, title = in_words(data_map, row.dataset, row.collection)
    own = code_of(row.verdict, row.reason) if is_mixed else SAME
    return PlaceRow(row, store, title, typed.get(f"one-{row.pk}", own))
