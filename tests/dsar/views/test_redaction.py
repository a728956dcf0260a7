"""Values of other people at the desk: each is decided, with a reason, on a page that works without scripts."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent
from dsar import queries
from dsar.actions.redacting import finding
from dsar.actions.redacting.state import TOLD
from dsar.models import RedactionValue, SubjectRequest
from dsar.redaction.kinds import Kind
from dsar.redaction.suggesting import Context, Suggested, Suggestion

AROUND = Context("body", "please give ", "Maren Solberg", " access <b>too</b>")


def found(
    subject_request: SubjectRequest, *values: str, beyond: int = 0, collections: tuple[str, ...] = ("letters",)
) -> None:
    """Leave what a look through the rows leaves."""
    suggested = {value.lower(): Suggestion(Kind.NAME, value, 2, [AROUND]) for value in values}
    told = {("app", name): Suggested(dict(suggested), beyond) for name in collections}
    finding.write(subject_request, told, now=timezone.now())


def post(client: Client, reference: str, to: str, **data: str) -> tuple[int, str]:
    answer = client.post(f"/desk/{reference}/redaction/{to}/", data, follow=True)
    return answer.status_code, answer.content.decode()


def page(client: Client, reference: str, query: str = "") -> str:
    answer = client.get(f"/desk/{reference}/redaction/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def seen(text: str) -> str:
    found = re.search(r'name="seen" value="([^"]*)"', text)
    assert found is not None
    return found[1].replace("&quot;", '"')


def test_a_value_is_shown_with_what_stands_around_it_and_that_is_recorded(
    rita: Client, waiting: SubjectRequest
) -> None:
    found(waiting, "Maren Solberg")
    text = page(rita, waiting.reference)
    assert "please give <mark>Maren Solberg</mark> access &lt;b&gt;too&lt;/b&gt;" in text
    assert AuditEvent.objects.filter(verb="redaction.looked_at").count() == 1


def test_a_page_of_decisions_is_saved(rita: Client, waiting: SubjectRequest) -> None:
    found(waiting, "Maren Solberg", "Tom Baxter", "Olu Ade")
    text = page(rita, waiting.reference)
    marks = {row.pk: row.mark for row in RedactionValue.objects.order_by("pk")}
    first, second, third = marks
    sent = {
        "seen": seen(text),
        f"all-{marks[first]}": "hide:other_person",
        f"words-{marks[first]}": "She asked for it.",
        f"all-{marks[second]}": "keep:known",
        f"all-{marks[third]}": "",
    }
    status, after = post(rita, waiting.reference, "decide", **sent)
    assert (status, "Saved." in after) == (200, True)
    rows = RedactionValue.objects.order_by("pk").values_list("verdict", "reason", "words")
    assert list(rows) == [("hide", "other_person", "She asked for it."), ("keep", "known", ""), ("", "", "")]
    assert "Maren Solberg" in page(rita, waiting.reference, "?show=hidden")
    assert page(rita, waiting.reference).count('class="card value"') == 1


def test_words_alone_can_be_changed(rita: Client, waiting: SubjectRequest) -> None:
    found(waiting, "Maren Solberg")
    mark = RedactionValue.objects.get().mark
    hidden = {f"all-{mark}": "hide:other_person"}
    post(rita, waiting.reference, "decide", seen=seen(page(rita, waiting.reference)), **hidden)
    again = seen(page(rita, waiting.reference, "?show=hidden"))
    post(rita, waiting.reference, "decide", seen=again, **hidden, **{f"words-{mark}": "She asked for it."})
    assert RedactionValue.objects.get().words == "She asked for it."


def test_collections_of_a_value_are_decided_apart(rita: Client, waiting: SubjectRequest) -> None:
    found(waiting, "Maren Solberg", collections=("letters", "people"))
    text = page(rita, waiting.reference)
    letters, people = RedactionValue.objects.order_by("collection")
    sent = {"seen": seen(text), f"all-{letters.mark}": "hide:other_person", f"one-{people.pk}": "keep:own"}
    post(rita, waiting.reference, "decide", **sent)
    assert list(RedactionValue.objects.order_by("collection").values_list("reason", flat=True)) == [
        "other_person",
        "own",
    ]
    again = page(rita, waiting.reference, "?show=all")
    assert '<option value="mixed" selected>' in again
    own = {f"one-{letters.pk}": "hide:other_person", f"one-{people.pk}": "keep:own"}
    post(rita, waiting.reference, "decide", seen=seen(again), **own, **{f"all-{letters.mark}": "mixed"})
    assert set(RedactionValue.objects.values_list("reason", flat=True)) == {"other_person", "own"}
    post(rita, waiting.reference, "decide", seen=seen(again), **own, **{f"all-{letters.mark}": "keep:public"})
    assert set(RedactionValue.objects.values_list("reason", flat=True)) == {"public"}


def test_what_somebody_else_has_decided_is_told_and_stays(rita: Client, waiting: SubjectRequest) -> None:
    found(waiting, "Maren Solberg")
    text, row = page(rita, waiting.reference), RedactionValue.objects.get()
    RedactionValue.objects.update(verdict="keep", reason="own", decided_at=timezone.now())
    _, after = post(rita, waiting.reference, "decide", seen=seen(text), **{f"all-{row.mark}": "hide:other_person"})
    assert "Somebody else has decided" in after
    assert RedactionValue.objects.get().reason == "own"


def test_what_no_page_of_ours_sends_changes_nothing(rita: Client, waiting: SubjectRequest) -> None:
    found(waiting, "Maren Solberg")
    for what in ("not json", "[]", '{"a": 1}', '{"a": {"x": ""}}', ""):
        answer = rita.post(f"/desk/{waiting.reference}/redaction/decide/", {"seen": what})
        assert answer.status_code == 302, what
    assert RedactionValue.objects.get().verdict == ""


def test_a_row_of_another_request_is_not_touched(rita: Client, waiting: SubjectRequest) -> None:
    found(waiting, "Maren Solberg")
    row = RedactionValue.objects.get()
    other = SubjectRequest.objects.get(pk=waiting.pk)
    other.pk, other.reference, other.filing_token = None, "R-AAAA-AAAA-01", "other"
    other.save()
    RedactionValue.objects.update(subject_request=other)
    sent = {"seen": json.dumps({row.mark: {str(row.pk): ""}}), f"all-{row.mark}": "hide:other_person"}
    post(rita, waiting.reference, "decide", **sent)
    assert RedactionValue.objects.get().verdict == ""


def test_what_was_typed_is_kept_when_it_is_refused(rita: Client, waiting: SubjectRequest) -> None:
    found(waiting, "Maren Solberg")
    text, row = page(rita, waiting.reference), RedactionValue.objects.get()
    sent = {"seen": seen(text), f"all-{row.mark}": "hide:at_risk", f"words-{row.mark}": "Maren Solberg said so"}
    status, after = post(rita, waiting.reference, "decide", **sent)
    assert status == 409
    assert "do not write there what you hide" in after
    assert 'value="hide:at_risk" selected' in after
    assert 'value="Maren Solberg said so"' in after


def test_none_of_these_needs_a_reason(rita: Client, waiting: SubjectRequest) -> None:
    found(waiting, "Maren Solberg", "Tom Baxter")
    assert post(rita, waiting.reference, "rest")[0] == 422
    assert "None of the rest is hidden." in post(rita, waiting.reference, "rest", reason="public")[1]
    assert set(RedactionValue.objects.values_list("verdict", "reason")) == {("keep", "public")}


def test_a_text_is_added_by_hand(rita: Client, waiting: SubjectRequest) -> None:
    assert post(rita, waiting.reference, "add", text="x")[0] == 422
    sent = {"text": "nowhere at all", "where": "", "kind": "name", "reason": "other_person"}
    status, after = post(rita, waiting.reference, "add", **sent)
    assert (status, "stands nowhere" in after, "nowhere at all</textarea>" in after) == (409, True, True)


def test_the_case_leads_there_and_offers_no_release_before(rita: Client, waiting: SubjectRequest) -> None:
    found(waiting, "Maren Solberg")
    text = rita.get(f"/desk/{waiting.reference}/").content.decode()
    assert "1 value may be about somebody else" in text
    assert f"/desk/{waiting.reference}/redaction/" in text
    assert "Release to the person" not in text
    assert "Maren" not in text
    post(rita, waiting.reference, "rest", reason="public")
    assert "Release to the person" in rita.get(f"/desk/{waiting.reference}/").content.decode()


@pytest.mark.thorough
def test_ten_thousand_values_are_read_page_by_page(
    rita: Client, waiting: SubjectRequest, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    finding.write(
        waiting,
        {
            ("app", "letters"): Suggested(
                {f"name {n}": Suggestion(Kind.NAME, f"Name {n}", 1, [AROUND]) for n in range(400)}, 9_600
            )
        },
        now=timezone.now(),
    )
    with django_assert_max_num_queries(40):  # type: ignore[operator]
        text = page(rita, waiting.reference, "?page=3")
    assert text.count('class="card value"') == 20
    assert "9,600 more places" in text
    assert "?show=open&amp;page=4" in text
    assert page(rita, waiting.reference, "?page=nonsense&show=nonsense").count('class="card value"') == 20


def test_the_persons_page_tells_numbers_and_reasons(ann: Client, released: SubjectRequest) -> None:
    bundle = queries.latest_bundle(released)
    assert bundle is not None
    bundle.summary[TOLD] = [{"title": "Letters", "kind": "name", "reason": "in_confidence", "values": 1, "places": 3}]
    bundle.save()
    text = ann.get(f"/requests/{released.reference}/").content.decode()
    assert "Hidden to protect other people" in text
    assert "Names are hidden in 3 places" in text
    assert "Somebody told it in confidence" in text
