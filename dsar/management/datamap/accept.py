"""`datamap accept`: keep the map as it is now as the one that later changes are told against."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import OutputWrapper

from dsar.management.asking import BadInputError
from dsar.management.datamap.accepting import add_map_arguments, folder_map, write_accepted
from dsar.mapping.changes.description import describe

HELP = "keep a map as the one that was accepted"
EPILOG = "exit status: 0 kept; 2 bad input, nothing was kept"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_map_arguments(parser)
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="JSON, for your repository; 'diff --accepted' reads it"
    )


def handle(options: Mapping[str, Any], stdout: OutputWrapper, stderr: OutputWrapper) -> int:
    """Keep the map; return the exit status. Raises BadInputError."""
    if options["datamap"] is None or options["out"] is None:
        raise BadInputError("name a map by --datamap DIR, and --out FILE for where it is kept")
    described = describe(folder_map(options))
    write_accepted(options["out"], described)
    stdout.write(f"{options['out']}: accepted, {len(described.collections)} collections")
    return 0
