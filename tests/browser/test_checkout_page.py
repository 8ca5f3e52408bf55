"""A purchase in the browser: from the chat to the checkout, a refused card, the order, and the order in the chat."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
SLOW = 20_000


def _say(page: Page, text: str) -> None:
    page.get_by_test_id("message-input").fill(text)
    page.keyboard.press("Enter")


def _checkout(page: Page, text: str) -> Page:
    """Ask for something and follow the link in the answer."""
    _say(page, text)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Go to the checkout").last.click(timeout=SLOW)
    expect(opened.value.get_by_test_id("checkout-form")).to_be_visible(timeout=SLOW)
    return opened.value


def test_a_visitor_buys_something(page: Page) -> None:
    page.goto("/chat")
    page.get_by_test_id("signin-guest").click()
    shop = _checkout(page, "i want to buy the hush 700 wireless headphones in black")
    shop.set_viewport_size({"width": 320, "height": 700})
    assert shop.evaluate("document.documentElement.scrollWidth") == 320
    shop.get_by_test_id("place-order").click()
    expect(shop.get_by_test_id("checkout-email")).to_be_focused()
    expect(shop.get_by_test_id("checkout-email")).to_have_attribute("aria-invalid", "true")
    for field, value in {
        "email": "gina.guest@example.org",
        "name": "Gina Guest",
        "street": "1 Main Street",
        "postcode": "0150",
        "city": "Oslo",
    }.items():
        shop.get_by_test_id(f"checkout-{field}").fill(value)
    total = shop.get_by_test_id("total")
    before = total.inner_text()
    shop.get_by_test_id("checkout-country").select_option("NO")
    shop.get_by_test_id("delivery-express").check()
    expect(total).not_to_have_text(before)
    expect(shop.get_by_test_id("place-order")).to_contain_text(total.inner_text())
    shop.get_by_text("cards to try").click()
    shop.get_by_test_id("try-4000000000000002").click()
    shop.get_by_test_id("place-order").click()
    expect(shop.get_by_test_id("checkout-alert")).to_contain_text("declined", timeout=SLOW)
    shop.get_by_test_id("try-4242424242424242").click()
    shop.get_by_test_id("place-order").dblclick()
    expect(shop.get_by_test_id("done")).to_be_visible(timeout=SLOW)
    number = str(shop.get_by_test_id("done").get_attribute("data-order-id"))
    thanks = page.locator("[data-testid=entry][data-from=assistant]").last
    expect(thanks).to_contain_text(f"Order {number} is placed and paid", timeout=SLOW)
    shop.reload()
    expect(shop.get_by_role("heading", level=1)).to_have_text("This cart is ordered", timeout=SLOW)


def test_a_customer_buys_to_a_saved_address_and_tracks_it(page: Page) -> None:
    page.goto("/chat")
    page.get_by_test_id("demo-customer-user123").click()
    shop = _checkout(page, "add the hush 700 wireless headphones in black to my cart")
    expect(shop.locator("input[name=address]").first).to_be_checked()
    shop.get_by_test_id("line-more").click()
    expect(shop.get_by_test_id("line-quantity")).to_have_text("2")
    shop.get_by_test_id("payment-paypal").check()
    shop.get_by_test_id("place-order").click()
    number = str(shop.get_by_test_id("done").get_attribute("data-order-id", timeout=SLOW))
    _say(page, f"where is order {number}")
    card = page.get_by_test_id("card").last
    expect(card).to_contain_text(f"Order {number}", timeout=SLOW)
    expect(card).to_contain_text(re.compile("confirmed", re.IGNORECASE))


def test_a_bad_link_says_what_to_do(page: Page) -> None:
    page.goto("/checkout#forged")
    expect(page.get_by_test_id("ending")).to_contain_text("not complete", timeout=SLOW)
    expect(page.get_by_role("link", name="To the chat")).to_be_visible()
