"""One chat socket: sign-in, the client's frames, what the conversation announces, the end of the token."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress

from starlette.websockets import WebSocket, WebSocketDisconnect

from api.gateway import Gateway
from api.messages import accept, inbound, own_conversation
from api.sockets.frames import BadFrame
from api.sockets.hub import Listener
from api.sockets.line import Line, LineClosedError
from api.sockets.seen import SeenEntries
from api.v1.schemas.base import Body
from api.v1.schemas.chat import HelloFrame, MessageFrame, TokenFrame
from closer.conversations.turn import Entry, InboundMessage, TurnResult, to_json
from closer.kit.errors import (
    CloserError,
    InvalidInput,
    NotAuthenticated,
    NotPermitted,
    TooManyRequests,
)
from closer.kit.logging import correlated, get_logger
from closer.kit.tasks import end
from closer.security.ratelimit import Limit
from closer.security.roles import Permission
from closer.security.tokens import Claims

_log = get_logger(__name__)

HELLO_WITHIN_S = 10.0
DELAYED_AFTER_S = 4.0
CHECK_EVERY_S = 30.0
FRAMES = Limit(120, 60)
MESSAGES = Limit(30, 30)
OPENINGS = Limit(600, 60)  # from one network address
SOCKETS = 20  # of one conversation on this gateway


class ChatSession:
    """Serves one accepted socket until it closes.

    Args:
        gateway: The process's parts.
        socket: The accepted socket.
    """

    def __init__(self, gateway: Gateway, socket: WebSocket) -> None:
        self._gateway = gateway
        self._services = gateway.services
        self._line = Line(socket, gateway.metrics)
        self._answering = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._claims: Claims
        self._seen: SeenEntries
        self._conversation_id = ""

    async def run(self) -> None:
        """Serve the socket."""
        try:
            hello = await self._sign_in()
            async with self._gateway.hub.listening(self._conversation_id) as listener:
                await self._welcome(hello)
                await self._serve(listener)
        except LineClosedError as closed:
            await self._line.close(closed.code)
        except WebSocketDisconnect:
            pass
        finally:
            for task in self._tasks:
                task.cancel()

    async def _sign_in(self) -> HelloFrame:
        try:
            hello = await asyncio.wait_for(self._hello(), HELLO_WITHIN_S)
            self._claims = await self._permitted(hello.token)
            self._conversation_id = own_conversation(self._claims)
            if self._gateway.hub.sockets(self._conversation_id) >= SOCKETS:
                raise TooManyRequests("too many open sockets", retry_after=30)
        except asyncio.TimeoutError:
            await self._line.refuse(NotAuthenticated("no hello came in time"))
            raise LineClosedError(4401) from None
        except CloserError as error:
            await self._line.refuse(error)
            raise LineClosedError(1013) from error  # try again later: a part that is needed is away
        self._seen = SeenEntries(self._services.conversations, self._conversation_id)
        return hello

    async def _hello(self) -> HelloFrame:
        while True:
            try:
                first = await self._line.read()
            except CloserError as error:
                await self._line.refuse(error)
                continue
            if isinstance(first, HelloFrame):
                return first
            raise NotAuthenticated("the first frame must be hello")

    async def _permitted(self, token: str) -> Claims:
        claims = await self._gateway.services.accounts.claims_of(token)
        claims.require(Permission.CHAT_OWN)
        if self._conversation_id and claims.conversation_id != self._conversation_id:
            raise NotPermitted("that token is of another conversation")
        return claims

    async def _welcome(self, hello: HelloFrame) -> None:
        entries = await self._seen.start(hello.after)
        await self._line.send(
            "welcome",
            conversation_id=self._conversation_id,
            customer=await self._customer(),
            history=[to_json(entry) for entry in entries],
        )

    async def _customer(self) -> dict[str, str] | None:
        if self._claims.customer_id is None:
            return None
        customer = await self._services.customers.find(self._claims.customer_id)
        return {"customer_id": self._claims.customer_id, "name": customer.name if customer else ""}

    async def _serve(self, listener: Listener) -> None:
        """Run until the first of the three loops ends, which is how a socket ends."""
        work = (self._read_frames(), self._tell_news(listener), self._watch_token())
        loops = [asyncio.create_task(loop) for loop in work]
        try:
            done, _ = await asyncio.wait(loops, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await end(*loops)

    async def _read_frames(self) -> None:
        while True:
            message_id = None
            with correlated():
                try:
                    received = await self._line.read()
                    message_id = getattr(received, "message_id", None)
                    await self._handle(received)
                except CloserError as error:
                    message_id = error.message_id if isinstance(error, BadFrame) else message_id
                    await self._line.refuse(error, message_id)

    async def _handle(self, received: Body) -> None:
        limiter = self._gateway.limiter
        await limiter.require("socket.frame", self._conversation_id, FRAMES)
        if isinstance(received, MessageFrame):
            await self._check_token()
            await limiter.require("socket.message", self._conversation_id, MESSAGES)
            await self._accept(received)
        elif isinstance(received, TokenFrame):
            self._claims = await self._permitted(received.token)
        elif isinstance(received, HelloFrame):
            raise BadFrame("hello was said already")
        else:
            await self._line.send("pong")

    async def _accept(self, received: MessageFrame) -> None:
        message = inbound(received, self._claims, self._gateway.settings)
        message = await accept(self._gateway, message, "socket")
        turn = self._gateway.turns.start(
            message
        )  # goes on even if this socket is gone before the ack
        await self._line.send("ack", message_id=message.message_id)
        task = asyncio.create_task(self._answer(message, turn))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, message: InboundMessage, turn: asyncio.Task[TurnResult]) -> None:
        with suppress(WebSocketDisconnect, LineClosedError):
            await self._typing(+1)
            try:
                await self._tell_replies(message, turn)
            except InvalidInput as error:
                await self._line.refuse(error, message.message_id)
            except CloserError as error:
                _log.info("answer_delayed", code=error.code)
                await self._line.send("delayed", message_id=message.message_id)
            finally:
                await self._typing(-1)

    async def _tell_replies(self, message: InboundMessage, turn: asyncio.Task[TurnResult]) -> None:
        """Send the replies of a turn; they also come by announcement, whichever is first."""
        await asyncio.wait({turn}, timeout=DELAYED_AFTER_S)
        if not turn.done():
            await self._line.send("delayed", message_id=message.message_id)
        result = await asyncio.shield(turn)
        for entry in result.replies:
            if self._seen.first_time(entry.id) or result.repeated:
                await self._line.send("entry", entry=to_json(entry))

    async def _typing(self, change: int) -> None:
        self._answering += change
        if self._answering == (1 if change > 0 else 0):
            await self._line.send("typing", on=change > 0)

    async def _tell_news(self, listener: Listener) -> None:
        while True:
            heard = await listener.hear()
            if heard is None:
                await self._check_token_or_end()
                await self._tell_missed()
            elif self._seen.first_time(str(heard.get("id"))):
                await self._line.send("entry", entry=heard)

    async def _tell_missed(self) -> None:
        missed: Iterable[Entry] = ()
        with suppress(CloserError):  # the database is away; the next nudge tries again
            missed = await self._seen.missed()
        for entry in missed:
            await self._line.send("entry", entry=to_json(entry))

    async def _watch_token(self) -> None:
        while True:
            left = (self._claims.expires_at - self._services.clock.now()).total_seconds()
            await asyncio.sleep(max(0.05, min(left, CHECK_EVERY_S)))
            await self._check_token_or_end()

    async def _check_token(self) -> None:
        if self._claims.expires_at <= self._services.clock.now():
            raise NotAuthenticated("the token has expired", code="token_expired")
        if await self._services.accounts.is_revoked(self._claims.token_id):
            raise NotAuthenticated("the token is void; sign in again", code="token_revoked")

    async def _check_token_or_end(self) -> None:
        try:
            await self._check_token()
        except NotAuthenticated as error:
            await self._line.refuse(error)
        except CloserError as error:  # the database is away: the token's own end still holds
            _log.warning("token_unchecked", code=error.code)


async def serve(gateway: Gateway, socket: WebSocket) -> None:
    """Accept a socket, unless its address opens too many, and serve it."""
    address = socket.client.host if socket.client else "unknown"
    if not (await gateway.limiter.take("socket.open", address, OPENINGS)).allowed:
        gateway.metrics.refused.labels("socket_flood").inc()
        await socket.close(4429)  # before it is accepted: the client sees 403
        return
    await socket.accept()
    gateway.metrics.sockets.inc()
    try:
        await ChatSession(gateway, socket).run()
    finally:
        gateway.metrics.sockets.dec()
