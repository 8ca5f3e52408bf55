"""Who may see a file that a customer sent."""

from __future__ import annotations

from closer.conversations.turn import Media
from closer.messaging.media import PATH, MediaStore
from tests.fakes.gateway import MARA, OLE, Door

PNG = b"\x89PNG\r\n\x1a\n...."


class Source:
    """A vendor that has one file."""

    async def fetch(self, url: str) -> bytes:
        return PNG if url.endswith(".png") else b"%PDF-1.4"

    async def close(self) -> None:
        """Nothing is open."""


async def stored(door: Door, kind: str = "png", content_type: str = "image/png") -> str:
    services = door.services
    services.__dict__["media"] = MediaStore(
        services.db, services.person_keys, Source(), services.clock
    )
    found = [Media(url=f"https://api.twilio.com/x.{kind}", content_type=content_type)]
    [own] = await services.media.expect(MARA, "m1", "sms", found)
    await services.media.fetch_due()
    assert own.url.startswith(PATH)
    return own.url


async def status(door: Door, path: str, token: str | None) -> int:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with door.http.get(door.url + path, headers=headers) as answer:
        return answer.status


async def test_the_sender_and_agents_see_it_and_nobody_else(door: Door) -> None:
    path = await stored(door)
    for token, expected in [
        (door.token("customer", MARA), 200),
        (door.token("agent"), 200),
        (door.token("customer", OLE), 404),
        (door.token("visitor"), 404),
        (door.token("trainer"), 403),
        (None, 401),
    ]:
        assert await status(door, path, token) == expected
    assert await status(door, PATH + "med_none", door.token("agent")) == 404


async def test_a_file_cannot_run_in_a_page(door: Door) -> None:
    path = await stored(door)
    headers = {"Authorization": f"Bearer {door.token('agent')}"}
    async with door.http.get(door.url + path, headers=headers) as answer:
        assert await answer.read() == PNG
        assert answer.content_type == "image/png"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Disposition"].startswith("inline")


async def test_a_document_is_downloaded(door: Door) -> None:
    path = await stored(door, "pdf", "application/pdf")
    headers = {"Authorization": f"Bearer {door.token('customer', MARA)}"}
    async with door.http.get(door.url + path, headers=headers) as answer:
        assert answer.headers["Content-Disposition"].startswith("attachment")
