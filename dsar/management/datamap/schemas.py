"""`datamap schemas`: the JSON Schemas of an export's records, to publish them."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import OutputWrapper

from dsar.bundle.names import data_files
from dsar.bundle.record_schema import document, record_schema
from dsar.datamap.model import DataMap, Origin
from dsar.fulfilment.scope import Scope
from dsar.management.asking import BadInputError
from dsar.management.datamap.accepting import add_map_arguments, asked_map

HELP = "write the JSON Schema of each collection's records in an export"
EPILOG = "exit status: 0 written; 2 bad input"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_map_arguments(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where schemas/ is written")


def handle(options: Mapping[str, Any], stdout: OutputWrapper, stderr: OutputWrapper) -> int:
    """Write the files; return the exit status. Raises BadInputError."""
    written = schema_files(asked_map(options))
    for name, content in written.items():
        file = options["out"] / name
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        except OSError as error:
            raise BadInputError(f"--out: {file}: {error.strerror}") from error
    stdout.write(f"{options['out']}: {len(written)} schemas")
    return 0


def schema_files(data_map: DataMap) -> dict[str, bytes]:
    """Return name in a bundle -> schema, of every collection of which an export holds something."""
    scope, files = Scope(data_map, Origin.INFERRED), data_files(data_map)
    return {
        files[item.key].schema: document(record_schema(collection=item, excluded=scope.excluded(item)))
        for item in data_map.collections()
        if not (item.skip_processing or scope.drops_all(item))
    }
