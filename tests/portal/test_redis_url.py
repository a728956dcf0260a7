"""A Redis server with a password and TLS: REDIS_URL alone opens it, and no certificate is believed unseen."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.cache.backends.redis import RedisCache
from kombu import Connection
from kombu.exceptions import OperationalError
from pytest_django import Settings
from redis import Redis
from redis.exceptions import ConnectionError, RedisError

from dsar.stores.redis.client import make_client
from portal import health
from portal.environment import broker_url
from tests.servers import running_valkey
from tests.tls import in_tls
from tools.site import beside


@dataclass(frozen=True)
class Guarded:
    """`url` lacks what a client must be told of the certificate; `trusted` has it."""

    url: str
    trusted: str


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("guarded")
    with running_valkey(folder) as open_url:
        with Redis.from_url(open_url) as server:
            server.config_set("requirepass", "p@ss/word")
        port = int(open_url.rpartition(":")[2])
        with in_tls(port, folder) as (tls_port, certificate):
            url = f"rediss://:p%40ss%2Fword@127.0.0.1:{tls_port}/0"
            yield Guarded(url, f"{url}?ssl_ca_certs={certificate}")


def say_hello(url: str) -> None:
    with Connection(broker_url(url), transport_options={"socket_connect_timeout": 5}) as connection:
        connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0)
        channel: Any = connection.default_channel
        channel.client.ping()


def test_broker_cache_health_and_the_demos_store_open_it(guarded: Guarded, settings: Settings) -> None:
    say_hello(guarded.trusted)
    cache = RedisCache(guarded.trusted, {})
    cache.set("a", 1)
    assert cache.get("a") == 1
    settings.REDIS_URL = guarded.trusted
    health._broker()
    with make_client(beside(guarded.trusted), {}) as demo:
        assert demo.set("b", "2")
        assert demo.get_connection_kwargs()["db"] == 1
    cache._cache.get_client().connection_pool.disconnect()


def test_a_certificate_that_nobody_vouches_for_is_refused(guarded: Guarded) -> None:
    with pytest.raises((OperationalError, ConnectionError, ssl.SSLError), match="certificate verify failed"):
        say_hello(guarded.url)


def test_a_wrong_password_is_refused(guarded: Guarded) -> None:
    with pytest.raises((OperationalError, RedisError), match="invalid username-password pair"):
        say_hello(guarded.trusted.replace("p%40ss", "wrong"))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://h:1/0", "redis://h:1/0"),
        ("rediss://h/0", "rediss://h/0?ssl_cert_reqs=required"),
        ("rediss://h/0?ssl_ca_certs=/ca.pem", "rediss://h/0?ssl_ca_certs=/ca.pem&ssl_cert_reqs=required"),
        ("rediss://h/0?ssl_cert_reqs=none", "rediss://h/0?ssl_cert_reqs=none"),
    ],
)
def test_celery_is_told_to_look_at_certificates(url: str, expected: str) -> None:
    assert broker_url(url) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://h", "redis://h/1"),
        ("rediss://u:p%40@h:6380/0?ssl_ca_certs=/ca.pem", "rediss://u:p%40@h:6380/1?ssl_ca_certs=/ca.pem"),
        ("redis://h:6379/1", "redis://h:6379/0"),
        ("redis://h:6379/7", "redis://h:6379/1"),
    ],
)
def test_the_demo_takes_another_database_of_the_server(url: str, expected: str) -> None:
    assert beside(url) == expected
