"""Forged messages in the broker: a pickle is never opened, and what fits no task does nothing. Attack 36."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection, Queue
from kombu.exceptions import ContentDisallowed

from accounts.models import AuditEvent, OutgoingEmail
from dsar import tasks
from dsar.models import Step, SubjectRequest
from portal.celery import app


class Bomb:
    """What writes a file as soon as it is unpickled."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.file,))


@pytest.fixture
def broker() -> Iterator[Connection]:
    with Connection("memory://") as connection:
        yield connection


def deliver(broker: Connection, body: Any, serializer: str) -> tuple[list[Any], list[Exception]]:
    """Put a message into the portal's queue and take it as a worker of ours does; return what came and what failed."""
    taken: list[Any] = []
    refused: list[Exception] = []
    queue = Queue(f"forged-{uuid.uuid4()}")
    headers = {"lang": "py", "task": "dsar.run_step", "id": str(uuid.uuid4())}
    with broker.Producer() as producer:
        producer.publish(body, routing_key=queue.name, serializer=serializer, headers=headers, declare=[queue])
    consumer = app.amqp.TaskConsumer(
        broker.default_channel,
        queues=[queue],
        callbacks=[lambda decoded, message: taken.append(decoded)],
        on_decode_error=lambda message, error: refused.append(error),
    )
    with consumer:
        broker.drain_events(timeout=2)
    return taken, refused


@pytest.mark.parametrize("serializer", ["pickle", "yaml"])
def test_a_message_that_is_no_json_is_not_opened(broker: Connection, serializer: str, tmp_path: Path) -> None:
    file = tmp_path / "opened"
    taken, refused = deliver(broker, Bomb(file) if serializer == "pickle" else {"a": 1}, serializer)
    assert taken == []
    assert [type(error) for error in refused] == [ContentDisallowed]
    assert not file.exists()


def test_the_pickle_would_have_gone_off(tmp_path: Path) -> None:
    import pickle

    pickle.loads(pickle.dumps(Bomb(tmp_path / "opened")))  # noqa: S301  # that is what is being shown
    assert (tmp_path / "opened").exists()


def test_json_is_taken(broker: Connection) -> None:
    assert deliver(broker, [[], {}, {}], "json") == ([[[], {}, {}]], [])


@pytest.mark.parametrize(("args", "kwargs"), [([1], {}), ([], {"step_id": 1}), ([], {"sql": "drop table x"})])
@pytest.mark.parametrize("task", [tasks.run_step, tasks.sweep, tasks.expire, tasks.clock_warnings])
def test_a_task_with_anything_in_it_does_nothing(
    task: Any, args: list[int], kwargs: dict[str, Any], waiting: SubjectRequest
) -> None:
    before = (AuditEvent.objects.count(), OutgoingEmail.objects.count(), list(Step.objects.values()))
    with pytest.raises(TypeError):
        task(*args, **kwargs)
    assert (AuditEvent.objects.count(), OutgoingEmail.objects.count(), list(Step.objects.values())) == before


def test_nothing_but_our_tasks_and_celerys_own_can_be_named() -> None:
    app.loader.import_default_modules()
    foreign = {name for name in app.tasks if name.partition(".")[0] not in {"celery", "accounts", "dsar", "portal"}}
    assert foreign == set()
