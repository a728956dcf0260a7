"""Real servers for tests, started once a run where one is asked for, and gone with it."""

from __future__ import annotations

import atexit
import functools
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tools import processes, programs
from tools.postgres import owned_folder, running_postgres, server_user
from tools.valkey import valkey_command


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Valkey server with empty databases."""
    with running_valkey(tmp_path_factory.mktemp("valkey")) as url:
        yield url


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server's maintenance database; make your own beside it. For tests marked postgres."""
    with running_postgres(tmp_path_factory.mktemp("postgres")) as url:
        yield url


@pytest.fixture(scope="session")
def mariadb_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A MariaDB server's database `mysql`; make your own beside it. For tests marked mariadb."""
    with running_mariadb(tmp_path_factory.mktemp("mariadb")) as url:
        yield url


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    """The endpoint of an S3 server without buckets; any key and secret will do."""
    with running_s3() as url:
        yield url


@functools.cache
def deaf_port() -> int:
    """Return a port of 127.0.0.1 that refuses everybody as long as this process lives.

    A port that is merely free may be another test's a moment later.
    """
    held = socket.socket()
    atexit.register(held.close)
    held.bind(("127.0.0.1", 0))
    return int(held.getsockname()[1])


@contextmanager
def running_s3() -> Iterator[str]:
    """Start moto's S3 server, which keeps everything in memory; yield its endpoint."""
    port = processes.free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = processes.start(command, output=subprocess.DEVNULL)
    try:
        processes.wait_until(lambda: processes.answers(port), seconds=30, what="moto's S3 server")
        yield f"http://127.0.0.1:{port}"
    finally:
        processes.stop(server)


@contextmanager
def running_valkey(folder: Path) -> Iterator[str]:
    """Start Valkey with its files in `folder`; yield its address without a database number."""
    port = processes.free_port()
    server = processes.start(valkey_command(port=port, folder=folder), output=subprocess.DEVNULL)
    try:
        processes.wait_until(lambda: processes.answers(port), seconds=10, what="Valkey")
        yield f"redis://127.0.0.1:{port}"
    finally:
        processes.stop(server)


MARIADB_SYSTEM_TABLES = ("mysql_system_tables.sql", "mysql_system_tables_data.sql")


@contextmanager
def running_mariadb(folder: Path) -> Iterator[str]:
    """Start MariaDB with its files in `folder`; yield the address of its database `mysql`."""
    program = programs.mariadb_server()
    assert program, "mark the test mariadb"
    user = server_user()
    data = owned_folder(folder, user)
    unsafe = ["--innodb-flush-method=nosync", "--innodb-flush-log-at-trx-commit=0", "--skip-sync-frm"]
    options = ["--no-defaults", f"--datadir={data}", "--innodb-buffer-pool-size=32M", *unsafe]
    _bootstrap_mariadb([str(program), *options, "--bootstrap"], data, user)
    server, port = _mariadb_on_some_port([str(program), *options, f"--socket={data}/socket"], data, user)
    try:
        yield f"mariadb://root@127.0.0.1:{port}/mysql"
    finally:
        processes.stop(server)


def _mariadb_on_some_port(command: list[str], data: Path, user: str | None) -> tuple[subprocess.Popen[str], int]:
    """Start the server; another process may take the port that was free a moment ago, so try some."""
    for _ in range(3):
        port = processes.free_port()
        address = [f"--port={port}", "--bind-address=127.0.0.1"]
        server = processes.start([*command, *address], user=user, cwd=data, output=subprocess.DEVNULL)
        begun = functools.partial(_has_begun, server, port)
        processes.wait_until(begun, seconds=30, what="MariaDB")
        if server.poll() is None:
            return server, port
    raise AssertionError("MariaDB ended three times while it started")


def _has_begun(server: subprocess.Popen[str], port: int) -> bool:
    """Return whether the server answers, or has ended."""
    return server.poll() is not None or processes.answers(port)


def _bootstrap_mariadb(command: list[str], data: Path, user: str | None) -> None:
    """Make the system tables, as mariadb-install-db does; that one needs a program of another package."""
    share = Path("/usr/share/mysql")
    script = "create database if not exists mysql;\nuse mysql;\nset @auth_root_socket=null;\n"
    script += "".join((share / name).read_text(encoding="utf-8") for name in MARIADB_SYSTEM_TABLES)
    subprocess.run(command, user=user, cwd=data, input=script, text=True, check=True, capture_output=True)
