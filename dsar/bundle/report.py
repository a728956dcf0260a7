"""The summary for reading and printing: what it tells is bounded here, whatever the bundle holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import Any

from dsar.bundle.article15 import Article15, Purpose, SystemFacts
from dsar.bundle.columns import columns
from dsar.bundle.contents import BundleContents, CollectionContents, CollectionState, Dispute
from dsar.bundle.display import clip, counted, number
from dsar.bundle.gaps import gaps
from dsar.bundle.pages import StoreRow, StoreTable, store_tables
from dsar.bundle.sections import Column, cells, column, title_of
from dsar.bundle.survey import Survey
from dsar.bundle.templating import asset, language, render
from dsar.bundle.topics import Topic
from dsar.wording import gettext

SAMPLE_ROWS = 4
_SAMPLE_COLUMNS = 5
_CARD_FIELDS = 8
_CELL = 46  # characters
_MOST = {
    "topics": 14,
    "samples": 10,
    "charts": 4,
    "store rows": 40,
    "gaps": 12,
    "disputes": 3,
    "disputed values": 6,
    "identities": 8,
    "purposes": 10,
    "systems": 8,
    "names": 6,
}
_PROSE = 240  # characters of one text of the data map


@dataclass(frozen=True, slots=True)
class Digest:
    """What the report needs of a collection once its rows are written."""

    contents: CollectionContents
    sample: tuple[dict[str, Any], ...]
    bars: tuple[str, list[tuple[date, int]]]

    @classmethod
    def of(cls, survey: Survey) -> Digest:
        return cls(contents=survey.contents, sample=survey.newest[:SAMPLE_ROWS], bars=survey.calendar.bars())


@dataclass(frozen=True, slots=True)
class Sample:
    """A few rows of a topic's largest collection."""

    topic: str
    title: str
    note: str
    columns: tuple[Column, ...]
    cells: tuple[tuple[str | None, ...], ...]

    @property
    def shares(self) -> list[int]:
        """The columns' widths in percent by their longest text: WeasyPrint's own search for them takes seconds."""
        texts = zip((told.label for told in self.columns), *self.cells, strict=True)
        longest = [min(26, max(7, *(len(text or "") for text in column))) for column in texts]
        return [100 * length // sum(longest) for length in longest]


@dataclass(frozen=True, slots=True)
class Chart:
    """Rows of one collection over time."""

    title: str
    bars: tuple[str, list[tuple[date, int]]]


def report_html(
    *,
    contents: BundleContents,
    topics: Sequence[Topic],
    digests: Mapping[tuple[str, str], Digest],
    facts: Article15,
    key_id: str,
) -> str:
    """Return the report as HTML for the PDF writer, with its style inside and no reference to anything outside."""
    found = gaps(contents)
    by_size = sorted(topics, key=lambda topic: -topic.rows)[: _MOST["topics"]]
    return render(
        "report.html",
        contents=contents,
        lang=language(contents),
        style=asset("report.css"),
        key_id=key_id,
        rows=sum(topic.rows for topic in topics),
        topic_count=len(topics),
        topics=by_size,
        most=max((topic.rows for topic in topics), default=0),
        searched=sum(store.snapshot_at is not None for store in contents.stores),
        gaps=found[: _MOST["gaps"]],
        more_gaps=max(0, len(found) - _MOST["gaps"]),
        disputes=[replace(item, values=item.values[: _MOST["disputed values"]]) for item in _told(contents)],
        more_disputes=_told(contents) != contents.disputes
        or any(len(item.values) > _MOST["disputed values"] for item in contents.disputes),
        identities=contents.identities[: _MOST["identities"]],
        more_identities=max(0, len(contents.identities) - _MOST["identities"]),
        unproven=len(contents.unproven_identities),
        stores=_bounded_stores(store_tables(contents, topics)),
        collections=sum(len(store.collections) for store in contents.stores),
        collections_told=_MOST["store rows"],
        charts=_charts(digests),
        samples=_samples(topics, digests),
        article15=_bounded_facts(facts),
        purposes=sum(len(system.purposes) for system in facts.systems),
        purposes_told=_MOST["purposes"],
        limit=_PROSE,
    )


def _told(contents: BundleContents) -> tuple[Dispute, ...]:
    """Return the latest disputes, as many as fit."""
    return contents.disputes[-_MOST["disputes"] :]


def _bounded_stores(tables: Sequence[StoreTable]) -> list[StoreTable]:
    """Return as many rows as fit: what went wrong first, then what was delivered, then the rest."""
    order = {state.value: rank for rank, state in enumerate(_BY_WEIGHT)}
    ranked = sorted(
        (order[row.state], index, place) for index, table in enumerate(tables) for place, row in enumerate(table.rows)
    )
    kept = {(index, place) for _, index, place in ranked[: _MOST["store rows"]]}
    told = [replace(table, rows=_kept(table.rows, index, kept)) for index, table in enumerate(tables)]
    return [table for table in told if table.rows]


_BY_WEIGHT = (
    CollectionState.FAILED,
    CollectionState.EXCLUDED,
    CollectionState.DELIVERED,
    CollectionState.EMPTY,
    CollectionState.UNREACHED,
)


def _kept(rows: Sequence[StoreRow], index: int, kept: set[tuple[int, int]]) -> tuple[StoreRow, ...]:
    return tuple(row for place, row in enumerate(rows) if (index, place) in kept)


def _charts(digests: Mapping[tuple[str, str], Digest]) -> list[Chart]:
    """Return the charts of the largest collections whose rows spread over time."""
    spread = [digest for digest in digests.values() if len(digest.bars[1]) > 2]
    largest = sorted(spread, key=lambda digest: -digest.contents.rows)[: _MOST["charts"]]
    return [Chart(title=title_of(digest.contents.collection), bars=digest.bars) for digest in largest]


def _samples(topics: Sequence[Topic], digests: Mapping[tuple[str, str], Digest]) -> list[Sample]:
    told = [topic for topic in topics if topic.rows][: _MOST["samples"]]
    return [_sample(topic, digests[_shown_of(topic).collection.key]) for topic in told]


def _shown_of(topic: Topic) -> CollectionContents:
    """Return the collection that stands for its topic: the first if a single record (a profile), or the largest."""
    first = topic.collections[0]
    return first if first.rows == 1 else max(topic.collections, key=lambda item: item.rows)


def _sample(topic: Topic, digest: Digest) -> Sample:
    item = digest.contents
    fields = columns(item)
    filled = [entry for entry in fields if any(row.get(entry.name) is not None for row in digest.sample)] or list(
        fields
    )
    told = filled[: _CARD_FIELDS if len(digest.sample) == 1 else _SAMPLE_COLUMNS]
    return Sample(
        topic=topic.title,
        title=title_of(item.collection),
        note=_sample_note(item, len(digest.sample), len(fields) - len(told)),
        columns=tuple(column(item, entry) for entry in told),
        cells=cells(item, told, digest.sample, _CELL),
    )


def _sample_note(item: CollectionContents, rows: int, fields: int) -> str:
    parts = []
    if item.rows > rows:
        parts.append(gettext("{shown} of {all} records").format(shown=number(rows), all=number(item.rows)))
    if fields:
        parts.append(counted(fields, "{n} more field in the files", "{n} more fields in the files"))
    return ", ".join(parts)


def _bounded_facts(facts: Article15) -> Article15:
    left = iter(range(_MOST["purposes"]))
    systems = [
        replace(system, purposes=tuple(_short(told) for told, _ in zip(system.purposes, left, strict=False)))
        for system in facts.systems
    ]
    return replace(facts, systems=tuple(_short_system(system) for system in islice(systems, _MOST["systems"])))


def _short_system(system: SystemFacts) -> SystemFacts:
    return replace(system, name=clip(system.name, 120), description=clip(system.description, _PROSE))


def _short(told: Purpose) -> Purpose:
    return replace(
        told,
        name=clip(told.name, 120),
        legal_basis=clip(told.legal_basis, _PROSE),
        period=clip(told.period, _PROSE),
        recipients=_few(told.recipients),
        categories=_few(told.categories),
        datasets=_few(told.datasets),
    )


def _few(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return a short list as one text: a list of its own for each would take the page."""
    if not names:
        return ()
    told = clip("; ".join(names[: _MOST["names"]]), _PROSE)
    more = len(names) - _MOST["names"]
    return (counted(more, "{names}; and {n} more", "{names}; and {n} more", names=told) if more > 0 else told,)
