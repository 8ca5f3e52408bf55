"""One-time codes: right once, within ten minutes and five tries, and never readable anywhere."""

from __future__ import annotations

import asyncio
import re

import pytest
from sqlalchemy import text

from closer.kit.clock import FixedClock
from closer.kit.errors import CloserError, Conflict, InvalidInput, TooManyRequests
from closer.security.verification_records import Requested, mask_address
from closer.services import Services


async def ask(services: Services, who: str, conversation: str = "talk") -> Requested:
    return await services.verification.request(
        purpose="identity", customer_id=who, conversation_id=conversation
    )


async def sent_code(services: Services, address: str = "ann@example.org") -> str:
    await services.notifications.deliver_due()
    message = (await services.sandbox.latest(1, address=address))[0]
    found = re.search(r"\b\d{6}\b", message.text)
    assert found
    return found.group()


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


async def test_the_code_that_was_sent_proves_the_customer(services: Services, ann: str) -> None:
    asked = await ask(services, ann)
    result = await services.verification.check(
        await sent_code(services), conversation_id="talk", purpose="identity"
    )
    assert result.ok
    assert result.require().customer_id == ann
    assert result.require().id == asked.challenge_id
    assert asked.masked_address == "a•••@example.org"


async def test_a_code_can_be_checked_by_its_challenge_and_is_read_with_blanks(
    services: Services, ann: str
) -> None:
    asked = await ask(services, ann)
    code = await sent_code(services)
    spaced = f" {code[:3]}-{code[3:]} "
    assert (await services.verification.check(spaced, challenge_id=asked.challenge_id)).ok


async def test_a_code_that_can_still_be_given_is_found_from_any_conversation(
    services: Services, ann: str, clock: FixedClock
) -> None:
    asked = await ask(services, ann, conversation="one")
    wanted = {"purpose": "identity", "customer_id": ann}
    found = await services.verification.pending(**wanted, address="ann@example.org")
    assert found is not None
    assert found.id == asked.challenge_id
    assert await services.verification.pending(**wanted, address="other@example.org") is None
    clock.advance(minutes=11)
    assert await services.verification.pending(**wanted, address="ann@example.org") is None


async def test_a_code_works_once(services: Services, ann: str) -> None:
    asked = await ask(services, ann)
    code = await sent_code(services)
    results = await asyncio.gather(
        *(services.verification.check(code, challenge_id=asked.challenge_id) for _ in range(4))
    )
    assert sorted(result.code for result in results) == ["expired", "expired", "expired", "ok"]


async def test_a_code_ends_after_ten_minutes(
    services: Services, ann: str, clock: FixedClock
) -> None:
    asked = await ask(services, ann)
    code = await sent_code(services)
    clock.advance(minutes=10)
    result = await services.verification.check(code, challenge_id=asked.challenge_id)
    assert result.code == "expired"
    with pytest.raises(InvalidInput) as error:
        result.require()
    assert error.value.code == "code_expired"
    assert await services.verification.expire_codes() == 1


async def test_five_wrong_codes_lock_the_challenge_even_for_the_right_one(
    services: Services, ann: str
) -> None:
    asked = await ask(services, ann)
    code = await sent_code(services)
    left = []
    for _ in range(5):
        result = await services.verification.check(wrong(code), challenge_id=asked.challenge_id)
        left.append((result.code, result.tries_left))
    assert left == [("wrong", 4), ("wrong", 3), ("wrong", 2), ("wrong", 1), ("locked", 0)]
    after = await services.verification.check(code, challenge_id=asked.challenge_id)
    assert after.code == "locked"
    with pytest.raises(TooManyRequests) as error:
        after.require()
    assert error.value.code == "code_locked"
    assert error.value.extra["retry_after"] > 0


async def test_parallel_guesses_get_no_more_than_five_tries(services: Services, ann: str) -> None:
    asked = await ask(services, ann)
    code = await sent_code(services)
    results = await asyncio.gather(
        *(
            services.verification.check(wrong(code), challenge_id=asked.challenge_id)
            for _ in range(9)
        )
    )
    assert sum(result.code == "wrong" for result in results) == 4


async def test_a_wrong_try_counts_although_the_caller_goes_on_in_a_transaction(
    services: Services, ann: str
) -> None:
    asked = await ask(services, ann)
    code = await sent_code(services)
    async with services.db.transaction():
        await services.verification.check(wrong(code), challenge_id=asked.challenge_id)
    result = await services.verification.check(wrong(code), challenge_id=asked.challenge_id)
    assert result.tries_left == 3


async def test_another_code_may_be_asked_for_after_the_cool_down(
    services: Services, ann: str, clock: FixedClock
) -> None:
    await ask(services, ann)
    with pytest.raises(TooManyRequests) as error:
        await ask(services, ann)
    assert (error.value.code, error.value.extra["retry_after"]) == ("code_cooldown", 30)
    clock.advance(seconds=30)
    await ask(services, ann)


