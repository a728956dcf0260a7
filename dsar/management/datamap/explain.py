"""`datamap explain`: what would be asked of which store for somebody's identities, before anything is collected."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import OutputWrapper

from accounts.models import Tenant
from dsar.datamap.model import DataMap
from dsar.datamap.problems import DataMapError
from dsar.management.asking import BadInputError, read_asked, read_data_map, read_identities
from dsar.management.datamap.accepting import asked_tenant
from dsar.mapping.explaining.document import document
from dsar.mapping.explaining.explain import explain
from dsar.mapping.explaining.explanation import Explanation
from dsar.mapping.explaining.text import lines
from dsar.stores.base import SourceError, Store, StoreConfigError
from dsar.stores.registry import open_nowhere
from dsar.tenantmap import tenant_map

HELP = "tell the plan: stages, queries, rows expected, what is not reached and why"
EPILOG = (
    "exit status: 0 told; 2 bad input, nothing is told; 3 told, but a store did not answer or cannot be asked so. "
    "No value of a person is told, and no row is read out: rows are counted where their keys are known"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("tenant", nargs="?", metavar="SLUG", help="a tenant of this portal; or --datamap")
    parser.add_argument("--datamap", type=Path, metavar="DIR", help="a folder of Fideslang manifests")
    parser.add_argument(
        "--stores",
        type=Path,
        metavar="FILE",
        help="YAML: each dataset's fides_key and address; without it, no rows",
    )
    parser.add_argument(
        "--identity", action="append", required=True, metavar="KIND=VALUE", help="email=…, user_id=…; may be repeated"
    )
    parser.add_argument(
        "--parameter", action="append", default=[], metavar="NAME=VALUE", help="fills a {NAME} in the map's `only`"
    )
    parser.add_argument("--offline", action="store_true", help="connect to no store: no rows, and types as declared")
    parser.add_argument("--format", choices=["text", "json"], default="text", help="json: one document on stdout")


def handle(options: Mapping[str, Any], stdout: OutputWrapper, stderr: OutputWrapper) -> int:
    """Tell the plan; return the exit status. Raises BadInputError."""
    explanation = _explanation(options)
    status = 0 if explanation.is_whole else 3
    if options["format"] == "json":
        stdout.write(json.dumps(document(explanation, status), indent=2, ensure_ascii=False))
        return status
    if not options["tenant"] and options["stores"] is None:
        stdout.write("Without --stores, meta.source tells of which kind a store is, and SQL is PostgreSQL's.\n")
    for line in lines(explanation):
        stdout.write(line)
    return status


def _explanation(options: Mapping[str, Any]) -> Explanation:
    tenant = asked_tenant(options)
    try:
        return _of_tenant(tenant, options) if tenant else _of_folder(options)
    except SourceError as error:
        raise BadInputError(f"--datamap: {error}") from error
    except (DataMapError, StoreConfigError) as error:
        raise BadInputError(str(error)) from error


def _of_tenant(tenant: Tenant, options: Mapping[str, Any]) -> Explanation:
    if options["stores"] or options["parameter"]:
        raise BadInputError("a tenant has its stores and parameters; --stores and --parameter go with --datamap")
    found = tenant_map(tenant)
    return _told(found.data_map, options, found.store, ask=not options["offline"], tenant=tenant.pk)


def _of_folder(options: Mapping[str, Any]) -> Explanation:
    if options["stores"] is None:
        data_map = read_data_map(options["datamap"])
        return _told(data_map, options, lambda key: open_nowhere(data_map.dataset(key)), ask=False)
    asked = read_asked(options["datamap"], options["stores"], options["identity"], options["parameter"])
    return _told(asked.data_map, options, asked.store, ask=not options["offline"], **asked.parameters)


def _told(
    data_map: DataMap, options: Mapping[str, Any], open_store: Callable[[str], Store], *, ask: bool, **parameters: Any
) -> Explanation:
    identities = read_identities(options["identity"], data_map)
    return explain(data_map, identities, open_store=open_store, ask=ask, parameters=parameters)
