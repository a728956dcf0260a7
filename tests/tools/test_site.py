"""Where a site finds its parts, and when it does not start."""

import socket
from pathlib import Path

import pytest

from tools.serve import AlreadyRunningError, _tell, only_one
from tools.site import PortTakenError, new_site, usual_site

ELSEWHERE = {
    "REDIS_URL": "redis://broker.test/0",
    "DATABASE_URL": "postgresql://db.test/p",
    "STORAGE_URL": "s3://b",
}


def test_the_environment_alone_moves_a_site(tmp_path: Path) -> None:
    site = usual_site(ELSEWHERE | {"PORT": "0", "PORTAL_VAR": str(tmp_path)})
    assert not site.embeds("REDIS_URL")
    assert site.embeds("EMAIL_URL")
    assert ELSEWHERE.items() <= site.environment().items()


def test_a_new_site_embeds_what_it_is_not_told_of(tmp_path: Path) -> None:
    site = new_site(tmp_path, {"EMAIL_URL": "smtp://mine", "PORTAL_VAR": "/mine", "REDIS_URL": "", "PATH": "/bin"})
    assert site.embeds("REDIS_URL")
    assert site.embeds("EMAIL_URL")
    environment = site.environment()
    assert environment["PORTAL_VAR"] == str(tmp_path)
    assert environment["REDIS_URL"] == f"redis://127.0.0.1:{site.ports['valkey']}/0"
    assert site.demo_redis_url == f"redis://127.0.0.1:{site.ports['valkey']}/1"
    assert len(set(site.ports.values())) == len(site.ports)


def test_the_environment_alone_moves_a_new_site(tmp_path: Path) -> None:
    site = new_site(tmp_path, ELSEWHERE)
    assert not site.embeds("REDIS_URL")
    assert ELSEWHERE.items() <= site.environment().items()
    assert site.demo_redis_url == "redis://broker.test/1"
    assert new_site(tmp_path, {"MACROSORA_REDIS_URL": "redis://a/3"}).demo_redis_url == "redis://a/3"


def test_a_taken_web_port_is_said() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTakenError, match=f"Port {port} is taken"):
            usual_site({"PORT": str(port)})


@pytest.mark.parametrize("port", ["web", "-1", "65536"])
def test_a_port_that_is_none_is_said(port: str) -> None:
    with pytest.raises(PortTakenError, match=f"PORT={port} is no port"):
        usual_site({"PORT": port})


def test_one_folder_is_served_once(tmp_path: Path) -> None:
    with only_one(tmp_path), pytest.raises(AlreadyRunningError, match="runs already"), only_one(tmp_path):
        pass
    with only_one(tmp_path) as lock:
        _tell(lock, "http://localhost:1")
        said = pytest.raises(AlreadyRunningError, match=r"\(http://localhost:1\): stop that one first$")
        with said, only_one(tmp_path):
            pass


def test_s3_is_there_where_it_is_asked_for(tmp_path: Path) -> None:
    assert "MACROSORA_S3_URL" not in new_site(tmp_path, {}).environment()
    assert "MACROSORA_S3_URL" not in new_site(tmp_path, {"DEMO_S3": "0"}).environment()
    site = new_site(tmp_path, {"DEMO_S3": "1"})
    assert site.environment()["MACROSORA_S3_URL"] == f"http://127.0.0.1:{site.ports['s3']}"
    assert not usual_site({"DEMO_S3": "1", "PORTAL_ENV": "production", "PORT": "0"}).has_s3