async def test_a_newer_code_ends_the_older(services: Services, ann: str, clock: FixedClock) -> None:
    first = await ask(services, ann)
    old = await sent_code(services)
    clock.advance(seconds=31)
    await ask(services, ann)
    new = await sent_code(services)
    assert (
        await services.verification.check(old, challenge_id=first.challenge_id)
    ).code == "expired"
    assert (await services.verification.check(new, conversation_id="talk", purpose="identity")).ok


async def test_three_codes_in_fifteen_minutes_are_the_most(
    services: Services, ann: str, clock: FixedClock
) -> None:
    for _ in range(3):
        await ask(services, ann)
        clock.advance(seconds=31)
    with pytest.raises(TooManyRequests) as error:
        await ask(services, ann, conversation="another")
    assert error.value.code == "too_many_codes"
    clock.advance(seconds=error.value.extra["retry_after"])
    await ask(services, ann)


async def test_one_conversation_cannot_ask_for_codes_of_many_people(
    services: Services, clock: FixedClock
) -> None:
    for number in range(6):
        await services.verification.request(
            purpose="identity",
            address=f"p{number}@example.org",
            conversation_id="talk",
            deliver=False,
        )
    with pytest.raises(TooManyRequests):
        await services.verification.request(
            purpose="identity", address="p7@example.org", conversation_id="talk"
        )


async def test_guessing_on_in_new_challenges_locks_the_person_for_an_hour(
    services: Services, ann: str, clock: FixedClock
) -> None:
    for _ in range(2):
        asked = await ask(services, ann)
        code = await sent_code(services)
        for _ in range(5):
            await services.verification.check(wrong(code), challenge_id=asked.challenge_id)
        clock.advance(minutes=6)
    with pytest.raises(TooManyRequests) as error:
        await ask(services, ann)
    assert error.value.code == "code_locked"
    assert error.value.extra["retry_after"] > 3000
    clock.advance(hours=1)
    asked = await ask(services, ann)
    assert (
        await services.verification.check(
            await sent_code(services), challenge_id=asked.challenge_id
        )
    ).ok


async def test_right_codes_are_no_wrong_tries(
    services: Services, ann: str, clock: FixedClock
) -> None:
    for _ in range(12):
        asked = await ask(services, ann)
        code = await sent_code(services)
        assert (await services.verification.check(code, challenge_id=asked.challenge_id)).ok
        clock.advance(minutes=5)


async def test_a_code_of_another_conversation_or_purpose_does_not_count(
    services: Services, ann: str
) -> None:
    await ask(services, ann)
    code = await sent_code(services)
    other = await services.verification.check(code, conversation_id="other", purpose="identity")
    purpose = await services.verification.check(
        code, conversation_id="talk", purpose="delete_account"
    )
    assert (other.code, purpose.code) == ("not_requested", "not_requested")


async def test_somebody_unknown_gets_the_same_answer_and_no_message(services: Services) -> None:
    asked = await services.verification.request(
        purpose="identity", address="nobody@example.org", conversation_id="talk", deliver=False
    )
    assert asked.masked_address == "n•••@example.org"
    await services.notifications.deliver_due()
    assert await services.sandbox.latest() == []
    result = await services.verification.check("000000", challenge_id=asked.challenge_id)
    assert (result.code, result.tries_left) == ("wrong", 4)


async def test_sms_goes_to_the_phone_and_a_missing_address_is_said(
    services: Services, ann: str
) -> None:
    asked = await services.verification.request(purpose="identity", customer_id=ann, channel="sms")
    assert asked.masked_address == "•••• 23"
    assert await sent_code(services, "+12025550123")
    ben = await services.customers.create(name="Ben", customer_id="ben")
    with pytest.raises(Conflict) as error:
        await ask(services, ben.id)
    assert error.value.code == "no_address"
    with pytest.raises(CloserError):
        await services.verification.request(purpose="identity")


async def test_the_code_is_stored_nowhere_in_the_clear(services: Services, ann: str) -> None:
    await ask(services, ann)
    code = await sent_code(services)
    async with services.db.reading() as connection:
        for table in ("verification_challenges", "notifications", "sandbox_messages"):
            rows = (await connection.execute(text(f"SELECT * FROM {table}"))).all()
            assert rows
            assert not re.search(rf"\b{code}\b", str(rows))


async def test_codes_are_not_logged(
    services: Services, ann: str, capfd: pytest.CaptureFixture[str]
) -> None:
    asked = await ask(services, ann)
    code = await sent_code(services)
    for _ in range(5):
        await services.verification.check(wrong(code), challenge_id=asked.challenge_id)
    output = "".join(capfd.readouterr())
    assert code not in output
    assert wrong(code) not in output


def test_addresses_are_masked() -> None:
    assert mask_address("j@x.org") == "j•••@x.org"
    assert mask_address("+12025550199") == "•••• 99"
