"""`datamap draft`: a first data map, written from live stores for a person to review."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import OutputWrapper

from dsar.datamap.problems import did_you_mean
from dsar.management.asking import BadInputError
from dsar.mapping.drafting.draft import Drafted, draft
from dsar.stores.base import StoreConfigError
from dsar.stores.registry import StoreConfig, load_store_configs

HELP = "write a first map from live stores, each guess with its evidence, for a person to review"
EPILOG = "exit status: 0 every file is written; 1 a store could not be read, the others are written; 2 bad input"
_KEY = re.compile(r"[A-Za-z0-9_.<>-]+")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--stores", type=Path, required=True, metavar="FILE", help="YAML: each dataset's fides_key and its address"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder that gets a file a dataset")
    parser.add_argument("--dataset", action="append", default=[], metavar="KEY", help="only this one; may be repeated")
    parser.add_argument("--force", action="store_true", help="write over files that are there")


def handle(options: Mapping[str, Any], stdout: OutputWrapper, stderr: OutputWrapper) -> int:
    """Write a file a dataset and tell what stands in it; return the exit status. Raises BadInputError."""
    configs = _configs(options["stores"], options["dataset"])
    files = {key: options["out"] / f"{re.sub('[<>]', '_', key)}.yml" for key in configs}
    _check_files(files, options["out"], force=options["force"])
    try:
        drafts = draft(configs)
    except StoreConfigError as error:
        raise BadInputError(f"--stores: {error}") from error
    for key, reason in drafts.failures.items():
        stderr.write(f"FAILED {key}: {reason}")
    for key, drafted in drafts.drafted.items():
        _write(files[key], drafted.text)
        stdout.write(f"{files[key]}: {_told(drafted)}")
    if drafts.drafted and not any(drafted.holders for drafted in drafts.drafted.values()):
        stderr.write("no field looks like an email address or phone number: declare an `identity`, or nobody is found")
    return 1 if drafts.failures else 0


def _configs(file: Path, wanted: list[str]) -> dict[str, StoreConfig]:
    try:
        configs = load_store_configs(file)
    except StoreConfigError as error:
        raise BadInputError(f"--stores: {error}") from error
    for key in wanted:
        if key not in configs:
            raise BadInputError(f"--dataset: {file.name} names no '{key}'{did_you_mean(key, configs)}")
    for key in configs:
        if not _KEY.fullmatch(key):
            raise BadInputError(f"--stores: a fides_key holds letters, digits and . _ < > - only, not '{key}'")
    if not configs:
        raise BadInputError(f"--stores: {file.name} names no store; write fides_key: address")
    return {key: config for key, config in configs.items() if not wanted or key in wanted}


def _check_files(files: Mapping[str, Path], folder: Path, *, force: bool) -> None:
    """Make the folder; refuse to write over anything unless forced."""
    there = [str(path) for path in files.values() if path.exists()]
    if there and not force:
        raise BadInputError(f"--out: {', '.join(there)} is there already; --force writes over it")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInputError(f"--out: {folder}: {error.strerror}") from error


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInputError(f"--out: {path} cannot be written: {error.strerror}") from error


def _told(drafted: Drafted) -> str:
    left = drafted.collections - drafted.reached
    told = f"{drafted.collections} collections, {drafted.holders} with an identity"
    return f"{told}, {left} that nothing leads to (skip_processing)" if left else told
