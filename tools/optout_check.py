"""Drive a choice through the demo, on and off again, and look into every store: only the right values changed."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from examples.macrosora.truth.app import Known, opened
from examples.macrosora.truth.everything import Key, Summed, sum_up, who_is
from examples.macrosora.truth.others import all_mail
from tools import processes
from tools.deletion_check import manage
from tools.site import Site
from tools.visitor import Visitor, press_unsubscribe

PURPOSE = "product_news"
#: What the demo's data map says of this purpose, written down once more: column and lists.
_PEOPLE, _CONTACTS = ("app", "people"), ("mail", "contacts")
_LISTS = ("news", "product")
#: Seconds until a choice has effect in every store that sends mail.
_PROMISE = 60.0


@dataclass(frozen=True)
class OptOut:
    """What came of it: all problems, the seconds until each change was in every store, and how many values it was."""

    switched_on: float
    switched_off: float
    values: int
    problems: tuple[str, ...]


def opt_out(site: Site, person: Visitor) -> OptOut:
    """Let somebody who is signed in switch product news on, and leave by the link of a message as nobody in particular.

    They should be on other lists as well, which stay as they are.
    """
    known = who_is(site.var / "macrosora", person.email)
    expected_on = _summed(site, known, given=True)
    expected_off = _summed(site, known, given=False)
    problems: list[str] = []
    on = _timed(site, known, lambda: person.choose(PURPOSE, given=True), given=True, problems=problems)
    problems += _differences("switched on", expected_on, _summed(site, known))
    link = _unsubscribe_link(site, person.email)
    off = _timed(site, known, lambda: press_unsubscribe(site, link), given=False, problems=problems)
    problems += _differences("switched off", expected_off, _summed(site, known))
    return OptOut(on, off, len(list(_values(site, known))), tuple(problems))


def _timed(site: Site, known: Known, press: Callable[[], object], *, given: bool, problems: list[str]) -> float:
    """Press, and return the seconds until every store that sends mail has it; note a problem if one has not."""
    if (before := list(_values(site, known))) == [given] * len(before):
        problems.append(f"nothing can be seen: all values are {given} beforehand")
    started = time.monotonic()
    press()
    try:
        processes.wait_until(
            lambda: all(value == given for value in _values(site, known)),
            seconds=_PROMISE,
            what=f"{PURPOSE} to be {given} in every store",
            every=0.2,
        )
        seconds = time.monotonic() - started
        # What should not be written may be written last: the worker is to be done before everything is compared.
        processes.wait_until(lambda: _is_all_written(site), seconds=_PROMISE, what="the last choice", every=0.5)
    except TimeoutError as error:
        problems.append(str(error))
        return time.monotonic() - started
    return seconds


def _is_all_written(site: Site) -> bool:
    try:
        manage(site, "choices", "--tenant", "macrosora")
    except subprocess.CalledProcessError as error:
        if error.returncode == 1:
            return False
        raise
    return True


def _values(site: Site, known: Known) -> Iterator[bool | None]:
    """Yield what each switch of the person says in the stores themselves."""
    folder = site.var / "macrosora"
    with opened(folder / "app.sqlite3") as database:
        for row in database.every("people"):
            if known.has(row["email"]):
                yield None if row["newsletter"] is None else bool(row["newsletter"])
    for key, contact in all_mail(folder / "mail.json"):
        if key == _CONTACTS and known.has(contact["email"]) and contact["list"] in _LISTS:
            yield contact["subscribed"]


def _summed(site: Site, known: Known, *, given: bool | None = None) -> Summed:
    """Sum up every row of every store; with `given`, the person's as they are to be once it is written."""

    def written(key: Key, row: Mapping[str, Any]) -> Mapping[str, Any]:
        if key == _PEOPLE:
            return {**row, "newsletter": int(bool(given))}
        if key == _CONTACTS and row["list"] in _LISTS:
            return {**row, "subscribed": given}
        return row

    return sum_up(
        folder=site.var / "macrosora",
        redis_url=site.demo_redis_url,
        s3_url=site.environment().get("MACROSORA_S3_URL", ""),
        known=known,
        as_if=None if given is None else written,
    )


def _unsubscribe_link(site: Site, email: str) -> str:
    """Return the path of the link that a service puts into the next message, as it is told."""
    told = json.loads(manage(site, "consented", email, "--tenant", "macrosora", "--purpose", PURPOSE).stdout)
    return urlsplit(str(told["headers"]["List-Unsubscribe"]).strip("<>")).path


def _differences(when: str, expected: Summed, found: Summed) -> Iterator[str]:
    for whose, due, there in (
        ("the person", expected.theirs, found.theirs),
        ("others", expected.others, found.others),
    ):
        for key in sorted({*due.rows, *there.rows}):
            if (due.rows[key], due.checksums[key]) != (there.rows[key], there.checksums[key]):
                yield f"{when}: {':'.join(key)}: rows of {whose} are not what they are to be"
