"""Celery tasks: an explicit name each, ids by keyword alone, JSON alone, and every periodic one exists."""

from __future__ import annotations

import ast
import inspect
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from portal.celery import app
from portal.schedule import EVERY_SECONDS

OWN = ("accounts", "dsar", "portal")
ROOT = Path(settings.BASE_DIR)


def tasks() -> dict[str, Any]:
    app.loader.import_default_modules()
    return {name: task for name, task in app.tasks.items() if task.__module__.split(".")[0] in OWN}


@cache
def calls() -> list[tuple[str, Path, ast.Call]]:
    """Return the method's name, the file and the call of every call of a method."""
    files = [path for package in OWN for path in (ROOT / package).rglob("*.py")]
    nodes = ((path, node) for path in files for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    return [
        (node.func.attr, path, node)
        for path, node in nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]


def test_every_task_of_ours_is_found() -> None:
    modules = {task.__module__ for task in tasks().values()}
    assert modules == {"accounts.tasks", "dsar.tasks"}
    assert len(tasks()) >= 7


def test_a_name_says_the_app_and_the_verb_and_is_written_down() -> None:
    for name, task in tasks().items():
        app_label, _, verb = name.partition(".")
        assert app_label == task.__module__.split(".")[0]
        assert verb.isidentifier(), f"{name}: not the name that Celery makes up of the module"
        assert f'name="{name}"' in inspect.getsource(inspect.getmodule(task.run))  # type: ignore[arg-type]


def test_a_task_takes_ids_by_keyword_alone() -> None:
    for name, task in tasks().items():
        for parameter in inspect.signature(task.run).parameters.values():
            assert parameter.kind is parameter.KEYWORD_ONLY, name
            assert parameter.name.endswith("_id"), f"{name}: {parameter.name} is no id"
            assert parameter.annotation in ("int", int), name


@pytest.mark.thorough
def test_nobody_sends_a_task_anything_but_keywords() -> None:
    sending = {"delay", "apply_async", "delay_on_commit", "send_task", "s", "si"}
    for path, call in ((path, call) for name, path, call in calls() if name in sending):
        assert not call.args, f"{path}:{call.lineno} passes arguments by place"
        assert {item.arg for item in call.keywords} <= {"retry", "kwargs", "countdown", "expires"}, path


@pytest.mark.thorough
def test_such_calls_are_found_at_all() -> None:
    assert sum(name == "apply_async" for name, _, _ in calls()) >= 2


def test_what_beat_wakes_exists_and_takes_nothing() -> None:
    assert set(EVERY_SECONDS) <= set(tasks())
    for name in EVERY_SECONDS:
        assert not inspect.signature(tasks()[name].run).parameters


def test_the_broker_carries_json_and_keeps_nothing() -> None:
    conf: Any = app.conf
    assert list(conf.accept_content) == ["json"]
    assert (conf.task_serializer, conf.task_ignore_result, conf.result_backend) == ("json", True, None)
    assert conf.result_accept_content in (None, ["json"])
