"""The HTTP side of the mail service."""

from __future__ import annotations

import hmac
import json
import re
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from examples.macrosora.mail_service.book import Book
from examples.macrosora.mail_service.manners import RETRY_AFTER_SECONDS, Manners
from examples.macrosora.mail_service.pages import QueryError, after_cursor, numbered

_CONTACT = re.compile(r"/v1/contacts/(\d{1,18})")
_EVENTS = re.compile(r"/v1/contacts/(\d{1,18})/events")
_EVENT = re.compile(r"/v1/contacts/(\d{1,18})/events/([a-z0-9-]{1,60})")


_MOST_BYTES = 10_000


class MailServer(ThreadingHTTPServer):
    """Serves one book to many clients. Port 0 takes a free port, told by `server_port`."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], book: Book, manners: Manners) -> None:
        self.book = book
        self.manners = manners
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: MailServer
    protocol_version = "HTTP/1.1"
    server_version = "macrosora-mail/1"
    timeout = 30  # seconds a silent connection may hold a thread
    wbufsize = -1  # headers and body in one packet: sent apart, each answer waits 40 ms for an acknowledgement

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/healthz":
            self._answer(HTTPStatus.OK, {"status": "ok"})
        elif self._is_welcome():
            self._serve(url.path, dict(parse_qsl(url.query, keep_blank_values=True)))

    def do_DELETE(self) -> None:
        """Delete a contact with its events, or one event. What is not there cannot be deleted twice: 404."""
        if not self._is_welcome():
            return
        if self._delete(urlsplit(self.path).path):
            self.send_response(HTTPStatus.NO_CONTENT)
            self.end_headers()
        else:
            self._answer(HTTPStatus.NOT_FOUND, {"error": "nothing is here"})

    def do_PATCH(self) -> None:
        """Subscribe or unsubscribe a contact. Nothing else of one is changed here."""
        content = self.rfile.read(_length(self.headers.get("Content-Length", "")))
        if not self._is_welcome():
            return
        contact, subscribed = _CONTACT.fullmatch(urlsplit(self.path).path), _subscribed(content)
        if subscribed is None:
            self._answer(HTTPStatus.BAD_REQUEST, {"error": 'the body must be {"subscribed": true} or false'})
        elif contact and self.server.book.subscribe(int(contact[1]), subscribed):
            self._answer(HTTPStatus.OK, {"id": int(contact[1]), "subscribed": subscribed})
        else:
            self._answer(HTTPStatus.NOT_FOUND, {"error": "nothing is here"})

    def _is_welcome(self) -> bool:
        """Return whether to serve who asks; who is not served has been told why."""
        if not self._is_authorised():
            self._answer(HTTPStatus.UNAUTHORIZED, {"error": "a bearer token is needed"}, {"WWW-Authenticate": "Bearer"})
        elif refusal := self.server.manners.refuse():
            self._answer(refusal, {"error": refusal.phrase}, {"Retry-After": str(RETRY_AFTER_SECONDS)})
        else:
            return True
        return False

    def _is_authorised(self) -> bool:
        given = self.headers.get("Authorization", "").encode()
        return hmac.compare_digest(given, f"Bearer {self.server.book.token}".encode())

    def _serve(self, path: str, query: dict[str, str]) -> None:
        try:
            found = self._find(path, query)
        except QueryError as error:
            self._answer(HTTPStatus.BAD_REQUEST, {"error": str(error)})
            return
        if found is None:
            self._answer(HTTPStatus.NOT_FOUND, {"error": "nothing is here"})
        else:
            self._answer(HTTPStatus.OK, found)

    def _find(self, path: str, query: dict[str, str]) -> dict[str, Any] | None:
        if path == "/v1/contacts":
            return numbered(self.server.book.find(query.get("email")), query)
        asked = _EVENTS.fullmatch(path)
        events = self.server.book.events(int(asked[1])) if asked else None
        return None if events is None else after_cursor(events, query)

    def _delete(self, path: str) -> bool:
        if contact := _CONTACT.fullmatch(path):
            return self.server.book.delete_contact(int(contact[1]))
        event = _EVENT.fullmatch(path)
        return event is not None and self.server.book.delete_event(int(event[1]), event[2])

    def _answer(self, status: HTTPStatus, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        content = json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing of requests: their query strings hold addresses."""


def _length(text: str) -> int:
    return min(int(text), _MOST_BYTES) if text.isascii() and text.isdigit() else 0


def _subscribed(content: bytes) -> bool | None:
    """Return what a body says, None if it is not what may be said."""
    try:
        said = json.loads(content)
    except ValueError:
        return None
    if not isinstance(said, dict) or said.keys() != {"subscribed"} or not isinstance(said["subscribed"], bool):
        return None
    return said["subscribed"]
