"""`make run` for real: up, told to stop, killed, and up again with its data."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tools import processes

ROOT = Path(__file__).parents[2]
MARK = "PORTAL_TEST_OF_SERVE"


def start(var: Path, port: int) -> subprocess.Popen[str]:
    outside = {"DATABASE_URL", "REDIS_URL", "STORAGE_URL", "EMAIL_URL", "TENANTS_DIR", "CHECKPOINT_DIR", "MAKELEVEL"}
    environment = {name: value for name, value in os.environ.items() if name not in outside}
    environment |= {"PORTAL_VAR": str(var), "PORT": str(port), "MACROSORA_SIZE": "40", MARK: str(var)}
    # Other ports than the usual, where a portal may run beside the tests.
    environment |= {f"{name}_PORT": str(processes.free_port()) for name in ("MAILBOX", "SMTP", "VALKEY", "MAIL")}
    environment["DJANGO_SETTINGS_MODULE"] = "portal.settings"
    return subprocess.Popen(
        [sys.executable, "-m", "tools.serve"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def until_ready(site: subprocess.Popen[str]) -> float:
    """Read until the sign-ins are told; return the seconds that took."""
    started, lines = time.monotonic(), []
    assert site.stdout is not None
    for line in site.stdout:
        lines.append(line)
        if "authenticator code" in line:
            return time.monotonic() - started
    raise AssertionError("".join(lines))


def living(var: Path) -> list[str]:
    """Return the commands of the processes that the site has started and that still run."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:  # it has ended, or is somebody else's
            continue
        if f"{MARK}={var}".encode() in environment and command:
            found.append(command)
    return found


@pytest.mark.slow
def test_a_site_stops_whole_and_starts_again_with_its_data(tmp_path: Path) -> None:
    port = processes.free_port()
    site = start(tmp_path, port)
    until_ready(site)
    assert len(living(tmp_path)) >= 7
    database = tmp_path / "portal.sqlite3"
    assert database.exists()

    second = start(tmp_path, port)
    told, _ = second.communicate(timeout=20)
    assert (second.returncode, told.count("\n")) == (1, 1)
    assert f"The portal runs already from {tmp_path} (http://localhost:{port})" in told
    other = start(tmp_path / "other", port)
    told, _ = other.communicate(timeout=20)
    assert (other.returncode, told) == (1, f"Port {port} is taken: write PORT=8001 make run, or another that is free\n")

    site.send_signal(signal.SIGINT)
    rest, _ = site.communicate(timeout=20)
    assert (site.returncode, rest.splitlines()[-1]) == (0, "Stopped.")
    assert "Traceback" not in rest
    assert "DIED" not in rest
    assert living(tmp_path) == []

    seeded = (tmp_path / "macrosora" / "app.sqlite3").stat().st_mtime_ns
    again = start(tmp_path, port)
    assert until_ready(again) < 30
    assert (tmp_path / "macrosora" / "app.sqlite3").stat().st_mtime_ns == seeded
    again.kill()
    again.communicate(timeout=20)
    processes.wait_until(lambda: living(tmp_path) == [], seconds=5, what="the end of every child")
