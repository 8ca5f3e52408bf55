"""A look into a mailbox of the sandbox of a running installation: `python -m tests.fakes.mailbox ADDRESS PATTERN`.

It is a process of its own because an installation has encryption keys of its own.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys

from scripts.stack.instance import ROOT, Instance

_WAIT_S = 30


def find_in_mail(instance: Instance, address: str, pattern: str) -> str:
    """Wait for a mail that holds a pattern; return its first group."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.fakes.mailbox", address, pattern],
        cwd=ROOT,
        env=instance.env,
        capture_output=True,
        text=True,
        check=False,
        timeout=_WAIT_S + 30,
    )
    assert done.returncode == 0, done.stderr[-2000:] or "no mail came"
    return done.stdout.strip()


async def _look(address: str, pattern: str) -> str | None:
    from closer.kit.settings import load_settings
    from closer.services import Services

    services = Services(load_settings())
    try:
        for _ in range(_WAIT_S * 5):
            for mail in await services.sandbox.latest(address=address):
                if found := re.search(pattern, mail.text):
                    return found[1]
            await asyncio.sleep(0.2)
        return None
    finally:
        await services.close()


if __name__ == "__main__":
    text = asyncio.run(_look(*sys.argv[1:3]))
    print(text or "")
    sys.exit(0 if text else 1)
