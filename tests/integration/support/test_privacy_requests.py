"""Privacy: requests with receipts, opt-outs that hold at once, copies for their owner only, erasure that is complete."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

import closer.worker.jobs  # noqa: F401 - registers the jobs
from closer.compliance.records import Erasure
from closer.compliance.service import ComplianceService
from closer.kit.clock import FixedClock
from closer.kit.errors import Conflict, InvalidInput, NotAuthenticated, NotFound
from closer.kit.jobs import run_job
from closer.kit.pagination import PageRequest
from closer.services import Services
from tests.integration.support import shop


async def mails(services: Services, address: str = "ann@example.org") -> list[str]:
    await services.notifications.deliver_due()
    return [message.text for message in await services.sandbox.latest(address=address)]


async def test_opting_out_holds_at_once_and_leaves_a_trail(services: Services, ann: str) -> None:
    request = await services.compliance.opt_out(
        ann, reason="ccpa_request", channel="api", actor="service"
    )
    assert (request.state, request.kind) == ("completed", "opt_out")
    assert (await services.customers.get(ann)).sale_opt_out
    held = await services.compliance.consents(ann)
    assert (held["sale"], held["personalization"]) == (False, False)
    [consent] = await services.compliance.consent_ledger(ann)
    assert (consent.purpose, consent.granted, consent.source) == ("sale", False, "service")
    actions = {entry.action for entry in (await services.audit.entries(PageRequest())).items}
    assert {"privacy.received", "privacy.completed", "consent.withdrawn"} <= actions
    assert any(request.receipt in mail for mail in await mails(services))


async def test_opting_out_twice_gives_the_same_receipt(services: Services, ann: str) -> None:
    first = await services.compliance.opt_out(ann)
    assert (await services.compliance.opt_out(ann)).id == first.id
    assert len(await services.compliance.consent_ledger(ann)) == 1


async def test_opting_in_again_is_possible_and_then_out_anew(services: Services, ann: str) -> None:
    first = await services.compliance.opt_out(ann)
    await services.compliance.opt_in(ann)
    assert not (await services.customers.get(ann)).sale_opt_out
    again = await services.compliance.opt_out(ann)
    assert again.id != first.id
    assert [item.granted for item in await services.compliance.consent_ledger(ann)] == [
        False,
        True,
        False,
    ]


async def test_consents_take_effect_where_they_matter(services: Services, ann: str) -> None:
    for purpose in ("marketing_email", "marketing_sms", "personalization"):
        await services.compliance.set_consent(ann, purpose, True, source="chat")
    assert (await services.customers.get(ann)).newsletter
    await services.compliance.set_consent(ann, "personalization", False, source="chat")
    held = await services.compliance.consents(ann)
    assert held == {
        "sale": True,
        "marketing_email": True,
        "marketing_sms": True,
        "personalization": False,
    }
    with pytest.raises(InvalidInput):
        await services.compliance.set_consent(ann, "everything", True, source="chat")
    with pytest.raises(NotFound):
        await services.compliance.set_consent("nobody", "sale", True, source="chat")


async def test_a_deletion_waits_for_proof_of_identity(
    services: Services, ann: str, clock: FixedClock
) -> None:
    request = await services.compliance.request_deletion(
        ann, verified=False, reason="user_requested"
    )
    assert (request.state, request.due_at) == ("received", clock.now() + timedelta(days=30))
    assert await services.compliance.execute_due() == []
    assert (await services.customers.get(ann)).name == "Ann Bee"
    await services.compliance.verify(request.id, actor="agent1")
    [done] = await services.compliance.execute_due()
    assert (done.id, done.state) == (request.id, "completed")
    assert [step.state for step in done.history] == ["received", "verified", "completed"]


async def test_one_deletion_is_open_at_a_time(services: Services, ann: str) -> None:
    requests = await asyncio.gather(
        *(services.compliance.request_deletion(ann, verified=False) for _ in range(3))
    )
    assert len({request.id for request in requests}) == 1
    proven = await services.compliance.request_deletion(ann, verified=True)
    assert (proven.id, proven.state) == (requests[0].id, "verified")


async def test_a_deletion_with_second_thoughts_waits_and_can_be_taken_back(
    services: Services, ann: str, clock: FixedClock
) -> None:
    first = await services.compliance.request_deletion(ann, verified=True, second_thoughts=True)
    assert await services.compliance.execute_due() == []
    taken_back = await services.compliance.withdraw_deletion(ann, actor="chat:1")
    assert (taken_back.id, taken_back.state) == (first.id, "refused")
    with pytest.raises(NotFound):
        await services.compliance.withdraw_deletion(ann, actor="chat:1")
    clock.advance(hours=2)
    assert await services.compliance.execute_due() == []
    await services.compliance.request_deletion(ann, verified=True, second_thoughts=True)
    clock.advance(hours=2)
    assert len(await services.compliance.execute_due()) == 1
    with pytest.raises(Conflict):
        await services.compliance.withdraw_deletion(ann, actor="chat:1")


async def test_erasure_reaches_every_store_and_says_what_is_kept(services: Services) -> None:
    await shop.furnish(services)
    eve = await shop.customer(services, "eve")
    order = await shop.buy(services, eve, shop.NOVEL)
    await services.tickets.create(subject="Eve's lamp", category="product", customer_id=eve)
    await services.feedback.give(rating=4, customer_id=eve)
    await services.handoff.request(conversation_id=eve, customer_id=eve, reason="asked")
    await services.carts.add(eve, shop.CASE)
    await services.recommendations.reject(eve, shop.LAPTOP)
    await services.verification.request(purpose="identity", customer_id=eve)
    await services.notifications.deliver_due()
    await services.compliance.request_deletion(eve, verified=True)
    [done] = await services.compliance.execute_due()
    deleted = (done.result or {})["deleted"]
    for store in (
        "tickets",
        "feedback",
        "handoff",
        "carts",
        "recommendations",
        "verification",
        "customers",
    ):
        assert deleted[store] >= 1, store
    assert set((done.result or {})["kept"]) >= {"orders", "customers"}
    gone = await services.customers.get(eve)
    assert (gone.email, gone.phone, gone.status) == (None, None, "closed")
    assert "Eve" not in gone.name
    assert (await services.orders.get(order)).customer_id == eve
    assert len(await mails(services, "eve@example.org")) == 1, "only the receipt of the erasure"


async def test_a_store_that_fails_undoes_the_erasure_and_it_is_tried_again(
    services: Services, ann: str, clock: FixedClock
) -> None:
    broken = Broken()
    compliance = ComplianceService(
        services.db,
        services.customers,
        services.audit,
        keys=services.person_keys,
        notifications=services.notifications,
        settings=services.settings,
        clock=clock,
        holders={"tickets": services.tickets, "broken": broken},
    )
    await services.tickets.create(subject="A lamp", category="product", customer_id=ann)
    request = await compliance.request_deletion(ann, verified=True)
    assert await compliance.execute_due() == []
    assert len((await services.tickets.list(PageRequest())).items) == 1
    found = await compliance.get(request.id)
    assert (found.state, found.history[-1].note) == ("verified", "failed: RuntimeError")
    assert await compliance.execute_due() == []
    broken.fails = False
    clock.advance(minutes=5)
    assert len(await compliance.execute_due()) == 1
    assert (await services.tickets.list(PageRequest())).items == []


async def test_several_workers_carry_a_request_out_once(services: Services, ann: str) -> None:
    await services.compliance.request_deletion(ann, verified=True)
    done = await asyncio.gather(*(services.compliance.execute_due() for _ in range(3)))
    assert sum(len(items) for items in done) == 1


async def test_a_copy_of_ones_data_is_made_at_once_when_proven(
    services: Services, ann: str
) -> None:
    await services.tickets.create(subject="The lamp", category="product", customer_id=ann)
    await services.feedback.give(rating=5, comment="Great", customer_id=ann)
    request = await services.compliance.request_export(ann, verified=True)
    assert request.state == "verified"
    assert [done.id for done in await services.compliance.execute_due()] == [request.id]
    [mail] = [text for text in await mails(services) if "privacy/export#" in text]
    document = await services.compliance.download(mail.split("export#")[1].split()[0])
    assert document["data"]["customers"]["profile"]["email"] == "ann@example.org"
    assert document["data"]["tickets"][0]["subject"] == "The lamp"
    assert document["data"]["feedback"][0]["comment"] == "Great"


async def test_a_copy_waits_for_proof(services: Services, ann: str) -> None:
    request = await services.compliance.request_export(ann, verified=False)
    assert request.state == "received"
    with pytest.raises(NotFound):
        await services.compliance.new_download_token(request.id, ann)


async def test_a_copy_is_made_by_the_worker_that_is_asked_after_the_commit(
    services: Services, ann: str
) -> None:
    async with services.db.transaction():
        request = await services.compliance.request_export(ann, verified=True)
        assert "execute_privacy" not in services.jobs.asked
    assert "execute_privacy" in services.jobs.asked
    assert (await services.compliance.get(request.id)).state == "verified"
    await run_job(services, "execute_privacy", {})
    assert (await services.compliance.get(request.id)).state == "completed"


async def test_only_the_owner_gets_a_token_and_it_ends_after_a_week(
    services: Services, ann: str, clock: FixedClock
) -> None:
    request = await services.compliance.request_export(ann, verified=True)
    await services.compliance.execute_due()
    with pytest.raises(NotFound):
        await services.compliance.new_download_token(request.id, "ben")
    token = await services.compliance.new_download_token(request.id, ann)
    assert (await services.compliance.download(token))["customer_id"] == ann
    with pytest.raises(NotAuthenticated):
        await services.compliance.download("guess")
    clock.advance(days=7)
    with pytest.raises(NotAuthenticated):
        await services.compliance.download(token)
    assert await services.compliance.purge_exports() == 1


async def test_the_copy_is_encrypted(services: Services, ann: str) -> None:
    await services.compliance.request_export(ann, verified=True, reason="Ann wants it")
    await services.compliance.execute_due()
    async with services.db.reading() as connection:
        rows = (await connection.execute(text("SELECT * FROM privacy_exports"))).all()
        rows += (await connection.execute(text("SELECT * FROM privacy_requests"))).all()
    assert rows
    assert "ann@example.org" not in str(rows)
    assert "Ann wants" not in str(rows)


async def test_a_request_can_be_refused_but_not_when_done(services: Services, ann: str) -> None:
    request = await services.compliance.request_deletion(ann, verified=True)
    refused = await services.compliance.refuse(request.id, actor=ann, note="changed their mind")
    assert refused.state == "refused"
    assert await services.compliance.execute_due() == []
    with pytest.raises(Conflict):
        await services.compliance.verify(request.id, actor="agent1")
    assert (await services.compliance.request_deletion(ann, verified=False)).id != request.id


async def test_requests_are_listed_and_found_by_their_owner_only(
    services: Services, ann: str
) -> None:
    out = await services.compliance.opt_out(ann)
    deletion = await services.compliance.request_deletion(ann, verified=False)
    page = await services.compliance.list(PageRequest(), customer_id=ann)
    assert [item.id for item in page.items] == [deletion.id, out.id]
    waiting = await services.compliance.list(
        PageRequest(), states=("received",), kind="data_deletion"
    )
    assert [item.id for item in waiting.items] == [deletion.id]
    assert (await services.compliance.get(out.id.lower(), ann)).id == out.id
    with pytest.raises(NotFound):
        await services.compliance.get(out.id, "ben")


async def test_nothing_is_asked_for_somebody_unknown(services: Services) -> None:
    with pytest.raises(NotFound):
        await services.compliance.opt_out("nobody")
    with pytest.raises(NotFound):
        await services.compliance.request_deletion("nobody", verified=True)


class Broken:
    """A store that cannot be erased for now."""

    fails = True

    async def export_personal(self, customer_id: str) -> None:
        return None

    async def erase_personal(self, customer_id: str) -> Erasure:
        if self.fails:
            raise RuntimeError("disk full")
        return Erasure(0)
