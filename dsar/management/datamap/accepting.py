"""Maps that were accepted: where `accept` leaves one, and where `diff` finds it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from accounts.models import Tenant
from dsar.datamap.model import DataMap
from dsar.datamap.problems import DataMapError
from dsar.management.asking import BadInputError, read_data_map
from dsar.mapping.changes.description import Description
from dsar.mapping.changes.document import NotAcceptedError, from_document, to_document
from dsar.tenantmap import declared_map


def add_map_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("tenant", nargs="?", metavar="SLUG", help="a tenant of this portal; or --datamap")
    parser.add_argument("--datamap", type=Path, metavar="DIR", help="a folder of Fideslang manifests")


def asked_tenant(options: Mapping[str, Any]) -> Tenant | None:
    """Return the tenant that was named, None for a folder. Raises BadInputError for both, or neither."""
    if (options["tenant"] is None) == (options["datamap"] is None):
        raise BadInputError("name a tenant, or a map by --datamap DIR")
    if options["tenant"] is None:
        return None
    tenant = Tenant.objects.filter(slug=options["tenant"]).first()
    if tenant is None:
        raise BadInputError(f"there is no tenant {options['tenant']!r}")
    return tenant


def asked_map(options: Mapping[str, Any]) -> DataMap:
    """Return the map of the tenant's own stores, or of --datamap. Raises BadInputError."""
    tenant = asked_tenant(options)
    if tenant is None:
        return read_data_map(options["datamap"])
    try:
        return declared_map(tenant)
    except DataMapError as error:
        raise BadInputError(str(error)) from error


def last_accepted(tenant: Tenant) -> Description:
    """Return the map that was accepted last. Raises BadInputError where none was."""
    accepted = tenant.accepted_maps.last()
    if accepted is None:
        raise BadInputError(f"no map of {tenant.slug} was accepted yet: 'datamap accept {tenant.slug} --by EMAIL'")
    return from_document(accepted.document)


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
