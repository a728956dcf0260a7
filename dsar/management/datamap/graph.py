"""`datamap graph`: a picture of the map that people look at."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import OutputWrapper

from dsar.management.asking import BadInputError
from dsar.management.datamap.accepting import add_map_arguments, asked_map
from dsar.mapping.drawing.draw import standalone

HELP = "draw a map: what each identity leads to"
EPILOG = "exit status: 0 drawn; 2 bad input, nothing was drawn"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_map_arguments(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.svg", help="where the picture is written")


def handle(options: Mapping[str, Any], stdout: OutputWrapper, stderr: OutputWrapper) -> int:
    """Write the picture; return the exit status. Raises BadInputError."""
    data_map, file = asked_map(options), options["out"]
    try:
        file.write_text(standalone(data_map), "utf-8")
    except OSError as error:
        raise BadInputError(f"--out: {file}: {error.strerror}") from error
    stdout.write(f"{file}: {sum(1 for _ in data_map.collections())} collections")
    return 0
