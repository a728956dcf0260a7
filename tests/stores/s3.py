"""A real S3 interface on this machine: moto's server as a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tools import processes


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    """The endpoint of an S3 server without buckets; any key and secret will do."""
    port = processes.free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = processes.start(command, output=subprocess.DEVNULL)
    try:
        processes.wait_until(lambda: processes.answers(port), seconds=30, what="moto's S3 server")
        yield f"http://127.0.0.1:{port}"
    finally:
        processes.stop(server)
