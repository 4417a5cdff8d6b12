"""The small parts of the bus: topics, replies kept in memory, wiring, presence, health."""

from __future__ import annotations

import pytest

from contracts import query
from contracts.health import Check, HealthStatus, PresenceStatus
from contracts.query import QueryRequest, QueryResponse
from shared.bus.deadline import Deadline
from shared.bus.health import HealthMonitor, RequestMeter, memory_mb, worst
from shared.bus.memory import MemoryBroker
from shared.bus.packets import Publish
from shared.bus.presence import Announcement, PresenceBoard, Reach
from shared.bus.recent import RecentReplies
from shared.bus.topics import has_wildcards, is_filter, matches, unshared
from shared.bus.transport import Message
from shared.bus.worker import WiringError, Worker, bind


@pytest.mark.parametrize(
    ("pattern", "topic", "matching"),
    [
        ("a/b", "a/b", True),
        ("a/+", "a/b", True),
        ("a/+", "a/b/c", False),
        ("a/+", "a", False),
        ("a/#", "a", True),
        ("a/#", "a/b/c", True),
        ("#", "a", True),
        ("#", "$SYS/x", False),
        ("+/x", "$SYS/x", False),
        ("$SYS/#", "$SYS/x", True),
        ("a/+/c", "a//c", True),
        ("a", "a/", False),
    ],
)
def test_filters_match_as_the_standard_says(pattern: str, topic: str, matching: bool) -> None:
    assert matches(pattern, topic) is matching


def test_a_shared_filter_without_its_group() -> None:
    assert unshared("$share/query/homeiq/query/request") == "homeiq/query/request"
    assert unshared("a/b") == "a/b"
    assert has_wildcards("a/+")
    assert not has_wildcards("a/b")


def test_what_can_be_subscribed_to() -> None:
    assert all(is_filter(each) for each in ("a", "a/b", "+/a", "a/+/b", "#", "a/#", "$share/g/a/#", "/"))
    assert not any(is_filter(each) for each in ("", "a/#/b", "a#", "a+/b", "a/b+", "a\0", "a" * 70_000))


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_reply_is_kept_for_its_time() -> None:
    clock = Clock()
    recent = RecentReplies(60, clock)
    recent.begin("a")
    assert recent.running("a")
    assert recent.answered("a") is None
    recent.finish("a", b"reply")
    assert not recent.running("a")
    clock.now = 59
    assert recent.answered("a") == b"reply"
    clock.now = 61
    assert recent.answered("a") is None


def test_what_was_not_answered_is_run_anew() -> None:
    recent = RecentReplies()
    recent.begin("a")
    recent.finish("a", None)
    assert not recent.running("a")
    assert recent.answered("a") is None


def test_replies_kept_are_bounded_in_bytes() -> None:
    recent = RecentReplies(60, Clock())
    for number in range(40):
        recent.begin(number)
        recent.finish(number, bytes(1024 * 1024))
    kept = [number for number in range(40) if recent.answered(number) is not None]
    assert kept == list(range(32, 40))


def test_a_handler_gets_what_it_asks_for_by_type() -> None:
    async def handler(number: int, text: str, deadline: Deadline) -> None: ...

    bound = bind(handler, {int: 5}, (str, Deadline))
    assert bound.resources == {"number": 5}
    assert bound.per_call == {"text": str, "deadline": Deadline}


def test_a_handler_that_asks_for_what_nobody_provides_is_told_at_the_start() -> None:
    async def handler(number: int) -> None: ...

    async def untyped(number) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
        ...

    with pytest.raises(WiringError, match="nobody provides number"):
        bind(handler, {})
    with pytest.raises(WiringError, match="no type"):
        bind(untyped, {})


def test_a_worker_handles_only_its_own_operations() -> None:
    with pytest.raises(WiringError, match="belongs to the query worker"):

        @Worker("data").handles(query.ASK)
        async def ask(request: QueryRequest) -> QueryResponse: ...


def announcement(instance: str = "i1") -> Announcement:
    return Announcement("homeiq", "query", instance, "1", ("query",), "then", lambda: "now")


def heard(packet: Publish) -> Message:
    packet.mid = 0
    packet.qos = 0
    transport = MemoryBroker().connector()("x", None)
    return Message(packet, transport)


async def test_a_board_knows_who_is_there_until_it_expires() -> None:
    clock = Clock()
    board = PresenceBoard("homeiq", clock)
    assert board.reach("query") is Reach.NOBODY
    board.hear(heard(announcement().online()))
    assert board.reach("query") is Reach.ONLINE
    assert board.reach("else") is Reach.NOBODY
    clock.now = 91
    assert board.reach("query") is Reach.NOBODY


async def test_one_that_is_online_is_enough() -> None:
    board = PresenceBoard("homeiq")
    board.hear(heard(announcement("i1").offline()))
    assert board.reach("query") is Reach.OFFLINE
    board.hear(heard(announcement("i2").online()))
    assert board.reach("query") is Reach.ONLINE


async def test_after_a_lost_connection_everybody_counts_as_offline() -> None:
    board = PresenceBoard("homeiq")
    board.hear(heard(announcement().online()))
    board.doubt()
    assert board.reach("query") is Reach.OFFLINE
    assert [each.status for each in board.everybody()] == [PresenceStatus.OFFLINE]


async def test_a_presence_that_cannot_be_read_is_nobodys() -> None:
    board = PresenceBoard("homeiq")
    board.hear(heard(announcement().online()))
    board.hear(heard(Publish(announcement().topic, b"nonsense")))
    assert board.everybody() == []


def test_percentiles_are_by_nearest_rank() -> None:
    meter = RequestMeter()
    for milliseconds in range(1, 101):
        meter.took(milliseconds / 1000)
    figures = meter.figures()
    assert (figures.p50_ms, figures.p95_ms, figures.p99_ms) == (51, 96, 100)
    assert RequestMeter().figures().p50_ms is None


async def test_a_probe_that_fails_is_a_failed_check_and_the_rest_goes_on() -> None:
    async def broken() -> Check:
        raise OSError("no disk")

    async def fine() -> Check:
        return Check(status=HealthStatus.OK)

    def glance() -> Check:
        return Check(status=HealthStatus.DEGRADED, message="nothing yet")

    monitor = HealthMonitor({"disk": broken, "else": fine}, {"home": glance})
    await monitor.probe()
    checks = monitor.checks()
    assert {name: check.status for name, check in checks.items()} == {
        "disk": HealthStatus.FAILED,
        "else": HealthStatus.OK,
        "home": HealthStatus.DEGRADED,
    }
    assert "no disk" in checks["disk"].message
    assert worst(checks) is HealthStatus.FAILED
    assert worst({}) is HealthStatus.OK


def test_memory_is_told_in_mb() -> None:
    assert 10 < memory_mb() < 2000
