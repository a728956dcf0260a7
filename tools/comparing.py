"""Hold an unpacked bundle against what the stores themselves say."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from examples.macrosora.truth import canonical_checksum, expected_rows, forbidden_to
from tools.site import Site

#: The portal's own collections grow while it works; they are looked at, but nobody can count them beforehand.
_OWN = "portal"
_COLUMNS = "  {:<10} {:<18} {:>9} {:>9} {:>8}{}"


@dataclass(frozen=True)
class Walk:
    """One request from filing to its bundle's bytes, and the seconds it took."""

    email: str
    request_type: str
    bundle: bytes
    seconds: float

    @property
    def name(self) -> str:
        return f"{self.email} {self.request_type}"


@dataclass(frozen=True)
class Line:
    """One collection as it was delivered, beside what the stores hold; the seconds are those of reading it."""

    key: tuple[str, str]
    expected: int
    delivered: int
    seconds: float
    same: bool


@dataclass(frozen=True)
class Report:
    """What came of one walk."""

    walk: Walk
    lines: tuple[Line, ...]
    leaks: tuple[str, ...]

    @property
    def problems(self) -> list[str]:
        differing = [f"{'.'.join(line.key)} differs" for line in self.lines if not line.same]
        return [f"{self.walk.name}: {problem}" for problem in (*differing, *self.leaks)]

    def table(self) -> str:
        head = _COLUMNS.format("store", "collection", "expected", "delivered", "seconds", "")
        rows = [
            _COLUMNS.format(*line.key, line.expected, line.delivered, f"{line.seconds:.3f}", _mark(line))
            for line in self.lines
        ]
        return "\n".join(["", f"{self.walk.name}: {self.walk.seconds:.1f} s from filing to the bundle", head, *rows])


def compare(site: Site, walk: Walk) -> Report:
    """Return how the bundle compares. Raises KeyError for a bundle without a manifest, BadZipFile for no bundle."""
    with zipfile.ZipFile(io.BytesIO(walk.bundle)) as archive:
        return Report(walk, tuple(_lines(site, walk, archive)), tuple(_leaks(site, walk, archive)))


def _mark(line: Line) -> str:
    return "" if line.same else "  DIFFERS"


def _lines(site: Site, walk: Walk, archive: zipfile.ZipFile) -> Iterator[Line]:
    names, seconds = set(archive.namelist()), _seconds(archive)
    is_portability = walk.request_type == "portability"
    owed = expected_rows(
        folder=_folder(site),
        redis_url=site.demo_redis_url,
        mail_data=_folder(site) / "mail.json",
        emails=(walk.email,),
        leave_out_inferred=is_portability,
    )
    for key, truth in sorted(owed.items()):
        name = f"data/{key[0]}/{key[1]}.jsonl"
        count, checksum = canonical_checksum(archive.read(name).splitlines() if name in names else [])
        same = (count, checksum) == (truth.count, truth.checksum)
        yield Line(key, truth.count, count, seconds[key], same)


def _seconds(archive: zipfile.ZipFile) -> dict[tuple[str, str], float]:
    stores = json.loads(archive.read("manifest.json"))["stores"]
    return {
        (store["dataset"], collection["name"]): collection["seconds"]
        for store in stores
        for collection in store["collections"]
    }


def _leaks(site: Site, walk: Walk, archive: zipfile.ZipFile) -> Iterator[str]:
    """Yield what must not be in the bundle and is: secrets anywhere, other people's rows in any collection."""
    forbidden = forbidden_to(folder=_folder(site), emails=(walk.email,))
    for name in archive.namelist():
        content = archive.read(name)
        if forbidden.leaked(content):
            yield f"a secret stands in {name}"
        parts = name.removesuffix(".jsonl").split("/")
        if name.endswith(".jsonl") and parts[1] != _OWN:
            foreign = forbidden.foreign_rows((parts[1], parts[2]), content.splitlines())
            yield from (f"{name}: {sentence}" for sentence in foreign[:3])


def _folder(site: Site) -> Path:
    return site.var / "macrosora"
