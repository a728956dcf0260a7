"""`datamap check`: whether a data map can be worked with."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from django.core.management.base import OutputWrapper

from accounts.models import Tenant
from dsar.actions.mapcheck import check_map

HELP = "load a tenant's map strictly, then open every store"
EPILOG = "exit status: 0 nothing to mend; 1 something is; 2 no such tenant"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("tenant", metavar="SLUG")


def handle(options: Mapping[str, Any], stdout: OutputWrapper, stderr: OutputWrapper) -> int:
    """Tell every mistake with file and line; return the exit status."""
    tenant = Tenant.objects.filter(slug=options["tenant"]).first()
    if tenant is None:
        stderr.write(f"there is no tenant {options['tenant']!r}")
        return 2
    check = check_map(tenant=tenant)
    for problem in check.problems:
        stderr.write(problem)
    for dataset, kind in check.stores:
        stdout.write(f"{dataset}: {kind}, answers")
    if check.problems:
        return 1
    stdout.write(f"{tenant.slug}: {len(check.stores)} stores, nothing to mend")
    return 0
