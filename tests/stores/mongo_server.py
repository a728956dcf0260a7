"""A stand-in for a MongoDB server on loopback: PyMongo talks to it over the wire, mongomock evaluates the filters.

It speaks OP_MSG (MongoDB's wire protocol, section "OP_MSG") and as many commands as reading and erasing need. A
transaction works on a copy of everything, and conflicts where a document that it writes has changed since. What a real
server does beyond that (access control, snapshots kept in time, elections, locks) it does not show.
"""

from __future__ import annotations

import copy
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
class Transaction:
    """What everything was as it began, and what it is inside."""

    before: dict[str, list[Document]]
    inside: dict[str, list[Document]]


@dataclass
class Deployment:
    """The collections of one database. `moods` are answered first, once each: a document, BSON, or None to hang up."""

    collections: dict[str, list[Document]] = field(default_factory=dict)
    replica_set: bool = False
    moods: list[Document | bytes | None] = field(default_factory=list)
    asked: list[Document] = field(default_factory=list)
    open: dict[int, list[Document]] = field(default_factory=dict)
    transactions: dict[bytes, Transaction] = field(default_factory=dict)
    #: What the server's rules refuse to be written: returns an error's code, or None.
    rules: Callable[[Document], int | None] = lambda _document: None
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

    def held(self, command: Document) -> dict[str, list[Document]]:
        """Return the collections as the command sees them: those of its transaction, which it may begin, or all."""
        if command.get("autocommit", True):
            return self.collections
        number = command["lsid"]["id"].bytes
        if command.get("startTransaction"):
            self.transactions[number] = Transaction(copy.deepcopy(self.collections), copy.deepcopy(self.collections))
        return self.transactions[number].inside

    def conflicts(self, command: Document, name: str, document: Document) -> bool:
        """Return whether a document of the command's transaction has changed outside of it since that began."""
        if command.get("autocommit", True):
            return False
        before = self.transactions[command["lsid"]["id"].bytes].before[name]
        now = [item for item in self.collections[name] if item["_id"] == document["_id"]]
        return now != [item for item in before if item["_id"] == document["_id"]]

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
    documents = deployment.held(command)[command["find"]]
    fields = command.get("projection")
    matching = (item for item in documents if _fits(asked, fold(item)))
    found = [dict(item) if fields is None else _projected(item, fields) for item in matching]
    return deployment.first_batch(command, found, command.get("batchSize", 101))


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


_CONFLICT: Document = {
    "ok": 0.0,
    "code": 112,
    "codeName": "WriteConflict",
    "errmsg": "canary",
    "errorLabels": ["TransientTransactionError"],
}


def _delete(deployment: Deployment, command: Document) -> Document:
    documents, removed = deployment.held(command)[command["delete"]], 0
    for asked in command["deletes"]:
        for found in _written(documents, asked):
            if deployment.conflicts(command, command["delete"], found):
                return _CONFLICT
            documents.remove(found)
            removed += 1
    return {"n": removed}


def _update(deployment: Deployment, command: Document) -> Document:
    documents, matched = deployment.held(command)[command["update"]], 0
    for number, asked in enumerate(command["updates"]):
        for found in _written(documents, asked):
            if deployment.conflicts(command, command["update"], found):
                return _CONFLICT
            kept = {name: value for name, value in found.items() if name not in asked["u"].get("$unset", {})}
            changed = {**kept, **asked["u"].get("$set", {})}
            if code := deployment.rules(changed):
                error = {"index": number, "code": code, "errmsg": "canary"}
                return {"n": matched, "nModified": matched, "writeErrors": [error]}
            found.clear()
            found |= changed
            matched += 1
    return {"n": matched, "nModified": matched}


def _insert(deployment: Deployment, command: Document) -> Document:
    documents, known = deployment.held(command)[command["insert"]], deployment.collections[command["insert"]]
    for number, document in enumerate(command["documents"]):
        code = 11000 if document["_id"] in [item["_id"] for item in known] else deployment.rules(document)
        if code:
            return {"n": number, "writeErrors": [{"index": number, "code": code, "errmsg": "canary"}]}
        documents.append(document)
    return {"n": len(command["documents"])}


def _written(documents: list[Document], asked: Document) -> list[Document]:
    limit = 0 if asked.get("multi", False) or asked.get("limit", 1) == 0 else 1
    found = [item for item in documents if _fits(_comparable(asked["q"]), _comparable(item))]
    return found[:limit] if limit else found


def _commit(deployment: Deployment, command: Document) -> Document:
    transaction = deployment.transactions.pop(command["lsid"]["id"].bytes)
    for name, documents in transaction.inside.items():
        if documents != transaction.before[name]:
            deployment.collections[name][:] = documents
    return {}


def _abort(deployment: Deployment, command: Document) -> Document:
    deployment.transactions.pop(command["lsid"]["id"].bytes)
    return {}


def _nothing(_deployment: Deployment, _command: Document) -> Document:
    return {}


_COMMANDS: dict[str, Callable[[Deployment, Document], Document]] = {
    "hello": _hello,
    "ismaster": _hello,
    "find": _find,
    "getMore": _get_more,
    "aggregate": _aggregate,
    "listCollections": _list_collections,
    "delete": _delete,
    "insert": _insert,
    "update": _update,
    "commitTransaction": _commit,
    "abortTransaction": _abort,
    "killCursors": _nothing,
    "endSessions": _nothing,
}


def _fits(asked: Document, document: Document) -> bool:
    return bool(filter_applies(asked, document))  # type: ignore[no-untyped-call]


def _projected(document: Document, fields: Document) -> Document:
    return {name: value for name, value in document.items() if fields.get(name)}


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


def _command(message: bytes) -> Document:
    """Return the command of a message: its document, with the sequences of documents that follow as arrays in it."""
    size = int.from_bytes(message[5:9], "little")
    command: Document = bson.decode(message[5 : 5 + size], _CODEC)
    at = 5 + size
    while at < len(message):
        size = int.from_bytes(message[at + 1 : at + 5], "little")
        name, _zero, documents = message[at + 5 : at + 1 + size].partition(b"\0")
        command[name.decode()] = bson.decode_all(documents, _CODEC)
        at += 1 + size
    return command


@contextmanager
def running(deployment: Deployment) -> Iterator[Deployment]:
    """Serve on a free port of 127.0.0.1 until the block ends."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            while header := self._bytes(_HEADER.size):
                length, number, _to, _code = _HEADER.unpack(header)
                command = _command(self._bytes(length - _HEADER.size))
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
