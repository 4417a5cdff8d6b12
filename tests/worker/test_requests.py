"""What the bus promises of requests and replies, in memory and on Mosquitto alike."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from contracts.model import Message, Request
from contracts.operation import Operation
from shared.bus.client import Client
from shared.bus.deadline import Deadline
from shared.bus.requests import Call
from shared.bus.serving import Limits, Serving
from shared.bus.worker import Worker
from shared.errors import (
    Conflict,
    DeadlineExceeded,
    Forbidden,
    InternalError,
    InvalidRequest,
    NotFound,
    NoWorker,
    Overloaded,
    RequestError,
    Unavailable,
)
from tests.conftest import Bus, RawClient, until


class Saying(Request):
    text: str
    times: int = 1


class Said(Message):
    text: str
    served_by: str = ""


SAY = Operation("query", Saying, Said, worker="query", summary="Say it again.", timeout=2.0)
REQUEST, RESPONSE = "homeiq/query/request", "homeiq/query/response"

Handle = Callable[[Saying], Awaitable[str]]


class Served:
    """A worker whose handler the test chooses, and what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.deadlines: list[float] = []
        self.correlations: list[str] = []
        self.cancelled = 0
        self.handle: Handle = self.echo

    async def echo(self, request: Saying) -> str:
        return request.text * request.times

    def worker(self, name: str = "") -> Worker:
        worker = Worker("query")

        @worker.handles(SAY)
        async def say(request: Saying, deadline: Deadline, call: Call) -> Said:
            self.asked.append(request.text)
            self.deadlines.append(deadline.remaining)
            self.correlations.append(call.correlation_id)
            try:
                return Said(text=await self.handle(request), served_by=name)
            except asyncio.CancelledError:
                self.cancelled += 1
                raise

        return worker


@pytest.fixture
def served() -> Served:
    return Served()


@pytest.fixture
async def serving(bus: Bus, served: Served, entered: AsyncExitStack) -> Serving:
    limits = Limits(running=2, queued=2)
    return await entered.enter_async_context(Serving(served.worker(), bus.connector("query"), {}, limits=limits))


@pytest.fixture
async def client(bus: Bus, serving: Serving, entered: AsyncExitStack) -> Client:
    return await entered.enter_async_context(Client(bus.connector(), user="admin"))


# -- from Python -------------------------------------------------------------------------------------------------------


async def test_a_request_is_answered_with_the_operations_model(client: Client) -> None:
    assert await client.request(SAY, Saying(text="ab", times=2)) == Said(text="abab")


async def test_many_requests_at_once_get_each_their_own_reply(client: Client, served: Served) -> None:
    limit = asyncio.Semaphore(4)

    async def ask(number: int) -> str:
        async with limit:
            return (await client.request(SAY, Saying(text=str(number)))).text

    assert await asyncio.gather(*(ask(number) for number in range(200))) == [str(number) for number in range(200)]


@pytest.mark.parametrize("error", [InvalidRequest, NotFound, Conflict, Forbidden, InternalError])
async def test_a_handlers_error_reaches_the_caller_as_the_same_type(
    client: Client, served: Served, error: type[RequestError]
) -> None:
    async def fail(request: Saying) -> str:
        raise error("so it is", [{"path": "$.text", "message": "no"}])

    served.handle = fail
    with pytest.raises(error, match="so it is") as told:
        await client.request(SAY, Saying(text="x"))
    assert told.value.details == [{"path": "$.text", "message": "no"}]
    assert len(served.asked) == 1, "an answer is final: nobody tries again"


async def test_an_unforeseen_exception_is_internal_and_tells_no_internals(client: Client, served: Served) -> None:
    async def fail(request: Saying) -> str:
        raise ZeroDivisionError("secret path /etc/x")

    served.handle = fail
    with pytest.raises(InternalError) as told:
        await client.request(SAY, Saying(text="x"))
    assert "secret" not in str(told.value)
    served.handle = served.echo
    assert (await client.request(SAY, Saying(text="y"))).text == "y", "the worker lives on"


