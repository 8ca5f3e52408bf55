"""Short links of text messages."""

from __future__ import annotations

from closer.kit.clock import FixedClock
from closer.messaging.links import KEPT, ShortLinks
from tests.fakes.gateway import Door


async def follow(door: Door, path: str) -> tuple[int, str | None]:
    async with door.http.get(door.url + path, allow_redirects=False) as answer:
        return answer.status, answer.headers.get("Location")


async def test_a_short_link_leads_to_the_long_address(door: Door) -> None:
    door.services.settings.public_url = door.url
    links = door.services.short_links
    long = f"{door.url}/cart/checkout?token={'x' * 60}#pay"
    short = await links.shorten(long, "user123")
    assert len(short) == len(door.url) + 12
    assert await follow(door, short.removeprefix(door.url)) == (302, long)
    assert await links.erase_personal("user123") == 1
    assert (await follow(door, short.removeprefix(door.url)))[0] == 404


async def test_foreign_addresses_are_never_hidden_behind_ours(door: Door) -> None:
    links = door.services.short_links
    for url in (
        "https://evil.example/" + "x" * 90,
        door.services.settings.public_url + ".evil.example/" + "x" * 90,
        "https://127.0.0.1/" + "x" * 90,
    ):
        assert await links.shorten(url) == url
    assert (await follow(door, "/s/nothing"))[0] == 404


async def test_a_link_ends_after_its_time(door: Door) -> None:
    clock = FixedClock(door.services.clock.now())
    settings = door.services.settings
    links = ShortLinks(door.services.db, settings, door.services.person_keys, clock)
    short = await links.shorten(f"{settings.public_url}/{'x' * 90}")
    code = short.rsplit("/", 1)[1]
    clock.advance(seconds=KEPT.total_seconds() - 1)
    assert await links.follow(code)
    clock.advance(seconds=2)
    assert await links.follow(code) is None
    assert await links.purge() == 1
