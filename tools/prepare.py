"""Make the database, the static files and the demo ready, in one process: each start of Python costs a second.

python -m tools.prepare                # all of it
python -m tools.prepare demo_signins   # one command of the demo's
"""

from __future__ import annotations

import os
import sys

import django
from django.core.management import call_command, get_commands


def prepare() -> None:
    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    of_the_demo("seed_demo")


def of_the_demo(command: str) -> None:
    """Call a command of the demo's, which production does not have."""
    if command in get_commands():
        call_command(command)


def main(arguments: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    django.setup()
    if arguments:
        of_the_demo(arguments[0])
    else:
        prepare()


if __name__ == "__main__":
    main(sys.argv[1:])
