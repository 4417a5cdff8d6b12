"""What the bus promises of daily functions: once for each date of the home's clock, whatever clocks and machines do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from shared.bus.daily import DailyRunner, due_at, due_date
from shared.bus.serving import Serving
from shared.bus.transaction import Transaction, Transactions
from shared.bus.worker import Worker, bind
from tests.conftest import Bus
from tests.worker.conftest import Ledger
from tests.worker.test_effects import until_rows

BERLIN = "Europe/Berlin"
ZONES = (
    BERLIN,
    "America/Sao_Paulo",
    "America/Nuuk",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "America/Scoresbysund",
    "Africa/Casablanca",
    "UTC",
)


@pytest.mark.parametrize(
    ("zone", "at", "day", "due"),
    [
        (BERLIN, "03:00", "2026-03-28", "2026-03-28T02:00Z"),
        (BERLIN, "03:00", "2026-03-29", "2026-03-29T01:00Z"),  # 03:00 is the first moment of summer time
        (BERLIN, "02:30", "2026-03-29", "2026-03-29T01:30Z"),  # skipped: an hour later by the clock
        (BERLIN, "03:00", "2026-10-25", "2026-10-25T02:00Z"),
        (BERLIN, "02:30", "2026-10-25", "2026-10-25T00:30Z"),  # comes twice: the first
        ("America/Sao_Paulo", "00:00", "2018-11-04", "2018-11-04T03:00Z"),  # there is no midnight
        ("America/Sao_Paulo", "00:30", "2018-11-04", "2018-11-04T03:30Z"),
        ("America/Sao_Paulo", "23:30", "2018-02-17", "2018-02-18T01:30Z"),  # comes twice, around midnight
        ("Australia/Lord_Howe", "02:15", "2026-10-04", "2026-10-03T15:45Z"),  # half an hour is skipped
        ("Australia/Lord_Howe", "01:45", "2026-04-05", "2026-04-04T14:45Z"),  # and comes twice
        ("Pacific/Apia", "03:00", "2011-12-31", "2011-12-30T13:00Z"),
    ],
)
def test_when_it_is_due_where_clocks_change(zone: str, at: str, day: str, due: str) -> None:
    moment, local, place = datetime.fromisoformat(due), date.fromisoformat(day), ZoneInfo(zone)
    assert due_at(time.fromisoformat(at), local, place) == moment
    assert due_date(time.fromisoformat(at), moment, place) == local
    assert due_date(time.fromisoformat(at), moment - timedelta(seconds=1), place) < local


@given(
    st.sampled_from(ZONES),
    st.times(),
    st.datetimes(datetime(2005, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - it adds the zone
)
def test_what_was_due_last_was_due_and_the_next_was_not(zone: str, at: time, now: datetime) -> None:
    place = ZoneInfo(zone)
    day = due_date(at, now, place)
    assert due_at(at, day, place) <= now
    assert due_at(at, day + timedelta(days=1), place) > now


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("at", ["00:00", "02:30", "03:00", "23:45"])
def test_the_date_never_goes_back_and_leaves_none_out(zone: str, at: str) -> None:
    """Every hour of a year in which Samoa left out a day."""
    place, moment, dates = ZoneInfo(zone), datetime(2011, 2, 1, tzinfo=UTC), []
    for hour in range(365 * 24):
        day = due_date(time.fromisoformat(at), moment + timedelta(hours=hour), place)
        if not dates or dates[-1] != day:
            dates.append(day)
    steps = [(later - earlier).days for earlier, later in pairwise(dates)]
    assert steps.count(2) == (zone == "Pacific/Apia")
    assert set(steps) <= {1, 2}


class Clock:
    """The time and the zone, as the test says them, and what was run."""

    def __init__(self, ledger: Ledger, now: str, zone: str = BERLIN, at: str = "03:00") -> None:
        self.now, self.zone = datetime.fromisoformat(now), zone
        self.failing = False
        self._ledger = ledger
        self._first = self._runner(at)

    def _runner(self, at: str) -> DailyRunner:
        async def nightly(transaction: Transaction) -> None:
            await self.run(transaction)

        transactions = Transactions(self._ledger.engine, "data", lambda: None)
        functions = {"nightly": (time.fromisoformat(at), bind(nightly, {}, (Transaction,)))}
        return DailyRunner(transactions, functions, lambda: self.zone, lambda: self.now)

    async def run(self, transaction: Transaction) -> None:
        await transaction.connection.execute(text("INSERT INTO ledger VALUES (1)"))
        if self.failing:
            raise ValueError("not now")

    async def look(self, now: str | None = None) -> int:
        """How often it has run, after a look at this time."""
        if now is not None:
            self.now = datetime.fromisoformat(now)
        await self._first.look()
        return len(await self._ledger.amounts())

    def another(self) -> DailyRunner:
        """That of another process."""
        return self._runner("03:00")


async def test_a_new_home_runs_nothing_on_its_first_day(ledger: Ledger) -> None:
    clock = Clock(ledger, "2026-11-21T12:00Z")
    assert await clock.look() == 0
    assert await clock.look("2026-11-22T01:59Z") == 0
    assert await clock.look("2026-11-22T02:00Z") == 1
    assert await clock.look("2026-11-22T02:01Z") == 1


async def test_a_clock_that_is_set_back_runs_nothing_again(ledger: Ledger) -> None:
    clock = Clock(ledger, "2026-11-20T12:00Z")
    await clock.look()
    assert await clock.look("2026-11-21T02:30Z") == 1
    assert await clock.look("2026-11-21T01:30Z") == 1
    assert await clock.look("2026-11-21T02:30Z") == 1
    assert await clock.look("2026-11-22T02:30Z") == 2


async def test_three_days_of_sleep_are_made_up_once(ledger: Ledger) -> None:
    clock = Clock(ledger, "2026-11-20T12:00Z")
    await clock.look()
    assert await clock.look("2026-11-24T15:00Z") == 1
    assert await clock.look("2026-11-24T15:01Z") == 1
    assert await clock.look("2026-11-25T02:00Z") == 2


@pytest.mark.parametrize(("at", "day"), [("03:00", "2026-10-25"), ("02:30", "2026-10-25"), ("02:30", "2026-03-29")])
async def test_a_day_on_which_the_clocks_change_has_one_run(ledger: Ledger, at: str, day: str) -> None:
    clock = Clock(ledger, f"{day}T00:00+00:00", at=at)
    clock.now -= timedelta(days=1)
    await clock.look()
    before = await clock.look(f"{day}T00:00Z")
    for minutes in range(0, 5 * 60, 15):
        await clock.look((datetime.fromisoformat(f"{day}T00:00Z") + timedelta(minutes=minutes)).isoformat())
    assert len(await ledger.amounts()) - before == 1


async def test_a_home_that_moves_to_another_zone_has_one_run_a_date(ledger: Ledger) -> None:
    clock = Clock(ledger, "2026-11-20T12:00Z", "Pacific/Auckland")
    await clock.look()
    assert await clock.look("2026-11-21T14:30Z") == 1, "03:30 on the 22nd there"
    clock.zone = "America/Los_Angeles"
    assert await clock.look("2026-11-21T15:00Z") == 1, "the 21st was run, as was the 22nd"
    assert await clock.look("2026-11-22T12:00Z") == 1
    assert await clock.look("2026-11-23T12:00Z") == 2


async def test_a_clock_that_was_far_ahead_stops_it_for_a_day_at_most(ledger: Ledger) -> None:
    clock = Clock(ledger, "2026-11-20T12:00Z")
    await clock.look()
    assert await clock.look("2038-01-19T12:00Z") == 1
    await clock.look("2026-11-21T12:00Z")
    before = await clock.look("2026-11-21T13:00Z")
    assert await clock.look("2026-11-22T12:00Z") == before + 1
    assert await clock.look("2026-11-23T12:00Z") == before + 2


async def test_two_processes_at_once_run_it_once(ledger: Ledger) -> None:
    clock = Clock(ledger, "2026-11-20T12:00Z")
    await clock.look()
    clock.now += timedelta(days=1)
    await asyncio.gather(*(clock.another().look() for _ in range(5)))
    assert await ledger.amounts() == [1]


async def test_what_fails_is_undone_and_due_again(ledger: Ledger) -> None:
    clock = Clock(ledger, "2026-11-20T12:00Z")
    await clock.look()
    clock.failing = True
    assert await clock.look("2026-11-21T12:00Z") == 0
    clock.failing = False
    assert await clock.look() == 1
    assert await clock.look() == 1


async def test_one_that_fails_keeps_no_other_back(ledger: Ledger) -> None:
    async def fail(transaction: Transaction) -> None:
        raise ValueError("not now")

    async def work(transaction: Transaction) -> None:
        await transaction.connection.execute(text("INSERT INTO ledger VALUES (2)"))

    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    functions = {each.__name__: (time(3), bind(each, {}, (Transaction,))) for each in (fail, work)}
    runner = DailyRunner(Transactions(ledger.engine, "data", lambda: None), functions, lambda: BERLIN, lambda: now)
    await runner.look()
    now += timedelta(days=1)
    await runner.look()
    assert await ledger.amounts() == [2]


async def test_what_was_missed_while_nobody_ran_is_made_up_at_the_start(
    bus: Bus, ledger: Ledger, entered: AsyncExitStack
) -> None:
    def worker() -> Worker:
        worker = Worker("data")

        @worker.daily(at="03:00")
        async def nightly(transaction: Transaction) -> None:
            await transaction.connection.execute(text("INSERT INTO ledger VALUES (1)"))

        return worker

    zone: Callable[[], str] = lambda: BERLIN  # noqa: E731
    async with Serving(worker(), bus.connector(), {}, engine=ledger.engine, zone=zone):
        await until_rows(ledger, "daily_runs", 1)
    assert await ledger.amounts() == []
    await ledger.execute("UPDATE daily_runs SET local_date = '2026-01-01'")
    for _ in range(2):
        async with Serving(worker(), bus.connector(), {}, engine=ledger.engine, zone=zone):
            await until_rows(ledger, "daily_runs WHERE local_date > '2026-01-01'", 1)
    assert await ledger.amounts() == [1]
