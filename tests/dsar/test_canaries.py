"""Requests full of unique values, from the form to the opened bundle: none of them is where it has no business.

Attacks 11 and 35. Everything that the portal keeps or tells is searched: logs, audit trail, task messages, the broker,
the cache, sessions, every column of every table, stored files and every address that a browser or a mail shows.
"""

from __future__ import annotations

import io
import json
import logging
import re
import sqlite3
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery.signals import before_task_publish
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache.backends import locmem
from django.test import Client
from django.utils import timezone
from kombu.transport.memory import Channel
from pytest_django import Settings

from accounts import outbox
from accounts.models import AuditEvent, OutgoingEmail, Tenant, User
from dsar.actions.fulfilment.running import run_next
from dsar.models import RequestType, SubjectRequest
from portal.logs import OWN
from tests.dsar.conftest import app_database
from tests.dsar.views.conftest import HOST, browser, second_factor, token_of

EMAIL, OLD_EMAIL = "canary-mail@canary-host.example", "canary-older@canary-host.example"
AGENT, NETWORK = "CanaryBrowser/7.7", "203.0.113.77"
QUESTION, ANSWER = "canary-question of a person", "canary-answer of the team"
ROWS = ["canary-name", "canary-letter", "canary-old-letter", "canary-score-771771"]
CANARIES = ["canary", "771771", AGENT, NETWORK]
LINK = re.compile(r"""(?:href|src|action|hx-get|hx-post)=["']([^"']*)|(https?://\S+)""")


class Watched(Client):
    """A browser that remembers every address it asked, was sent to, or could see."""

    addresses: list[str]

    def request(self, **environ: Any) -> Any:
        answer = super().request(**environ)
        self.addresses += [f"{environ.get('PATH_INFO')}?{environ.get('QUERY_STRING')}", answer.get("Location", "")]
        if not answer.streaming:
            self.addresses += ["".join(found) for found in LINK.findall(answer.content.decode())]
        return answer


class Keeper(logging.Handler):
    """Keeps every line with all that a formatter could make of it."""

    def __init__(self) -> None:
        super().__init__(level=logging.NOTSET)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{self.format(record)} {record.args!r}")


@pytest.fixture
def logs() -> Iterator[list[str]]:
    """Everything that is logged: ours from DEBUG, every other logger from INFO, whatever the settings say."""
    keeper, root = Keeper(), logging.getLogger()
    loggers = [item for item in root.manager.loggerDict.values() if isinstance(item, logging.Logger)]
    before = [(item, item.level, item.propagate) for item in [root, *loggers]]
    for logger, _level, _propagate in before:
        logger.propagate = True
        logger.setLevel(logging.DEBUG if logger.name.split(".")[0] in OWN else logging.INFO)
    root.addHandler(keeper)
    yield keeper.lines
    root.removeHandler(keeper)
    for logger, level, propagate in before:
        logger.setLevel(level)
        logger.propagate = propagate


@pytest.fixture
def messages() -> Iterator[list[str]]:
    """Everything that is handed to the broker, headers too."""
    sent: list[str] = []

    def keep(**message: Any) -> None:
        sent.append(repr({name: message[name] for name in ("body", "headers", "properties")}))

    before_task_publish.connect(keep)
    yield sent
    before_task_publish.disconnect(keep)


@pytest.fixture
def planted(tenant: Tenant) -> Tenant:
    """The tenant's store with a person of nothing but unique values."""
    with closing(sqlite3.connect(app_database(tenant))) as database, database:
        database.execute("insert into people values (9, ?, ?, ?, ?)", (EMAIL, *ROWS[:1], 771771, "canary-hash"))
        database.execute("insert into old_emails values (9, 9, ?)", (OLD_EMAIL,))
        letters = [(8, EMAIL, ROWS[1]), (9, OLD_EMAIL, ROWS[2])]
        database.executemany("insert into letters values (?, ?, ?)", letters)
    return tenant


@pytest.fixture
def walked(
    planted: Tenant, reviewer: User, settings: Settings, logs: list[str], messages: list[str]
) -> Callable[[], tuple[Watched, bytes]]:
    """Return a way to walk everything: filed without an account, signed up, asked, released, downloaded."""
    settings.DEFAULT_TENANT_SLUG = ""
    Watched.addresses = []
    team = browser(second_factor(reviewer))
    team.__class__ = Watched

    def walk() -> tuple[Watched, bytes]:
        person = Watched(headers={"host": HOST, "user-agent": AGENT}, REMOTE_ADDR=NETWORK)
        file_without_account(person)
        sign_up(person)
        ask_a_question(person)
        answer(team)
        while run_next(clock=timezone.now):
            pass
        release(team)
        return person, download(person)

    return walk


def mailed(kind: str, code: str) -> str:
    found = re.search(code, OutgoingEmail.objects.filter(kind=kind).latest("pk").text)
    assert found
    return found[0]


