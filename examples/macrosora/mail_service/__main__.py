"""The command line of the mail service; stops cleanly on SIGTERM and SIGINT."""

from __future__ import annotations

import argparse
import signal
import threading
from pathlib import Path
from types import FrameType

from examples.macrosora.mail_service.book import read_book
from examples.macrosora.mail_service.manners import Manners
from examples.macrosora.mail_service.server import MailServer


def main() -> None:
    """Serve on the loopback address until told to stop. Exits 2 if the data file cannot be read."""
    options = _options()
    try:
        book = read_book(options.data)
    except (OSError, ValueError) as error:
        raise SystemExit(f"mail service: {options.data}: {error}") from error
    manners = Manners(per_second=options.per_second, hiccups=not options.steady)
    with MailServer((options.host, options.port), book, manners) as server:
        _stop_on_signals(server)
        print(f"mail service on http://{options.host}:{server.server_port}", flush=True)
        server.serve_forever(poll_interval=0.1)
    print("mail service stopped", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m examples.macrosora.mail_service")
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one and prints it")
    parser.add_argument("--data", type=Path, required=True, help="the mail.json that seeding wrote")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--per-second", type=float, default=50.0, help="requests a second before 429")
    parser.add_argument("--steady", action="store_true", help="no odd 429 and 503 (the rate limit stays)")
    return parser.parse_args()


def _stop_on_signals(server: MailServer) -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        # shutdown() waits for the loop that this handler has interrupted: it needs a thread of its own.
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


if __name__ == "__main__":
    main()
