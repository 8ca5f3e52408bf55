"""One running product for all browser tests, and a headless Chromium."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from scripts.ensure_browser import find_browser
from scripts.stack.instance import Instance
from tests.fakes.instances import bring_up, new_instance

_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    with new_instance(tmp_path_factory.mktemp("browser")) as instance:
        bring_up(instance)
        yield instance


@pytest.fixture(scope="module")  # its event loop must be gone before the next asynchronous test
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=list(_QUIET))
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, product: Instance) -> Iterator[Page]:
    context = browser.new_context(
        base_url=f"http://127.0.0.1:{product.settings.port}",
        viewport={"width": 1280, "height": 800},
        locale="en-GB",
    )
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    context.close()
    assert problems == []
