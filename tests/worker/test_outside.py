"""Effects outside of the database: once, whatever is lost on the way, or an outcome that nobody knows."""

from __future__ import annotations

import random

import pytest

from shared.bus.outside import OutsideCalls
from shared.errors import Forbidden, Unavailable
from tests.worker.conftest import Ledger
from tests.worker.flaky import AskableWorld, FlakyWorld, ProcessDiesError, mishaps

INTENT = {"alias": "porch light"}


@pytest.fixture
def outside(ledger: Ledger) -> OutsideCalls:
    return OutsideCalls(ledger.engine, pause=0.001)


async def states(ledger: Ledger) -> list[str]:
    return [row.state for row in await ledger.rows("outside_calls")]


async def test_it_is_done_once_and_its_result_kept(outside: OutsideCalls, ledger: Ledger) -> None:
    world = FlakyWorld()
    for _ in range(3):
        assert await outside.once("k", world, INTENT) == {"key": "k", "alias": "porch light"}
    assert (world.calls, world.done) == (1, {"k": 1})
    assert await states(ledger) == ["done"]


@pytest.mark.parametrize("mishap", ["request lost", "answer lost"])
async def test_what_can_be_repeated_is_repeated_under_the_same_key(outside: OutsideCalls, mishap: str) -> None:
    world = FlakyWorld([mishap, mishap])
    await outside.once("k", world, INTENT)
    assert (world.calls, world.done) == (3, {"k": 1})


@pytest.mark.parametrize(("mishap", "calls"), [("request lost", 2), ("answer lost", 1)])
async def test_what_can_be_asked_is_asked_before_it_is_repeated(outside: OutsideCalls, mishap: str, calls: int) -> None:
    world = AskableWorld([mishap, "asked in vain"], repeatable=False)
    await outside.once("k", world, INTENT)
    assert (world.calls, world.done) == (calls, {"k": 1})


@pytest.mark.parametrize("mishap", ["request lost", "answer lost"])
async def test_what_can_be_neither_is_done_at_most_once(outside: OutsideCalls, ledger: Ledger, mishap: str) -> None:
    world = FlakyWorld([mishap], repeatable=False)
    for _ in range(2):
        with pytest.raises(Unavailable, match="did not say whether it was done") as caught:
            await outside.once("k", world, INTENT)
        assert caught.value.details == [{"outcome": "unknown"}]
    assert world.calls == 1
    assert await states(ledger) == ["unknown"]


@pytest.mark.parametrize("mishap", ["dies before", "dies after"])
async def test_after_a_crash_the_other_side_is_asked(outside: OutsideCalls, mishap: str) -> None:
    world = AskableWorld([mishap], repeatable=False)
    with pytest.raises(ProcessDiesError):
        await outside.once("k", world, INTENT)
    assert await outside.once("k", world, INTENT) == {"key": "k", **INTENT}
    assert world.done == {"k": 1}


@pytest.mark.parametrize("mishap", ["dies before", "dies after"])
async def test_after_a_crash_nothing_is_risked_where_nobody_can_be_asked(outside: OutsideCalls, mishap: str) -> None:
    world = FlakyWorld([mishap], repeatable=False)
    with pytest.raises(ProcessDiesError):
        await outside.once("k", world, INTENT)
    with pytest.raises(Unavailable, match="did not say"):
        await outside.once("k", world, INTENT)
    assert world.calls == 1


async def test_a_refusal_is_told_and_is_no_obstacle_to_another_attempt(outside: OutsideCalls, ledger: Ledger) -> None:
    world = FlakyWorld(["refused"], repeatable=False)
    with pytest.raises(Forbidden):
        await outside.once("k", world, INTENT)
    assert await states(ledger) == []
    await outside.once("k", world, INTENT)
    assert world.done == {"k": 1}


async def test_a_world_that_stays_silent_leaves_the_outcome_open(outside: OutsideCalls) -> None:
    world = AskableWorld(["request lost"] * 3)
    with pytest.raises(Unavailable, match="did not say"):
        await outside.once("k", world, INTENT)
    assert await outside.once("k", world, INTENT) == {"key": "k", **INTENT}, "it can be asked later"
    assert world.done == {"k": 1}


@pytest.mark.parametrize("seed", range(40))
async def test_whatever_happens_nothing_is_done_twice(outside: OutsideCalls, seed: int) -> None:
    chance = random.Random(seed)
    kind = chance.choice([FlakyWorld, AskableWorld])
    world = kind(mishaps(chance), repeatable=chance.random() < 0.5)
    told = None
    for _ in range(8):
        try:
            told = await outside.once("k", world, INTENT)
        except (ProcessDiesError, Forbidden, Unavailable):
            continue
    assert world.done.get("k", 0) <= 1
    if told is not None:
        assert world.done == {"k": 1}
    elif world.repeatable or isinstance(world, AskableWorld):
        raise AssertionError("it could have been done, and was not")
