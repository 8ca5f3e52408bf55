"""Which version answers: swaps, canaries, tasks that are finished where they began, shadows, rollbacks."""

from __future__ import annotations

import asyncio
import weakref

from closer.lifecycle.assignment import choose
from closer.lifecycle.records import BLUE_GREEN, CANARY, READY, SHADOW
from tests.integration.serving.conftest import Server

GIFT, GIFT2, PLAIN = "Hi from gift.", "Hi from gift two.", "Hi from plain."


def texts(result: object) -> list[str | None]:
    return [reply.text for reply in result.replies]


async def test_without_a_record_what_rasa_loaded_serves(server: Server) -> None:
    result = await server.say("hello")
    assert texts(result) == [GIFT]
    assert result.model_version == "gift"
    tracker = await server.models.router.tracker_store.retrieve("user1")
    assert tracker.latest_message.metadata["model_version"] == "gift"
    assert tracker.latest_message.metadata["model_arm"] == "stable"
    assert tracker.latest_message.metadata["deployment_revision"] == 0


async def test_a_deployed_version_takes_over_from_what_rasa_loaded(server: Server) -> None:
    await server.say("hello")
    await server.register("v2", "gift2")
    await server.services.lifecycle.deploy("v2", actor="anna")
    await server.applied()
    result = await server.say("hello")
    assert (texts(result), result.model_version) == ([GIFT2], "v2")
    assert await server.state("v2") == READY
    entry = await server.services.lifecycle.versions.get("v2")
    assert entry.gate is not None
    assert entry.gate["answered"] == 2


async def test_a_canary_gets_its_share_and_everybody_stays_on_one_arm(server: Server) -> None:
    await server.register("v1", "gift")
    await server.services.lifecycle.deploy("v1", actor="anna")
    await server.register("v2", "gift2")
    await server.services.lifecycle.deploy("v2", actor="anna", strategy=CANARY, percent=40)
    await server.applied()
    traffic = server.models.router.traffic
    arms = {}
    for turn in range(2):
        for number in range(20):
            result = await server.say("hello", f"user{number}")
            arms.setdefault(f"user{number}", set()).add(result.model_version)
            assert texts(result) == [GIFT2 if result.model_version == "v2" else GIFT], turn
    assert {person: {choose(traffic, person)[0]} for person in arms} == arms
    assert {"v1", "v2"} == set.union(*arms.values())
    tracker = await server.models.router.tracker_store.retrieve(
        next(person for person, versions in arms.items() if versions == {"v2"})
    )
    assert tracker.latest_message.metadata["model_arm"] == "candidate"
    assert tracker.latest_message.metadata["deployment_revision"] == 2


async def test_a_turn_ends_on_the_version_that_it_began_on(server: Server) -> None:
    router = server.models.router
    serving = await router.begin("user1")
    await server.register("v2", "gift2")
    await server.services.lifecycle.deploy("v2", actor="anna")
    await server.applied()
    await server.services.lifecycle.rollback("v2", actor="anna")  # forced: nobody is waited for
    await server.applied()
    await asyncio.sleep(0.5)  # several looks at the record, each of which would let go of it
    assert serving.version == "gift"
    assert "gift" in router.loaded
    assert serving.agent.processor is not None
    router.end(serving)
    await server.wait(lambda: "gift" not in router.loaded)
    assert texts(await server.say("hello")) == [GIFT2]


async def test_a_task_is_finished_on_the_version_that_it_began_on(server: Server) -> None:
    assert texts(await server.say("gift")) == ["Whose gift is it?"]
    await server.register("v2", "plain", accepts_missing=True)
    await server.services.lifecycle.deploy("v2", actor="anna")
    await server.applied()
    assert texts(await server.say("hello", "user2")) == [PLAIN]
    ending = await server.say("Anna")
    assert (texts(ending), ending.model_version) == (["Wrapped."], "gift")
    after = await server.say("hello")
    assert (texts(after), after.model_version) == ([PLAIN], "v2")


async def test_a_forced_rollback_ends_a_task_that_the_target_does_not_have(server: Server) -> None:
    await server.register("v1", "plain", accepts_missing=True)
    await server.services.lifecycle.deploy("v1", actor="anna")
    await server.register("v2", "gift2")
    await server.applied()
    await server.services.lifecycle.deploy("v2", actor="anna")
    await server.applied()
    assert texts(await server.say("gift")) == ["Whose gift is it?"]
    await server.services.lifecycle.rollback(actor="anna")
    await server.applied()
    result = await server.say("hello")
    assert (texts(result), result.model_version, result.task) == ([PLAIN], "v1", None)
    tracker = await server.models.router.tracker_store.retrieve("user1")
    assert tracker.active_loop_name is None