def file_without_account(person: Client) -> None:
    person.post("/requests/new/", {"type": RequestType.ACCESS})
    person.post("/requests/new/who/", {"email": EMAIL.upper()})
    sent = person.post("/requests/new/check/", {"token": token_of(person.get("/requests/new/check/"))})
    person.post(sent["Location"], {"code": "00000000"})
    person.post(sent["Location"], {"code": mailed("verify_code", r"\b\d{8}\b")})


def sign_up(person: Client) -> None:
    person.post("/accounts/login/", {"login": EMAIL})
    person.post("/accounts/signup/", {"email": EMAIL})
    code = mailed("email_confirmation_signup", r"\b[B-Z]{4}-[B-Z]{4}\b")
    person.post("/accounts/confirm-email/", {"code": code})
    User.objects.filter(email=EMAIL).update(name="canary-account-name")
    for page in ("/requests/", "/accounts/email/", "/accounts/sessions/"):
        assert person.get(page).status_code == 200


def ask_a_question(person: Client) -> None:
    person.post("/requests/new/", {"type": RequestType.ENQUIRY})
    person.post("/requests/new/question/", {"question": QUESTION})
    person.post("/requests/new/check/", {"token": token_of(person.get("/requests/new/check/"))})


def reference(kind: RequestType) -> str:
    return SubjectRequest.objects.get(type=kind).reference


def answer(team: Client) -> None:
    team.get("/desk/")
    address = f"/desk/{reference(RequestType.ENQUIRY)}/"
    assert b"canary" in team.get(address).content
    assert team.post(f"{address}answer/", {"text": ANSWER}).status_code == 302


def release(team: Client) -> None:
    address = f"/desk/{reference(RequestType.ACCESS)}/"
    for page in ("", "sample/app/people/"):
        assert b"canary" in team.get(f"{address}{page}").content
    assert team.post(f"{address}release/").status_code == 302


def download(person: Client) -> bytes:
    address = f"/requests/{reference(RequestType.ACCESS)}/"
    for page in ("", "download/"):
        assert person.get(f"{address}{page}").status_code == 200
    return b"".join(person.post(f"{address}download/"))


def hits(texts: Iterable[str]) -> list[str]:
    return [text for text in texts if any(canary in text.lower() for canary in map(str.lower, CANARIES))]


def columns() -> set[str]:
    """Return every column of the database that holds a canary, sessions and blobs too."""
    found = set()
    for model in apps.get_models():
        for row in model._default_manager.values():
            found |= {f"{model._meta.db_table}.{name}" for name, value in row.items() if hits([repr(value)])}
    return found | {"django_session.session_data" for row in Session.objects.all() if hits([repr(row.get_decoded())])}


PEOPLES_OWN = {
    *("accounts_user.email", "accounts_user.name", "account_emailaddress.email"),
    *("usersessions_usersession.ip", "usersessions_usersession.user_agent"),
    *("dsar_subjectrequest.email", "dsar_subjectrequest.question", "dsar_subjectrequest.answer"),
    "dsar_identity.value",
}
UNTIL_SENT = {"accounts_outgoingemail.to", "accounts_outgoingemail.text", "accounts_outgoingemail.html"}


@pytest.mark.thorough
@pytest.mark.pdf
def test_none_of_them_is_where_it_has_no_business(
    walked: Callable[[], tuple[Watched, bytes]], logs: list[str], messages: list[str]
) -> None:
    _person, bundle = walked()

    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        delivered = b"".join(archive.read(name) for name in archive.namelist()).decode("utf-8", "replace")
    for value in (EMAIL, OLD_EMAIL, QUESTION, ANSWER, "771771", *ROWS[:3], AGENT, NETWORK):
        assert value in delivered, "what is looked for has to be there to be found"
    assert "canary-hash" not in delivered

    assert columns() == PEOPLES_OWN | UNTIL_SENT
    sent = outbox.send_due(now=timezone.now() + timedelta(seconds=1))
    assert sent == len(mail.outbox) > 5
    assert columns() == PEOPLES_OWN

    assert len(logs) > 50
    assert hits(logs) == []
    assert AuditEvent.objects.count() > 15
    assert hits(json.dumps(event, default=str) for event in AuditEvent.objects.values()) == []
    assert len(messages) > 5
    assert hits([*messages, *(repr(list(queue.queue)) for queue in Channel.queues.values())]) == []
    assert hits(repr(item) for cache in vars(locmem)["_caches"].values() for item in cache.items()) == []
    mailed_links = [link for message in mail.outbox for link in re.findall(r"https?://\S+", str(message.body))]
    assert len(Watched.addresses) > 100
    assert hits([*Watched.addresses, *mailed_links]) == []
    stored = [path for path in (Path(settings.VAR_DIR) / "storage").rglob("*") if path.is_file()]
    assert len(stored) > 3
    assert hits(path.name + path.read_bytes().decode("latin-1") for path in stored) == []
