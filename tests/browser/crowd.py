"""People who have asked already, so that the queue looks as it does on an ordinary day."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import timedelta

from examples.macrosora import cast
from examples.macrosora.cast import Person
from tools.site import Site
from tools.visitor import Visitor

_BACKDATE = """
UPDATE dsar_subjectrequest SET
    received_at = strftime('%Y-%m-%d %H:%M:%f', received_at, ?1),
    verified_at = strftime('%Y-%m-%d %H:%M:%f', verified_at, ?1),
    due_at = strftime('%Y-%m-%d %H:%M:%f', due_at, ?1),
    expected_at = strftime('%Y-%m-%d %H:%M:%f', expected_at, ?1)
WHERE reference = ?2"""
_EXPIRE = """
UPDATE dsar_bundle SET expires_at = strftime('%Y-%m-%d %H:%M:%f', 'now', ?1)
WHERE subject_request_id = (SELECT id FROM dsar_subjectrequest WHERE reference = ?2)"""


@dataclass(frozen=True)
class Asker:
    """Somebody who asked `hours` ago; a question makes it an enquiry."""

    person: Person
    hours: float
    kind: str = "access"
    question: str = ""


CROWD = (
    Asker(cast.TWO_ORGANISATIONS, 44.5),
    Asker(cast.MOVED, 37, "enquiry", "Do you still keep my old address? I moved to a new one in spring."),
    Asker(cast.ANN, 25.5),
    Asker(cast.TEMPLATE_OWNER, 11, "enquiry", "Are my prompt templates used to train models?"),
    Asker(cast.EMOJI, 3.2, "enquiry", "Which companies outside the EU receive my usage data?"),
)


def gather(site: Site) -> dict[str, str]:
    """Have each of the crowd sign up and ask; return the references by email."""
    return {asker.person.email: _ask(site, asker) for asker in CROWD}


def _ask(site: Site, asker: Asker) -> str:
    visitor = Visitor(site, asker.person.email)
    try:
        visitor.sign_up()
        reference = visitor.file(asker.kind, question=asker.question)
    finally:
        visitor.close()
    backdate(site, reference, by=timedelta(hours=asker.hours))
    return reference


def backdate(site: Site, reference: str, *, by: timedelta) -> None:
    """Move a request into the past, since nobody can wait two days for a picture of a late one."""
    _change(site, _BACKDATE, f"-{by.total_seconds()} seconds", reference)


def expire(site: Site, reference: str) -> None:
    """Let the time for fetching a request's bundle be over."""
    _change(site, _EXPIRE, "-1 minutes", reference)


def _change(site: Site, statement: str, *values: str) -> None:
    connection = sqlite3.connect(site.var / "portal.sqlite3", timeout=20)
    try:
        with connection:
            assert connection.execute(statement, values).rowcount == 1
    finally:
        connection.close()
