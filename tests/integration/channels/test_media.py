"""Pictures and files by MMS and WhatsApp: fetched, checked, sealed, handed out, erased."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import async_timeout
import pytest
import pytest_asyncio
from sqlalchemy import select

from channels.fetching import MediaFetcher
from channels.sms import SmsInput
from closer.conversations.turn import Media
from closer.kit.errors import NotFound
from closer.kit.pagination import PageRequest
from closer.messaging.media import PATH
from closer.messaging.tables import media
from closer.providers.media import TwilioMedia
from tests.fakes.connectors import Line, connected
from tests.fakes.redis_server import running_redis
from tests.fakes.vendors import Answer, FakeVendors, fake_vendors

pytestmark = pytest.mark.asyncio(loop_scope="module")
ANN = "+12025550123"
PNG = b"\x89PNG\r\n\x1a\n" + b"picture of a broken zip" * 100


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[tuple[Line, FakeVendors]]:
    with running_redis() as redis:
        async with (
            fake_vendors() as vendors,
            connected(
                tmp_path_factory.mktemp("media"),
                redis,
                SmsInput(),
                twilio_account_sid=vendors.sid,
                twilio_auth_token=vendors.token,
                twilio_api_url=vendors.url,
            ) as line,
        ):
            yield line, vendors


@pytest_asyncio.fixture(loop_scope="module")
async def line(running: tuple[Line, FakeVendors]) -> Line:
    line, vendors = running
    await line.fresh()
    vendors.files, vendors.answers = {"a.png": ("image/png", PNG)}, []
    await line.services.customers.create(customer_id="ann", name="Ann Lee", phone=ANN)
    return line


@pytest.fixture
def vendors(running: tuple[Line, FakeVendors]) -> FakeVendors:
    return running[1]


def mms(vendors: FakeVendors, *files: str, kind: str = "image/png") -> dict[str, str]:
    fields = {"NumMedia": str(len(files))}
    for number, name in enumerate(files):
        fields |= {
            f"MediaUrl{number}": f"{vendors.url}/media/{name}",
            f"MediaContentType{number}": kind,
        }
    return fields


async def sent(line: Line) -> list[str]:
    """Return the ids of the files in the conversation."""
    page = await line.services.conversations.history("ann", PageRequest())
    return [item.url.removeprefix(PATH) for entry in page.items for item in entry.media]


async def test_a_picture_is_kept_sealed_and_shown_in_the_conversation(
    line: Line, vendors: FakeVendors
) -> None:
    await line.text("the zip is broken", ANN, **mms(vendors, "a.png"))
    assert line.echo.read[0][0].media[0].content_type == "image/png"
    [media_id] = await sent(line)
    assert await line.services.media.fetch_due() == 1
    item = await line.services.media.get(media_id)
    assert (item.state, item.size, item.channel) == ("stored", len(PNG), "sms")
    assert await line.services.media.content(media_id) == PNG
    async with line.services.db.reading() as connection:
        row = (await connection.execute(select(media))).mappings().one()
    assert row["source"] is None
    assert "broken zip" not in row["content"]
    assert await line.services.media.fetch_due() == 0


async def test_files_are_fetched_in_the_background(line: Line, vendors: FakeVendors) -> None:
    fetcher = MediaFetcher(line.services.media, every_s=60)
    fetcher.start()
    await line.text("look", ANN, **mms(vendors, "a.png"))
    [media_id] = await sent(line)
    fetcher.wake()
    async with async_timeout.timeout(5):
        while (await line.services.media.get(media_id)).state != "stored":  # noqa: ASYNC110 - no event in the database
            await asyncio.sleep(0.01)
    await fetcher.stop()


async def test_a_repeated_delivery_brings_no_second_file(line: Line, vendors: FakeVendors) -> None:
    fields = mms(vendors, "a.png")
    sid = await line.text("look", ANN, **fields)
    await line.text("look", ANN, MessageSid=sid, **fields)
    assert len(await sent(line)) == 1
    assert await line.services.media.fetch_due() == 1


async def test_a_file_that_is_not_there_yet_is_fetched_later(
    line: Line, vendors: FakeVendors
) -> None:
    vendors.answers = [Answer(404), Answer(503)]
    await line.text("look", ANN, **mms(vendors, "a.png"))
    [media_id] = await sent(line)
    for state in ("expected", "expected", "stored"):
        await line.services.media._rows.settle(media_id, next_attempt_at=line.services.clock.now())
        await line.services.media.fetch_due()
        assert (await line.services.media.get(media_id)).state == state


@pytest.mark.parametrize(
    ("name", "kind", "content", "reason"),
    [
        ("x.exe", "application/x-msdownload", b"MZ", "the type is not kept"),
        ("x.png", "image/png", b"<html><script>", "the content is of another type"),
        ("big.png", "image/png", PNG + b"x" * 17 * 2**20, "the file is too large"),
    ],
    ids=["type", "content", "size"],
)
async def test_what_is_not_fit_to_be_kept_is_refused(
    line: Line, vendors: FakeVendors, name: str, kind: str, content: bytes, reason: str
) -> None:
    vendors.files[name] = (kind, content)
    await line.text("look", ANN, **mms(vendors, name, kind=kind))
    await line.services.media.fetch_due()
    [media_id] = await sent(line)
    item = await line.services.media.get(media_id)
    assert (item.state, item.reason) == ("refused", reason)
    with pytest.raises(NotFound):
        await line.services.media.content(media_id)


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://api.twilio.com.evil.example/x",
        "http://api.twilio.com/x",
        "file:///etc/passwd",
        "https://api.twilio.com:8443/x",
    ],
)
async def test_files_come_from_the_vendor_and_nowhere_else(line: Line, url: str) -> None:
    found = [Media(url=url, content_type="image/png")]
    [own] = await line.services.media.expect("ann", "m1", "sms", found)
    await line.services.media.fetch_due()
    item = await line.services.media.get(own.url.removeprefix(PATH))
    assert (item.state, item.reason) == ("refused", "the file is not where the vendor keeps files")


async def test_a_redirect_leads_nowhere_else(line: Line, vendors: FakeVendors) -> None:
    vendors.answers = [Answer(307, headers={"Location": "http://127.0.0.1:9/secret"})]
    source = TwilioMedia(vendors.sid, vendors.token, base_url=vendors.url)
    with pytest.raises(Exception, match="not where the vendor keeps"):
        await source.fetch(f"{vendors.url}/media/a.png")
    await source.close()


async def test_what_a_person_sent_goes_with_the_person(line: Line, vendors: FakeVendors) -> None:
    await line.text("look", ANN, **mms(vendors, "a.png"))
    await line.services.media.fetch_due()
    [listed] = await line.services.media.export_personal("ann")
    assert isinstance(listed, dict)
    assert listed["state"] == "stored"
    assert await line.services.media.erase_personal("ann") == 1
    assert await line.services.media.export_personal("ann") == []
