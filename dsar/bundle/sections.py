"""One collection as a page shows it: what came of it, in words, and its newest rows as a table or as cards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dsar.bundle.columns import columns, excluded, types_of
from dsar.bundle.contents import CollectionContents, CollectionState
from dsar.bundle.display import category, clip, counted, label, number, shown
from dsar.bundle.names import FileNames
from dsar.bundle.redacted import redaction_told
from dsar.bundle.survey import Survey
from dsar.datamap.model import Collection, Field, RetentionKind, Sharing
from dsar.values import Row
from dsar.wording import N_, gettext, told

_TABLE_COLUMNS = 12  # more do not fit beside each other; the row becomes a card
_CARD_FIELDS = 40
_CARD_ROWS = 200  # a card is taller than a line of a table
_FEW_ROWS = 2
_CELL = 240  # characters
_NUMERIC = frozenset({"integer", "float", "decimal", "duration"})

STATES = {
    CollectionState.DELIVERED: N_("Delivered"),
    CollectionState.EMPTY: N_("Nothing held"),
    CollectionState.UNREACHED: N_("Not reached"),
    CollectionState.EXCLUDED: N_("Left out"),
    CollectionState.FAILED: N_("Could not be read"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name in the files, what a person reads, whether it holds numbers."""

    name: str
    label: str
    numeric: bool


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows ready to be shown: `layout` is table or cards; `more_fields` counts fields left to the files."""

    layout: str
    columns: tuple[Column, ...]
    cells: tuple[tuple[str | None, ...], ...]
    more_fields: int


@dataclass(frozen=True, slots=True)
class Section:
    """A collection on a page."""

    anchor: str
    title: str
    description: str
    outcome: str
    state: str
    notes: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    excluded: tuple[tuple[str, str], ...]
    rows: Rows | None
    shown: str
    bars: tuple[str, list[tuple[object, int]]] | None
    files: FileNames | None


def title_of(collection: Collection) -> str:
    """Return what a person calls a collection, in the language that is spoken."""
    return told(collection.title) or label(collection.name)


def outcome(item: CollectionContents) -> str:
    """Return what came of the search, in one sentence."""
    if item.state is CollectionState.DELIVERED:
        return counted(item.rows, "{n} record", "{n} records")
    if item.state is CollectionState.EMPTY:
        return gettext("Searched; nothing about you is held here.")
    if item.state is CollectionState.UNREACHED:
        reason = told(item.reason) or gettext("Nothing that is proven to be yours leads here.")
        return gettext("Not searched. {reason}").format(reason=reason)
    if item.state is CollectionState.EXCLUDED:
        return gettext("Left out: {reason}").format(reason=told(item.reason))
    return _failure(item)


def _failure(item: CollectionContents) -> str:
    reason = told(item.reason)
    if not item.rows:
        return gettext("Could not be read: {reason}").format(reason=reason)
    told_rows = counted(item.rows, "{n} record", "{n} records")
    return gettext("{records}, and more that could not be read: {reason}").format(records=told_rows, reason=reason)


def notes(item: CollectionContents) -> tuple[str, ...]:
    """Return what else a person must know of it: other people's records, names that nobody declared."""
    found = []
    if item.withheld:
        found.append(
            counted(
                item.withheld,
                "Not included: {n} record of another person that came up in the search.",
                "Not included: {n} records of other people that came up in the search.",
            )
        )
    found.extend(map(redaction_told, item.redacted))
    if item.undeclared:
        said = gettext("The store also has fields that are not described yet and were not read: {names}.")
        found.append(said.format(names=", ".join(item.undeclared)))
    return tuple(found)


