"""A purge's report, in lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.management.base import OutputWrapper

from dsar.models import PurgeRun
from dsar.stores.ages import Age
from dsar.values import on_one_line


def tell(run: PurgeRun, stdout: OutputWrapper, stderr: OutputWrapper) -> int:
    """Write a run's report; return 1 if something could not be counted or deleted, else 0."""
    problems = list(run.report["problems"])
    for part in run.report["collections"]:
        where = f"{part['dataset']}:{part['collection']}"
        for line in _lines(part, deletes=run.deletes):
            stdout.write(on_one_line(f"{line}  {where}"))
        if part["problem"]:
            problems.append(f"{where}: {part['problem']}")
    for problem in problems:
        stderr.write(on_one_line(f"PROBLEM {problem}"))
    return int(bool(problems))


def _lines(part: Mapping[str, Any], *, deletes: bool) -> Iterator[str]:
    if deletes:
        yield f"{part['deleted']:>9} deleted"
    if not part["counted"]:
        return
    since = f", the oldest of {part['oldest'][:10]}" if part["oldest"] else ""
    yield f"{part['past']:>9} older than {part['days']} days{since if part['past'] else ''}"
    if part["held"]:
        yield f"{part['held']:>9} of them held: they stay"
    for table, rows in part["named"].items():
        yield f"{rows:>9} of them named by rows of {table}: they stay until nothing names them"
    for name, rows in part["odd"].items():
        yield f"{rows:>9} {Age[name.upper()].value}: they stay"
    if not part["finished"]:
        yield f"{'':>9} not done yet: the next run goes on"
