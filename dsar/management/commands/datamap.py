"""Tools for the engineer who connects stores; each is a module of dsar.management.datamap."""

import argparse
import sys
from typing import Any

from django.core.management.base import BaseCommand

from dsar.management.asking import BadInputError
from dsar.management.datamap import SUBCOMMANDS


class Command(BaseCommand):
    help = "Check a data map and its stores, and other tools for the engineer who connects stores."
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar=" | ".join(SUBCOMMANDS))
        for name, module in SUBCOMMANDS.items():
            verb = verbs.add_parser(name, help=module.HELP, description=module.__doc__, epilog=module.EPILOG)
            module.add_arguments(verb)

    def handle(self, **options: Any) -> None:
        try:
            status: int = SUBCOMMANDS[options["verb"]].handle(options, self.stdout, self.stderr)
        except BadInputError as error:
            self.stderr.write(str(error))
            status = 2
        if status:
            sys.exit(status)
