"""`datamap check`: a data map held against its live stores, for an engineer and for CI."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import OutputWrapper

from accounts.models import Tenant
from dsar.datamap.load import load
from dsar.datamap.problems import DataMapError
from dsar.management.asking import BadInputError, read_stores
from dsar.mapping.check import Checked, check, lint, refused
from dsar.mapping.findings import Severity
from dsar.stores.base import StoreConfigError
from dsar.tenantmap import tenant_map

HELP = "load a map strictly, then hold it against its live stores"
EPILOG = (
    "exit status: 0 nothing to mend; 1 something is, or --strict and a warning; 2 bad input, nothing was checked; "
    "3 nothing to mend in what was checked, but a store did not answer"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("tenant", nargs="?", metavar="SLUG", help="a tenant of this portal; or --datamap and --stores")
    parser.add_argument("--datamap", type=Path, metavar="DIR", help="a folder of Fideslang manifests")
    parser.add_argument("--stores", type=Path, metavar="FILE", help="YAML: each dataset's fides_key and its address")
    parser.add_argument("--offline", action="store_true", help="look at the map alone, connect to no store")
    parser.add_argument("--strict", action="store_true", help="a warning is something to mend")
    parser.add_argument("--format", choices=["text", "json"], default="text", help="json: one document on stdout")


def handle(options: Mapping[str, Any], stdout: OutputWrapper, stderr: OutputWrapper) -> int:
    """Tell every finding with its place; return the exit status. Raises BadInputError."""
    checked = _checked(options)
    status = _status(checked, strict=options["strict"])
    if options["format"] == "json":
        stdout.write(json.dumps(_document(checked, status), indent=2, ensure_ascii=False))
        return status
    for finding in checked.findings:
        stderr.write(str(finding))
    for looked in checked.stores:
        held = "cannot tell what it holds" if looked.collections is None else f"{looked.collections} collections"
        stdout.write(f"{looked.dataset}: {looked.kind}, answers, {held}")
    counts = {severity: len(checked.of(severity)) for severity in Severity}
    told = ", ".join(f"{number} {severity}" for severity, number in counts.items() if number)
    stdout.write(f"{options['tenant'] or options['datamap']}: {told or 'nothing to mend'}")
    return status


def _checked(options: Mapping[str, Any]) -> Checked:
    if (options["tenant"] is None) == (options["datamap"] is None):
        raise BadInputError("name a tenant, or a map by --datamap DIR with --stores FILE")
    try:
        return _of_tenant(options) if options["tenant"] else _of_folder(options)
    except DataMapError as error:
        return refused(error)
    except StoreConfigError as error:
        raise BadInputError(str(error)) from error


def _of_tenant(options: Mapping[str, Any]) -> Checked:
    tenant = Tenant.objects.filter(slug=options["tenant"]).first()
    if tenant is None:
        raise BadInputError(f"there is no tenant {options['tenant']!r}")
    found = tenant_map(tenant)
    if options["offline"]:
        return lint(found.data_map)
    for dataset in found.data_map.datasets:
        if dataset.key not in found.configs:
            raise BadInputError(f"stores.yml has no address for the dataset '{dataset.key}'")
    return check(found.data_map, found.configs)


def _of_folder(options: Mapping[str, Any]) -> Checked:
    folder, stores = options["datamap"], options["stores"]
    if not folder.is_dir():
        raise BadInputError(f"--datamap: there is no folder {folder}")
    if stores is None and not options["offline"]:
        raise BadInputError("--stores FILE says where the datasets are; --offline looks at the map alone")
    try:
        data_map = load(folder)
    except OSError as error:
        raise BadInputError(f"--datamap: {error.filename}: {error.strerror}") from error
    return lint(data_map) if options["offline"] else check(data_map, read_stores(stores, data_map))


def _status(checked: Checked, *, strict: bool) -> int:
    if checked.of(Severity.ERROR) or (strict and checked.of(Severity.WARNING)):
        return 1
    return 3 if checked.of(Severity.UNREACHED) else 0


def _document(checked: Checked, status: int) -> dict[str, Any]:
    stores = [{"dataset": item.dataset, "kind": item.kind, "collections": item.collections} for item in checked.stores]
    return {"status": status, "findings": [finding.as_dict() for finding in checked.findings], "stores": stores}
