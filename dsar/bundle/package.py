"""datapackage.json: a Frictionless Data Package (v1) of every data file, for machines that read the bundle."""

from __future__ import annotations

from typing import Any

import orjson

from dsar.bundle.archive import Entry
from dsar.bundle.columns import excluded, table_schema
from dsar.bundle.contents import BundleContents, CollectionContents
from dsar.bundle.names import FileNames, slug

NAME = "datapackage.json"
REPORT = "report.pdf"
_DIALECT = {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True, "header": True}


def descriptor(
    *, contents: BundleContents, entries: dict[str, Entry], files: dict[tuple[str, str], FileNames]
) -> bytes:
    """Return the descriptor of the files already written; `entries` are those of the archive, by name."""
    written = [
        (collection, names)
        for store in contents.stores
        for collection in store.collections
        if (names := files[collection.collection.key]).jsonl in entries
    ]
    package = {
        "profile": "data-package",
        "name": f"personal-data-{slug(contents.reference)}",
        "title": f"{contents.tenant_name}: {contents.request_type_label} {contents.reference}",
        "created": contents.prepared_at.isoformat(),
        "dataMap": {"sha256": contents.data_map.fingerprint},
        "resources": [
            *(resource for pair in written for resource in _files(contents, *pair, entries=entries)),
            *(_report(entries[name]) for name in (REPORT,) if name in entries),
        ],
    }
    return orjson.dumps(package, option=orjson.OPT_INDENT_2)


def _files(
    contents: BundleContents, collection: CollectionContents, names: FileNames, *, entries: dict[str, Entry]
) -> list[dict[str, Any]]:
    schema = table_schema(collection, contents.data_map)
    words = _words(collection)
    jsonl = {"name": f"{names.resource}.jsonl", **words, **_file(entries[names.jsonl], "jsonl", "application/jsonl")}
    lines = {**jsonl, "profile": "data-resource", "rowCount": collection.rows, "schema": schema}
    if names.schema in entries:
        lines["jsonSchema"] = names.schema
    if names.csv not in entries:
        return [lines]
    csv = {"name": f"{names.resource}.csv", **words, **_file(entries[names.csv], "csv", "text/csv")}
    return [
        lines,
        {
            **csv,
            "profile": "tabular-data-resource",
            "rowCount": collection.rows,
            "dialect": _DIALECT,
            "schema": schema,
            "textEscape": "an apostrophe stands before text that a spreadsheet would run as a formula",
        },
    ]


def _words(contents: CollectionContents) -> dict[str, Any]:
    collection = contents.collection
    words = {
        "title": collection.title or collection.name,
        "description": collection.description,
        "dataset": collection.dataset,
        "collection": collection.name,
        "topic": collection.topic,
        "dataCategories": list(collection.data_categories),
        "excludedFields": excluded(contents),
    }
    return {name: value for name, value in words.items() if value}


def _file(entry: Entry, kind: str, mediatype: str) -> dict[str, Any]:
    return {
        "path": entry.name,
        "format": kind,
        "mediatype": mediatype,
        "encoding": "utf-8",
        "bytes": entry.size,
        "hash": f"sha256:{entry.sha256}",
    }


def _report(entry: Entry) -> dict[str, Any]:
    """Return the summary as a resource: a package must have one even where no row was found."""
    return {
        "name": "report",
        "title": "Summary for reading",
        "path": entry.name,
        "format": "pdf",
        "mediatype": "application/pdf",
        "bytes": entry.size,
        "hash": f"sha256:{entry.sha256}",
    }
