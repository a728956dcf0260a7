"""Django's flush, able to empty the append-only audit table too (tests empty their database by it)."""

from typing import Any

from django.core.management.commands.flush import Command as Flush
from django.db import connections

from accounts.audit import triggers


class Command(Flush):
    def handle(self, **options: Any) -> None:
        with triggers.lifted(connections[options["database"]]):
            super().handle(**options)