async def test_unavailable_is_tried_three_times_with_one_correlation_id(client: Client, served: Served) -> None:
    async def down(request: Saying) -> str:
        raise Unavailable("the database is down")

    served.handle = down
    with pytest.raises(Unavailable, match="database"):
        await client.request(SAY, Saying(text="x"), timeout=3)
    assert len(served.asked) == 3
    assert len(set(served.correlations)) == 1


async def test_unavailable_that_passes_is_not_noticed(client: Client, served: Served) -> None:
    async def down_once(request: Saying) -> str:
        if len(served.asked) == 1:
            raise Unavailable("not yet")
        return "back"

    served.handle = down_once
    assert (await client.request(SAY, Saying(text="x"))).text == "back"


async def test_the_callers_timeout_travels_rounded_up_to_whole_seconds(client: Client, served: Served) -> None:
    await client.request(SAY, Saying(text="x"), timeout=6.5)
    assert 6 < served.deadlines[0] <= 7


async def test_without_a_timeout_the_operations_own_holds(raw: RawClient, serving: Serving, served: Served) -> None:
    await raw.subscribe(RESPONSE)
    await raw.publish(REQUEST, "x")
    await raw.next()
    assert 1 < served.deadlines[0] <= SAY.timeout


async def test_a_caller_hears_of_silence_in_time_and_the_read_is_cancelled(client: Client, served: Served) -> None:
    async def hang(request: Saying) -> str:
        await asyncio.Event().wait()
        return ""

    served.handle = hang
    began = asyncio.get_running_loop().time()
    with pytest.raises(DeadlineExceeded):
        await client.request(SAY, Saying(text="x"), timeout=0.7)
    assert asyncio.get_running_loop().time() - began < 1.5
    assert len(served.asked) == 1, "repetitions join the call in flight"
    await until(lambda: served.cancelled == 1)


async def test_a_request_that_is_too_large_is_not_sent(client: Client, served: Served) -> None:
    with pytest.raises(InvalidRequest, match="262144"):
        await client.request(SAY, Saying(text="x" * 300_000))
    assert served.asked == []


@pytest.mark.parametrize("hostile", ["", "a/b", "#", "a b", "ä", "x" * 129, "a\n"])
async def test_a_correlation_id_that_can_stand_in_no_topic_is_refused(client: Client, hostile: str) -> None:
    with pytest.raises(InvalidRequest, match="correlation id"):
        await client.request(SAY, Saying(text="x"), correlation_id=hostile)


async def test_an_operation_that_nobody_serves_fails_at_once(client: Client) -> None:
    nothing = Operation("nothing", Saying, Said, worker="nothing", summary="")
    with pytest.raises(NoWorker, match="no worker serves nothing"):
        await asyncio.wait_for(client.request(nothing, Saying(text="x"), timeout=5), 1)


async def test_a_worker_that_comes_back_in_time_is_waited_for(
    bus: Bus, served: Served, client: Client, serving: Serving
) -> None:
    await serving.__aexit__(None, None, None)
    asking = asyncio.create_task(client.request(SAY, Saying(text="later"), timeout=5))
    await asyncio.sleep(0.1)
    async with Serving(served.worker(), bus.connector("query"), {}):
        assert (await asking).text == "later"


async def test_where_all_workers_are_offline_the_call_ends_as_no_worker(client: Client, serving: Serving) -> None:
    await serving.__aexit__(None, None, None)
    with pytest.raises(NoWorker, match="offline"):
        await client.request(SAY, Saying(text="x"), timeout=0.5)


# -- from anybody ------------------------------------------------------------------------------------------------------


async def test_a_bare_text_is_the_one_required_field(raw: RawClient, serving: Serving) -> None:
    await raw.subscribe(RESPONSE)
    await raw.publish(REQUEST, " is a window open? ")
    reply = await raw.next_json()
    assert reply["data"]["text"] == "is a window open?"
    assert reply["correlation_id"], "the worker makes one"


