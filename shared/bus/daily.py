"""What a worker does once a day by the clock of the home: once for each local date, made up when the machine slept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Column, MetaData, String, Table, delete, func, insert, select

from shared.bus.transaction import Transaction, Transactions, now_text
from shared.bus.worker import Bound
from shared.database_pool import reading
from shared.errors import DatabaseError

log = structlog.get_logger(__name__)

metadata = MetaData()

daily_runs = Table(
    "daily_runs",
    metadata,
    Column("worker", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("local_date", String, primary_key=True),
    Column("at", String, nullable=False),
)

_LOOK_AGAIN = 30.0
"""Seconds. No timer runs on while a machine sleeps, and clocks are set: so it is looked, and not only waited for."""
_KEPT = 400


def due_date(at: time, now: datetime, zone: ZoneInfo) -> date:
    """The local date of the run that was due last, at this moment (aware).

    A time that the clocks skip in spring is due as much later; one that comes twice in autumn is due the first time.
    """
    day = now.astimezone(zone).date()
    while now < due_at(at, day, zone):
        day -= timedelta(days=1)
    return day


def due_at(at: time, day: date, zone: ZoneInfo) -> datetime:
    """The moment, in UTC, of a local time on a local date."""
    # Python's fold 0 is the first of two, and reads a skipped time with the offset from before the change.
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


class DailyRunner:
    """Runs the daily functions of one worker, for as long as this instance leads it. Each is one transaction.

    `zone` gives the name of the home's time zone, `now` the time (aware).
    """

    def __init__(
        self,
        transactions: Transactions,
        functions: Mapping[str, tuple[time, Bound]],
        zone: Callable[[], str],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._transactions, self._functions, self._zone, self._now = transactions, functions, zone, now

    async def run(self) -> None:
        """Look for ever what is due."""
        while self._functions:
            try:
                await self.look()
            except DatabaseError as error:
                log.error("what is due each day could not be looked for", error=str(error))  # noqa: TRY400 - told
            await asyncio.sleep(_LOOK_AGAIN)

    async def look(self) -> None:
        """Run what is due and was not run. One that fails is undone, keeps no other back, and is due again."""
        zone = ZoneInfo(self._zone())
        for name, (at, bound) in self._functions.items():
            try:
                await self._run(name, bound, due_date(at, self._now(), zone))
            except DatabaseError:
                raise
            except Exception:
                log.exception("what is due each day has failed", name=name)

    async def _run(self, name: str, bound: Bound, day: date) -> None:
        last = await self._last(name, day)
        if last is not None and last >= day.isoformat():  # also where the clock was set back
            return
        async with self._transactions.begin() as transaction:
            # Without a last time this home is new: nothing was missed.
            if await self._claim(transaction, name, day) and last is not None:
                await bound.call(transaction)

    async def _last(self, name: str, day: date) -> str | None:
        """The date of the last run, save for those of a clock that ran far ahead."""
        latest = select(func.max(daily_runs.c.local_date)).where(
            daily_runs.c.worker == self._transactions.worker,
            daily_runs.c.name == name,
            daily_runs.c.local_date <= (day + timedelta(days=1)).isoformat(),
        )
        async with reading(self._transactions.engine) as connection:
            found: str | None = (await connection.execute(latest)).scalar()
        return found

    async def _claim(self, transaction: Transaction, name: str, day: date) -> bool:
        """Make the row that there is once. False where another process was faster."""
        mine = {"worker": self._transactions.worker, "name": name}
        there = select(daily_runs.c.at).filter_by(**mine, local_date=day.isoformat())
        if (await transaction.connection.execute(there)).scalar() is not None:
            return False
        await transaction.connection.execute(
            insert(daily_runs), mine | {"local_date": day.isoformat(), "at": now_text()}
        )
        oldest = (day - timedelta(days=_KEPT)).isoformat()
        await transaction.connection.execute(
            delete(daily_runs).filter_by(**mine).where(daily_runs.c.local_date < oldest)
        )
        return True
