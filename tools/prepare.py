"""Make the database, the static files and the demo ready, in one process: each start of Python costs a second.

python -m tools.prepare                # all of it
python -m tools.prepare demo_signins   # one command of the demo's
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import CommandError, call_command, get_commands
from django.db import connection
from django.utils import timezone

from tools.services import AwayError, ask_services


def prepare() -> None:
    """Raises AwayError, CommandError."""
    ask_services()
    call_command("migrate", interactive=False, verbosity=0)
    free_steps()
    collect_static()
    of_the_demo("seed_demo")
    of_the_demo("seed_history")


def free_steps() -> None:
    """Let steps that were cut short go on now, not when their leases end: SQLite's only workers are ours."""
    from dsar.actions.fulfilment.leases import free_all

    if connection.vendor == "sqlite":
        free_all(now=timezone.now())


def collect_static() -> None:
    """Collect and compress the static files, which takes seconds, unless they are as they were."""
    stamp, state = Path(settings.STATIC_ROOT) / ".collected", static_state()
    if stamp.exists() and stamp.read_text(encoding="ascii") == state:
        return
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(state, encoding="ascii")


def static_state() -> str:
    """Return a digest of every static file's path, size and time of change."""
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            found = Path(storage.path(name)).stat()
            digest.update(f"{name} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def of_the_demo(command: str) -> None:
    """Call a command of the demo's, which production does not have."""
    if command in get_commands():
        call_command(command)


def main(arguments: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    django.setup()
    try:
        if arguments:
            of_the_demo(arguments[0])
        else:
            prepare()
    except (AwayError, CommandError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1:])