async def test_a_reply_without_a_topic_waits_for_who_subscribes_late(raw: RawClient, serving: Serving) -> None:
    await raw.subscribe(RESPONSE)
    await raw.publish(REQUEST, '{"text": "x", "correlation_id": "01J:a.b-c_d"}')
    public = await raw.next()
    assert (public.topic, public.retain) == (RESPONSE, False)
    await raw.subscribe(f"{RESPONSE}/01J:a.b-c_d")
    late = await raw.next()
    assert late.retain
    assert late.expiry is not None
    assert 0 < late.expiry <= 60
    assert json.loads(late.payload) == json.loads(public.payload)


async def test_without_a_correlation_id_nothing_is_retained(raw: RawClient, serving: Serving) -> None:
    await raw.subscribe(RESPONSE)
    await raw.publish(REQUEST, "x")
    await raw.next()
    await raw.subscribe(f"{RESPONSE}/+")
    await raw.silence()


async def test_a_response_topic_gets_the_correlation_data_byte_for_byte(raw: RawClient, serving: Serving) -> None:
    data = bytes(range(256))
    await raw.subscribe("homeiq/reply/me/#")
    await raw.subscribe(f"{RESPONSE}/#")
    await raw.publish(REQUEST, "x", response_topic="homeiq/reply/me/1", correlation_data=data)
    reply = await raw.next()
    assert (reply.topic, reply.correlation_data, reply.retain) == ("homeiq/reply/me/1", data, False)
    assert json.loads(reply.payload)["correlation_id"].startswith("AAECAwQF"), "base64 where it is no text"
    await raw.silence()


async def test_correlation_data_that_is_text_appears_as_text(raw: RawClient, serving: Serving) -> None:
    await raw.subscribe("homeiq/reply/me/#")
    await raw.publish(REQUEST, "x", response_topic="homeiq/reply/me/1", correlation_data="grün".encode())
    assert (await raw.next_json())["correlation_id"] == "grün"


async def test_the_payload_may_name_the_reply_topic(raw: RawClient, serving: Serving) -> None:
    await raw.subscribe("homeiq/reply/me/#")
    await raw.publish(REQUEST, json.dumps({"text": "x", "correlation_id": "a", "reply_to": "homeiq/reply/me/2"}))
    reply = await raw.next()
    assert reply.topic == "homeiq/reply/me/2"
    assert json.loads(reply.payload)["correlation_id"] == "a"


HOSTILE_TOPICS = [
    REQUEST,
    "homeiq/data/import/request",
    "homeiq/home/changed",
    "homeiq/query/health",
    "homeiq/data/health/response",
    "homeiq/workers/query/x",
    "homeiq/reply/",
    "homeiq/reply/me",
    "homeiq/reply/me/",
    "homeiq/reply//x",
    "homeiq/queryresponse",
    "homeiq/query/responses",
    "other/query/response",
    "$SYS/x",
    "x" * 600,
]


@pytest.mark.parametrize(
    "topic", [*HOSTILE_TOPICS, "homeiq/reply/me/+", "homeiq/query/response/#", "homeiq/reply/me/\n"]
)
async def test_a_reply_topic_that_belongs_to_somebody_else_is_refused(
    raw: RawClient, serving: Serving, served: Served, topic: str
) -> None:
    await raw.subscribe(RESPONSE)
    await raw.publish(REQUEST, json.dumps({"text": "x", "correlation_id": "a", "reply_to": topic}))
    reply = await raw.next_json()
    assert reply["error"]["code"] == "invalid_request"
    assert reply["correlation_id"] == "a"
    assert served.asked == []


@pytest.mark.parametrize("topic", HOSTILE_TOPICS)
async def test_a_response_topic_that_belongs_to_somebody_else_is_refused(
    raw: RawClient, serving: Serving, served: Served, topic: str
) -> None:
    await raw.subscribe(RESPONSE)
    await raw.publish(REQUEST, "x", response_topic=topic, correlation_data=b"a")
    assert (await raw.next_json())["error"]["code"] == "invalid_request"
    assert served.asked == []


