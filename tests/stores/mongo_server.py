"""A stand-in for a MongoDB server on loopback: PyMongo talks to it over the wire, mongomock evaluates the filters.

It speaks OP_MSG (MongoDB's wire protocol, section "OP_MSG", document sections only) and as many commands as reading
needs. What a real server does beyond that (access control, snapshots kept in time, elections) it does not show.
"""

from __future__ import annotations

import socketserver
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

import bson
from bson.binary import UuidRepresentation
from bson.codec_options import CodecOptions, DatetimeConversion
from bson.decimal128 import Decimal128
from bson.timestamp import Timestamp
from mongomock.filtering import filter_applies

from dsar.stores.casting import fold_email

Document = dict[str, Any]

_HEADER = struct.Struct("<iiii")
_OP_MSG = 2013
#: Values stay what they were on the wire.
_CODEC: CodecOptions[Document] = CodecOptions(
    tz_aware=True,
    uuid_representation=UuidRepresentation.STANDARD,
    datetime_conversion=DatetimeConversion.DATETIME_AUTO,
)
AT = Timestamp(1_700_000_000, 1)


@dataclass
class Deployment:
    """The collections of one database. `moods` are answered first, once each: a document, BSON, or None to hang up."""

    collections: dict[str, list[Document]] = field(default_factory=dict)
    replica_set: bool = False
    moods: list[Document | bytes | None] = field(default_factory=list)
    asked: list[Document] = field(default_factory=list)
    open: dict[int, list[Document]] = field(default_factory=dict)
    address: str = ""

    @property
    def url(self) -> str:
        return f"mongodb://{self.address}/shop"

    def commands(self, name: str) -> list[Document]:
        return [command for command in self.asked if next(iter(command)) == name]

    def answer(self, command: Document) -> Document | bytes | None:
        name = next(iter(command))
        self.asked.append(command)
        if self.moods and name in ("find", "getMore", "aggregate", "listCollections"):
            return self.moods.pop(0)
        return {"ok": 1.0, **_COMMANDS[name](self, command)}

    def first_batch(self, command: Document, found: list[Document], size: int) -> Document:
        number = 0
        if len(found) > size:
            number = len(self.asked)
            self.open[number] = found[size:]
        namespace = f"{command['$db']}.{next(iter(command.values()))}"
        cursor = {"id": bson.Int64(number), "ns": namespace, "firstBatch": found[:size]}
        return {"cursor": {**cursor, "atClusterTime": AT} if self.replica_set else cursor}


def _hello(deployment: Deployment, _command: Document) -> Document:
    facts = {"isWritablePrimary": True, "minWireVersion": 0, "maxWireVersion": 21, "logicalSessionTimeoutMinutes": 30}
    limits = {"maxBsonObjectSize": 16 << 20, "maxMessageSizeBytes": 48_000_000, "maxWriteBatchSize": 100_000}
    members = {"setName": "rs", "setVersion": 1, "hosts": [deployment.address], "me": deployment.address}
    return {**facts, **limits, **(members if deployment.replica_set else {})}


def _find(deployment: Deployment, command: Document) -> Document:
    fold = _folded if "collation" in command else _comparable
    asked = fold(command["filter"])
    documents = deployment.collections[command["find"]]
    found = [_projected(item, command["projection"]) for item in documents if _fits(asked, fold(item))]
    return deployment.first_batch(command, found, command["batchSize"])


def _get_more(deployment: Deployment, command: Document) -> Document:
    rest = deployment.open.pop(command["getMore"])
    size = command["batchSize"]
    if rest[size:]:
        deployment.open[command["getMore"]] = rest[size:]
    number = bson.Int64(command["getMore"] if rest[size:] else 0)
    return {"cursor": {"id": number, "ns": f"shop.{command['collection']}", "nextBatch": rest[:size]}}


def _aggregate(deployment: Deployment, command: Document) -> Document:
    sample, *project = command["pipeline"]
    found = deployment.collections[command["aggregate"]][: sample["$sample"]["size"]]
    for stage in project:
        found = [_without(item, list(stage["$project"])) for item in found]
    return deployment.first_batch(command, found, 101)


def _list_collections(deployment: Deployment, command: Document) -> Document:
    names = [{"name": name, "type": "collection"} for name in deployment.collections]
    return deployment.first_batch(command, names, 101)


def _nothing(_deployment: Deployment, _command: Document) -> Document:
    return {}


_COMMANDS: dict[str, Callable[[Deployment, Document], Document]] = {
    "hello": _hello,
    "ismaster": _hello,
    "find": _find,
    "getMore": _get_more,
    "aggregate": _aggregate,
    "listCollections": _list_collections,
    "killCursors": _nothing,
    "endSessions": _nothing,
}


def _fits(asked: Document, document: Document) -> bool:
    return bool(filter_applies(asked, document))  # type: ignore[no-untyped-call]


def _projected(document: Document, fields: Document) -> Document:
    return {name: value for name, value in document.items() if name in fields}


def _without(document: Document, paths: list[str]) -> Document:
    """Return the document without what stands at the dotted paths, as an excluding $project does."""
    heads = {path for path in paths if "." not in path}
    below = {name: [path.partition(".")[2] for path in paths if path.startswith(f"{name}.")] for name in document}
    return {
        name: _without(value, below[name]) if isinstance(value, dict) else value
        for name, value in document.items()
        if name not in heads
    }


def _comparable(value: Any, change: Callable[[Any], Any] = lambda item: item) -> Any:
    """Return the value with numbers that Python compares as a server does: 42 equals Decimal128 42, 0.1 no decimal."""
    if isinstance(value, dict):
        return {name: _comparable(item, change) for name, item in value.items()}
    if isinstance(value, list):
        return [_comparable(item, change) for item in value]
    return value.to_decimal() if isinstance(value, Decimal128) else change(value)


def _folded(value: Any) -> Any:
    """Return the value with every text as a collation of strength 2 compares it."""
    return _comparable(value, lambda item: fold_email(item) if isinstance(item, str) else item)


@contextmanager
def running(deployment: Deployment) -> Iterator[Deployment]:
    """Serve on a free port of 127.0.0.1 until the block ends."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            while header := self._bytes(_HEADER.size):
                length, number, _to, _code = _HEADER.unpack(header)
                command = bson.decode(self._bytes(length - _HEADER.size)[5:], _CODEC)
                answer = deployment.answer(command)
                if answer is None:
                    return
                content = answer if isinstance(answer, bytes) else bson.encode(answer, codec_options=_CODEC)
                body = b"\0\0\0\0\0" + content
                self.request.sendall(_HEADER.pack(_HEADER.size + len(body), 0, number, _OP_MSG) + body)

        def _bytes(self, size: int) -> bytes:
            """Return exactly `size` bytes, or none after the client has hung up."""
            content = b""
            while len(content) < size:
                piece = self.request.recv(size - len(content))
                if not piece:
                    return b""
                content += piece
            return content

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        deployment.address = f"127.0.0.1:{server.server_address[1]}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield deployment
        finally:
            server.shutdown()
            thread.join()
