"""The demo's mailbox: takes every mail by SMTP, keeps it as a file, and shows the latest on a page.

    python -m tools.mailbox --smtp-port 1025 --web-port 8025 --folder var/mail

Loopback only, and for the demo's made-up people only: whoever opens the page reads everybody's codes.
"""

from __future__ import annotations

import argparse
import html
import re
import sys
import threading
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

HOST = "127.0.0.1"
SHOWN = 50  # messages on the page
STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem;color:#1c1c1c}
article{border-top:1px solid #bbb;padding:1rem 0}h2{font-size:1.1rem;margin:0}
pre{white-space:pre-wrap;font:inherit;margin:.5rem 0 0}p{margin:0;color:#555}b{font-size:1.3rem}"""
_CODE = re.compile(r"^ *([A-Z0-9]{3,8}(?:-[A-Z0-9]{3,8})?)$", re.MULTILINE)


class Keeper:
    """Writes each message to a file that appears whole, and says so in a line."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the message; aiosmtpd calls this by its name."""
        name = f"{time.time_ns():020d}-{next(self._numbers):04d}"
        content = envelope.original_content or b""
        unfinished = self._folder / f"{name}.part"
        unfinished.write_bytes(content)
        unfinished.rename(self._folder / f"{name}.eml")
        print(summary(read(content)), flush=True)
        return "250 Kept"


def read(content: bytes) -> EmailMessage:
    message = message_from_bytes(content, policy=policy.default)
    if not isinstance(message, EmailMessage):
        raise TypeError("the default policy makes EmailMessage")
    return message


def text_of(message: EmailMessage) -> str:
    """Return the plain text part with plain line ends, or ""."""
    part = message.get_body(preferencelist=("plain",))
    return str(part.get_content()).replace("\r\n", "\n") if part else ""


def code_of(message: EmailMessage) -> str:
    """Return the one-time code, which stands on a line of its own, or ""."""
    found = _CODE.search(text_of(message))
    return found.group(1) if found else ""


def summary(message: EmailMessage) -> str:
    return f"to {message['to']}: {message['subject']} {code_of(message)}".rstrip()


def page(folder: Path) -> str:
    """Return the page of the latest messages, newest first."""
    files = sorted(folder.glob("*.eml"), reverse=True)[:SHOWN]
    articles = "".join(_article(read(file.read_bytes())) for file in files) or "<p>No mail yet.</p>"
    head = f"<!doctype html><html lang=en><meta charset=utf-8><title>Demo mailbox</title><style>{STYLE}</style>"
    return f"{head}<h1>Demo mailbox</h1><p>What the portal has sent, newest first. Reload for more.</p>{articles}"


def _article(message: EmailMessage) -> str:
    to, subject, sent = (html.escape(str(message[name] or "")) for name in ("to", "subject", "date"))
    code = f"<p>Code: <b>{html.escape(code_of(message))}</b></p>" if code_of(message) else ""
    text = html.escape(text_of(message).strip())
    return f"<article><h2>{subject}</h2><p>To {to}, {sent}</p>{code}<pre>{text}</pre></article>"


def web_server(port: int, folder: Path) -> ThreadingHTTPServer:
    """Return the server of the page. Raises OSError if the port is taken."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = page(folder).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments: object) -> None:
            """Say nothing: the terminal is for the mail."""

    return ThreadingHTTPServer((HOST, port), Handler)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.mailbox")
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--web-port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    controller = Controller(Keeper(options.folder), hostname=HOST, port=options.smtp_port)
    controller.start()
    web = web_server(options.web_port, options.folder)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1:])
