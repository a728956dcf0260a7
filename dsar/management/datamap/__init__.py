"""The subcommands of `manage.py datamap`: one module each, named as the subcommand is."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

from dsar.management.datamap import accept, check, diff, draft, explain, graph, schemas

#: Name -> module with `HELP` (one line), `EPILOG` (exit statuses), `add_arguments(parser)` and
#: `handle(options, stdout, stderr) -> exit status`. To add one, write the module and its line here.
SUBCOMMANDS: Mapping[str, ModuleType] = {
    "check": check,
    "diff": diff,
    "accept": accept,
    "draft": draft,
    "graph": graph,
    "explain": explain,
    "schemas": schemas,
}
