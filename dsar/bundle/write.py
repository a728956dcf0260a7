"""Writes a bundle: the one function that delivery calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from dsar.bundle import manifest, package
from dsar.bundle.archive import Archive
from dsar.bundle.article15 import Article15, article15, told_facts
from dsar.bundle.check import check_complete
from dsar.bundle.contents import PORTABILITY, BundleContents, CollectionState
from dsar.bundle.manifest import Manifest
from dsar.bundle.names import data_files
from dsar.bundle.package import REPORT
from dsar.bundle.pages import Pages
from dsar.bundle.record_schema import document, record_schema
from dsar.bundle.report import Digest, report_html
from dsar.bundle.rows import write_rows
from dsar.bundle.signing import Signer
from dsar.bundle.survey import Survey
from dsar.bundle.topics import Topic, shares, topics
from dsar.wording import speaking

#: Of these there is an empty file: that nothing is there is an answer. A failed one has none, which is no answer.
_ASKED_IN_VAIN = frozenset({CollectionState.EMPTY, CollectionState.UNREACHED})


def write_bundle(
    *,
    out: BinaryIO,
    contents: BundleContents,
    signer: Signer,
    progress: Callable[[str], None] | None = None,
    report: bool = True,
) -> Manifest:
    """Write the ZIP to `out` (which need not be seekable) and return its signed manifest.

    What is for reading is in the language of the contents; the manifest and the data are as the map writes them.

    `progress` is told the name of each topic before its rows are written. Without `report` there is no report.pdf,
    and a map that leaves out facts of Article 15 will do. Raises ValueError if a collection of
    the data map is missing or contradicts itself, ReportError if the map lacks a fact of Article 15, BundleError
    if rows are not as promised; what `out` then holds is no readable archive.
    """
    check_complete(contents)
    texts = contents.data_map.translations.get(contents.language.lower(), {})
    with speaking(contents.language, texts):
        return _write(out, contents, signer, progress or _silent, report=report)


def _write(
    out: BinaryIO, contents: BundleContents, signer: Signer, progress: Callable[[str], None], *, report: bool
) -> Manifest:
    facts = article15(contents.data_map) if report else told_facts(contents.data_map)
    if report:
        _require_pdf()
    with Archive(out=out, modified_at=contents.prepared_at) as archive:
        return _Packing(archive, contents, signer, progress, report=report).run(facts)


def _require_pdf() -> None:
    from dsar.bundle.pdf import require_pdf

    require_pdf()


def _silent(name: str) -> None:
    """Tell nobody."""


class _Packing:
    """One bundle being written, topic by topic: only one topic's newest rows are in memory at a time."""

    def __init__(
        self,
        archive: Archive,
        contents: BundleContents,
        signer: Signer,
        progress: Callable[[str], None],
        *,
        report: bool,
    ) -> None:
        self._archive = archive
        self._contents = contents
        self._signer = signer
        self._progress = progress
        self._files = data_files(contents.data_map)
        self._topics = topics(contents)
        self._digests: dict[tuple[str, str], Digest] = {}
        self._report = report
        self._pages = Pages(
            archive=archive,
            contents=contents,
            topics=self._topics,
            key_id=signer.key_id,
            report=REPORT if report else "",
        )

    def run(self, facts: Article15) -> Manifest:
        self._pages.write_index()
        self._pages.write_readme()
        self._pages.write_use(facts)
        for topic in self._topics:
            self._write_topic(topic)
        if self._contents.request_type == PORTABILITY:
            self._add_schemas()
        if self._report:
            self._add_report(facts)
        self._add_package()
        return self._sign()

    def _write_topic(self, topic: Topic) -> None:
        self._progress(topic.title)
        surveys: dict[tuple[str, str], Survey] = {}
        for item, keep in zip(topic.collections, shares(topic.collections), strict=True):
            if item.rows:
                key = item.collection.key
                surveys[key] = write_rows(archive=self._archive, contents=item, keep=keep, files=self._files[key])
            elif item.state in _ASKED_IN_VAIN:
                self._archive.add(self._files[item.collection.key].jsonl, b"")
        self._pages.write_topic(topic, surveys, self._files)
        self._digests.update({key: Digest.of(found) for key, found in surveys.items()})

    def _add_schemas(self) -> None:
        """Put a schema beside each file of rows: whoever takes the data elsewhere reads it by program."""
        written = {entry.name for entry in self._archive.entries}
        for store in self._contents.stores:
            for item in store.collections:
                files = self._files[item.collection.key]
                if files.jsonl in written:
                    schema = record_schema(collection=item.collection, excluded=item.excluded_fields, types=item.types)
                    self._archive.add(files.schema, document(schema))

    def _add_report(self, facts: Article15) -> None:
        from dsar.bundle.pdf import render_pdf

        self._progress(REPORT)
        html = report_html(
            contents=self._contents,
            topics=self._topics,
            digests=self._digests,
            facts=facts,
            key_id=self._signer.key_id,
        )
        self._archive.add(REPORT, render_pdf(html))

    def _add_package(self) -> None:
        entries = {entry.name: entry for entry in self._archive.entries}
        self._archive.add(package.NAME, package.descriptor(contents=self._contents, entries=entries, files=self._files))

    def _sign(self) -> Manifest:
        entries = tuple(self._archive.entries)
        signed = manifest.sign(contents=self._contents, entries=entries, files=self._files, signer=self._signer)
        self._archive.add(manifest.NAME, signed.content)
        self._archive.add(manifest.SIGNATURE_NAME, manifest.signature_file(signed))
        return signed
