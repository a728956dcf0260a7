"""What a log line says, and what no line may say."""

import logging
import sys

from django.test import RequestFactory
from django.urls import resolve

from portal.logs import NotRoutine, OneLine

SECRET = "ada@example.org"


def record(message: str, *arguments: object, name: str = "dsar", **extra: object) -> logging.LogRecord:
    made = logging.LogRecord(name, logging.ERROR, __file__, 1, message, arguments, None)
    vars(made).update(extra)
    return made


def look_up(rows: dict[str, str]) -> str:
    try:
        return rows[SECRET]
    except KeyError as error:
        raise ValueError(f"no row for {SECRET}") from error


def test_an_exceptions_words_are_left_out_and_its_place_is_told() -> None:
    try:
        look_up({})
    except ValueError:
        line = OneLine().format(record("step %d failed", 7, exc_info=sys.exc_info()))
    assert SECRET not in line
    assert "ERROR dsar step 7 failed | builtins.ValueError at " in line
    assert "test_logs.py" in line
    assert "from builtins.KeyError" in line


def test_a_request_is_told_by_its_route() -> None:
    request = RequestFactory().get(f"/accounts/login/?email={SECRET}")
    request.resolver_match = resolve("/accounts/login/")
    line = OneLine().format(record("Internal Server Error: %s", request.path, request=request, status_code=500))
    assert line.endswith("500 GET /accounts/login/")


def test_a_path_that_matches_nothing_is_not_written() -> None:
    request = RequestFactory().get(f"/{SECRET}")
    assert SECRET not in OneLine().format(record("Not Found: %s", request.path, request=request))


def test_a_failed_task_is_told_without_its_error() -> None:
    data = {"name": "dsar.sweep", "id": "1", "description": "raised unexpected", "exc": SECRET}
    line = OneLine().format(record("Task %(exc)s", data, name="celery.app.trace", data=data))
    assert SECRET not in line
    assert line.endswith("task dsar.sweep 1 raised unexpected")


def test_a_line_stays_one_line() -> None:
    line = OneLine().format(record("name %s", "x\nERROR forged\x1b[2J"))
    assert line.isprintable()
    assert "x\\nERROR forged" in line


def test_routine_is_dropped_unless_it_took_long() -> None:
    def passes(runtime: float) -> bool:
        return bool(NotRoutine().filter(record("", data={"name": "dsar.sweep", "runtime": runtime})))

    assert not passes(0.1)
    assert passes(2.0)
    assert NotRoutine().filter(record("a word"))
