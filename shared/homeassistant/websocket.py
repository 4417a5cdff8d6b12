"""A client of Home Assistant's websocket API: one connection that comes back, requests, and subscriptions to events."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit, urlunsplit

import structlog
from pydantic import SecretStr
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.frames import CloseCode

from shared.errors import DeadlineExceeded, Forbidden, InvalidRequest, NotFound, RequestError, Unavailable
from shared.homeassistant.message import read_messages

log = structlog.get_logger(__name__)

OnEvent = Callable[[dict[str, Any]], None]
OnUp = Callable[[], Awaitable[None]]

LARGEST_MESSAGE: Final = 64 * 1024 * 1024
"""Bytes. The states of 5,000 entities take some 3 MB."""

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 30.0
_REFUSED_PAUSE = 300.0
"""Seconds after a refused token: Home Assistant shows each as a failed login, and may ban the address."""
_PING = 20.0
_PATIENCE = 60.0
"""Seconds for an answer; also for a pong, which comes behind whatever is on its way."""
_FEATURES = {"coalesce_messages": 1}


class HomeAssistant:
    """One Home Assistant, for as long as it is entered. Entering does not wait for it.

    Reconnects for ever, with backoff and jitter. `when_up` callbacks run at each connect, once all is subscribed to; a
    lost connection cancels them. Requests raise Unavailable where there is no connection or it is lost before the
    answer, DeadlineExceeded, Forbidden where the token's user may not, NotFound for what this Home Assistant does not
    know, and InvalidRequest for what it does not take.
    """

    def __init__(self, url: str, token: SecretStr, *, timeout: float = _PATIENCE) -> None:
        self.url, self._token, self._timeout = websocket_url(url), token, timeout
        self.version: str | None = None
        self.reconnects = 0
        self.trouble: str | None = "not connected to Home Assistant yet"
        """Why there is no connection, in one sentence; None while there is one."""
        self._socket: ClientConnection | None = None
        self._up = asyncio.Event()
        self._number = 0
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._listening: dict[int, OnEvent] = {}
        self._events: list[tuple[str, OnEvent]] = []
        self._on_up: list[OnUp] = []
        self._on_down: list[Callable[[], None]] = []
        self._keeper: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._keeper = asyncio.create_task(self._keep(), name="Home Assistant")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
            self._keeper = None

    @property
    def up(self) -> bool:
        """Whether it is connected, subscribed, and all that belongs to a connect is done."""
        return self._up.is_set()

    async def wait_up(self) -> None:
        """Wait until it is up."""
        await self._up.wait()

    def when_up(self, call: OnUp) -> None:
        """Call it at every connect. While connected already: at the next one."""
        self._on_up.append(call)

    def when_down(self, call: Callable[[], None]) -> None:
        """Call it whenever a connection that was up is lost."""
        self._on_down.append(call)

    def on_event(self, event_type: str, call: OnEvent) -> None:
        """Call it with each event of a type (`event_type`, `data`, …), from the next connect on. It must not wait."""
        self._events.append((event_type, call))

    async def request(self, kind: str, *, timeout: float | None = None, **fields: Any) -> Any:
        """Send a command, and give its result."""
        number, answer = self._expect()
        return await self._ask(number, answer, kind, timeout, fields)

    @asynccontextmanager
    async def subscription(self, kind: str, **fields: Any) -> AsyncIterator[asyncio.Queue[dict[str, Any]]]:
        """A command that answers with events, for the length of the block: the queue that they come into."""
        told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        number, answer = self._expect()
        self._listening[number] = told.put_nowait
        try:
            await self._ask(number, answer, kind, None, fields)
            yield told
        finally:
            self._listening.pop(number, None)
            with contextlib.suppress(RequestError):
                await self.request("unsubscribe_events", subscription=number)

    # -- requests ------------------------------------------------------------------------------------------------------

    def _expect(self) -> tuple[int, asyncio.Future[Any]]:
        self._number += 1
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._answers[self._number] = answer
        return self._number, answer

    async def _ask(
        self, number: int, answer: asyncio.Future[Any], kind: str, timeout: float | None, fields: dict[str, Any]
    ) -> Any:
        try:
            if self._socket is None:
                raise Unavailable(f"Home Assistant is away: {self.trouble}")
            async with asyncio.timeout(timeout or self._timeout):
                await self._socket.send(json.dumps({"id": number, "type": kind, **fields}))
                return await answer
        except TimeoutError:
            raise DeadlineExceeded(f"Home Assistant did not answer {kind} in time") from None
        except ConnectionClosed:
            raise Unavailable(f"the connection to Home Assistant was lost before it answered {kind}") from None
        finally:
            self._answers.pop(number, None)

    # -- the connection ------------------------------------------------------------------------------------------------

    async def _keep(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            try:
                if await self._serve():
                    pause = _FIRST_PAUSE
            except Forbidden as error:
                self._trouble(error)
                pause = _REFUSED_PAUSE
            except RequestError as error:
                self._trouble(error)
            except Exception:
                log.exception("the connection to Home Assistant failed")
            # Full jitter, as towards the broker.
            await asyncio.sleep(random.uniform(pause / 2, pause))  # noqa: S311
            pause = min(pause * 2, max(_LONGEST_PAUSE, pause))
            self.reconnects += 1

    def _trouble(self, error: RequestError) -> None:
        if self.trouble != error.message:
            log.warning("no connection to Home Assistant", error=error.message)
        self.trouble = error.message

    async def _serve(self) -> bool:
        """One connection to its end. Gives whether it was ever up."""
        was_up = False
        async with _connected(self.url) as socket:
            self.version = await _log_in(socket, self._token)
            self._number, self._socket = 0, socket
            preparing = asyncio.create_task(self._prepare(socket))
            try:
                await self._read(socket)
            finally:
                was_up = self._up.is_set()
                self._lower()
                preparing.cancel()
                await asyncio.gather(preparing, return_exceptions=True)
        if was_up:
            log.warning("connection to Home Assistant lost")
            for call in self._on_down:
                call()
        return was_up

    async def _prepare(self, socket: ClientConnection) -> None:
        try:
            with contextlib.suppress(NotFound, InvalidRequest):
                await self.request("supported_features", features=_FEATURES)
            for event_type, call in self._events:
                number, answer = self._expect()
                self._listening[number] = call
                try:
                    await self._ask(number, answer, "subscribe_events", None, {"event_type": event_type})
                except Forbidden:  # a few types are for administrators only
                    log.info("the token may not hear an event", event_type=event_type)
            self.trouble = None
            for call_up in self._on_up:
                await call_up()
        except RequestError as error:
            self._trouble(error)
            await socket.close()
        except Exception:  # what is called at each connect may fail; the connection must not die of it
            log.exception("what belongs to a connection to Home Assistant could not be set up")
            self.trouble = "what Home Assistant told at the connect could not be taken; the log says why"
            await socket.close()
        else:
            self._up.set()
            log.info("connected to Home Assistant", version=self.version)

    async def _read(self, socket: ClientConnection) -> None:
        try:
            while True:
                for message in await read_messages(await socket.recv(decode=False)):
                    self._take(message)
        except ConnectionClosed as end:
            if end.sent is not None and end.sent.code == CloseCode.MESSAGE_TOO_BIG:
                size = LARGEST_MESSAGE // 1024 // 1024
                raise Unavailable(
                    f"Home Assistant sent more than {size} MB at once: it has too many entities"
                ) from None
        except ValueError:
            raise Unavailable("Home Assistant sent what is no JSON: correct HA_URL") from None

    def _take(self, message: dict[str, Any]) -> None:
        number = message.get("id")
        if not isinstance(number, int):
            return
        if message.get("type") == "event" and (call := self._listening.get(number)) is not None:
            try:
                call(message.get("event") or {})
            except Exception:
                log.exception("an event of Home Assistant could not be handled")
        elif message.get("type") == "result" and (answer := self._answers.get(number)) is not None:
            if answer.done():
                return
            if message.get("success"):
                answer.set_result(message.get("result"))
            else:
                answer.set_exception(_refusal(message.get("error")))

    def _lower(self) -> None:
        self._up.clear()
        self._socket = None
        self._listening.clear()
        self.trouble = self.trouble or "the connection was lost"
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(Unavailable("the connection to Home Assistant was lost before it answered"))
        self._answers.clear()


def websocket_url(url: str) -> str:
    """Where the websocket of a Home Assistant is: of `http://host:8123`, or the supervisor's `http://supervisor/core`."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/").removesuffix("/api")
    # The supervisor passes on /core/api and, beside it, /core/websocket.
    path += "/websocket" if path.endswith("/core") else "/api/websocket"
    return urlunsplit(("wss" if parts.scheme == "https" else "ws", parts.netloc, path, "", ""))


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[ClientConnection]:
    """A websocket, not logged in. Raises Unavailable where none can be had."""
    try:
        # At home there is no proxy between, and compression costs more than the network.
        socket = await connect(
            url,
            proxy=None,
            compression=None,
            max_size=LARGEST_MESSAGE,
            ping_interval=_PING,
            ping_timeout=_PATIENCE,
            close_timeout=1,
        )
    except InvalidStatus as error:
        status = error.response.status_code
        banned = "it may have banned this address (ip_bans.yaml)"
        what = banned if status == HTTPStatus.FORBIDDEN else "HA_URL must name Home Assistant itself"
        raise Unavailable(f"{url} answers with HTTP status {status}: {what}") from None
    except (OSError, WebSocketException) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        raise Unavailable(f"nobody answers at {url} ({why}): start Home Assistant, or correct HA_URL") from None
    async with socket:
        yield socket


