"""/healthz: this process answers. /readyz: so do the database, the broker and the storage.

Answered before any host, session or tenant is looked at: a load balancer asks by address.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import redis
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponseBase, JsonResponse

from dsar import payloads

logger = logging.getLogger(__name__)

GetResponse = Callable[[HttpRequest], HttpResponseBase]
ANSWER_SECONDS = 2


def health(get_response: GetResponse) -> GetResponse:
    """Answer the two health addresses, and pass everything else on."""
    answers = {"/healthz": live, "/readyz": ready}

    def answer(request: HttpRequest) -> HttpResponseBase:
        return answers.get(request.path_info, get_response)(request)

    return answer


def live(request: HttpRequest) -> HttpResponseBase:
    """Say that the process answers; status 200."""
    return JsonResponse({"live": "ok"})


def ready(request: HttpRequest) -> HttpResponseBase:
    """Say of each part whether it answers: status 200 if all do, else 503. Reasons go to the log alone."""
    parts = {name: _state(name, ask) for name, ask in PARTS.items()}
    return JsonResponse(parts, status=200 if set(parts.values()) == {"ok"} else 503)


def _state(name: str, ask: Callable[[], None]) -> str:
    try:
        ask()
    except Exception:  # whatever a driver raises, the part is not ready, and the log says where
        logger.exception("%s is not ready", name)
        return "failed"
    return "ok"


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM django_migrations")


def _broker() -> None:
    with redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=ANSWER_SECONDS, socket_timeout=ANSWER_SECONDS
    ) as client:
        client.ping()


def _storage() -> None:
    payloads.storage().check()


PARTS: dict[str, Callable[[], None]] = {"database": _database, "broker": _broker, "storage": _storage}
