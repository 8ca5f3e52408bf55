"""A customer on the chat page: signs in, tracks an order, cancels it, and finds it all there again."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
SLOW = 20_000


def _sign_in(page: Page, customer: str) -> None:
    page.goto("/chat")
    page.get_by_test_id(f"demo-customer-{customer}").click()
    expect(page.get_by_test_id("message-input")).to_be_visible(timeout=SLOW)


def _say(page: Page, text: str) -> None:
    page.get_by_test_id("message-input").fill(text)
    page.keyboard.press("Enter")


def _answers(page: Page) -> Locator:
    return page.locator("[data-testid=entry][data-from=assistant]")


def test_a_customer_tracks_and_cancels_an_order(page: Page) -> None:
    _sign_in(page, "user_abc")
    _say(page, "where is my order 123456")
    expect(_answers(page).last).to_contain_text(
        re.compile("confirmed", re.IGNORECASE), timeout=SLOW
    )
    expect(page.get_by_test_id("card").last).to_contain_text("123456")
    _say(page, "please cancel it")
    page.get_by_test_id("quick-reply").filter(has_text="Yes").last.click(timeout=SLOW)
    cancelled = re.compile("cancelled", re.IGNORECASE)
    expect(_answers(page).last).to_contain_text(cancelled, timeout=SLOW)
    page.reload()
    expect(_answers(page).last).to_contain_text(cancelled, timeout=SLOW)
    _say(page, "whats the status of 123456")
    expect(page.get_by_test_id("card").last).to_contain_text(cancelled, timeout=SLOW)


def test_a_visitor_sees_nothing_private_without_a_code(page: Page) -> None:
    page.goto("/chat")
    page.get_by_test_id("signin-guest").click()
    _say(page, "where is order 12345")
    expect(_answers(page).last).to_contain_text(re.compile("e-?mail", re.IGNORECASE), timeout=SLOW)
    expect(page.get_by_test_id("card")).to_have_count(0)


def test_markup_is_shown_as_text(page: Page) -> None:
    _sign_in(page, "user456")
    _say(page, "<img src=x onerror=alert(1)> '; DROP TABLE orders; --")
    expect(page.locator("[data-testid=entry][data-from=customer]").last).to_contain_text(
        "<img src=x", timeout=SLOW
    )
    expect(_answers(page).last).to_be_visible(timeout=SLOW)
    assert page.locator("img[src=x]").count() == 0
