"""Leaving the shop's offers by the link of a mail."""

from __future__ import annotations

from closer.messaging.unsubscribe import unsubscribe_headers
from tests.fakes.gateway import Door


def path_for(address: str) -> str:
    headers = unsubscribe_headers("https://shop.example", address)
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = headers["List-Unsubscribe"].strip("<>")
    return link.removeprefix("https://shop.example")


async def test_one_click_leaves_and_opening_the_link_does_not(door: Door) -> None:
    path, consents = path_for("Zoe@Example.org"), door.services.contact_consents
    async with door.http.get(door.url + path) as answer:
        assert answer.status == 200
        assert "z***@example.org" in await answer.text()
    assert await consents.allowed("email", "zoe@example.org")
    for _ in range(2):
        form = {"List-Unsubscribe": "One-Click"}
        async with door.http.post(door.url + path, data=form) as answer:
            assert answer.status == 200
    assert not await consents.allowed("email", "zoe@example.org")
    assert len(await consents.ledger("email", "zoe@example.org")) == 1


async def test_a_changed_link_leads_nowhere(door: Door) -> None:
    path = path_for("zoe@example.org")
    changed = path[:-12] + ("A" if path[-12] != "A" else "B") + path[-11:]
    for wrong in (changed, "/unsubscribe/zoe@example.org", "/unsubscribe/x"):
        async with door.http.post(door.url + wrong) as answer:
            assert answer.status == 404
    assert await door.services.contact_consents.allowed("email", "zoe@example.org")
