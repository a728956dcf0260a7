"""The pages of a bundle, for reading offline: index.html, one page a topic, and how the data is used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dsar.bundle.archive import Archive
from dsar.bundle.article15 import Article15
from dsar.bundle.contents import BundleContents, StoreContents
from dsar.bundle.gaps import gaps
from dsar.bundle.names import FileNames
from dsar.bundle.sections import STATES, make_section, title_of
from dsar.bundle.survey import Survey
from dsar.bundle.templating import asset, content_policy, language, render, stream
from dsar.bundle.topics import USE_PAGE, Topic, anchor
from dsar.wording import gettext, told

_LONGEST_PAGE = 1 << 29  # bytes; rows, fields and values of a page are all bounded
_PROSE = 4000  # characters of one text


@dataclass(frozen=True, slots=True)
class StoreRow:
    """One collection in the index: where to read it and what came of it."""

    title: str
    href: str
    state: str
    state_label: str
    rows: int
    withheld: int


@dataclass(frozen=True, slots=True)
class StoreTable:
    """One store in the index."""

    title: str
    snapshot_at: datetime | None
    is_unasked: bool
    undeclared: tuple[str, ...]
    rows: tuple[StoreRow, ...]


class Pages:
    """Writes the pages of one bundle into its archive."""

    def __init__(
        self, *, archive: Archive, contents: BundleContents, topics: Sequence[Topic], key_id: str, report: str = ""
    ) -> None:
        self._archive = archive
        self._contents = contents
        self._topics = topics
        self._key_id = key_id
        self._report = report
        self._style = asset("style.css")

    def write_index(self) -> None:
        self._write(
            "index.html",
            "index.html",
            key_id=self._key_id,
            report=self._report,
            topics=self._topics,
            topic_lines=[", ".join(title_of(item.collection) for item in topic.collections) for topic in self._topics],
            rows=sum(topic.rows for topic in self._topics),
            most=max((topic.rows for topic in self._topics), default=0),
            searched=sum(store.snapshot_at is not None for store in self._contents.stores),
            gaps=gaps(self._contents),
            stores=store_tables(self._contents, self._topics),
            use_page=USE_PAGE,
        )

    def write_readme(self) -> None:
        """Write README.txt, with the line ends that the plainest editor knows."""
        text = render(
            "readme.txt",
            contents=self._contents,
            topics=self._topics,
            gaps=gaps(self._contents),
            key_id=self._key_id,
            report=self._report,
        )
        self._archive.add("README.txt", text.replace("\n", "\r\n").encode())

    def write_use(self, article15: Article15) -> None:
        self._write(f"pages/{USE_PAGE}", "use.html", article15=article15, limit=_PROSE)

    def write_topic(
        self, topic: Topic, surveys: Mapping[tuple[str, str], Survey], files: Mapping[tuple[str, str], FileNames]
    ) -> None:
        """Write a topic's page; `surveys` holds the collections that have rows."""
        sections = [
            make_section(
                anchor=anchor(item.collection),
                item=item,
                survey=surveys.get(item.collection.key),
                files=files[item.collection.key] if item.rows else None,
            )
            for item in topic.collections
        ]
        self._write(topic.path, "topic.html", topic=topic, sections=sections)

    def _write(self, name: str, template: str, **values: Any) -> None:
        page = {"contents": self._contents, "lang": language(self._contents), "style": self._style}
        with self._archive.entry(name, at_most=_LONGEST_PAGE) as entry:
            for piece in stream(template, policy=content_policy(self._style), **page, **values):
                entry.write(piece)


def store_tables(contents: BundleContents, topics: Sequence[Topic]) -> tuple[StoreTable, ...]:
    """Return every store with every collection, for the index and the report."""
    hrefs = {
        item.collection.key: f"{topic.path}#{anchor(item.collection)}" for topic in topics for item in topic.collections
    }
    return tuple(_table(contents, store, hrefs) for store in contents.stores)


def _table(contents: BundleContents, store: StoreContents, hrefs: Mapping[tuple[str, str], str]) -> StoreTable:
    return StoreTable(
        title=told(contents.data_map.dataset(store.dataset).name) or store.dataset,
        snapshot_at=store.snapshot_at,
        undeclared=store.undeclared,
        is_unasked=bool(store.collections) and all(item.is_unasked for item in store.collections),
        rows=tuple(
            StoreRow(
                title=title_of(item.collection),
                href=hrefs[item.collection.key],
                state=item.state.value,
                state_label=gettext(STATES[item.state]),
                rows=item.rows,
                withheld=item.withheld,
            )
            for item in store.collections
        ),
    )
