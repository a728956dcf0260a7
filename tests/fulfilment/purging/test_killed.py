"""A purge that is killed between two batches has done what it has committed, and the next one goes on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fulfilment.purging.shop import TABLES, Shop, ago, ids, insert, part, run
from tests.stores.sql_servers import SqlServer, new_database

#: Purges, tells of its first batch, and waits for what never comes.
PURGER = """
import sys, time
from pathlib import Path
from tests.fulfilment.purging.shop import Shop
from tests.stores.sql_servers import SqlServer
from dsar.fulfilment.purging.pace import Pace

def wait(_seconds):
    print("waiting", flush=True)
    time.sleep(60)

server = SqlServer(sys.argv[1], "", None)
Shop(server, Path(sys.argv[2])).purge().run(pace=Pace(sleep=wait))
"""


@pytest.fixture
def server(request: pytest.FixtureRequest, tmp_path: Path) -> SqlServer:
    return new_database(request, "sqlite", tmp_path)


@pytest.mark.thorough
def test_what_was_committed_is_gone_and_the_next_run_goes_on(server: SqlServer, tmp_path: Path) -> None:
    run(server, TABLES)
    past: list[dict[str, Any]] = [{"id": at, "person_id": 1, "at": ago(31)} for at in range(2_000)]
    insert(server, "visits", [*past, *({**row, "id": row["id"] + 5_000, "at": ago(29)} for row in past[:100])])
    (tmp_path / "killed").mkdir()
    command = [sys.executable, "-c", PURGER, server.url, str(tmp_path / "killed")]
    root = Path(__file__).resolve().parents[3]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        process.kill()
    left = ids(server, "visits")
    assert left == set(range(1_000, 2_000)) | set(range(5_000, 5_100))
    assert part(Shop(server, tmp_path).run(), "visits").deleted == 1_000
    assert ids(server, "visits") == set(range(5_000, 5_100))
