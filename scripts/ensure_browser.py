"""Finds a Chromium for the browser tests, or installs one: `python -m scripts.ensure_browser` prints its path."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_MAC_APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


def find_browser() -> str | None:
    """Return the path of a Chromium or Chrome: `CLOSER_BROWSER` first, then the system's, then Playwright's."""
    named = os.environ.get("CLOSER_BROWSER")
    candidates = [named, *(shutil.which(name) for name in _NAMES), *_MAC_APPLICATIONS]
    found = next((path for path in candidates if path and Path(path).exists()), None)
    return found or _playwright_browser()


def ensure_browser() -> str | None:
    """Return a browser's path, installing one if there is none; None when that is not possible."""
    found = find_browser()
    if found:
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _quiet("apt-get", "update", "-qq")
        _quiet("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium")
    if not find_browser():
        _quiet(sys.executable, "-m", "playwright", "install", "chromium")
    return find_browser()


def _playwright_browser() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _quiet(*command: str) -> None:
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(
        command,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )


def main() -> int:
    """Print the browser's path, or how to get one."""
    found = ensure_browser()
    if found:
        print(found)
        return 0
    print(
        "No Chromium found and none could be installed; set CLOSER_BROWSER=<path>.", file=sys.stderr
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
