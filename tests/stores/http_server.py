"""A real HTTP service on loopback, with five ways of paging, and as moody as a test asks."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

PAGE = 2


@dataclass
class Reply:
    """What a resource answers; `body` is JSON unless it is bytes.

    `cut`: only so many bytes of the body are sent before the connection is. `drip`: seconds before each byte, of the
    body or, with `drip_head`, of a header.
    """

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    drip: float = 0
    drip_head: bool = False


@dataclass(frozen=True)
class Asked:
    """A request as it arrived: the raw target, its path segments decoded, and its query."""

    target: str
    segments: list[str]
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""
    method: str = "GET"


Resource = Callable[[Asked], Reply]


@dataclass
class Service:
    """Resources by their first segment; `moods` are answered first, once each, before what was asked for."""

    resources: dict[str, Resource] = field(default_factory=dict)
    moods: list[Reply] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    def answer(self, target: str, headers: dict[str, str], body: bytes = b"", method: str = "GET") -> Reply:
        parts = urlsplit(target)
        segments = [unquote(segment) for segment in parts.path.strip("/").split("/")]
        asked = Asked(target, segments, dict(parse_qsl(parts.query, keep_blank_values=True)), headers, body, method)
        self.asked.append(asked)
        if self.moods:
            return self.moods.pop(0)
        resource = self.resources.get(segments[0])
        return Reply({"error": "unknown"}, 404) if resource is None else resource(asked)


def by_page(rows: list[dict[str, Any]], size: int = PAGE) -> Resource:
    """Pages by number from 1, never longer than `size` whatever is asked for."""

    def answer(asked: Asked) -> Reply:
        start = (int(asked.query.get("page", "1")) - 1) * size
        return Reply({"data": rows[start : start + size]})

    return answer


def by_offset(rows: list[dict[str, Any]]) -> Resource:
    def answer(asked: Asked) -> Reply:
        start = int(asked.query.get("offset", "0"))
        return Reply(rows[start : start + PAGE])

    return answer


def by_cursor(rows: list[dict[str, Any]]) -> Resource:
    def answer(asked: Asked) -> Reply:
        start = int(asked.query.get("cursor", "c0").removeprefix("c"))
        after = start + PAGE
        return Reply({"data": rows[start:after], "meta": {"next": f"c{after}" if after < len(rows) else None}})

    return answer


def by_link(rows: list[dict[str, Any]]) -> Resource:
    def answer(asked: Asked) -> Reply:
        start = int(asked.query.get("from", "0"))
        after = start + PAGE
        link = {"Link": f'<?from={after}>; rel="next", <?from=0>; rel="first"'} if after < len(rows) else {}
        return Reply({"data": rows[start:after]}, headers=link)

    return answer


def by_next(rows: list[dict[str, Any]]) -> Resource:
    """Name the next page in the body, and count all rows beside it."""

    def answer(asked: Asked) -> Reply:
        start = int(asked.query.get("from", "0"))
        after = start + PAGE
        following = f"{asked.target.partition('?')[0]}?from={after}" if after < len(rows) else None
        return Reply({"data": rows[start:after], "links": {"next": following}, "meta": {"total": len(rows)}})

    return answer


def editable(rows: list[dict[str, Any]], *names: str, size: int = PAGE) -> Resource:
    """Answer with all rows, in pages; DELETE and PATCH change the one whose values at `names` are the path's parts.

    POST to the whole makes one.
    """
    listed = by_page(rows, size)

    def answer(asked: Asked) -> Reply:
        if asked.method == "GET":
            return listed(asked)
        if not asked.segments[1:]:
            rows.append(json.loads(asked.body))
            return Reply(b"", 201)
        for row in rows:
            if [str(row[name]) for name in names] == asked.segments[1:]:
                if asked.method == "DELETE":
                    rows.remove(row)
                else:
                    row.update(json.loads(asked.body))
                return Reply(b"", 204)
        return Reply({"error": "unknown"}, 404)

    return answer


@contextmanager
def running(service: Service) -> Iterator[Service]:
    """Serve on a free port of 127.0.0.1 until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65_536  # one packet an answer: two would each wait for the other side's delayed acknowledgement

        def do_GET(self) -> None:
            self._reply(b"")

        def do_POST(self) -> None:
            self._reply(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

        do_PATCH = do_DELETE = do_POST  # noqa: N815 - http.server looks for them by these names

        def _reply(self, sent: bytes) -> None:
            reply = service.answer(
                self.path, {name.lower(): value for name, value in self.headers.items()}, sent, self.command
            )
            content = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response_only(reply.status)
            self.send_header("Date", reply.headers.pop("Date", self.date_time_string()))
            if reply.drip_head:
                self._drip(b"X-Slow: " + b"x" * 1_000, reply.drip)
            for name, value in {"Content-Length": str(len(content)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.close_connection = reply.cut is not None or reply.drip > 0
            if reply.drip:
                self._drip(content, reply.drip)
            else:
                self.wfile.write(content[: reply.cut])

        def _drip(self, content: bytes, seconds: float) -> None:
            """Send a byte at a time until the client has had enough."""
            self.flush_headers()
            with suppress(OSError):
                for sign in content:
                    time.sleep(seconds)
                    self.wfile.write(bytes([sign]))
                    self.wfile.flush()

        def log_message(self, *_args: Any) -> None:
            """Say nothing: the tests' output is for their results."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        service.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield service
        finally:
            server.shutdown()
            thread.join()