async def test_blue_stays_loaded_so_that_going_back_loads_nothing(server: Server) -> None:
    await server.register("v1", "gift")
    await server.services.lifecycle.deploy("v1", actor="anna")
    await server.register("v2", "gift2")
    await server.services.lifecycle.deploy("v2", actor="anna", strategy=BLUE_GREEN)
    await server.applied()
    assert texts(await server.say("hello")) == [GIFT2]
    router = server.models.router
    blue = router.model("v1")
    assert router.roles["v1"] == "standby"
    await server.services.lifecycle.rollback(actor="anna")
    await server.applied()
    assert router.main is blue
    assert texts(await server.say("hello")) == [GIFT]


async def test_a_shadow_reads_along_and_answers_nobody(server: Server) -> None:
    await server.register("v1", "gift")
    await server.services.lifecycle.deploy("v1", actor="anna")
    await server.register("v2", "gift2")
    await server.services.lifecycle.deploy("v2", actor="anna", strategy=SHADOW)
    await server.applied()
    for number in range(6):
        result = await server.say("hello" if number % 2 else "gift", f"user{number}")
        assert result.model_version == "v1"
    shadow = server.services.lifecycle.shadow

    async def recorded() -> bool:
        return (await shadow.summary("v2")).messages == 6

    await server.wait(recorded)
    summary = await shadow.summary("v2")
    assert (summary.agreed, summary.disagreements) == (6, [])
    assert summary.candidate_confidence == 1.0
    assert server.models.router.model("v2").in_flight == 0


async def test_nothing_is_lost_or_answered_twice_while_versions_change(server: Server) -> None:
    for name, archive in (("v1", "gift"), ("v2", "gift2")):
        await server.register(name, archive)
    lifecycle = server.services.lifecycle
    stop = asyncio.Event()

    async def talk(person: str) -> int:
        said = 0
        while not stop.is_set():
            result = await server.say("hello", person)
            expected = GIFT2 if result.model_version == "v2" else GIFT
            assert texts(result) == [expected]
            said += 1
        return said

    talks = [asyncio.create_task(talk(f"user{number}")) for number in range(8)]
    for deployment in ("v1", "v2", "v1", "v2"):
        await lifecycle.deploy(deployment, actor="anna")
        await server.applied()
    stop.set()
    said = sum(await asyncio.gather(*talks))
    assert said == server.sent == len({result.message_id for result in server.results})
    assert {"v1", "v2"} <= {result.model_version for result in server.results}


async def test_memory_of_a_released_version_is_given_back(server: Server) -> None:
    router = server.models.router
    await server.register("v2", "gift2")
    await server.services.lifecycle.deploy("v2", actor="anna")
    await server.applied()
    await server.register("v3", "gift")
    await server.services.lifecycle.deploy("v3", actor="anna")
    await server.applied()
    nodes = router.model("v2").agent.processor.graph_runner._nodes.values()
    parts = [weakref.ref(node._component) for node in nodes if node._component is not None]
    assert parts
    runner = weakref.ref(router.model("v2").agent.processor.graph_runner)
    del nodes
    await server.services.lifecycle.rollback("v3", actor="anna")
    await server.wait(lambda: not any(part() for part in parts))
    await server.wait(lambda: runner() is None)  # the rest, in a moment in which nobody talks


async def test_a_replaced_version_waits_a_while_for_those_in_a_task(server: Server) -> None:
    await server.register("v2", "gift2")
    await server.services.lifecycle.deploy("v2", actor="anna")
    await server.applied()
    assert server.models.router.roles == {"gift": "idle", "v2": "main"}
    for number in range(3, 7):  # more than are kept: the oldest ones go at once
        await server.register(f"v{number}", "gift")
        await server.services.lifecycle.deploy(f"v{number}", actor="anna")
        await server.applied()
    await server.wait(lambda: len(server.models.router.loaded) <= 4)
    assert server.models.router.roles["v6"] == "main"
    assert "gift" not in server.models.router.loaded


async def test_rasas_own_api_works_with_the_main_version(server: Server) -> None:
    from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

    router = server.models.router
    assert router.is_ready()
    assert (await router.parse_message("hello"))["intent"]["name"] == "greet"
    said = await router.handle_message(UserMessage("hello", CollectingOutputChannel(), "rest1"))
    assert [item["text"] for item in said] == [GIFT]
    tracker = await router.tracker_store.retrieve("rest1")
    assert tracker.latest_message.metadata["model_version"] == "gift"
    prediction = await router.predict_next_for_sender_id("rest1")
    assert prediction["scores"]
    acted = await router.execute_action("rest1", "utter_done", CollectingOutputChannel(), None, 1.0)
    assert acted.latest_action_name == "utter_done"
    assert router.model("gift").in_flight == 0
