"""Debian's packages, for a machine where this user may install them. Standard library only."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence

# Debian's postgresql makes and starts a server; only its programs are wanted. The setting goes back afterwards.
_POSTGRES = """
set -e
conf=/etc/postgresql-common/createcluster.conf
apt-get install -y -q --no-install-recommends postgresql-common
cp -p "$conf" "$conf.before"
trap 'mv "$conf.before" "$conf"' EXIT
echo "create_main_cluster = false" >> "$conf"
apt-get install -y -q --no-install-recommends postgresql
"""


def install(packages: Sequence[str]) -> bool:
    """Install the packages and return whether that worked; returns False at once where this user may not."""
    root = _as_root()
    if root is None:
        return False
    print(f"Installing with apt: {' '.join(packages)}", flush=True)
    script = (
        _POSTGRES if "postgresql" in packages else f"apt-get install -y -q --no-install-recommends {' '.join(packages)}"
    )
    # The lists of a machine that was just set up are empty, and those of an old one name what is gone.
    return _run(root, script) or (_run(root, "apt-get update -q") and _run(root, script, loud=True))


def _as_root() -> list[str] | None:
    """Return the words before a command that make it root's, or None if there are none."""
    if not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return []
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    ):
        return ["sudo", "-n"]
    return None


def _run(root: list[str], script: str, *, loud: bool = False) -> bool:
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "sh", "-c", script]
    result = subprocess.run([*root, *quiet], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if loud and result.returncode != 0:
        print("\n".join((result.stdout + result.stderr).splitlines()[-10:]), flush=True)
    return result.returncode == 0
