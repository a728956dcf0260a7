"""Drive a correction through the demo, and look into every store: that value is another now, and nothing else."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

from examples.macrosora.truth.everything import Key, Summed, sum_up, who_is
from tools import processes
from tools.site import Site
from tools.visitor import Visitor

RIGHT = "Tomás Rivera y Núñez"
_PLACE: Key = ("app", "people")
_PATIENCE = 300.0


@dataclass(frozen=True)
class Correction:
    """What came of it: all problems, and the seconds it took."""

    seconds: float
    problems: tuple[str, ...]


def correct(site: Site, email: str, reviewer: Visitor) -> Correction:
    """Let a person have their name put right, and have it approved. What does not come to its end is a problem."""
    folder = site.var / "macrosora"
    known = who_is(folder, email)
    person = Visitor(site, email)
    person.sign_up()

    def summed() -> Summed:
        s3_url = site.environment().get("MACROSORA_S3_URL", "")
        return sum_up(folder=folder, redis_url=site.demo_redis_url, s3_url=s3_url, known=known)

    before, started = summed(), time.monotonic()
    account = _account(site, email)
    reference = person.file("rectification")
    try:
        said = {"Full name": RIGHT, "Why is it wrong?": "I married."}
        _wait(lambda: person.propose(reference, said), f"values of {reference}")
        _wait(lambda: reviewer.approve_correction(reference), f"something to approve of {reference}")
        _wait(lambda: person.status(reference) == "fulfilled", f"the end of {reference}")
    except TimeoutError as error:
        return Correction(0, (f"{error}: {reviewer.read_case(reference)}",))
    problems = [*_differences(before, summed())]
    if _account(site, email) != account | {"full_name": RIGHT}:
        problems.append("app:people: the account is not what it was but for its name")
    return Correction(time.monotonic() - started, tuple(problems))


def _account(site: Site, email: str) -> dict[str, object]:
    with closing(sqlite3.connect(site.var / "macrosora" / "app.sqlite3")) as database:
        database.row_factory = sqlite3.Row
        return dict(database.execute("SELECT * FROM people WHERE email = ?", (email,)).fetchone())


def _differences(before: Summed, after: Summed) -> Iterator[str]:
    if (before.others.rows, before.others.checksums) != (after.others.rows, after.others.checksums):
        yield "rows of others are not what they were"
    for key in sorted({*before.theirs.rows, *after.theirs.rows}):
        same = before.theirs.checksums[key] == after.theirs.checksums[key]
        if before.theirs.rows[key] != after.theirs.rows[key] or same == (key == _PLACE):
            yield f"{':'.join(key)}: " + ("nothing was corrected" if same else "more was changed than the name")


def _wait(ready: Callable[[], bool], what: str) -> None:
    processes.wait_until(ready, seconds=_PATIENCE, what=what, every=0.5)
