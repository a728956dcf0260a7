"""Other people in a bundle: suggested, decided with a reason, hidden in every file of it, told by numbers."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator

import pytest
from pypdf import PdfReader

from accounts.models import Tenant, User
from dsar import queries
from dsar.actions import expiry, review
from dsar.actions.delivery.fetching import fetch
from dsar.actions.delivery.releasing import ReleaseError, release
from dsar.actions.redacting import adding, deciding, state
from dsar.actions.redacting.deciding import RedactionError
from dsar.actions.redacting.sealed import Keys
from dsar.models import RequestType, Status, SubjectRequest
from dsar.models.transitions import ImpossibleMoveError
from tests.dsar.conftest import StepClock
from tests.dsar.redacting import LETTERS, OTHERS, decide, file, hide, keep, values, work, write_letters


@pytest.fixture
def waiting(tenant: Tenant, subject: User, clock: StepClock) -> SubjectRequest:
    write_letters(tenant, *LETTERS)
    subject_request = file(tenant, subject, clock())
    work(subject_request, clock)
    return subject_request


def fetched(subject_request: SubjectRequest, account: User, clock: StepClock) -> Iterator[tuple[str, bytes]]:
    _, stream = fetch(subject_request, account=account, clock=clock)
    with zipfile.ZipFile(io.BytesIO(b"".join(stream))) as archive:
        for name in archive.namelist():
            yield name, archive.read(name)


def test_others_are_suggested_and_the_persons_own_is_not(waiting: SubjectRequest) -> None:
    assert waiting.status == Status.AWAITING_RELEASE
    found = values(waiting)
    assert found.keys() == OTHERS
    assert {row.collection for row in found.values()} == {"letters"}
    assert (found["Maren Solberg"].places, found["maren.solberg@fjord.example"].places) == (2, 2)
    context = Keys(waiting).open(found["Tom Baxter"]).contexts[0]
    assert (context.path, context.before, context.found) == ("body", "My colleague ", "Tom Baxter")


@pytest.mark.thorough
def test_nothing_is_released_while_something_is_undecided(
    waiting: SubjectRequest, reviewer: User, clock: StepClock
) -> None:
    with pytest.raises(ReleaseError, match="5 values may be about somebody else"):
        release(waiting, by=reviewer, now=clock())
    assert deciding.show_rest(waiting, reason="known", by=reviewer, now=clock()) == 5
    release(waiting, by=reviewer, now=clock())
    assert waiting.status == Status.FULFILLED


@pytest.mark.thorough
@pytest.mark.pdf
def test_what_is_hidden_is_in_no_file_and_is_told_by_numbers(
    waiting: SubjectRequest, subject: User, reviewer: User, clock: StepClock
) -> None:
    said = {
        "maren": hide(words="She asked for it."),
        "address": hide(),
        "phone": hide("at_risk"),
        "key": hide("opens_something"),
    }
    decide(waiting, reviewer, clock, **said, tom=keep())
    with pytest.raises(ReleaseError, match="not in this bundle yet"):
        release(waiting, by=reviewer, now=clock())
    deciding.pack_anew(waiting, by=reviewer, now=clock())
    work(waiting, clock)
    release(waiting, by=reviewer, now=clock())
    files = dict(fetched(waiting, subject, clock))
    everything = b"\n".join([*map(str.encode, files), *files.values()]).lower()
    for gone in (b"maren", b"solberg", b"7946", b"glpat"):
        assert gone not in everything, gone
    assert b"tom baxter" in everything
    lines = [json.loads(line)["body"] for line in files["data/app/letters.jsonl"].splitlines()]
    assert '{"notify": ["[hidden: email]"], "by": "ann@example.com", "count": 7}' in lines
    letters = next(
        item
        for store in json.loads(files["manifest.json"])["stores"]
        for item in store["collections"]
        if item["name"] == "letters"
    )
    assert [(told["kind"], told["values"], told["places"], told["words"]) for told in letters["redacted"]] == [
        ("email", 1, 2, ""),
        ("key", 1, 1, ""),
        ("name", 1, 2, "She asked for it."),
        ("phone", 1, 1, ""),
    ]
    assert json.loads(files["manifest.json"])["totals"]["redacted_places"] == 6
    report = "".join(page.extract_text() for page in PdfReader(io.BytesIO(files["report.pdf"])).pages)
    told = {name: files[name].decode() for name in ("index.html", "README.txt", "pages/letters.html")}
    for name, text in {**told, "report.pdf": report}.items():
        assert "1 name hidden in 2 places: It is about somebody else" in " ".join(text.split()), name
    assert not [word for word in ("Maren", "Solberg", "7946", "glpat") if word in report]


@pytest.mark.thorough
def test_the_summary_of_the_bundle_tells_the_persons_page(
    waiting: SubjectRequest, reviewer: User, clock: StepClock
) -> None:
    decide(waiting, reviewer, clock, key=hide("opens_something"))
    deciding.pack_anew(waiting, by=reviewer, now=clock())
    work(waiting, clock)
    bundle = queries.current_bundle(waiting)
    assert bundle is not None
    assert bundle.summary[state.TOLD] == [
        {"title": "Letters", "kind": "key", "reason": "opens_something", "values": 1, "places": 1}
    ]


@pytest.mark.thorough
def test_a_decision_that_is_taken_back_packs_the_value_again(
    waiting: SubjectRequest, reviewer: User, clock: StepClock
) -> None:
    decide(waiting, reviewer, clock, tom=hide())
    deciding.pack_anew(waiting, by=reviewer, now=clock())
    work(waiting, clock)
    decide(waiting, reviewer, clock, tom=keep(was=("hide", "other_person")))
    bundle = queries.current_bundle(waiting)
    assert bundle is not None
    assert state.is_stale(waiting, bundle)
    deciding.pack_anew(waiting, by=reviewer, now=clock())
    work(waiting, clock)
    bundle = queries.current_bundle(waiting)
    assert bundle is not None
    assert (state.is_stale(waiting, bundle), bundle.summary[state.TOLD]) == (False, [])


@pytest.mark.thorough
def test_a_text_is_added_by_hand_and_hidden_everywhere(
    waiting: SubjectRequest, subject: User, reviewer: User, clock: StepClock
) -> None:
    said = {"where": "", "kind": "other", "reason": "in_confidence", "words": "", "by": reviewer}
    assert adding.add(waiting, text="my colleague", now=clock(), **said) == 1  # type: ignore[arg-type]
    row = values(waiting)["my colleague"]
    assert (row.collection, row.by_hand, row.verdict, row.places) == ("letters", True, "hide", 1)
    deciding.show_rest(waiting, reason="known", by=reviewer, now=clock())
    deciding.pack_anew(waiting, by=reviewer, now=clock())
    work(waiting, clock)
    release(waiting, by=reviewer, now=clock())
    everything = b"".join(content for _name, content in fetched(waiting, subject, clock))
    assert b"[hidden: text] Tom Baxter" in everything
    assert b"my colleague" not in everything.lower()


@pytest.mark.thorough
def test_what_cannot_be_hidden_is_refused(waiting: SubjectRequest, reviewer: User, clock: StepClock) -> None:
    def add(text: str) -> None:
        said = {"where": "", "kind": "name", "reason": "other_person", "words": "", "by": reviewer}
        adding.add(waiting, text=text, now=clock(), **said)  # type: ignore[arg-type]

    for own in ("ann@example.com", "Ann", "ANN", "example.com"):
        with pytest.raises(RedactionError, match="own"):
            add(own)
    for nothing in ("", "x", "-- --", "not in any row"):
        with pytest.raises(RedactionError):
            add(nothing)
    assert values(waiting).keys() == OTHERS


@pytest.mark.thorough
def test_only_what_waits_for_its_release_is_decided_on(
    waiting: SubjectRequest, reviewer: User, clock: StepClock
) -> None:
    deciding.show_rest(waiting, reason="known", by=reviewer, now=clock())
    with pytest.raises(RedactionError, match="already"):
        deciding.pack_anew(waiting, by=reviewer, now=clock())
    release(waiting, by=reviewer, now=clock())
    with pytest.raises(ImpossibleMoveError):
        decide(waiting, reviewer, clock, tom=hide(was=("keep", "known")))


@pytest.mark.thorough
def test_what_was_found_goes_when_the_request_is_closed(
    waiting: SubjectRequest, reviewer: User, clock: StepClock
) -> None:
    review.deny(waiting, reason="other", explanation="Twice.", by=reviewer, now=clock())
    expiry.purge(now=clock())
    assert not waiting.redaction_values.exists()


@pytest.mark.thorough
def test_what_a_person_takes_elsewhere_is_as_they_gave_it(tenant: Tenant, subject: User, clock: StepClock) -> None:
    write_letters(tenant, *LETTERS)
    subject_request = file(tenant, subject, clock(), RequestType.PORTABILITY)
    work(subject_request, clock)
    assert subject_request.status == Status.FULFILLED
    assert not subject_request.redaction_values.exists()