def retention(collection: Collection) -> str:
    """Return how long rows are kept, in words."""
    rule = collection.retention
    if rule is None:
        return gettext("No period of its own is declared; see how your data is used.")
    if rule.kind is RetentionKind.ACCOUNT:
        return gettext("As long as your account exists")
    if rule.kind is RetentionKind.DUTY:
        duty = told(rule.duty or "") or gettext("named in the data map")
        until = told(rule.until or "") or gettext("the duty ends")
        return gettext("By legal duty ({duty}), until {until}").format(duty=duty, until=until)
    days = counted(rule.days or 90, "At most {n} day", "At most {n} days")
    if not rule.time_field:
        return days
    return gettext("{days}, counted from “{field}”").format(days=days, field=label(rule.time_field))


def make_section(*, anchor: str, item: CollectionContents, survey: Survey | None, files: FileNames | None) -> Section:
    """Return the section of one collection; survey and files are None where no row was delivered."""
    return Section(
        anchor=anchor,
        title=title_of(item.collection),
        description=told(item.collection.description),
        outcome=outcome(item),
        state=item.state.value,
        notes=notes(item),
        facts=_facts(item),
        excluded=tuple((label(path), told(reason)) for path, reason in sorted(excluded(item).items())),
        rows=make_rows(item, survey.newest) if survey else None,
        shown=_which(item, survey) if survey else "",
        bars=_bars(survey),
        files=files,
    )


def _bars(survey: Survey | None) -> tuple[str, list[tuple[object, int]]] | None:
    if survey is None:
        return None
    unit, bars = survey.calendar.bars()
    return (unit, list(bars)) if len(bars) > 2 else None


def _facts(item: CollectionContents) -> tuple[tuple[str, str], ...]:
    categories = dict.fromkeys(item.collection.data_categories)
    for entry in item.collection.walk():
        categories.update(dict.fromkeys(entry.data_categories))
    facts = [(gettext("Kept"), retention(item.collection))]
    if categories:
        facts.insert(0, (gettext("Categories"), " · ".join(dict.fromkeys(category(key) for key in categories))))
    if item.collection.shared is Sharing.DELIVER:
        facts.append((gettext("Shared"), gettext("These records also belong to other people; your copy is delivered.")))
    return tuple(facts)


def _which(item: CollectionContents, survey: Survey) -> str:
    rows = min(len(survey.newest), _most_rows(item))
    if rows >= item.rows:
        return ""
    counts = {"rows": number(rows), "all": number(item.rows)}
    if not survey.time_path:
        return gettext("The first {rows} of {all}. All of them are in the files.").format(**counts)
    said = gettext("The newest {rows}, by “{field}”, of {all}. All of them are in the files.")
    return said.format(field=label(survey.time_path), **counts)


def _most_rows(item: CollectionContents) -> int:
    return _CARD_ROWS if len(columns(item)) > _TABLE_COLUMNS else 1 << 30


def make_rows(item: CollectionContents, rows: Sequence[Row], *, cell: int = _CELL) -> Rows:
    """Return rows for a page, every value cut to `cell` characters."""
    fields = columns(item)
    cards = len(fields) > _TABLE_COLUMNS or len(rows) <= _FEW_ROWS
    told = fields[:_CARD_FIELDS] if cards else fields
    return Rows(
        layout="cards" if cards else "table",
        columns=tuple(column(item, entry) for entry in told),
        cells=cells(item, told, rows[: _most_rows(item)], cell),
        more_fields=len(fields) - len(told),
    )


def column(item: CollectionContents, entry: Field) -> Column:
    seen = types_of(item, entry)
    return Column(name=entry.name, label=clip(label(entry.name), 80), numeric=_is_amount(entry, seen))


def _is_amount(entry: Field, seen: frozenset[str]) -> bool:
    # Numbers that name something are read from the left, like words.
    return bool(seen) and seen <= _NUMERIC and not entry.primary_key and not entry.references and entry.identity is None


def cells(
    item: CollectionContents, fields: Sequence[Field], rows: Sequence[Row], limit: int
) -> tuple[tuple[str | None, ...], ...]:
    """Return the rows as texts of at most `limit` characters; None for a missing value."""
    told = [(entry.name, types_of(item, entry)) for entry in fields]
    return tuple(tuple(shown(row.get(name), types=types, limit=limit) for name, types in told) for row in rows)
