"""From a guest to a customer in the browser: register, open the link in the mail, and find everything there."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from scripts.stack.instance import Instance
from tests.fakes.mailbox import find_in_mail

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
SLOW = 20_000
NORA, PHRASE = "nora.new@example.org", "a phrase of her own"


def test_a_guest_registers_and_keeps_the_conversation(page: Page, product: Instance) -> None:
    page.goto("/chat")
    page.get_by_test_id("signin-guest").click()
    page.get_by_test_id("message-input").fill(
        "i want to buy the hush 700 wireless headphones in black"
    )
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Go to the checkout")).to_be_visible(timeout=SLOW)
    page.get_by_test_id("guest-signin").click()
    page.get_by_test_id("signin-register").click()
    page.get_by_test_id("register-name").fill("Nora New")
    page.get_by_test_id("register-email").fill(NORA)
    page.get_by_test_id("register-password").fill(PHRASE)
    page.get_by_test_id("register-submit").click()
    expect(page.get_by_test_id("register-sent")).to_contain_text(NORA, timeout=SLOW)
    mailbox = page.context.new_page()
    mailbox.goto(find_in_mail(product, NORA, r"(/confirm#\S+)"))
    mailbox.get_by_test_id("confirm-password").fill("not the phrase")
    mailbox.get_by_test_id("confirm-submit").click()
    expect(mailbox.get_by_test_id("confirm-status")).to_contain_text("4 more", timeout=SLOW)
    mailbox.get_by_test_id("confirm-password").fill(PHRASE)
    mailbox.get_by_test_id("confirm-submit").click()
    expect(mailbox.get_by_test_id("signed-in-as")).to_contain_text("Nora", timeout=SLOW)
    expect(mailbox.get_by_role("link", name="Go to the checkout")).to_be_visible(timeout=SLOW)


def test_a_guest_signs_in_and_takes_the_conversation_along(page: Page) -> None:
    page.goto("/chat")
    page.get_by_test_id("signin-guest").click()
    page.get_by_test_id("message-input").fill("do you sell novels")
    page.keyboard.press("Enter")
    expect(page.locator("[data-testid=entry][data-from=assistant]").last).to_be_visible(
        timeout=SLOW
    )
    page.get_by_test_id("guest-signin").click()
    page.get_by_test_id("signin-email").fill("nobody@example.org")
    page.get_by_test_id("signin-password").fill("not a password")
    page.get_by_test_id("signin-submit").click()
    expect(page.get_by_test_id("signin-error")).to_contain_text("not right", timeout=SLOW)
    page.get_by_test_id("signin-back").click()
    expect(page.get_by_text("do you sell novels")).to_be_visible(timeout=SLOW)
    page.get_by_test_id("guest-signin").click()
    page.get_by_test_id("demo-customer-user789").click()
    expect(page.get_by_test_id("signed-in-as")).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("do you sell novels")).to_be_visible(timeout=SLOW)
