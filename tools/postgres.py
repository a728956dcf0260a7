"""An empty PostgreSQL on loopback, for as long as something needs one: durable in nothing."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools import processes, programs


class NoPostgresError(Exception):
    """No server is installed; the message says what to type."""


@contextmanager
def running_postgres(folder: Path, *settings: str) -> Iterator[str]:
    """Start PostgreSQL with its files in `folder`; yield the address of its database `postgres`.

    `settings` are its parameters, as NAME=VALUE. Raises NoPostgresError.
    """
    binaries = programs.postgres_folder()
    if binaries is None:
        raise NoPostgresError("PostgreSQL is missing: apt-get install postgresql")
    user = server_user()
    data = owned_folder(folder, user)
    port = processes.free_port()
    subprocess.run(
        [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"],
        user=user,
        cwd=data,
        check=True,
        capture_output=True,
    )
    # A thorough run opens more stores in a process than the hundred connections that a server has by itself.
    given = ["fsync=off", "max_connections=300", "listen_addresses=127.0.0.1", "unix_socket_directories=", *settings]
    server = processes.start(
        [
            str(binaries / "postgres"),
            "-D",
            str(data),
            "-p",
            str(port),
            *(part for one in given for part in ("-c", one)),
        ],
        user=user,
        cwd=data,
        output=subprocess.DEVNULL,
    )
    try:
        ready = [str(binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
        processes.wait_until(lambda: subprocess.run(ready, check=False).returncode == 0, seconds=20, what="PostgreSQL")
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    finally:
        processes.stop(server, with_signal=signal.SIGINT)  # fast shutdown: it does not wait for clients


def server_user() -> str | None:
    """Return whom to run a database server as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def owned_folder(folder: Path, user: str | None) -> Path:
    """Return a new folder that `user` owns and can reach."""
    data = folder / "data"
    data.mkdir(mode=0o700)
    if user:
        shutil.chown(data, user)
        for parent in folder.parents:
            if parent.is_relative_to(tempfile.gettempdir()) and parent.owner() == "root":
                parent.chmod(parent.stat().st_mode | 0o011)
        folder.chmod(0o711)
    return data