BAD_PAYLOADS: dict[str, bytes] = {
    "broken JSON": b'{"text": "x"',
    "a list": b'["x"]',
    "a wrong type": b'{"text": 5}',
    "a missing field": b'{"times": 2}',
    "an unknown field": b'{"text": "x", "txet": "y"}',
    "a number too large to be one": b'{"text": "x", "times": 1e400}',
    "not UTF-8": b"\xff\xfe\xfd",
    "not UTF-8 inside JSON": b'{"text": "\xff"}',
    "300 KB": b'{"text": "' + b"x" * 300_000 + b'"}',
    "nested too deep": b'{"text": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    "a hostile correlation id": b'{"text": "x", "correlation_id": "../#"}',
    "a correlation id that is none": b'{"text": "x", "correlation_id": {"a": 1}}',
    "a long correlation id": b'{"text": "x", "correlation_id": "' + b"a" * 129 + b'"}',
}


@pytest.mark.parametrize("payload", BAD_PAYLOADS.values(), ids=BAD_PAYLOADS)
async def test_what_cannot_be_read_is_answered_and_the_worker_lives_on(
    raw: RawClient, serving: Serving, served: Served, payload: bytes
) -> None:
    await raw.subscribe(RESPONSE)
    await raw.publish(REQUEST, payload)
    reply = await raw.next_json()
    assert reply["status"] == "error"
    assert reply["error"]["code"] == "invalid_request"
    assert reply["error"]["details"], "one entry a finding"
    assert served.asked == []
    await raw.publish(REQUEST, "and now?")
    assert (await raw.next_json())["data"]["text"] == "and now?"


async def test_findings_name_their_field_by_path(raw: RawClient, serving: Serving) -> None:
    await raw.subscribe(f"{RESPONSE}/a")
    await raw.publish(REQUEST, '{"times": "x", "foo": 1, "correlation_id": "a"}')
    details = (await raw.next_json())["error"]["details"]
    assert {detail["path"] for detail in details} == {"$.text", "$.times", "$.foo"}


async def test_a_retained_request_is_never_run(bus: Bus, raw: RawClient, served: Served) -> None:
    await raw.publish(REQUEST, "left behind", retain=True)
    await raw.subscribe(RESPONSE)
    async with Serving(served.worker(), bus.connector("query"), {}):
        await raw.silence(0.2)
        await raw.publish(REQUEST, "live", retain=True)
        reply = await raw.next_json()
        assert reply["error"]["code"] == "invalid_request"
        assert "retain" in reply["error"]["message"]
    assert served.asked == []


async def test_what_has_expired_is_dropped_without_a_word(raw: RawClient, serving: Serving, served: Served) -> None:
    free = asyncio.Event()

    async def wait(request: Saying) -> str:
        await free.wait()
        return request.text

    served.handle = wait
    await raw.subscribe(RESPONSE)
    for text in ("one", "two"):
        await raw.publish(REQUEST, text, expiry=30)
    await until(lambda: len(served.asked) == 2)
    await raw.publish(REQUEST, "expires in the queue", expiry=1)
    await raw.publish(REQUEST, "waits", expiry=30)
    await asyncio.sleep(1.1)
    free.set()
    replies = {(await raw.next_json())["data"]["text"] for _ in range(3)}
    assert replies == {"one", "two", "waits"}
    assert "expires in the queue" not in served.asked
    assert serving.report().requests["query"].expired == 1


async def test_a_read_that_overruns_the_operations_own_deadline_is_told_so(
    raw: RawClient, serving: Serving, served: Served
) -> None:
    async def hang(request: Saying) -> str:
        await asyncio.Event().wait()
        return ""

    served.handle = hang
    await raw.subscribe(RESPONSE)
    await raw.publish(REQUEST, "x")
    assert (await raw.next_json(SAY.timeout + 2))["error"]["code"] == "deadline_exceeded"
    assert served.cancelled == 1


