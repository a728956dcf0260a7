"""A wire between a store and its server that is cut, or falls silent, after so many bytes of the server's answers."""

from __future__ import annotations

import socket
import socketserver
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Thread

_PIECE = 65_536


@dataclass
class Wire:
    """`port` leads to the server. `after`: bytes that each new connection lets through to the client; None: all.

    `silent`: then nothing more comes, instead of an end. `passed` counts the bytes of all connections.
    """

    port: int = 0
    after: int | None = None
    silent: bool = False
    passed: int = 0


@contextmanager
def wired(server_port: int) -> Iterator[Wire]:
    """Lay a wire to a port of this machine until the block ends."""
    wire = Wire()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.create_connection(("127.0.0.1", server_port)) as server, suppress(OSError):
                asking = Thread(target=_carry, args=(self.request, server), daemon=True)
                asking.start()
                _answer(wire, server, self.request)
                if wire.silent:
                    asking.join(60)  # until the client has had enough

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as listening:
        wire.port = listening.server_address[1]
        thread = Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield wire
        finally:
            listening.shutdown()
            thread.join()


def _answer(wire: Wire, server: socket.socket, client: socket.socket) -> None:
    """Carry the server's bytes to the client, as many as the wire lets through."""
    left = wire.after
    while left != 0 and (piece := server.recv(_PIECE)):
        kept = piece if left is None else piece[:left]
        left = None if left is None else left - len(kept)
        client.sendall(kept)
        wire.passed += len(kept)


def _carry(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(_PIECE):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
