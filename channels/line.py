"""One request of a call with what its steps need: who it is, what was said before, how the answer listens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sanic.request import Request

from channels.base import InboundChain
from channels.call import Call, message_of
from closer.conversations.turn import Entry, InboundMessage, TurnResult
from closer.customers.identity import Identity
from closer.kit.pagination import PageRequest
from closer.messaging.choices import offered
from closer.messaging.phone_steps import hints_for
from closer.providers import twiml
from closer.providers.twilio_webhooks import Form
from closer.services import Services

_LISTENED = PageRequest(limit=20)


class Line:
    """A request within a call.

    Args:
        request: The request, whose signature was checked.
        services: The domain.
        call: What it says.
        identity: Whose conversation the call is.
        form: Its fields.
    """

    def __init__(
        self, request: Request, services: Services, call: Call, identity: Identity, form: Form
    ) -> None:
        self.request, self.services = request, services
        self.call, self.identity, self.form = call, identity, form
        self.chain: InboundChain = request.app.ctx.chain
        self.voice = voice_of(services)

    @property
    def message(self) -> InboundMessage:
        """What was heard, as the message of this turn."""
        return message_of(self.call, self.identity)

    def listen(
        self,
        said: str,
        *,
        after: TurnResult | None = None,
        step: str | None = None,
        tried: int | None = None,
    ) -> str:
        """Say something and listen for the next turn.

        Args:
            said: What is said.
            after: The turn whose question is open; what answers it is likely to be heard.
            step: What is asked for, if no turn says it.
            tried: The turn in which a colleague was called in vain, if that is news.
        """
        action = self.call.at("turn", turn=self.call.turn + 1, tried=tried)
        return twiml.listen(self.voice, said, action, likely(after, step))

    def listen_again(
        self,
        said: str,
        *,
        missed: int = 0,
        owed: int = 0,
        after: TurnResult | None = None,
        step: str | None = None,
    ) -> str:
        """Say something and listen once more for this turn, of which nothing was taken or the answer is owed."""
        action = self.call.at("turn", missed=missed, owed=owed)
        return twiml.listen(self.voice, said, action, likely(after, step))

    async def before(self) -> TurnResult | None:
        """Return the turn of this call whose answer the caller heard last; other channels' words are not for here."""
        last = self.call.turn - 1
        if last < 1 or last == self.call.tried:
            return None
        earlier = message_of(replace(self.call, turn=last), self.identity)
        record = await self.services.conversations.record(earlier)
        return record.result if record else None

    async def history(self) -> Sequence[Entry]:
        """Return the last entries of the conversation."""
        page = await self.services.conversations.history(self.identity.conversation_id, _LISTENED)
        return page.items

    async def open_choices(self) -> set[str]:
        """Return the payloads that the assistant offered last, on whichever channel: a yes here would choose there."""
        said = [entry for entry in await self.history() if entry.sender == "assistant"]
        last = [entry for entry in said if entry.message_id == said[-1].message_id]
        return {button.payload for button in offered(last)}

    async def note(self, what: str, text: str) -> None:
        """Keep in the conversation what became of the call; reported twice, it is kept once."""
        message_id = f"{self.call.sid}.{what}"
        if any(entry.message_id == message_id for entry in await self.history()):
            return
        conversations = self.services.conversations
        entry = conversations.entry("system", "voice", message_id=message_id, text=text)
        await conversations.append(self.identity.conversation_id, [entry])


def voice_of(services: Services) -> twiml.Voice:
    """Return how the assistant speaks."""
    return twiml.Voice(services.settings.voice_name, services.settings.voice_language)


def likely(after: TurnResult | None, step: str | None = None) -> list[str]:
    """Return what will probably be heard: the choices that were offered, then what answers the open question."""
    if after is None:
        return hints_for(step)
    titles = [button.title for button in offered(after.replies)]
    return [*titles, *hints_for(after.task.step if after.task else step)]
