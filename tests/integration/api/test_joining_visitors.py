"""A visitor signs in while the dialogue is away, or as two different people."""

from __future__ import annotations

from tests.fakes.gateway import MARA, OLE, Door


async def test_signing_in_does_not_wait_for_the_dialogue_and_the_join_is_kept(door: Door) -> None:
    _, visitor = await door.call("POST", "/api/v1/auth/visitor", {})
    await door.rasa.stop()
    tokens = await door.login("mara@example.org", visitor_token=visitor["access_token"])
    assert tokens["customer"]["customer_id"] == MARA
    [join] = await door.services.joins.waiting()
    assert (join.customer_id, join.state) == (MARA, "asked")


async def test_a_visitor_is_one_person_only(door: Door) -> None:
    token = door.token("visitor")
    body = {"message_id": "m1", "text": "said as a visitor"}
    _, turn = await door.call("POST", "/api/v1/chat/messages", body, token=token)
    await door.services.joins.ask(turn["conversation_id"], OLE)
    await door.login("mara@example.org", visitor_token=token)
    _, page = await door.call("GET", "/api/v1/chat/history", token=door.token("customer", MARA))
    assert page["items"] == []
