"""Drive deletions through the demo, and look into every store: the right rows went, and no others.

One is taken back: the account was hidden meanwhile, and every row is what it was again.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from examples.macrosora.truth.app import Known, opened
from examples.macrosora.truth.everything import MASKED, Summed, everything, sum_up, who_is
from tools import mailbox, processes
from tools.site import ROOT, Site
from tools.visitor import Visitor

_SECRET = re.compile(r"^ {4}([\w-]{20,})$", re.MULTILINE)
_LAST = "Your data is erased"
#: Rows that a law keeps, and those that stay without the person.
_KEPT, _MASKED = frozenset({("app", "invoices")}), frozenset({("app", "consents")})
_PATIENCE = 300.0


#: Where the account is hidden meanwhile.
_HIDDEN = ("app", "people")
_HOURS = "24"


@dataclass(frozen=True)
class Deletion:
    """What came of it: all problems, and how many rows went."""

    deleted: int
    masked: int
    seconds: float
    problems: tuple[str, ...]


@dataclass(frozen=True)
class TakenBack:
    """What came of a deletion that was taken back: the seconds until the account was hidden, and shown again."""

    hidden: float
    shown: float
    problems: tuple[str, ...]


def delete(site: Site, person: Visitor, reviewer: Visitor) -> Deletion:
    """Let somebody who is signed in ask for deletion, have it approved, and look into every store.

    One that does not come to its end is a problem.
    """
    email, known = person.email, who_is(site.var / "macrosora", person.email)
    names, before = _names(site, known), summed(site, known)
    manage(site, "policy", "macrosora", "--undo-hours", "0")
    started = time.monotonic()
    reference = person.file("erasure")
    try:
        _wait(lambda: reviewer.approve_deletion(reference), f"something to approve of {reference}")
        secret = last_secret(site, email)
    except TimeoutError as error:
        return Deletion(0, 0, 0, (f"{error}: {reviewer.read_case(reference)}",))
    seconds = time.monotonic() - started
    after = summed(site, known)
    certificate = person.certificate(reference, secret, "json")
    problems = [
        *_differences(before, after),
        *_named(site, names),
        *_untold(json.loads(certificate), before, after),
        *_unverified(site, {"json": certificate, "pdf": person.certificate(reference, secret, "pdf")}),
    ]
    deleted = before.theirs.rows.total() - after.theirs.rows.total() - after.masked.total() + before.masked.total()
    masked = after.masked.total() - before.masked.total()
    return Deletion(deleted, masked, seconds, tuple(problems))


def take_back(site: Site, person: Visitor) -> TakenBack:
    """Let somebody who is signed in ask for deletion and take it back; look into every store meanwhile, and after."""
    known = who_is(site.var / "macrosora", person.email)
    manage(site, "policy", "macrosora", "--undo-hours", _HOURS)
    if not _is_active(site, person.email):
        return TakenBack(0, 0, (f"the account of {person.email} is hidden from the start",))
    before, started = summed(site, known), time.monotonic()
    reference = person.file("erasure")
    try:
        _wait(lambda: not _is_active(site, person.email), f"the hiding of {reference}")
        hidden, meanwhile = time.monotonic() - started, summed(site, known)
        started = time.monotonic()
        person.take_back(reference)
        _wait(lambda: _is_active(site, person.email), f"the showing of {reference}")
    except TimeoutError as error:
        return TakenBack(0, 0, (str(error),))
    shown = time.monotonic() - started
    problems = [
        *not_as(before, meanwhile, when="while the account was hidden", but=_HIDDEN),
        *not_as(before, summed(site, known), when="after the deletion was taken back"),
    ]
    return TakenBack(hidden, shown, tuple(problems))


def _is_active(site: Site, email: str) -> bool:
    with closing(sqlite3.connect(site.var / "macrosora" / "app.sqlite3")) as database:
        found = database.execute("SELECT is_active FROM people WHERE email = ?", (email,)).fetchone()
    return bool(found[0])


def not_as(before: Summed, after: Summed, *, when: str, but: tuple[str, str] | None = None) -> Iterator[str]:
    """Yield where rows are not what they were; of those in `but` there are only as many. `when` is for the words."""
    for whose, were, are in (("others", before.others, after.others), ("the person", before.theirs, after.theirs)):
        for key in sorted({*were.rows, *are.rows}):
            same = were.checksums[key] == are.checksums[key] or (key == but and whose == "the person")
            if were.rows[key] != are.rows[key] or not same:
                yield f"{':'.join(key)}: {when} rows of {whose} were not what they had been"


def manage(site: Site, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the site. Raises CalledProcessError."""
    command = [sys.executable, str(ROOT / "manage.py"), *words]
    environ = {**os.environ, **site.environment()}
    return subprocess.run(command, env=environ, cwd=ROOT, check=True, capture_output=True, text=True)