async def test_a_caller_that_named_its_deadline_gets_no_late_answer(
    raw: RawClient, serving: Serving, served: Served
) -> None:
    async def slow(request: Saying) -> str:
        await asyncio.sleep(1.3)
        return "late"

    served.handle = slow
    await raw.subscribe(RESPONSE)
    await raw.publish(REQUEST, "x", expiry=1)
    await raw.silence(1.6)


async def test_a_handler_that_can_not_be_cancelled_gives_no_late_answer_either(
    raw: RawClient, serving: Serving, served: Served
) -> None:
    async def busy(request: Saying) -> str:
        time.sleep(1.1)  # noqa: ASYNC251 - what keeps the loop from turning
        return "late"

    served.handle = busy
    await raw.subscribe(RESPONSE)
    await raw.publish(REQUEST, "x", expiry=1)
    await until(lambda: serving.report().requests["query"].expired == 1)
    await raw.silence()


# -- duplicates --------------------------------------------------------------------------------------------------------


async def test_a_repetition_joins_the_call_in_flight(raw: RawClient, serving: Serving, served: Served) -> None:
    free = asyncio.Event()

    async def wait(request: Saying) -> str:
        await free.wait()
        return request.text

    served.handle = wait
    await raw.subscribe(RESPONSE)
    for _ in range(5):
        await raw.publish(REQUEST, '{"text": "x", "correlation_id": "a"}')
    await until(lambda: serving.report().requests["query"].joined == 4)
    free.set()
    assert (await raw.next_json())["data"]["text"] == "x"
    assert served.asked == ["x"]


async def test_a_repetition_is_answered_from_memory_with_the_same_bytes(
    raw: RawClient, serving: Serving, served: Served
) -> None:
    await raw.subscribe(RESPONSE)
    replies = []
    for _ in range(3):
        await raw.publish(REQUEST, '{"text": "x", "correlation_id": "a"}')
        replies.append((await raw.next()).payload)
    assert len(set(replies)) == 1
    assert served.asked == ["x"]


async def test_another_payload_or_another_caller_is_a_new_question(
    raw: RawClient, serving: Serving, served: Served
) -> None:
    await raw.subscribe(f"{RESPONSE}")
    await raw.subscribe("homeiq/reply/me/#")
    requests: list[dict[str, Any]] = [
        {"text": "x", "correlation_id": "a"},
        {"text": "y", "correlation_id": "a"},
        {"text": "x", "correlation_id": "b"},
        {"text": "x", "correlation_id": "a", "reply_to": "homeiq/reply/me/1"},
    ]
    for request in requests:
        await raw.publish(REQUEST, json.dumps(request))
        await raw.next()
    assert served.asked == ["x", "y", "x", "x"]


# -- load --------------------------------------------------------------------------------------------------------------


async def test_what_does_not_fit_is_told_so_at_once_and_health_still_answers(
    raw: RawClient, serving: Serving, served: Served
) -> None:
    free = asyncio.Event()

    async def wait(request: Saying) -> str:
        await free.wait()
        return request.text

    served.handle = wait
    await raw.subscribe(RESPONSE)
    await raw.subscribe("homeiq/query/health/response")
    for number in range(6):
        await raw.publish(REQUEST, str(number))
    overloaded = [await raw.next_json(), await raw.next_json()]
    assert {reply["error"]["code"] for reply in overloaded} == {"overloaded"}
    await raw.publish("homeiq/query/health/request", "")
    health = (await raw.next_json())["data"]
    assert (health["running"], health["queued"]) == (2, 2)
    free.set()
    assert {(await raw.next_json())["data"]["text"] for _ in range(4)} == {"0", "1", "2", "3"}


async def test_overload_that_passes_is_not_noticed_by_a_client(
    client: Client, serving: Serving, served: Served
) -> None:
    async def slow(request: Saying) -> str:
        await asyncio.sleep(0.02)
        return request.text

    served.handle = slow
    answers = await asyncio.gather(
        *(client.request(SAY, Saying(text=str(number)), timeout=5) for number in range(8)), return_exceptions=True
    )
    assert {answer.text if isinstance(answer, Said) else type(answer) for answer in answers} <= {
        *map(str, range(8)),
        Overloaded,
    }
    assert serving.report().requests["query"].errors["overloaded"] >= 1
    assert sum(isinstance(answer, Said) for answer in answers) >= 5


