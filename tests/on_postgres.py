"""Run tests with the portal's own database on PostgreSQL: `python -m tests.on_postgres tests/dsar -n 2`.

Starts a server of its own for the run; every argument is pytest's.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.postgres import running_postgres


def main(arguments: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="portal-postgres-") as folder, running_postgres(Path(folder)) as url:
        command = [sys.executable, "-m", "pytest", *arguments]
        return subprocess.run(command, env=os.environ | {"TEST_DATABASE_URL": url}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
