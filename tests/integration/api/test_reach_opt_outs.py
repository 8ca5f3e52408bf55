"""Which channels are open to somebody who has refused them as a whole."""

from __future__ import annotations

from typing import Any

from tests.fakes.gateway import MARA, Door


async def test_what_a_person_refuses_is_told_without_an_address_or_a_line(door: Door) -> None:
    refuse = door.services.contact_consents.record_for_all
    await refuse("voice", MARA, granted=False, source="chat:1")
    await refuse("sms", MARA, granted=False, source="chat:1")
    before = await _available(door)
    assert (before["voice"]["consent"], before["voice"]["available"]) == ("opted_out", False)
    assert (before["sms"]["consent"], before["sms"]["reason"]) == ("opted_out", "no_address")
    await door.services.customers.update(MARA, phone="+12025550123")
    after = await _available(door)
    assert (after["sms"]["consent"], after["sms"]["reason"]) == ("opted_out", "opted_out")


async def _available(door: Door) -> dict[str, Any]:
    query = {"customer_id": MARA}
    token = door.token("service")
    status, answer = await door.call("GET", "/api/v1/channels/available", token=token, params=query)
    assert status == 200, answer
    return {item["channel"]: item for item in answer["channels"]}