# -- several instances, and their ends ---------------------------------------------------------------------------------


async def test_two_instances_share_the_requests(bus: Bus, served: Served, entered: AsyncExitStack) -> None:
    for name in ("a", "b"):
        await entered.enter_async_context(Serving(served.worker(name), bus.connector("query"), {}))
    client = await entered.enter_async_context(Client(bus.connector(), user="admin"))
    answers = [await client.request(SAY, Saying(text="x")) for _ in range(20)]
    assert {answer.served_by for answer in answers} == {"a", "b"}


async def test_leaving_finishes_what_is_under_way(bus: Bus, served: Served, raw: RawClient) -> None:
    begun, free = asyncio.Event(), asyncio.Event()

    async def wait(request: Saying) -> str:
        begun.set()
        await free.wait()
        return request.text

    served.handle = wait
    await raw.subscribe(RESPONSE)
    async with Serving(served.worker(), bus.connector("query"), {}):
        await raw.publish(REQUEST, "x")
        await begun.wait()
        asyncio.get_running_loop().call_later(0.1, free.set)
    assert (await raw.next_json())["data"]["text"] == "x"


async def test_presence_tells_who_is_there_and_who_has_left(bus: Bus, served: Served, raw: RawClient) -> None:
    await raw.subscribe("homeiq/workers/+/+")
    async with Serving(served.worker(), bus.connector("query"), {}, instance="i1"):
        online = await raw.next()
        assert online.topic == "homeiq/workers/query/i1"
        told = json.loads(online.payload)
        assert (told["status"], told["operations"]) == ("online", ["query", "query/health"])
    while told["status"] == "online":
        told = await raw.next_json()
    assert told["status"] == "offline"


async def test_clearing_a_retained_request_asks_nothing(raw: RawClient, served: Served, serving: Serving) -> None:
    await raw.subscribe(f"{RESPONSE}/#")
    await raw.publish(REQUEST, b"", retain=True)
    await raw.silence()
    assert served.asked == []


async def test_health_is_retained_and_counts_what_was_asked(raw: RawClient, client: Client, serving: Serving) -> None:
    await client.request(SAY, Saying(text="x"))
    await raw.subscribe("homeiq/query/health")
    retained = await raw.next()
    assert retained.retain
    assert json.loads(retained.payload)["status"] == "ok"
    figures = serving.report().requests["query"]
    assert (figures.received, figures.answered) == (1, 1)
    assert figures.p50_ms is not None


async def test_a_broker_that_dies_costs_a_caller_nothing_but_time(bus: Bus, client: Client, served: Served) -> None:
    assert (await client.request(SAY, Saying(text="before"))).text == "before"
    await bus.crash()
    assert (await client.request(SAY, Saying(text="after"), timeout=10)).text == "after"


async def test_a_call_in_flight_when_the_broker_dies_is_asked_again(bus: Bus, client: Client, served: Served) -> None:
    begun = asyncio.Event()

    async def slow(request: Saying) -> str:
        begun.set()
        await asyncio.sleep(0.05)
        return request.text

    served.handle = slow
    asking = asyncio.create_task(client.request(SAY, Saying(text="x"), timeout=10))
    await begun.wait()
    await bus.crash()
    assert (await asking).text == "x"


async def test_presence_tells_when_a_worker_came_to_the_broker(bus: Bus, serving: Serving, raw: RawClient) -> None:
    await raw.subscribe("homeiq/workers/+/+")
    before = await raw.next_json()
    await bus.crash()
    after = before
    while after["connected"] == before["connected"] or after["status"] == "offline":
        after = await raw.next_json()
    assert after["started"] == before["started"]
    assert after["connected"] > before["connected"]
