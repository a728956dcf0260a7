"""The certificate as a person reads it: HTML for the PDF writer. Bounded: what does not fit is in the JSON inside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Generic, TypeVar

from jinja2 import Environment

from dsar.bundle.display import clip, label, moment
from dsar.bundle.templating import FOLDER, asset, make_environment
from dsar.certificate.document import NAME
from dsar.certificate.facts import (
    CollectionFacts,
    ErasureFacts,
    MaskedField,
    Restoration,
    SearchState,
    Staying,
    StoreFacts,
)
from dsar.wording import gettext, speaking, tag
from dsar.wording import told as say
from dsar.wording.tongue import Texts

T = TypeVar("T")
_TEMPLATES = Path(__file__).parent / "templates"
_TITLE = 80  # characters of a name
_FIELD = 40
_PROSE = 300  # characters of one text of the data map
#: How much of each kind is told on pages.
_MOST = {
    "stores": 80,
    "rows": 300,
    "nothing": 60,
    "masks": 80,
    "fields": 12,
    "reasons": 40,
    "places": 12,
    "aside": 40,
    "recipients": 60,
    "remains": 12,
}


@dataclass(frozen=True, slots=True)
class Some(Generic[T]):
    """As many of something as the pages tell, and how many more there are."""

    told: tuple[T, ...]
    more: int

    @classmethod
    def of(cls, items: Sequence[T], kind: str) -> Some[T]:
        return cls(tuple(items[: _MOST[kind]]), max(0, len(items) - _MOST[kind]))


@dataclass(frozen=True, slots=True)
class StoreTable:
    """A store: `rows` where something was, `nothing` names where there was not, `again` says when it was read again.

    `more_rows` counts where something was that is left to the JSON. `copy` is of what was removed.
    """

    title: str
    again: str
    problem: str
    rows: tuple[CollectionFacts, ...]
    more_rows: int
    nothing: Some[str]
    copy: Restoration | None


@dataclass(frozen=True, slots=True)
class MaskLine:
    """A collection of which rows stay without some of their values: what was done, to which fields."""

    place: str
    rows: int
    how: tuple[tuple[str, Some[str]], ...]
    redacted: int = 0


@dataclass(frozen=True, slots=True)
class StayLine:
    """Rows that stay for one reason: how many in all, and how many in each collection."""

    told: Staying
    rows: int
    places: Some[tuple[str, int]]


def certificate_html(*, facts: ErasureFacts, sha256: str, key_id: str, texts: Texts = {}) -> str:  # noqa: B006
    """Return the pages, with their style inside and no reference to anything outside. `sha256` (hex) is the JSON's.

    They are in the language of the request, and `texts` are the data map's own in it: the facts are as it writes them.
    """
    with speaking(facts.request.language, texts):
        return _html(facts, sha256, key_id)


def _html(facts: ErasureFacts, sha256: str, key_id: str) -> str:
    rows = Some.of(sorted(_with_rows(facts), key=_weight), "rows")
    return (
        _environment()
        .get_template("certificate.html")
        .render(
            facts=facts,
            asked=facts.request,
            totals=facts.totals(),
            lang=tag(facts.request.language),
            style=asset("report.css") + (_TEMPLATES / "certificate.css").read_text(encoding="utf-8"),
            stores=_tables(facts, {id(item) for item in rows.told}),
            masks=_masks(facts),
            kept=_staying(facts, lambda item: item.kept),
            flagged=_staying(facts, lambda item: item.flagged),
            others=_staying(facts, lambda item: item.others),
            unreached=_aside(facts, SearchState.UNREACHED),
            excluded=_aside(facts, SearchState.EXCLUDED),
            recipients=Some.of(facts.recipients, "recipients"),
            remains=Some.of(facts.remains, "remains"),
            uncopied=sum(bool(store.copy and store.copy.until is None) for store in facts.stores),
            searched_by=", ".join(label(kind) for kind in sorted(facts.request.identity_kinds)),
            sha256=sha256,
            key_id=key_id,
            file=NAME,
            title=_TITLE,
            prose=_PROSE,
        )
    )


@cache
def _environment() -> Environment:
    return make_environment(_TEMPLATES, FOLDER)


def _with_rows(facts: ErasureFacts) -> Iterator[CollectionFacts]:
    return (item for item in facts.collections() if item.state is SearchState.SEARCHED and item.found)


def _weight(item: CollectionFacts) -> tuple[bool, bool, bool]:
    """Sort first what must not be left off: rows that are left, then what was not read again, then what was changed."""
    return (not item.left, not item.unread, not (item.deleted or item.masked))


def _tables(facts: ErasureFacts, told: set[int]) -> Some[StoreTable]:
    """Return the stores in their order; what must not be left off stands first where they are too many."""
    tables = [_table(store, told) for store in facts.stores]
    tables = [table for table in tables if table.rows or table.more_rows or table.problem or table.nothing.told]
    if len(tables) > _MOST["stores"]:
        tables.sort(key=lambda table: (bool(table.again) and not table.problem, not table.rows))
    return Some.of(tables, "stores")


def _table(store: StoreFacts, told: set[int]) -> StoreTable:
    searched = [item for item in store.collections if item.state is SearchState.SEARCHED]
    rows = tuple(item for item in searched if id(item) in told)
    return StoreTable(
        title=say(store.title),
        again=_again(searched),
        problem=store.problem,
        rows=rows,
        more_rows=sum(item.found for item in searched) - len(rows),
        nothing=Some.of([clip(say(item.title), _TITLE) for item in searched if not item.found], "nothing"),
        copy=store.copy,
    )


def _again(searched: Sequence[CollectionFacts]) -> str:
    """Return when a store was read again, in words: one moment, or the first and the last; "" if it was not."""
    moments = sorted(item.verified_at for item in searched if item.verified_at)
    if not moments:
        return ""
    first, last = moment(moments[0]), moment(moments[-1])
    return first if first == last else gettext("{first} to {last}").format(first=first, last=last)


def _masks(facts: ErasureFacts) -> Some[MaskLine]:
    found = [
        MaskLine(place, item.masked, _how(item.masks), item.redacted) for place, item in _places(facts) if item.masked
    ]
    return Some.of(found, "masks")


def _how(masks: Sequence[MaskedField]) -> tuple[tuple[str, Some[str]], ...]:
    """Return what was done, with the names of all fields that it was done to."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for mask in masks:
        found[mask.how].append(clip(label(mask.field), _FIELD))
    return tuple((how, Some.of(fields, "fields")) for how, fields in found.items())


def _staying(facts: ErasureFacts, kind: Callable[[CollectionFacts], Sequence[Staying]]) -> Some[StayLine]:
    """Return what stays by reason, for which most rows stay first: one reason may be that of many collections."""
    found: defaultdict[Staying, list[tuple[str, int]]] = defaultdict(list)
    for place, item in _places(facts):
        for told in kind(item):
            found[replace(told, rows=0)].append((place, told.rows))
    lines = [
        StayLine(told, sum(rows for _, rows in places), Some.of(places, "places")) for told, places in found.items()
    ]
    return Some.of(sorted(lines, key=lambda line: -line.rows), "reasons")


def _aside(facts: ErasureFacts, state: SearchState) -> Some[tuple[str, str]]:
    """Return collections that were not searched, and why."""
    return Some.of([(place, item.reason) for place, item in _places(facts) if item.state is state], "aside")


def _places(facts: ErasureFacts) -> Iterator[tuple[str, CollectionFacts]]:
    """Yield each collection, with its name and its store's for somebody who reads."""
    for store in facts.stores:
        for item in store.collections:
            yield f"{clip(say(item.title), _TITLE)} ({clip(say(store.title), _TITLE)})", item
