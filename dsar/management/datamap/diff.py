"""`datamap diff`: what changed since the last accepted map, and what that means for a person."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import OutputWrapper

from dsar.management.asking import BadInputError
from dsar.management.datamap.accepting import add_map_arguments, asked_map, asked_tenant, last_accepted, read_accepted
from dsar.mapping.changes.change import Change
from dsar.mapping.changes.compare import compare
from dsar.mapping.changes.description import Description, describe

HELP = "tell what changed since the last accepted map"
EPILOG = "exit status: 0 the same; 1 something changed; 2 bad input, nothing was compared"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_map_arguments(parser)
    parser.add_argument("--accepted", type=Path, metavar="FILE", help="what 'accept --out' wrote")
    parser.add_argument("--format", choices=["text", "json"], default="text", help="json: one document on stdout")


def handle(options: Mapping[str, Any], stdout: OutputWrapper, stderr: OutputWrapper) -> int:
    """Tell every change; return the exit status. Raises BadInputError."""
    before, after = _both(options)
    changes = compare(before, after)
    if options["format"] == "json":
        stdout.write(json.dumps(_document(before, after, changes), indent=2, ensure_ascii=False))
    else:
        _tell(changes, stdout)
    return 1 if changes else 0


def _both(options: Mapping[str, Any]) -> tuple[Description, Description]:
    tenant, file = asked_tenant(options), options["accepted"]
    if file is not None:
        return read_accepted(file), describe(asked_map(options))
    if tenant is None:
        raise BadInputError("--accepted FILE, which 'accept --out' writes, says what to compare with")
    return last_accepted(tenant), describe(asked_map(options))


def _tell(changes: Sequence[Change], stdout: OutputWrapper) -> None:
    for change in changes:
        stdout.write(str(change))
    matter = sum(1 for change in changes if change.meaning)
    stdout.write(f"changes: {len(changes)}, that matter to a person: {matter}" if changes else "nothing changed")


def _document(before: Description, after: Description, changes: Sequence[Change]) -> dict[str, Any]:
    return {
        "status": 1 if changes else 0,
        "accepted": before.fingerprint,
        "now": after.fingerprint,
        "changes": [change.as_dict() for change in changes],
    }
