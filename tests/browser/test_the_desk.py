"""The privacy team at work: the queue of an ordinary day, a refusal, an answer."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from examples.macrosora import cast
from examples.macrosora.staff import OLGA, RITA
from tests.browser import visitors
from tests.browser.conftest import NewPage
from tests.browser.crowd import gather
from tests.browser.mails import look_at_mail
from tests.browser.pictures import ALL, look_at
from tools.processes import wait_until
from tools.site import Site

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def crowd(site: Site) -> dict[str, str]:
    """Return references by email of people who have asked before."""
    return gather(site)


def test_what_is_due_first_stands_on_top(site: Site, desk: Page, crowd: dict[str, str], new_page: NewPage) -> None:
    desk.reload()
    shown = desk.get_by_role("row").get_by_role("link").all_inner_texts()
    assert [reference for reference in shown if reference in crowd.values()] == list(crowd.values())
    look_at(desk, "queue", looks=ALL)
    look_at_mail(new_page(), site, to=RITA.email, subject="To decide")


def test_the_data_map_is_looked_at(desk: Page) -> None:
    desk.get_by_role("link", name="Data map").click()
    visitors.arrive(desk, "Data map")
    expect(desk.get_by_role("img", name="app: people")).to_be_visible()
    look_at(desk, "data-map", looks=ALL)


def test_the_queue_is_filtered(desk: Page, crowd: dict[str, str]) -> None:
    desk.get_by_label("Type").select_option(label="Question")
    desk.get_by_role("button", name="Show").click()
    expect(desk.get_by_role("link", name=crowd[cast.ANN.email])).to_have_count(0)
    expect(desk.get_by_role("link", name=crowd[cast.MOVED.email])).to_be_visible()
    desk.get_by_label("Reference").fill("R-0000")
    desk.get_by_role("button", name="Show").click()
    expect(desk.get_by_text("Nothing fits")).to_be_visible()
    look_at(desk, "queue-nothing-fits")


def test_a_question_is_answered(site: Site, desk: Page, crowd: dict[str, str], new_page: NewPage) -> None:
    desk.get_by_role("link", name=crowd[cast.MOVED.email]).click()
    visitors.arrive(desk, crowd[cast.MOVED.email])
    look_at(desk, "case-question")
    desk.get_by_role("button", name="Send the answer").click()
    expect(desk.get_by_role("alert")).to_contain_text("Write the answer.")
    look_at(desk, "case-question-refused")
    desk.get_by_label("Answer").fill("We keep it as your previous address for a year.\n\nAfter that it is deleted.")
    desk.get_by_role("button", name="Send the answer").click()
    expect(desk.get_by_role("heading", name="The answer")).to_be_visible()
    look_at(desk, "case-answered")
    look_at_mail(new_page(), site, to=cast.MOVED.email, subject="The answer to your question")


def test_a_request_is_refused_with_a_ground(site: Site, desk: Page, crowd: dict[str, str], new_page: NewPage) -> None:
    reference = crowd[cast.ANN.email]
    desk.get_by_role("link", name=reference).click()
    desk.get_by_text("Refuse, with a ground").click()
    desk.get_by_role("button", name="Refuse the request").click()
    expect(desk.get_by_role("alert")).to_contain_text("Choose a ground")
    look_at(desk, "case-refusing")
    desk.get_by_label("Ground").select_option(label="Another reason")
    desk.get_by_label("Explanation").fill("You asked for the same copy yesterday, and it is still there to be fetched.")
    desk.get_by_role("button", name="Refuse the request").click()
    expect(desk.get_by_role("main").get_by_text("Refused").first).to_be_visible()
    look_at_mail(new_page(), site, to=cast.ANN.email, subject="About your request")
    page = new_page()
    visitors.sign_in(page, site, cast.ANN.email)
    page.goto(f"{site.url}/requests/{reference}/")
    look_at(page, "refused")


def test_a_sample_of_what_was_collected(desk: Page, crowd: dict[str, str]) -> None:
    open_when_collected(desk, crowd[cast.TWO_ORGANISATIONS.email])
    sample_of(desk, "Account").click()
    expect(desk.get_by_text("That you read")).to_be_visible()
    look_at(desk, "sample")


def open_when_collected(desk: Page, reference: str) -> None:
    """Open a case once the worker has done its part; the team's pages are not live."""

    def is_collected() -> bool:
        desk.reload()
        return desk.get_by_role("row").filter(has_text=reference).filter(has_text="To release").count() == 1

    wait_until(is_collected, seconds=60, what=f"the collecting of {reference}")
    desk.get_by_role("link", name=reference).click()


def sample_of(desk: Page, collection: str) -> Locator:
    header = desk.get_by_role("rowheader", name=collection, exact=True)
    return desk.get_by_role("row").filter(has=header).get_by_role("link")


def test_an_auditor_reads_no_payload(site: Site, desk: Page, crowd: dict[str, str], new_page: NewPage) -> None:
    open_when_collected(desk, crowd[cast.TWO_ORGANISATIONS.email])
    address = sample_of(desk, "Account").evaluate("link => link.href")
    page = new_page()
    visitors.sign_in_with_app(page, site, OLGA)
    page.goto(address)
    visitors.arrive(page, "This is not for you to do")
    look_at(page, "error-403")
