"""Maps that were accepted: where `accept` leaves one, and where `diff` finds it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dsar.datamap.model import DataMap
from dsar.management.asking import BadInputError, read_data_map
from dsar.mapping.changes.description import Description
from dsar.mapping.changes.document import NotAcceptedError, from_document, to_document


def add_map_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--datamap", type=Path, metavar="DIR", help="a folder of Fideslang manifests")


def folder_map(options: Mapping[str, Any]) -> DataMap:
    """Return the map of --datamap. Raises BadInputError."""
    return read_data_map(options["datamap"])


def read_accepted(file: Path) -> Description:
    """Return the map that `accept --out` wrote. Raises BadInputError."""
    try:
        return from_document(json.loads(file.read_bytes()))
    except OSError as error:
        raise BadInputError(f"--accepted: {file}: {error.strerror}") from error
    except (ValueError, NotAcceptedError) as error:
        raise BadInputError(f"--accepted: {file} was not written by 'datamap accept --out': {error}") from error


def write_accepted(file: Path, described: Description) -> None:
    """Write the map; what stood there stays until the new one is whole. Raises BadInputError."""
    beside = file.with_name(f".{file.name}.part")
    text = json.dumps(to_document(described), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    try:
        beside.write_text(text, "utf-8")
        beside.replace(file)
    except OSError as error:
        raise BadInputError(f"--out: {file}: {error.strerror}") from error