def summed(site: Site, known: Known) -> Summed:
    s3_url = site.environment().get("MACROSORA_S3_URL", "")
    return sum_up(folder=site.var / "macrosora", redis_url=site.demo_redis_url, s3_url=s3_url, known=known)


def last_secret(site: Site, email: str) -> str:
    """Return the secret of the last message, once that has come."""
    found: list[str] = []

    def has_come() -> bool:
        for file in sorted((site.var / "mail").glob("*.eml"), reverse=True):
            message = mailbox.read(file.read_bytes())
            if message["to"] == email and _LAST in message["subject"]:
                found.extend(_SECRET.findall(mailbox.text_of(message)))
                return True
        return False

    _wait(has_come, f"the last message to {email}")
    return found[0]


def _wait(ready: Callable[[], bool], what: str) -> None:
    processes.wait_until(ready, seconds=_PATIENCE, what=what, every=0.5)


def _differences(before: Summed, after: Summed) -> Iterator[str]:
    """Yield where others' rows are not what they were, and where the person's are still there."""
    for key in sorted({*before.others.rows, *after.others.rows}):
        if before.others.rows[key] != after.others.rows[key]:
            yield f"{':'.join(key)}: {before.others.rows[key]} rows of others became {after.others.rows[key]}"
        elif before.others.checksums[key] != after.others.checksums[key]:
            yield f"{':'.join(key)}: rows of others are not what they were"
    for key in sorted(before.theirs.rows):
        expected = before.theirs.rows[key] if key in _KEPT else 0
        if after.theirs.rows[key] != expected:
            yield f"{':'.join(key)}: {after.theirs.rows[key]} rows of the person are left, not {expected}"
    for key in sorted({*after.masked} | _MASKED):
        expected = before.masked[key] + (before.theirs.rows[key] if key in _MASKED else 0)
        if after.masked[key] != expected:
            yield f"{':'.join(key)}: {after.masked[key]} rows are masked, not {expected}"


def _names(site: Site, known: Known) -> frozenset[str]:
    """Return how the person is named: by addresses, and by the names of their accounts."""
    with opened(site.var / "macrosora" / "app.sqlite3") as database:
        return known.emails | {
            row["full_name"].casefold() for row in database.where("people", "id", known.ids) if row["full_name"]
        }


def _named(site: Site, names: frozenset[str]) -> Iterator[str]:
    """Yield where a row that was masked names the person still; those of others may name anybody."""
    s3_url = site.environment().get("MACROSORA_S3_URL", "")
    for key, row in everything(site.var / "macrosora", site.demo_redis_url, s3_url):
        texts = [str(value) for value in row.values()]
        if not any(text.startswith(MASKED) for text in texts):
            continue
        # The text of JSON may spell a letter by its number.
        said = " ".join((*texts, *(_unescaped(text) for text in texts))).casefold()
        yield from (f"{':'.join(key)}: a masked row names the person still" for name in names if name in said)


def _unescaped(text: str) -> str:
    try:
        return json.dumps(json.loads(text), ensure_ascii=False)
    except ValueError:
        return ""


def _untold(certificate: Mapping[str, Any], before: Summed, after: Summed) -> Iterator[str]:
    """Yield where the certificate says something else than the stores."""
    if certificate["proven"] is not True:
        yield "the certificate proves nothing"
    told = {
        (store["dataset"], item["name"]): (item["deleted"], item["masked"])
        for store in certificate["stores"]
        for item in store["collections"]
    }
    names = {("documents", "prompts"): ("documents", "prompt_templates")}
    for key, rows in sorted(before.theirs.rows.items()):
        masked = rows if key in _MASKED else 0
        expected = (rows - after.theirs.rows[key] - masked, masked)
        if told.get(names.get(key, key)) != expected:
            yield f"{':'.join(key)}: the certificate tells of {told.get(names.get(key, key))}, not of {expected}"


def _unverified(site: Site, files: dict[str, bytes]) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        for form, content in files.items():
            path = Path(folder) / f"certificate.{form}"
            path.write_bytes(content)
            try:
                manage(site, "verify_certificate", str(path))
            except subprocess.CalledProcessError as error:
                yield f"the {form} of the certificate does not verify: {error.stderr}"
