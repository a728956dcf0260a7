"""One line an event, without personal values: neither an exception's words nor a path's parts are written."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from django.http import HttpRequest

from portal.schedule import EVERY_SECONDS

# Their messages carry addresses, query strings or page content; errors among them are worth a line all the same.
TALKATIVE = (
    "httpx",
    "httpcore",
    "botocore",
    "aiobotocore",
    "urllib3",
    "s3fs",
    "fsspec",
    "fontTools",
    "weasyprint",
    "PIL",
)
ROUTINE = {*EVERY_SECONDS, "dsar.run_step"}
LONG_SECONDS = 1.0
OWN = ("portal", "accounts", "dsar", "celery")


def config(*, level: str) -> dict[str, Any]:
    """Return the dictionary for logging.config: libraries from WARNING, our own and Celery's from `level`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"not_routine": {"()": "portal.logs.NotRoutine"}},
        "formatters": {"line": {"()": "portal.logs.OneLine"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["not_routine"]}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            **{name: {"level": level} for name in OWN},
            **{name: {"level": "ERROR"} for name in TALKATIVE},
            # Django attaches handlers of its own, which would print what OneLine leaves out.
            "django": {"handlers": [], "level": "WARNING"},
            "django.server": {"handlers": [], "propagate": True},
            # The access log says every 4xx already, by route.
            "django.request": {"level": "ERROR"},
            "celery.beat": {"level": "WARNING"},
            # Says of each message that it was too old, which after a pause is all of them.
            "celery.worker.request": {"level": "WARNING"},
            # Says of each task received what the trace says of it ended.
            "celery.worker.strategy": {"level": "WARNING"},
        },
    }


class NotRoutine(logging.Filter):
    """Drops the line that a task is done which comes every few seconds or by the dozen, unless it took long."""

    def filter(self, record: logging.LogRecord) -> bool:
        data = getattr(record, "data", {})
        return data.get("name") not in ROUTINE or data.get("runtime", LONG_SECONDS) >= LONG_SECONDS


class OneLine(logging.Formatter):
    """`2026-11-24T10:00:00.123Z INFO dsar.tasks words`, then for an error ` | Type at file:line in function`.

    An exception's message may hold the row that a database refused or the address a mail server did not
    know, so only its type and where it was raised are written.
    """

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = f"{at} {record.levelname} {record.name} {_words(record)}"
        if record.exc_info and record.exc_info[1]:
            line += f" | {_error(record.exc_info[1])}"
        return line.encode("unicode_escape").decode("ascii") if not line.isprintable() else line


def _words(record: logging.LogRecord) -> str:
    request = getattr(record, "request", None)
    if isinstance(request, HttpRequest):
        return f"{getattr(record, 'status_code', '')} {request.method} {route_of(request)}"
    if record.name == "celery.app.trace":
        return _task_words(record)
    return record.getMessage()


def _task_words(record: logging.LogRecord) -> str:
    # Celery's own sentence ends in the exception's message or the return value.
    data = getattr(record, "data", {})
    seconds = f" in {data['runtime']:.3f} s" if "runtime" in data else ""
    return f"task {data.get('name')} {data.get('id')} {data.get('description', 'done')}{seconds}"


def _error(error: BaseException) -> str:
    own = f"{type(error).__module__}.{type(error).__qualname__} at {_place(error.__traceback__)}"
    cause = error.__cause__ or error.__context__
    return f"{own} | from {_error(cause)}" if cause else own


def _place(traceback: TracebackType | None) -> str:
    places = []
    while traceback:
        code = traceback.tb_frame.f_code
        places.append(f"{code.co_filename}:{traceback.tb_lineno} in {code.co_name}")
        traceback = traceback.tb_next
    return " > ".join(places[-6:]) or "an unknown place"


def route_of(request: HttpRequest) -> str:
    """Return the pattern that the request's path matched; a path itself may hold a token or a reference."""
    match = request.resolver_match
    return f"/{match.route}" if match else "(no route)"
