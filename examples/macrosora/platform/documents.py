"""Documents that people make: prompt templates with versions, workflows, settings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any

from examples.macrosora import cast
from examples.macrosora.platform import chance
from examples.macrosora.platform.accounts import Account, Population
from examples.macrosora.platform.files import empty, write_json
from examples.macrosora.platform.progress import Tell, silent, told

Document = dict[str, Any]
Documents = Iterator[tuple[str, Document]]
_BODIES = (
    "Summarise {{ text }} in {{ words }} words.",
    "Translate into {{ language }}:\n\n{{ text }}\n",
    "You are a clerk. Never print <script>alert('prompt')</script>.",
    '=HYPERLINK("https://tracker.example"; "{{ title }}")',
)


def write_documents(*, folder: Path, population: Population, tell: Tell = silent) -> None:
    """Write `prompts`, `workflows` and `settings` below `folder`."""
    for name in ("prompts", "workflows", "settings"):
        empty(folder / name)
    documents = chain(_prompts(population), _workflows(population), _settings(population))
    for path, document in told(documents, tell, "documents"):
        write_json(folder / path, document)


def _prompts(population: Population) -> Documents:
    draw = population.stream("prompts")
    yield from _shared_template(population, draw)
    for account in population.accounts:
        for number in range(draw.randrange(3) + (2 if account.email == cast.ORDINARY.email else 0)):
            for version in range(1, draw.randint(2, 4)):
                path = f"prompts/tpl-{account.id}-{number}/v{version}.json"
                yield path, _template(account, [], version, population, draw)


def _shared_template(population: Population, draw: Random) -> list[tuple[str, Document]]:
    owner = population.by_email(cast.TEMPLATE_OWNER.email)
    others = [population.by_email(person.email).id for person in (cast.COLLABORATOR, cast.TWO_ORGANISATIONS)]
    return [
        (
            f"prompts/{cast.SHARED_TEMPLATE_ID}/v{version}.json",
            _template(owner, others if version > 1 else others[:1], version, population, draw),
        )
        for version in (1, 2, 3)
    ]


def _template(owner: Account, shared_with: list[int], version: int, population: Population, draw: Random) -> Document:
    return {
        "name": draw.choice(("Summary", "Übersetzung", "شرح", "Onboarding ✨")),
        "owner_id": owner.id,
        "shared_with": shared_with,
        "body": draw.choice(_BODIES),
        "variables": _variables(draw),
        "parameters": {"temperature": draw.choice((0, 0.2, 1.0)), "max_tokens": 512, "stop": []},
        "tags": draw.sample(["draft", "legal", "demo"], draw.randrange(3)),
        "published": draw.random() < 0.5,
        "saved_at": chance.iso(population.today - timedelta(days=80 - 10 * version, hours=1)),
    }


def _variables(draw: Random) -> list[Document]:
    choices: list[Document] = [
        {"name": "text", "type": "string", "default": ""},
        {"name": "words", "type": "integer", "default": 0},
        {"name": "strict", "type": "boolean", "default": False},
        {"name": "language", "type": "string", "default": None},
    ]
    return draw.sample(choices, draw.randrange(len(choices)))


def _workflows(population: Population) -> Documents:
    draw = population.stream("workflows")
    for account in population.accounts:
        for number in range(draw.randrange(3) + (1 if account.email == cast.ORDINARY.email else 0)):
            identifier = f"wf-{account.id}-{number}"
            yield f"workflows/{identifier}.json", _workflow(identifier, account, population, draw)


def _workflow(identifier: str, account: Account, population: Population, draw: Random) -> Document:
    return {
        "name": draw.choice(("Nightly import", "Triage", "")),
        "owner_id": account.id,
        "enabled": draw.random() < 0.6,
        "schedule": draw.choice((None, "0 3 * * *")),
        "notify": [draw.choice(population.accounts).email for _ in range(draw.randrange(3))],
        "steps": [_step(identifier, account, number, draw) for number in range(draw.randint(1, 4))],
        "saved_at": chance.iso(chance.moment(draw, today=population.today)),
    }


def _step(identifier: str, account: Account, number: int, draw: Random) -> Document:
    return {
        "name": f"step {number}",
        "kind": draw.choice(("fetch", "prompt", "store")),
        "template_id": draw.choice((None, f"tpl-{account.id}-0")),
        "settings": {"batch": draw.choice((0, 50)), "filters": [{"field": "status", "is": draw.choice(("", "new"))}]},
        "credential": cast.secret("workflow", f"{identifier}-{number}"),
        "then": [{"when": "ok", "go_to": number + 1}, {"when": "failed", "go_to": None}],
    }


def _settings(population: Population) -> Documents:
    draw = population.stream("settings")
    return ((f"settings/{account.id}.json", _setting(account, draw)) for account in population.accounts)


def _setting(account: Account, draw: Random) -> Document:
    return {
        "theme": draw.choice(("dark", "light", "")),
        "language": account.locale,
        "retention_days": {"api_calls": draw.choice((7, 30, 90)), "page_views": draw.choice((30, 90)), "errors": 90},
        "notifications": {"product_news": False, "security": True, "digest_hour": draw.choice((0, 8))},
        "integrations": [
            {"service": "chat", "url": "https://hooks.example/in", "signing_key": cast.secret("webhook", account.id)}
        ],
    }
