"""Drive a stop of processing through the demo and end it again, and look into every store: the right row was marked."""

from __future__ import annotations

import time
from dataclasses import dataclass

from examples.macrosora.truth.app import opened
from examples.macrosora.truth.everything import who_is
from tools import processes
from tools.deletion_check import not_as, summed
from tools.site import Site
from tools.visitor import Visitor

#: Where the demo's data map has a mark.
_MARKED = ("app", "people")
_PATIENCE = 60.0


@dataclass(frozen=True)
class Stop:
    """What came of it: the seconds until the row was marked and until it was as before, and all problems."""

    marked: float
    put_back: float
    problems: tuple[str, ...]


def stop_and_end(site: Site, person: Visitor, reviewer: Visitor) -> Stop:
    """Let somebody who is signed in have every use stopped, and end it; look into every store meanwhile, and after."""
    known = who_is(site.var / "macrosora", person.email)
    before, started = summed(site, known), time.monotonic()
    reference = person.stop("everything", ground="accuracy", words="My employer is another by now.")
    reviewer.grant_stop(reference)
    try:
        _wait(site, person.email, is_marked=True)
        marked, meanwhile = time.monotonic() - started, summed(site, known)
        started = time.monotonic()
        person.end_stop(reference)
        _wait(site, person.email, is_marked=False)
    except TimeoutError as error:
        return Stop(0, 0, (str(error),))
    put_back = time.monotonic() - started
    problems = [
        *not_as(before, meanwhile, when="while processing was stopped", but=_MARKED),
        *not_as(before, summed(site, known), when="after the stop had ended"),
    ]
    return Stop(marked, put_back, tuple(problems))


def _wait(site: Site, email: str, *, is_marked: bool) -> None:
    def is_so() -> bool:
        with opened(site.var / "macrosora" / "app.sqlite3") as database:
            found = database.where("people", "email", [email])
        return [bool(row["is_restricted"]) for row in found] == [is_marked]

    what = "the mark of a stop" if is_marked else "the end of a mark"
    processes.wait_until(is_so, seconds=_PATIENCE, what=what, every=0.2)
