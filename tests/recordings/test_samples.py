"""The recorded samples, replayed against the query worker: by a broker, and straight into its handlers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from contracts.model import Message, Request
from contracts.operation import Operation
from shared.bus.connection import Connection
from shared.bus.exchanges import Exchange, exchanges_of, requests_of
from shared.bus.packets import Publish
from shared.bus.pytest_replay import Replay
from shared.bus.recording import Recorded, read_recording
from shared.bus.replay import Outcome, Replayed
from shared.bus.replay import replay as ask_again
from shared.bus.serving import Serving
from shared.bus.worker import Worker
from shared.errors import NotFound
from tests.conftest import Bus, RawClient, until
from workers.query.worker import worker

SAMPLES = [Path(__file__).with_name(f"{name}.ndjson") for name in ("homeiq", "stock")]
BINARY = b"\xff\x01\xfe"


@pytest.fixture(params=SAMPLES, ids=lambda path: path.stem)
def sample(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def said(replayed: Sequence[Replayed]) -> list[Any]:
    """The answers, without what differs each time."""
    replies = [each.reply or {} for each in replayed]
    return [each["data"]["answer"] if each["status"] == "ok" else each["error"] for each in replies]


async def asking(bus: Bus, entered: AsyncExitStack) -> Connection:
    return await entered.enter_async_context(Connection(bus.connector(), "replaying"))


async def test_a_sample_replays_into_handlers(sample: Path, replay: Replay, resources: dict[type, Any]) -> None:
    replayed = await replay(sample, worker, resources=resources)
    assert [each.outcome for each in replayed] == [Outcome.SAME] * 7
    assert [(each.reply or {})["status"] for each in replayed] == ["ok", "ok", "error", "ok", "ok", "ok", "ok"]


@pytest.mark.parametrize(("speed", "concurrency"), [(None, 16), (20.0, 16), (None, 1)])
async def test_a_sample_replays_through_a_broker(
    sample: Path,
    bus: Bus,
    resources: dict[type, Any],
    entered: AsyncExitStack,
    speed: float | None,
    concurrency: int,
) -> None:
    await entered.enter_async_context(Serving(worker, bus.connector("query"), resources))
    connection = await asking(bus, entered)
    told: list[Replayed] = []
    exchanges = exchanges_of(read_recording(sample))
    replayed = await ask_again(
        exchanges, connection, user="admin", speed=speed, concurrency=concurrency, told=told.append
    )
    assert [each.outcome for each in replayed] == [Outcome.SAME] * 7
    assert [each.exchange for each in replayed] == exchanges
    assert sorted(told, key=lambda each: each.exchange.request.line) == replayed


async def test_both_recorders_saw_the_same_and_replay_to_the_same(
    replay: Replay, resources: dict[type, Any], bus: Bus, entered: AsyncExitStack
) -> None:
    ours, stock = ([each.packet for each in read_recording(path) if not each.packet.retain] for path in SAMPLES)
    assert ours == stock
    straight = [said(await replay(path, worker, resources=resources)) for path in SAMPLES]
    await entered.enter_async_context(Serving(worker, bus.connector("query"), resources))
    connection = await asking(bus, entered)
    by_broker = [
        said(await ask_again(exchanges_of(read_recording(path)), connection, user="admin", speed=None))
        for path in SAMPLES
    ]
    assert straight[0] == straight[1] == by_broker[0] == by_broker[1]


async def test_binary_correlation_data_is_asked_anew_and_echoed_byte_for_byte(
    sample: Path, bus: Bus, resources: dict[type, Any], raw: RawClient, entered: AsyncExitStack
) -> None:
    (recorded,) = (each for each in requests_of(read_recording(sample)) if each.packet.correlation_data == BINARY)
    await raw.subscribe("homeiq/#")
    await entered.enter_async_context(Serving(worker, bus.connector("query"), resources))
    connection = await asking(bus, entered)
    (replayed,) = await ask_again([Exchange("query", recorded, 0)], connection, user="admin")
    assert replayed.outcome is Outcome.UNRECORDED
    request = await next_on(raw, "homeiq/query/request")
    assert request.payload == recorded.packet.payload
    assert request.correlation_data not in {None, BINARY}
    with pytest.raises(UnicodeDecodeError):
        (request.correlation_data or b"").decode()
    reply = await next_on(raw, request.response_topic or "")
    assert reply.correlation_data == request.correlation_data
    assert json.loads(reply.payload) == replayed.reply


async def next_on(raw: RawClient, topic: str) -> Publish:
    while (packet := await raw.next()).topic != topic:
        pass
    return packet


# -- what goes wrong ---------------------------------------------------------------------------------------------------


class Saying(Request):
    text: str


class Said(Message):
    text: str
    id: str = ""


SAY = Operation("query", Saying, Said, worker="query", summary="Say it again.")


def saying(answers: dict[str, str | Exception]) -> Worker:
    """A worker that says what it is told to."""
    one = Worker("query")

    @one.handles(SAY)
    async def say(request: Saying) -> Said:
        answer = answers[request.text]
        if isinstance(answer, Exception):
            raise answer
        return Said(text=answer)

    return one


def recording_of(*messages: tuple[str, dict[str, Any]]) -> list[Recorded]:
    lines = []
    for number, (topic, fields) in enumerate(messages):
        payload = json.dumps(fields)
        head = {"tst": f"2026-11-21T12:00:0{number}.000000Z+0000", "topic": topic, "qos": 1, "retain": 0}
        lines.append(json.dumps({**head, "payloadlen": len(payload), "mid": 1, "payload": payload}))
    return list(read_recording(lines))


def asked(text: str, name: str) -> tuple[str, dict[str, Any]]:
    return "homeiq/query/request", {"text": text, "correlation_id": name}


def answered(text: str, name: str) -> tuple[str, dict[str, Any]]:
    return "homeiq/query/response", {"correlation_id": name, "status": "ok", "data": {"text": text, "id": name}}


async def test_a_reply_is_held_against_the_recorded_one(replay: Replay) -> None:
    recording = recording_of(
        *(asked(text, text) for text in ("same", "other", "broken", "unheard")),
        *(answered(text, text) for text in ("same", "other", "broken")),
    )
    answers: dict[str, str | Exception] = {"same": "same", "other": "!", "broken": NotFound("no"), "unheard": "x"}
    replayed = await replay(recording, saying(answers))
    assert [(str(each.outcome), each.failed) for each in replayed] == [
        ("same", False),
        ("different", False),
        ("different", True),
        ("unrecorded", False),
    ]


async def test_who_gets_no_reply_is_counted(bus: Bus, entered: AsyncExitStack, raw: RawClient) -> None:
    recording = recording_of(asked("a", "1"), asked("b", "2"), answered("a", "1"))
    connection = await asking(bus, entered)
    nobody = await ask_again(exchanges_of(recording), connection, user="admin", speed=None)
    assert [(each.outcome, each.problem) for each in nobody] == [(Outcome.MISSING, "no worker serves this")] * 2
    await raw.subscribe("homeiq/query/request")  # somebody listens, and says nothing
    silent = await ask_again(exchanges_of(recording), connection, user="admin", speed=None, timeout=0.2)
    assert [(each.outcome, each.failed) for each in silent] == [(Outcome.MISSING, True)] * 2
    assert {each.problem for each in silent} == {"no reply within 0.2 s"}


async def test_repetitions_of_a_call_stay_repetitions(replay: Replay) -> None:
    served: list[str] = []
    one = Worker("query")

    @one.handles(SAY)
    async def say(request: Saying) -> Said:
        served.append(request.text)
        return Said(text=request.text)

    recording = recording_of(asked("a", "1"), asked("a", "1"), answered("a", "1"), asked("a", "2"), answered("a", "2"))
    replayed = await replay(recording, one, concurrency=4)
    assert [each.outcome for each in replayed] == [Outcome.SAME] * 3
    assert served == ["a", "a"], "the repetition was answered from memory"


async def test_a_lost_connection_ends_no_replay(bus: Bus, entered: AsyncExitStack) -> None:
    one = Worker("query")

    @one.handles(SAY)
    async def say(request: Saying) -> Said:
        if request.text == "crash":
            await bus.crash()
            for each in (serving.connection, connection):
                await until(lambda each=each: each.reconnects > 0)  # type: ignore[misc]
                await each.wait_up()
        return Said(text=request.text)

    serving = await entered.enter_async_context(Serving(one, bus.connector("query"), {}))
    connection = await asking(bus, entered)
    recording = recording_of(asked("crash", "1"), asked("b", "2"), answered("b", "2"))
    exchanges = exchanges_of(recording)
    replayed = await ask_again(exchanges, connection, user="admin", speed=None, timeout=5, concurrency=1)
    assert [each.exchange for each in replayed] == exchanges
    assert replayed[1].outcome is Outcome.SAME, "the subscription to the replies came back"
