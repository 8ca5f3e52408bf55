"""The page that links an account to Alexa, in a browser: its form works without scripts and leads back to the client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import async_playwright, expect
from pydantic import SecretStr

from scripts.ensure_browser import find_browser
from tests.fakes.gateway import *  # noqa: F403
from tests.fakes.gateway import PASSWORD, Door

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture
async def back() -> AsyncIterator[str]:
    """Where the client waits, on another origin."""

    async def here(_: web.Request) -> web.Response:
        return web.Response(text="back at the client")

    app = web.Application()
    app.router.add_get("/back", here)
    async with TestServer(app) as server:
        yield str(server.make_url("/back"))


@pytest.mark.parametrize("scripts", [True, False])
async def test_a_person_signs_in_allows_and_comes_back(
    door: Door, back: str, scripts: bool
) -> None:
    settings = door.services.settings
    settings.alexa_client_id, settings.alexa_client_secret = "alexa", SecretStr("secret")
    settings.alexa_redirect_uris = [back]
    asked = {"response_type": "code", "client_id": "alexa", "redirect_uri": back, "state": "s"}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_browser(), args=["--no-sandbox", "--disable-gpu"]
        )
        context = await browser.new_context(
            java_script_enabled=scripts, viewport={"width": 390, "height": 844}
        )
        page = await context.new_page()
        await page.goto(f"{door.url}/oauth/authorize?{urlencode(asked)}")
        await page.get_by_label("E-mail address").fill("mara@example.org")
        await page.get_by_label("Password").fill("not the password")
        await page.get_by_role("button", name="Sign in and allow").click()
        await expect(page.get_by_role("alert")).to_contain_text("wrong")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Sign in and allow").click()
        await expect(page.get_by_text("back at the client")).to_be_visible()
        answer = parse_qs(urlsplit(page.url).query)
        assert answer["state"] == ["s"]
        assert await door.services.oauth.exchange(answer["code"][0], back)
        await browser.close()
