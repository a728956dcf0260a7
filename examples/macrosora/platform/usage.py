"""Rows of use, one folder a day: API calls, pages viewed, errors; API calls go to the archive after a month."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from examples.macrosora import cast
from examples.macrosora.platform import chance
from examples.macrosora.platform.accounts import Account, Population
from examples.macrosora.platform.archive import write_archive
from examples.macrosora.platform.days import by_day
from examples.macrosora.platform.files import empty, write_parts
from examples.macrosora.platform.progress import Tell, silent, told

Row = dict[str, Any]
_ENDPOINTS = ("/v1/chat", "/v1/embed", "/v1/classify", "/v1/files")
_MODELS = ("sora-small", "sora-large", "sora-embed-2")
_STATUSES = (200, 200, 200, 200, 200, 200, 201, 400, 429, 500)
_PAGES = ("/", "/playground", "/prompts", "/workflows", "/billing", "/settings/keys")
_CODES = ("quota_exceeded", "model_timeout", "invalid_json", "sign_in_failed")
#: Days after which API calls are kept as Parquet.
ARCHIVED_AFTER = 30


def write_usage(*, folder: Path, population: Population, heavy_calls: int, tell: Tell = silent) -> None:
    """Write below `folder` the last 89 full days of `usage`, and of `archive` those that are old enough for it."""
    archive, folder = folder / "archive" / "api_calls", folder / "usage"
    empty(folder)
    empty(archive)
    _write_calls(
        folder / "api_calls", archive, population, told(_api_calls(population, heavy_calls), tell, "API calls")
    )
    _write(folder / "page_views", told(_page_views(population), tell, "page views"), "viewed_at")
    _write(folder / "errors", told(_errors(population), tell, "errors"), "at")


def _write_calls(folder: Path, archive: Path, population: Population, rows: Iterator[Row]) -> None:
    newest = f"{population.today - timedelta(days=ARCHIVED_AFTER):%Y-%m-%d}"
    with by_day(rows, "called_at", beside=folder) as days:
        for day, lines in days:
            if day < newest:
                write_archive(archive / f"date={day}", lines)
            else:
                write_parts(folder / f"date={day}", lines)


def _write(folder: Path, rows: Iterator[Row], moment: str) -> None:
    with by_day(rows, moment, beside=folder) as days:
        for day, lines in days:
            write_parts(folder / f"date={day}", lines)


def _api_calls(population: Population, heavy_calls: int) -> Iterator[Row]:
    draw = population.stream("api_calls")
    instant = _instants(population, draw)
    addresses = [chance.address(draw) for _ in range(200)]
    number = 0
    for account in population.accounts:
        for _ in range(heavy_calls if account.email == cast.HEAVY.email else draw.randint(20, 60)):
            yield _api_call(number, account.id, instant(), addresses, draw)
            number += 1


def _api_call(number: int, user_id: int, called_at: str, addresses: list[str], draw: Random) -> Row:
    chosen = draw.getrandbits(32)
    status = _STATUSES[chosen % 10]
    return {
        "id": f"call-{number:08d}",
        "user_id": user_id,
        "endpoint": _ENDPOINTS[chosen >> 4 & 3],
        "model": _MODELS[(chosen >> 6) % 3] if status < 400 else None,
        "latency_ms": (chosen >> 8) % 4_000 / 8,
        "status": status,
        "ip_address": addresses[(chosen >> 12) % 200],
        "tokens": {"prompt": (chosen >> 16) % 900, "completion": (chosen >> 10) % 700 if status < 400 else 0},
        "called_at": called_at,
    }


def _instants(population: Population, draw: Random) -> Callable[[], str]:
    """Return a source of instants in those days, as JSON spells them: formatting datetimes would take twice as long."""
    days = [f"{population.today - timedelta(days=back):%Y-%m-%d}" for back in range(1, chance.DAYS)]
    minutes = [f"T{hour:02d}:{minute:02d}:" for hour in range(24) for minute in range(60)]

    def instant() -> str:
        millisecond = draw.randrange(60_000)
        return f"{draw.choice(days)}{draw.choice(minutes)}{millisecond // 1000:02d}.{millisecond % 1000:03d}Z"

    return instant


def _page_views(population: Population) -> Iterator[Row]:
    draw = population.stream("page_views")
    instant = _instants(population, draw)
    owners = [account for account in population.accounts for _ in range(draw.randint(4, 18))]
    for number, account in enumerate(owners):
        browser, version, _ = chance.browser(draw)
        yield {
            "id": f"view-{number:08d}",
            "person_id": account.id,
            "page": draw.choice(_PAGES),
            "viewed_at": instant(),
            "seconds": draw.choice((0, round(draw.random() * 600, 2))),
            "browser": browser,
            "browser_version": version,
            "referrer": draw.choice((None, "", "https://search.example/?q=macrosora")),
        }


def _errors(population: Population) -> Iterator[Row]:
    draw = population.stream("errors")
    instant = _instants(population, draw)
    for number, (person_id, email, name) in enumerate(_failing(population, draw)):
        yield {
            "id": f"error-{number:06d}",
            "person_id": person_id,
            "user_email": email,
            "at": instant(),
            "level": draw.choice(("error", "warning")),
            "code": "sign_in_failed" if person_id is None else draw.choice(_CODES),
            "message": f"Request of {name} failed: <img src=x onerror=alert(1)>",
            "diagnostics": _diagnostics(number, draw),
        }


def _failing(population: Population, draw: Random) -> Iterator[tuple[int | None, str, str]]:
    """Yield who failed: accounts, and addresses typed at a sign-in that nobody was signed in to."""
    for account in population.accounts:
        for _ in range(draw.randint(1, 4)):
            yield account.id, _logged(account), account.full_name
    for typed in (cast.MOVED.previous_email, *cast.ANN.spellings, *cast.JOSE_ACCENT.spellings, cast.INVITED.email):
        yield None, typed, "nobody signed in"


def _logged(account: Account) -> str:
    # The log still writes the address that an account had when its key was made.
    return account.previous_email or account.email


def _diagnostics(number: int, draw: Random) -> Row:
    return {
        "service": draw.choice(("gateway", "inference")),
        "trace_id": f"{draw.getrandbits(64):016x}",
        "retries": draw.randrange(3),
        "headers": {"accept": "application/json", "authorization": cast.secret("header", number)},
    }