async def _log_in(socket: ClientConnection, token: SecretStr) -> str:
    """Say who we are, and give the version of Home Assistant. Raises Forbidden, Unavailable."""
    try:
        async with asyncio.timeout(_PATIENCE):
            await socket.recv()
            await socket.send(json.dumps({"type": "auth", "access_token": token.get_secret_value()}))
            [answer] = await read_messages(await socket.recv(decode=False))
    except (ConnectionClosed, TimeoutError, ValueError):
        raise Unavailable("what answers at HA_URL does not speak as Home Assistant does: correct HA_URL") from None
    if answer.get("type") == "auth_invalid":
        raise Forbidden(
            "Home Assistant does not accept HA_TOKEN: make a long-lived access token as an administrator (your profile "
            "there, Security) and set HA_TOKEN to it"
        )
    return str(answer.get("ha_version", "?"))[:32]


def _refusal(error: Any) -> RequestError:
    error = error if isinstance(error, dict) else {}
    code, text = error.get("code"), str(error.get("message", "no reason given"))[:200]
    if code == "unauthorized":
        return Forbidden("the user of HA_TOKEN may not do this: make the token as an administrator of Home Assistant")
    if code in {"unknown_command", "not_found"}:
        return NotFound(f"Home Assistant does not know this: {text}")
    if code in {"timeout", "home_assistant_error", "unknown_error"}:
        return Unavailable(f"Home Assistant could not do this: {text}")
    return InvalidRequest(f"Home Assistant does not take this: {text}")
