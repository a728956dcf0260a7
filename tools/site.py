"""The whole portal with its demo as children of this process: what `make run` and `make demo-check` start."""

from __future__ import annotations

import http.client
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tools import processes, valkey
from tools.supervisor import CommandFailedError, Supervisor
from tools.valkey import valkey_command

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
USUAL_PORTS = {"web": 8000, "valkey": 6390, "smtp": 1025, "mailbox": 8025, "mail": 8026, "s3": 8027}
# A name of its own for each in the environment, but for the web: PORT is what people know.
PORT_VARIABLES = {name: "PORT" if name == "web" else f"{name.upper()}_PORT" for name in USUAL_PORTS}


#: A line for each request, and that it is no server for production.
_UNSAID_BY_S3 = (" - - [", "development server", "Press CTRL+C", "Running on")


class PortTakenError(Exception):
    """The site cannot listen where it is to; the message says how to go elsewhere."""


@dataclass(frozen=True)
class Site:
    """A site's folder, its ports by name, and what is not embedded because the environment names another."""

    var: Path
    ports: Mapping[str, int]
    environ: Mapping[str, str]

    @property
    def url(self) -> str:
        return f"http://localhost:{self.ports['web']}"

    @property
    def mailbox_url(self) -> str:
        return f"http://localhost:{self.ports['mailbox']}"

    @property
    def is_demo(self) -> bool:
        return self.environ.get("PORTAL_ENV", "demo") == "demo"

    def embeds(self, variable: str) -> bool:
        """Return whether the part that `variable` would name is started here."""
        return not self.environ.get(variable)

    @property
    def has_s3(self) -> bool:
        """Whether a part of the demo's data lies on an S3 server beside it (docs/decisions/0009-the-demo-on-s3.md)."""
        return self.is_demo and self.environ.get("DEMO_S3", "0") != "0"

    @property
    def demo_redis_url(self) -> str:
        """The demo platform's own Redis: another database of the server that the portal uses."""
        return self.environment()["MACROSORA_REDIS_URL"]

    def environment(self) -> dict[str, str]:
        """Return the environment of every process of the site."""
        redis_url = self.environ.get("REDIS_URL") or f"redis://{HOST}:{self.ports['valkey']}/0"
        ours = {
            "PORTAL_VAR": str(self.var),
            "PYTHONUNBUFFERED": "1",
            # Six lines at each start that nobody with a container of root's own can do anything about.
            "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
            "REDIS_URL": redis_url,
            "EMAIL_URL": f"smtp://{HOST}:{self.ports['smtp']}",
            "PUBLIC_BASE_URL": self.url,
            # The demo platform's own stores, for seed_demo to write down.
            "MACROSORA_DIR": str(self.var / "macrosora"),
            "MACROSORA_REDIS_URL": beside(redis_url),
            "MACROSORA_MAIL_URL": f"http://{HOST}:{self.ports['mail']}",
        }
        if self.has_s3:
            ours["MACROSORA_S3_URL"] = f"http://{HOST}:{self.ports['s3']}"
        return ours | {name: value for name, value in self.environ.items() if value}


def beside(redis_url: str) -> str:
    """Return the address of another database of the same server: 1, or 0 where the portal itself is on 1."""
    parts = urlsplit(redis_url)
    return parts._replace(path="/0" if parts.path == "/1" else "/1").geturl()


def usual_site(environ: Mapping[str, str]) -> Site:
    """Return the site of `make run`: var/ beside the code, the usual ports, or others where those are taken.

    Raises PortTakenError if the web port is: a newcomer would look at whatever answers there.
    """
    wanted = {name: _port(environ, PORT_VARIABLES[name], port) for name, port in USUAL_PORTS.items()}
    if not processes.is_free(wanted["web"]):
        raise PortTakenError(f"Port {wanted['web']} is taken: write PORT=8001 make run, or another that is free")
    ports = {name: port if processes.is_free(port) else processes.free_port() for name, port in wanted.items()}
    return Site(usual_folder(environ), ports, environ)


def usual_folder(environ: Mapping[str, str]) -> Path:
    """Return the folder of everything embedded: PORTAL_VAR, or var/ beside the code."""
    return Path(environ.get("PORTAL_VAR") or ROOT / "var").resolve()


