"""The demo's mailbox keeps what the portal sends, and shows codes to a newcomer."""

import http.client
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest

from tools import processes
from tools.mailbox import code_of, page


@dataclass
class Mailbox:
    smtp: int
    web: int
    folder: Path


@pytest.fixture(scope="module")
def mailbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mailbox]:
    made = Mailbox(processes.free_port(), processes.free_port(), tmp_path_factory.mktemp("mail"))
    ports = ["--smtp-port", str(made.smtp), "--web-port", str(made.web), "--folder", str(made.folder)]
    server = processes.start([sys.executable, "-m", "tools.mailbox", *ports], output=subprocess.DEVNULL)
    processes.wait_until(lambda: processes.answers(made.web), seconds=10, what="the mailbox")
    yield made
    processes.stop(server)


def message(*, subject: str = "Your code", text: str = "Sign in with\n\nABC-123\n\nwithin 10 minutes.") -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "privacy@localhost", "ada@example.org", subject
    made.set_content(text)
    return made


def test_a_mail_is_kept_and_shown(mailbox: Mailbox) -> None:
    with smtplib.SMTP("127.0.0.1", mailbox.smtp) as client:
        client.send_message(message(subject="Grüße <b>"))
    assert len(list(mailbox.folder.glob("*.eml"))) == 1
    connection = http.client.HTTPConnection("127.0.0.1", mailbox.web)
    connection.request("GET", "/")
    shown = connection.getresponse().read().decode()
    connection.close()
    assert "Grüße &lt;b&gt;" in shown
    assert "<b>ABC-123</b>" in shown


@pytest.mark.parametrize(
    ("text", "code"), [("ABC-123", "ABC-123"), ("x\n    738122\ny", "738122"), ("Your code is near", ""), ("", "")]
)
def test_the_code_stands_on_a_line_of_its_own(text: str, code: str) -> None:
    assert code_of(message(text=text)) == code


def test_an_empty_mailbox_says_so(tmp_path: Path) -> None:
    assert "No mail yet." in page(tmp_path)
