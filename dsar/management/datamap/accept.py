"""`datamap accept`: keep the map as it is now as the one that later changes are told against."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import OutputWrapper
from django.utils import timezone

from accounts.models import Tenant, User
from dsar.actions.acceptance import NotOfTheTeamError, accept_map
from dsar.datamap.problems import DataMapError
from dsar.management.asking import BadInputError
from dsar.management.datamap.accepting import add_map_arguments, asked_map, asked_tenant, write_accepted
from dsar.mapping.changes.description import describe
from dsar.models import AcceptedMap

HELP = "keep a map as the one that was accepted"
EPILOG = "exit status: 0 kept; 2 bad input, nothing was kept"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_map_arguments(parser)
    parser.add_argument("--by", metavar="EMAIL", help="with a tenant: the member of its team who accepts")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="JSON, for your repository; 'diff --accepted' reads it"
    )


def handle(options: Mapping[str, Any], stdout: OutputWrapper, stderr: OutputWrapper) -> int:
    """Keep the map; return the exit status. Raises BadInputError."""
    tenant = asked_tenant(options)
    if tenant is not None and options["out"] is None:
        accepted = _accepted(tenant, options["by"])
        stdout.write(f"{tenant.slug}: accepted, {accepted.fingerprint}")
        return 0
    if options["out"] is None:
        raise BadInputError("--out FILE says where it is kept")
    described = describe(asked_map(options))
    write_accepted(options["out"], described)
    stdout.write(f"{options['out']}: accepted, {len(described.collections)} collections")
    return 0


def _accepted(tenant: Tenant, email: str | None) -> AcceptedMap:
    if email is None:
        raise BadInputError("--by EMAIL names the member of the team who accepts; --out FILE keeps a file instead")
    account = User.objects.filter(email=email).first()
    if account is None:
        raise BadInputError(f"--by: there is no account {email}")
    try:
        return accept_map(tenant, by=account, now=timezone.now())
    except (DataMapError, NotOfTheTeamError) as error:
        raise BadInputError(str(error)) from error
