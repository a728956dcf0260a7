"""The two addresses that a load balancer asks."""

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

pytestmark = pytest.mark.django_db


def test_live_at_any_host(client: Client) -> None:
    response = client.get("/healthz", headers={"host": "10.0.0.7"})
    assert (response.status_code, response.json()) == (200, {"live": "ok"})


def test_ready_when_all_parts_answer(client: Client, settings: Settings, redis_url: str) -> None:
    settings.REDIS_URL = redis_url
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (200, {"database": "ok", "broker": "ok", "storage": "ok"})


def test_not_ready_without_a_broker(client: Client, settings: Settings, tmp_path: Path) -> None:
    settings.REDIS_URL = f"unix://{tmp_path}/nothing"
    response = client.get("/readyz")
    assert (response.status_code, response.json()["broker"]) == (503, "failed")
    assert str(tmp_path).encode() not in response.content


def test_not_ready_without_storage(client: Client, settings: Settings, redis_url: str, tmp_path: Path) -> None:
    settings.REDIS_URL = redis_url
    settings.STORAGE_URL = f"file://{tmp_path}/gone"
    response = client.get("/readyz")
    assert (response.status_code, response.json()["storage"]) == (503, "failed")
