"""Drive the demo as people do, over HTTP, and compare every row that is delivered with the stores themselves.

    python -m tools.demo_check --people 200

Starts the whole portal on free ports in a folder of its own. The ordinary person, the heavy user and the person
with no data each sign up and file an access and a portability request, a reviewer releases what waits, and the
bundles are downloaded, checked and unpacked; exports are loaded into an empty platform. One more has a name put
right, one switches product news on and leaves by one click, one takes a deletion back and then has everything
deleted, and every row of every store is held against what was there before.

Exits 0 only if every collection matches counts and checksums taken straight from the stores, no bundle holds a secret
or another person's row, an export, loaded and exported again, is the same, and correction, choice and deletion changed
the right rows and no others.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

import django

from examples.macrosora import cast
from examples.macrosora.size import USUAL, SizeError, read_size
from tools import processes
from tools.comparing import Walk, compare
from tools.correction_check import correct
from tools.deletion_check import delete, take_back
from tools.optout_check import opt_out
from tools.reimporting import reimport
from tools.site import Site, new_site, running
from tools.stop_check import stop_and_end
from tools.visitor import Visitor

_PATIENCE, _PATIENCE_EACH = 300.0, 0.02  # seconds for one request, and more for each of the people to search through
_PEOPLE = (cast.ORDINARY, cast.HEAVY, cast.NOBODY)
_TYPES = ("access", "portability")
#: A correction, a stop, a deletion that is taken back, and two that are not.
_CHANGES = 5
#: What is said of a part of the check, and its problems.
_Told = tuple[str, Sequence[str]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--people", default=str(USUAL))
    try:
        people = read_size(parser.parse_args().people)
    except SizeError as error:
        parser.error(str(error))
    environ = {**os.environ, "MACROSORA_SIZE": str(people)}
    with tempfile.TemporaryDirectory(prefix="demo-check-") as folder:
        # The team's authenticator codes are worked out by the portal's own library.
        os.environ |= {"DJANGO_SETTINGS_MODULE": "portal.settings", "PORTAL_VAR": folder}
        django.setup()
        site = new_site(Path(folder), environ)
        with running(site):
            return _check(site, patience=_PATIENCE + people * _PATIENCE_EACH)


def _check(site: Site, *, patience: float) -> int:
    reviewer = Visitor.reviewer(site)
    visitors = {person: Visitor(site, person.email) for person in _PEOPLE}
    problems: list[str] = []
    for said, found in chain(_copies(site, visitors, reviewer, patience), _changes(site, visitors, reviewer)):
        print(said, flush=True)
        problems += found
    for problem in problems:
        print(f"PROBLEM {problem}")
    print(f"{len(_PEOPLE) * len(_TYPES) + _CHANGES} requests and a choice, {len(problems)} problems")
    return 1 if problems else 0


def _copies(site: Site, visitors: Mapping[cast.Person, Visitor], reviewer: Visitor, patience: float) -> Iterator[_Told]:
    """Have everybody ask for a copy and an export, and hold each against the stores."""
    for person, visitor in visitors.items():
        visitor.sign_up()
        for request_type in _TYPES:
            walk = _walk(visitor, reviewer, request_type, patience)
            report = compare(site, walk)
            yield report.table(), report.problems
            if request_type == "portability" and person is not cast.NOBODY:
                imported = reimport(site, walk)
                yield imported.line(), imported.problems


def _changes(site: Site, visitors: Mapping[cast.Person, Visitor], reviewer: Visitor) -> Iterator[_Told]:
    """Have the stores changed by every right that changes them: a request each of _CHANGES, and a choice."""
    corrected, chosen, stopped = cast.TWO_ORGANISATIONS.email, visitors[cast.ORDINARY], visitors[cast.HEAVY]
    correction = correct(site, corrected, reviewer)
    yield f"\n{corrected} correction: {correction.seconds:.1f} s; every row compared", correction.problems
    choice = opt_out(site, chosen)
    written = (
        f"written in {choice.switched_on:.1f} s when switched on, in {choice.switched_off:.1f} s when left by one click"
    )
    yield f"\n{chosen.email} choice: {choice.values} values {written}; every other value compared", choice.problems
    stop = stop_and_end(site, stopped, reviewer)
    times = f"marked in {stop.marked:.1f} s, as before in {stop.put_back:.1f} s"
    yield f"\n{stopped.email} stop: {times}; every row compared meanwhile, and after", stop.problems
    yield from _deletions(site, reviewer)


def _deletions(site: Site, reviewer: Visitor) -> Iterator[_Told]:
    """Have one deletion taken back, and two carried out."""
    # A colleague's ticket stands on the account of the second; it stays and lets go of it.
    first, second = Visitor(site, cast.COLLABORATOR.email), Visitor(site, cast.ORDINARY.email)
    first.sign_up()
    second.sign_in()
    back = take_back(site, first)
    times = f"hidden in {back.hidden:.1f} s, shown again in {back.shown:.1f} s"
    yield f"\n{first.email} deletion taken back: {times}; every row compared meanwhile, and after", back.problems
    for who in (first, second):
        deletion = delete(site, who, reviewer)
        rows = f"{deletion.deleted} rows deleted, {deletion.masked} masked"
        times = f"{deletion.seconds:.1f} s from filing to the last message"
        yield f"\n{who.email} deletion: {rows}, {times}; every other row compared", deletion.problems


def _walk(person: Visitor, reviewer: Visitor, request_type: str, patience: float) -> Walk:
    """File a request as a person would, have it released where it waits, and fetch the bundle."""
    started = time.monotonic()
    reference = person.file(request_type)
    _wait(person, reviewer, reference, patience)
    bundle = person.download(reference)
    return Walk(person.email, request_type, bundle, time.monotonic() - started)


def _wait(person: Visitor, reviewer: Visitor, reference: str, patience: float) -> None:
    released = False

    def is_done() -> bool:
        nonlocal released
        status = person.status(reference)
        if status == "awaiting_release" and not released:
            reviewer.release(reference)
            released = True
        return status == "fulfilled"

    # A page that is asked for over and over takes half a core from the work it waits for.
    processes.wait_until(is_done, seconds=patience, what=f"request {reference}", every=0.4)


if __name__ == "__main__":
    sys.exit(main())
