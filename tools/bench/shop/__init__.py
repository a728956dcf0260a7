"""The shop on a PostgreSQL of its own."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools import programs
from tools.postgres import running_postgres

FOLDER = Path(__file__).resolve().parent
DATAMAP = FOLDER / "datamap"
_SETTINGS = (
    "shared_buffers=256MB",
    "max_wal_size=4GB",
    "shared_preload_libraries=pg_stat_statements",
    "max_connections=200",
)
ORDINARY, MANY, KEYS = "customer7@example.com", "many@example.com", "keys@example.com"


@contextmanager
def running_shop(*, people: int, many: int, keys: int = 0) -> Iterator[str]:
    """Fill a shop and yield its address; one customer has `many` rows, another `keys` orders that lead to items."""
    binaries = programs.postgres_folder()
    values = ["-v", f"people={people}", "-v", f"many={many}", "-v", f"keys={keys}", "-v", "ON_ERROR_STOP=1"]
    with (
        tempfile.TemporaryDirectory(prefix="portal-bench-") as folder,
        running_postgres(Path(folder), *_SETTINGS) as url,
    ):
        fill = [f"{binaries}/psql", url, "-q", *values, "-f", str(FOLDER / "fill.sql")]
        subprocess.run(fill, check=True, stdout=subprocess.DEVNULL)
        yield url
