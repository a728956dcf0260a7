"""Drive the demo as people do, over HTTP, and compare every row that is delivered with the stores themselves.

    python -m tools.demo_check --people 200

Starts the whole portal on free ports in a folder of its own, files access and portability requests, lets a
reviewer release what waits, downloads and unpacks the bundles, and holds each collection against counts and
checksums taken straight from the stores. Exits 0 only if all of them match.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django

from examples.macrosora import cast
from examples.macrosora.truth import canonical_checksum, expected_rows, forbidden_strings
from tools import processes
from tools.site import HOST, Site, new_site, running
from tools.visitor import Visitor

#: The portal's own collections grow while it works; they are looked at, but nobody can count them beforehand.
_OWN = "portal"
_PATIENCE = 300.0  # seconds for one request
_WALKS = (
    (cast.ORDINARY, "access"),
    (cast.HEAVY, "access"),
    (cast.NOBODY, "access"),
    (cast.ORDINARY, "portability"),
)


@dataclass(frozen=True)
class Line:
    """One collection as it was delivered, beside what the stores hold."""

    walk: str
    key: tuple[str, str]
    expected: int
    delivered: int
    same: bool


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--people", type=int, default=200)
    people = parser.parse_args().people
    environ = {**os.environ, "MACROSORA_SIZE": str(people)}
    with tempfile.TemporaryDirectory(prefix="demo-check-") as folder:
        # The team's authenticator codes are worked out by the portal's own library.
        os.environ |= {"DJANGO_SETTINGS_MODULE": "portal.settings", "PORTAL_VAR": folder}
        django.setup()
        site = new_site(Path(folder), environ)
        with running(site):
            return _check(site)


def _check(site: Site) -> int:
    lines: list[Line] = []
    problems: list[str] = []
    seconds: dict[str, float] = {}
    for person, kind in _WALKS:
        walk = f"{person.email} {kind}"
        started = time.monotonic()
        is_new = not any(line.walk.startswith(f"{person.email} ") for line in lines)
        bundle = _walk(site, person.email, kind, is_new=is_new)
        seconds[walk] = time.monotonic() - started
        lines += _compare(site, walk, person.email, bundle)
        problems += _leaks(site, walk, person.email, bundle)
    _print(lines, seconds)
    problems += [f"{line.walk}: {'.'.join(line.key)} differs" for line in lines if not line.same]
    for problem in problems:
        print(f"PROBLEM {problem}")
    return 1 if problems else 0


def _walk(site: Site, email: str, kind: str, *, is_new: bool) -> bytes:
    """File a request as a person would, have it released where it waits, and return the bundle's bytes."""
    person = Visitor(site, email)
    if is_new:
        person.sign_up()
    else:
        person.sign_in()
    reference = person.file(kind)
    _wait(person, reference, site)
    return person.download(reference)


def _wait(person: Visitor, reference: str, site: Site) -> None:
    released = False

    def is_done() -> bool:
        nonlocal released
        status = person.status(reference)
        if status == "awaiting_release" and not released:
            Visitor.reviewer(site).release(reference)
            released = True
        return status == "fulfilled"

    processes.wait_until(is_done, seconds=_PATIENCE, what=f"request {reference}")


def _compare(site: Site, walk: str, email: str, bundle: bytes) -> list[Line]:
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        names = set(archive.namelist())
        result = []
        for key, truth in sorted(expected_rows(**_where(site), emails=(email,)).items()):
            name = f"data/{key[0]}/{key[1]}.jsonl"
            count, checksum = canonical_checksum(archive.read(name).splitlines() if name in names else [])
            same = (count, checksum) == (truth.count, truth.checksum)
            result.append(Line(walk, key, truth.count, count, same))
    return result


def _leaks(site: Site, walk: str, email: str, bundle: bytes) -> list[str]:
    """Return what must not be in the bundle and is: secrets anywhere, other people's rows in any collection."""
    forbidden = forbidden_strings(**_where(site), emails=(email,))
    found = []
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        for name in archive.namelist():
            content = archive.read(name)
            if b"CANARY-SECRET" in content:
                found.append(f"{walk}: a secret stands in {name}")
            parts = name.removesuffix(".jsonl").split("/")
            if name.endswith(".jsonl") and parts[1] != _OWN:
                rows = forbidden.foreign_rows((parts[1], parts[2]), content.splitlines())
                found += [f"{walk}: {name} holds a row of somebody else" for _ in [0] if rows]
    return found


def _where(site: Site) -> dict[str, Any]:
    folder = site.var / "macrosora"
    return {
        "folder": folder,
        "redis_url": f"redis://{HOST}:{site.ports['valkey']}/1",
        "mail_data": folder / "mail.json",
    }


def _print(lines: list[Line], seconds: dict[str, float]) -> None:
    walk = ""
    for line in lines:
        if line.walk != walk:
            walk = line.walk
            print(
                f"\n{walk}: {seconds[walk]:.1f} s\n  {'store':<10} {'collection':<20} {'expected':>9} {'delivered':>9}"
            )
        mark = "" if line.same else "  DIFFERS"
        print(f"  {line.key[0]:<10} {line.key[1]:<20} {line.expected:>9} {line.delivered:>9}{mark}")


if __name__ == "__main__":
    sys.exit(main())
