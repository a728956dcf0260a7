"""`make run`: the portal and its demo until Ctrl-C."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tools.processes import die_with_parent
from tools.site import PortTakenError, Site, running, sign_ins, usual_folder, usual_site
from tools.supervisor import CommandFailedError


class Stopped(BaseException):  # like KeyboardInterrupt, it is no error
    """Ctrl-C or SIGTERM came."""


def main() -> int:
    """Serve until told to stop: exit status 0 then, 1 if the site could not be started."""
    start = time.monotonic()
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    if "MAKELEVEL" in os.environ:  # a make that is killed must not leave the site behind
        die_with_parent(signal.SIGTERM)
    try:
        with only_one(usual_folder(os.environ)) as lock, running(site := usual_site(os.environ)) as supervisor:
            _tell(lock, site.url)
            print(welcome(site, seconds=time.monotonic() - start), flush=True)
            while True:
                supervisor.tend()
                threading.Event().wait(0.3)
    except Stopped:
        print("Stopped.", flush=True)
        return 0
    except (PortTakenError, CommandFailedError, TimeoutError, AlreadyRunningError) as error:
        print(error, file=sys.stderr)
        return 1


def _stop(_number: int, _frame: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the stopping itself must not be interrupted
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise Stopped


class AlreadyRunningError(Exception):
    """Another `make run` serves the same folder."""


@contextmanager
def only_one(var: Path) -> Iterator[IO[str]]:
    """Hold the folder's lock, which the kernel frees however this process ends; yield its file.

    Raises AlreadyRunningError, with what the other one has written there.
    """
    var.mkdir(parents=True, exist_ok=True)
    with (var / "run.lock").open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            where = lock.read() or "still starting"
            raise AlreadyRunningError(f"The portal runs already from {var} ({where}): stop that one first") from error
        _tell(lock, "")
        yield lock


def _tell(lock: IO[str], where: str) -> None:
    lock.truncate(0)
    lock.write(where)
    lock.flush()


def welcome(site: Site, *, seconds: float) -> str:
    """Return what is printed when everything is up."""
    lines = ["", f"The portal is at {site.url} (ready after {seconds:.1f} s; Ctrl-C stops it)"]
    if site.embeds("EMAIL_URL"):
        lines.append(f"Its mail, sign-in codes too, is at {site.mailbox_url}")
    if site.is_demo:
        lines.append(sign_ins(site))
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
