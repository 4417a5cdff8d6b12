import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from pathlib import Path

import pytest

from shared.errors import Unavailable
from shared.history import Event, History
from shared.history.sqlite import SqliteHistory
from workers.data import gaps as module
from workers.data.filters import Excluded
from workers.data.gaps import FURTHEST, OVERLAP, Gaps
from workers.data.statistics import Statistics

NOW = 1_772_366_400.0


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    with SqliteHistory(tmp_path / "history.db") as history:
        yield history


class Recorder:
    """Home Assistant's, as it is asked."""

    def __init__(self, events: list[Event]) -> None:
        self.events, self.failures = events, 0
        self.asked: list[tuple[float, float]] = []
        self.meanwhile: Callable[[], None] = lambda: None

    async def ask(self, since: float, until: float, entity_ids: Collection[str]) -> AsyncIterator[list[Event]]:
        self.asked.append((since, until))
        if self.failures:
            self.failures -= 1
            raise Unavailable("Home Assistant is not reachable")
        for entity_id in entity_ids:
            yield [each for each in self.events if since <= each.at < until and each.entity_id == entity_id]
        self.meanwhile()


class Filling:
    def __init__(self, history: History, recorder: Recorder) -> None:
        self.now = NOW
        self.statistics = Statistics(lambda: self.now)
        self.gaps = Gaps(history, Excluded(["sun"]), self.statistics, clock=lambda: self.now)
        self.recorder = recorder
        self.task = asyncio.create_task(self.gaps.run(recorder.ask, lambda: ["light.a", "sun.sun"]))

    async def filled(self, count: int = 1) -> None:
        async with asyncio.timeout(10):
            while len(self.statistics.gaps) < count:
                await asyncio.sleep(0.01)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PAUSE", 0.01)


async def test_what_was_missed_is_fetched_once_it_can_be(history: History) -> None:
    history.append([Event(NOW - 4 * 86_400, "light.a", "on")])
    recorder = Recorder(
        [
            Event(NOW - 4 * 86_400 + 5, "light.a", "on"),
            Event(NOW - 3 * 86_400, "light.a", "off"),
            Event(NOW - 2 * 86_400, "light.a", "unavailable"),
            Event(NOW - 1 * 86_400, "light.a", "on"),
            Event(NOW - 50, "sun.sun", "above_horizon"),
        ]
    )
    recorder.failures = 1
    filling = Filling(history, recorder)
    await filling.gaps.begin()
    history.append([Event(NOW - 1, "light.a", "off")])  # a live one, before Home Assistant could be asked
    filling.gaps.back()
    await filling.filled()
    filling.task.cancel()
    assert [each.at - NOW for each in history.read().events()] == [-4 * 86_400, -3 * 86_400, -86_400, -1]
    (gap,) = filling.statistics.gaps
    assert (gap.since, gap.until, gap.filled) == (NOW - 4 * 86_400 - OVERLAP, NOW, 2)


async def test_a_new_history_begins_with_what_home_assistant_has(history: History) -> None:
    recorder = Recorder([Event(NOW - 9 * 86_400, "light.a", "on"), Event(NOW - 11 * 86_400, "light.a", "off")])
    filling = Filling(history, recorder)
    await filling.gaps.begin()
    filling.gaps.back()
    await filling.filled()
    filling.task.cancel()
    assert [each.at for each in history.read().events()] == [NOW - 9 * 86_400]
    assert filling.statistics.gaps[0].since == NOW - FURTHEST


async def test_each_loss_is_a_gap_of_its_own(history: History) -> None:
    recorder = Recorder([Event(NOW + 100, "light.a", "on")])
    filling = Filling(history, recorder)
    history.append([Event(NOW, "light.a", "off")])
    await filling.gaps.begin()
    filling.gaps.back()
    filling.now = NOW + 10
    await asyncio.sleep(0.1)
    filling.now = NOW + 90
    filling.gaps.lost()
    filling.now = NOW + 95
    filling.gaps.lost()
    filling.now = NOW + 300
    filling.gaps.back()
    await filling.filled()
    filling.task.cancel()
    assert (filling.statistics.gaps[-1].since, filling.statistics.gaps[-1].filled) == (NOW + 90 - OVERLAP, 1)
    assert history.span().rows == 2


async def test_without_a_loss_nothing_is_asked(history: History) -> None:
    recorder = Recorder([])
    filling = Filling(history, recorder)
    filling.gaps.back()
    await asyncio.sleep(0.1)
    filling.task.cancel()
    assert recorder.asked == []


async def test_home_assistant_may_be_there_before_the_history_has_told_its_last_event(history: History) -> None:
    recorder = Recorder([Event(NOW - 50, "light.a", "on")])
    filling = Filling(history, recorder)
    beginning = asyncio.create_task(filling.gaps.begin())
    await asyncio.sleep(0)
    filling.gaps.back()
    await beginning
    await filling.filled()
    filling.task.cancel()
    assert history.span().rows == 1


async def test_a_gap_stays_one_until_it_is_filled(history: History) -> None:
    """The one who leads lost the lease before Home Assistant could be asked, and has it again."""
    recorder = Recorder([Event(NOW - 5_000, "light.a", "off")])
    filling = Filling(history, recorder)
    history.append([Event(NOW - 9_000, "light.a", "on")])
    await filling.gaps.begin()
    history.append([Event(NOW - 1, "light.a", "on")])
    await filling.gaps.begin()
    filling.gaps.back()
    await filling.filled()
    filling.task.cancel()
    assert [each.at - NOW for each in history.read().events()] == [-9_000, -5_000, -1]


async def test_what_is_lost_while_a_gap_is_filled_is_another_gap(history: History) -> None:
    recorder = Recorder([Event(NOW - 50, "light.a", "off"), Event(NOW + 200, "light.a", "on")])
    filling = Filling(history, recorder)
    history.append([Event(NOW - 90, "light.a", "on")])
    await filling.gaps.begin()
    recorder.meanwhile = filling.gaps.lost
    filling.gaps.back()
    await filling.filled()
    filling.now = NOW + 300
    filling.gaps.back()
    await filling.filled(2)
    filling.task.cancel()
    assert [each.at - NOW for each in history.read().events()] == [-90, -50, 200]


async def test_what_came_while_a_gap_was_filled_is_asked_for_too(history: History) -> None:
    """It may have been taken for what the history had last, before that was filled in."""
    recorder = Recorder([Event(NOW - 50, "light.a", "off"), Event(NOW + 2, "light.a", "on")])
    filling = Filling(history, recorder)

    def later() -> None:
        filling.now = NOW + 3

    recorder.meanwhile = later
    history.append([Event(NOW - 90, "light.a", "on")])
    await filling.gaps.begin()
    filling.gaps.back()
    await filling.filled(2)
    filling.task.cancel()
    assert [each.at - NOW for each in history.read().events()] == [-90, -50, 2]
