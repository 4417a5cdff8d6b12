"""A connection that comes back: reconnects with backoff and jitter, subscribes again, and hands out messages."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from types import TracebackType
from typing import Self

import structlog

from shared.bus.packets import Publish
from shared.bus.topics import has_wildcards, matches, unshared
from shared.bus.transport import NOT_AUTHORISED, Connector, Message, Subscription, Told, Transport, Will
from shared.errors import BrokerError, ConnectionLost, Forbidden, LoginRefused, SettingsError

log = structlog.get_logger(__name__)

Handler = Callable[[Message], None]
OnUp = Callable[[], Awaitable[None]]
OnDown = Callable[[], None]

_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 10.0
_FAILED = 0x80


class Connection:
    """One client of the broker, for as long as it is entered.

    Entering waits for the first login and raises what it meets there (LoginRefused, BrokerError), or with `patient`
    only LoginRefused. Later losses are met by reconnecting for ever; a login refused later is tried again too, since
    brokers are restarted with new passwords. `will` is made anew for each connection; `session` is for how many seconds
    the broker keeps the session; `turn` is waited for before each connection. The filters of one connection must not
    overlap: a message goes to one handler.
    """

    def __init__(
        self,
        connector: Connector,
        client_id: str,
        *,
        will: Callable[[], Will] | None = None,
        session: int = 0,
        turn: Callable[[], Awaitable[None]] | None = None,
        patient: bool = False,
    ) -> None:
        self.client_id = client_id
        self.reconnects = 0
        self._connector, self._will, self._patient = connector, will, patient
        self._session, self._turn = session, turn
        self._transport: Transport | None = None
        self._up = asyncio.Event()
        self._subscriptions: dict[str, tuple[Subscription, Handler]] = {}
        self._exact: dict[str, Handler] = {}
        self._wild: list[tuple[str, Handler]] = []
        self._on_up: list[OnUp] = []
        self._on_down: list[OnDown] = []
        self._first: asyncio.Future[None] | None = None
        self._keeper: asyncio.Task[None] | None = None

    def begin(self) -> asyncio.Future[None]:
        """Begin to connect, for as long as it is not left. The future is done at the first login."""
        self._first = asyncio.get_running_loop().create_future()
        self._keeper = asyncio.create_task(self._keep(), name=f"connection {self.client_id}")
        return self._first

    async def __aenter__(self) -> Self:
        try:
            await self.begin()
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    async def _stop(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
            self._keeper = None

    @property
    def up(self) -> bool:
        """Whether messages can be sent now."""
        return self._up.is_set()

    async def wait_up(self) -> None:
        """Wait until messages can be sent."""
        await self._up.wait()

    def when_up(self, call: OnUp) -> None:
        """Call it at every connect, once all is subscribed to. While connected already: at the next one."""
        self._on_up.append(call)

    def when_down(self, call: OnDown) -> None:
        """Call it whenever the connection is lost."""
        self._on_down.append(call)

    def publish(self, packet: Publish) -> asyncio.Future[int]:
        """Send a packet. The future gives the broker's reason code, or raises ConnectionLost."""
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.send(packet, partial(_settle, future))
        return future

    def tell(self, packet: Publish) -> None:
        """Send a packet and only log what the broker says against it."""
        self.send(packet, partial(_log_refusal, packet.topic))

    def send(self, packet: Publish, told: Told) -> None:
        """Send a packet; `told` is called with the broker's reason code or with ConnectionLost, maybe at once.

        Two thirds of what is sent is waited for by nobody: a future each would cost a turn of the loop.
        """
        if self._transport is None:
            told(ConnectionLost("there is no connection to the broker"))
        else:
            self._transport.publish(packet, told)

    async def subscribe(self, subscriptions: Sequence[Subscription], handler: Handler) -> None:
        """Subscribe now and at every reconnect. Raises Forbidden where the broker says so."""
        for each in subscriptions:
            self._subscriptions[each.topic_filter] = (each, handler)
        self._route()
        if self._transport is not None:
            await self._subscribe(self._transport, subscriptions)

    async def unsubscribe(self, topic_filters: Sequence[str]) -> None:
        """Unsubscribe for good; what is on its way still arrives until the broker has acknowledged."""
        known = [each for each in topic_filters if each in self._subscriptions]
        if self._transport is not None and known:
            with contextlib.suppress(ConnectionLost):
                await self._transport.unsubscribe(known)
        for each in known:
            self._subscriptions.pop(each, None)
        self._route()

    def _route(self) -> None:
        routes = [(unshared(filter_), handler) for filter_, (_, handler) in self._subscriptions.items()]
        self._exact = {topic: handler for topic, handler in routes if not has_wildcards(topic)}
        self._wild = [(topic, handler) for topic, handler in routes if has_wildcards(topic)]

    def _dispatch(self, message: Message) -> None:
        topic = message.packet.topic
        handler = self._exact.get(topic)
        if handler is None:
            handler = next((wild for pattern, wild in self._wild if matches(pattern, topic)), None)
        if handler is None:
            message.acknowledge()
            return
        try:
            handler(message)
        except Exception:
            message.acknowledge()
            log.exception("a message could not be handled", topic=topic)

    async def _subscribe(self, transport: Transport, subscriptions: Sequence[Subscription]) -> None:
        if not subscriptions:
            return
        codes = await transport.subscribe(subscriptions)
        refused = [each.topic_filter for each, code in zip(subscriptions, codes, strict=True) if code >= _FAILED]
        if refused:
            raise Forbidden(f"the broker lets this user not subscribe to {', '.join(refused)}")

    async def _keep(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            if self._turn is not None:
                await self._turn()
            transport = self._connector(self.client_id, self._will() if self._will else None, self._session)
            try:
                await transport.connect(self._dispatch)
                await self._raise_up(transport)
                pause = _FIRST_PAUSE
                await transport.closed()
                log.warning("connection to the broker lost", client_id=self.client_id, reason=transport.ended_by)
            except (BrokerError, Forbidden, SettingsError) as error:
                self._not_up(error)
            except Exception as error:  # what is called at each connect may fail; the connection must not die of it
                log.exception("what belongs to a connection could not be set up", client_id=self.client_id)
                self._not_up(error)
            finally:
                self._lower()
                await transport.close()
            # Full jitter, so that the workers of a restarted broker do not come all at once.
            await asyncio.sleep(random.uniform(pause / 2, pause))  # noqa: S311
            pause = min(pause * 2, _LONGEST_PAUSE)
            self.reconnects += 1

    async def _raise_up(self, transport: Transport) -> None:
        self._transport = transport
        await self._subscribe(transport, [each for each, _ in self._subscriptions.values()])
        self._up.set()
        for call in self._on_up:
            await call()
        if self._first is not None and not self._first.done():
            self._first.set_result(None)

    def _not_up(self, error: Exception) -> None:
        hopeless = isinstance(error, LoginRefused | SettingsError) or not self._patient
        if self._first is not None and not self._first.done() and hopeless:
            self._first.set_exception(error)
        else:
            log.warning("no connection to the broker", client_id=self.client_id, error=str(error))

    def _lower(self) -> None:
        was_up = self._up.is_set()
        self._up.clear()
        self._transport = None
        if was_up:
            for call in self._on_down:
                call()


def _settle(future: asyncio.Future[int], outcome: int | ConnectionLost) -> None:
    if future.done():
        return
    if isinstance(outcome, ConnectionLost):
        future.set_exception(outcome)
        future.exception()  # a caller that did not wait is not told by the garbage collector
    else:
        future.set_result(outcome)


def _log_refusal(topic: str, outcome: int | ConnectionLost) -> None:
    if isinstance(outcome, ConnectionLost):
        log.warning("a message was not delivered", topic=topic, error=str(outcome))
    elif outcome == NOT_AUTHORISED:
        log.error("the broker lets this user not publish there", topic=topic)