def _port(environ: Mapping[str, str], variable: str, usual: int) -> int:
    text = environ.get(variable) or str(usual)
    if not text.isdecimal() or int(text) > 65_535:
        raise PortTakenError(f"{variable}={text} is no port: write a number from 1024 to 65535")
    return int(text)


#: Of a shell's environment they belong to the site that is run from there, not to one in a folder of its own.
_OF_ANOTHER = frozenset(
    {"EMAIL_URL", "PUBLIC_BASE_URL", "TENANTS_DIR", "CHECKPOINT_DIR", "PORTAL_VAR", "PORTAL_ENV", "MACROSORA_DIR"}
)


def new_site(var: Path, environ: Mapping[str, str] = os.environ) -> Site:
    """Return a site in a folder of its own on free ports, for demo-check and tests.

    Its database, broker and storage are embedded, unless DATABASE_URL, REDIS_URL or STORAGE_URL says where they are.
    """
    ours = {name: value for name, value in environ.items() if name not in _OF_ANOTHER}
    return Site(var.resolve(), {name: processes.free_port() for name in USUAL_PORTS}, ours)


@contextmanager
def running(site: Site) -> Iterator[Supervisor]:
    """Start the site, yield when its pages answer, and stop all of it in the end.

    Raises CommandFailedError if migrating or seeding fails, TimeoutError if a part does not come up.
    """
    for folder in ("beat", "mail", "storage", "static"):
        (site.var / folder).mkdir(parents=True, exist_ok=True)
    supervisor = Supervisor(env=site.environment(), cwd=ROOT)
    try:
        _start_servers(site, supervisor)
        supervisor.run("setup", [sys.executable, "-m", "tools.prepare"])
        _start_programs(site, supervisor)
        yield supervisor
    finally:
        supervisor.stop()


def sign_ins(site: Site) -> str:
    """Return who can sign in to the demo, and as what."""
    command = [sys.executable, "-m", "tools.prepare", "demo_signins"]
    return subprocess.run(
        command, cwd=ROOT, env=site.environment(), check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def _start_servers(site: Site, supervisor: Supervisor) -> None:
    if site.embeds("REDIS_URL"):
        port = site.ports["valkey"]
        command = valkey_command(port=port, folder=site.var / "valkey", durable=True)
        supervisor.keep("valkey", command, unsaid=valkey.UNSAID)
        processes.wait_until(lambda: processes.answers(port), seconds=20, what="Valkey")
    if site.embeds("EMAIL_URL"):
        ports = ["--smtp-port", str(site.ports["smtp"]), "--web-port", str(site.ports["mailbox"])]
        supervisor.keep("mailbox", [sys.executable, "-m", "tools.mailbox", *ports, "--folder", str(site.var / "mail")])
    if site.has_s3:
        _start_s3(site.ports["s3"], supervisor)


def _start_s3(port: int, supervisor: Supervisor) -> None:
    if importlib.util.find_spec("moto") is None:
        raise CommandFailedError("DEMO_S3 needs moto's S3 server, a development requirement: `make check` brings it")
    command = [sys.executable, "-m", "moto.server", "-H", HOST, "-p", str(port)]
    supervisor.keep("s3", command, unsaid=_UNSAID_BY_S3)
    processes.wait_until(lambda: processes.answers(port), seconds=30, what="moto's S3 server")


def _start_programs(site: Site, supervisor: Supervisor) -> None:
    data = site.var / "macrosora" / "mail.json"
    if data.exists():
        mail = ["examples.macrosora.mail_service", "--port", str(site.ports["mail"]), "--data", str(data)]
        supervisor.keep("mail", [sys.executable, "-m", *mail])
    celery = [sys.executable, "-m", "celery", "-q", "-A", "portal"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    supervisor.keep("web", _web_command(site.ports["web"]))
    supervisor.keep("worker", [*celery, "worker", "--concurrency", "2", "--loglevel", "INFO", *quiet])
    supervisor.keep("beat", [*celery, "beat", "--pidfile", ""])
    processes.wait_until(lambda: _is_live(site), seconds=30, what="the web server")


def _web_command(port: int) -> list[str]:
    serve = ["--host", HOST, "--port", str(port), "--blocking-threads", "4", "--no-ws", "--log-level", "warning"]
    return [sys.executable, "-m", "granian", "--interface", "wsgi", *serve, "tools.tied_wsgi:application"]


def _is_live(site: Site) -> bool:
    connection = http.client.HTTPConnection(HOST, site.ports["web"], timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
