"""The simulator in the browser: every channel without an account, through signed webhooks and a played vendor."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from scripts.stack.instance import Instance

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
SLOW = 20_000


@pytest.fixture
def simulator(browser: Browser, product: Instance) -> Iterator[Page]:
    context = browser.new_context(
        base_url=product.simulator_url, viewport={"width": 1280, "height": 1000}
    )
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    page.goto("/")
    expect(page.get_by_test_id("person")).to_be_visible(timeout=SLOW)
    yield page
    context.close()
    assert problems == []


def write(page: Page, text: str) -> str:
    """Send a text message; return the answer."""
    answers = page.locator("[data-testid=text][data-from=shop]")
    before = answers.count()
    page.get_by_test_id("text-input").fill(text)
    page.get_by_test_id("text-send").click()
    expect(answers).to_have_count(before + 1, timeout=SLOW)
    expect(answers.last).to_have_attribute("data-state", "delivered", timeout=SLOW)
    return answers.last.inner_text()


def test_a_conversation_by_text_tracks_an_order_with_a_code_from_the_mailbox(
    simulator: Page,
) -> None:
    assert "code" in write(simulator, "track order 12345")
    assert "code" in write(simulator, simulator.get_by_test_id("person-address").inner_text())
    mail = simulator.locator("[data-testid=mail][data-from=shop]").first
    expect(mail).to_be_visible(timeout=SLOW)
    mail.click()
    code = re.search(r"\b\d{6}\b", simulator.get_by_test_id("mail-text").inner_text())
    assert code is not None
    assert "Order 12345" in write(simulator, code[0])


def test_a_mail_is_answered_in_its_thread(simulator: Page) -> None:
    simulator.get_by_test_id("mail-new").click()
    simulator.get_by_test_id("mail-subject").fill("A question")
    simulator.get_by_test_id("mail-words").fill("Hello,\n\nwhat are your opening hours?\n\nThanks")
    simulator.get_by_test_id("mail-send").click()
    answer = simulator.locator("[data-testid=mail][data-from=shop]").first
    expect(answer).to_have_attribute("data-state", "delivered", timeout=SLOW)
    answer.click()
    simulator.get_by_test_id("mail-headers").locator("summary").click()
    expect(simulator.get_by_test_id("mail-headers")).to_contain_text("In-Reply-To")
    simulator.get_by_test_id("mail-reply").click()
    expect(simulator.get_by_test_id("mail-subject")).to_have_value("Re: A question")


def test_a_call_is_answered_heard_and_ended(simulator: Page) -> None:
    simulator.get_by_test_id("tab-call").click()
    simulator.get_by_test_id("call-dial").click()
    state = simulator.get_by_test_id("call-state")
    expect(state).to_have_attribute("data-state", "listening", timeout=SLOW)
    before = simulator.locator("[data-who=assistant]").count()
    simulator.get_by_test_id("call-words").fill("what are your opening hours")
    simulator.get_by_test_id("call-say").click()
    expect(simulator.locator("[data-who=assistant]")).to_have_count(before + 1, timeout=SLOW)
    expect(state).to_have_attribute("data-state", re.compile("listening|ended"), timeout=SLOW)
    simulator.get_by_test_id("call-hang-up").click()
    expect(state).to_have_attribute("data-state", "ended", timeout=SLOW)
