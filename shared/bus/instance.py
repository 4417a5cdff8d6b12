"""One running instance of a worker, as others see it: its connection, its presence, and how it does."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from contracts.health import (
    HEALTH,
    PRESENCE_EXPIRY,
    RENEWAL,
    Check,
    HealthReport,
    HealthStatus,
    health_of,
)
from shared.bus.connection import Connection
from shared.bus.health import Glance, HealthMonitor, Probe, RequestMeter, memory_mb, worst
from shared.bus.packets import Publish
from shared.bus.presence import Announcement
from shared.bus.transaction import now_text
from shared.bus.transport import Connector, Will
from shared.bus.worker import Worker
from shared.errors import ConnectionLost
from shared.version import VERSION

_LEAVING = 2.0


class Instance:
    """Tells the broker that this instance is there, and reports its health. `alive` is called after each round trip.

    `load` gives how many requests run, and how many wait.
    """

    def __init__(
        self,
        worker: Worker,
        connector: Connector,
        *,
        root: str,
        name: str,
        probes: Mapping[str, Probe],
        glances: Mapping[str, Glance],
        alive: Callable[[], None],
        load: Callable[[], tuple[int, int]],
        patient: bool,
    ) -> None:
        self.worker, self.root, self.name = worker, root, name
        self.health = health_of(worker.name)
        self.meters = {each.name: RequestMeter() for each in worker.operations}
        self.monitor = HealthMonitor(probes, {"broker": self._glance_at_broker, **glances})
        operations = tuple(sorted(each.name for each in (*worker.operations, self.health)))
        self._announcement = Announcement(root, worker.name, name, VERSION, operations, now_text(), now_text)
        self.connection = Connection(connector, f"homeiq-{worker.name}-{name}", will=self._will, patient=patient)
        self.connection.when_up(self._arrive)
        self._alive, self._load = alive, load
        self._started = time.monotonic()
        self._round_trip = 0.0

    def _will(self) -> Will:
        return self._announcement.will()

    async def _arrive(self) -> None:
        self._announcement = replace(self._announcement, connected=now_text())
        await self._announce()

    async def _announce(self) -> None:
        """Say that this instance is there, and how it does; and see how long the broker takes to acknowledge."""
        began = time.monotonic()
        await self.connection.publish(self._announcement.online())
        self._round_trip = time.monotonic() - began
        self._alive()
        topic = HEALTH.topic(self.root, worker=self.worker.name)
        report = self.report().model_dump_json().encode()
        self.connection.tell(Publish(topic, report, retain=True, expiry=PRESENCE_EXPIRY))

    async def lead(self, leads: bool) -> None:
        """Say that this instance leads, or leads no more."""
        self._announcement = replace(self._announcement, leads=leads)
        with contextlib.suppress(ConnectionLost):  # at the next connect it is said anyway
            await self._announce()

    async def renew(self) -> None:
        """Say it again for ever, before it expires."""
        while True:
            await asyncio.sleep(RENEWAL)
            if self.connection.up:
                with contextlib.suppress(ConnectionLost):
                    await self._announce()

    async def leave(self) -> None:
        """Say that this instance has left."""
        if self.connection.up:
            with contextlib.suppress(ConnectionLost, TimeoutError):
                await asyncio.wait_for(self.connection.publish(self._announcement.offline()), _LEAVING)

    def report(self) -> HealthReport:
        """How this instance does, from what the probes found last."""
        checks = self.monitor.checks()
        running, queued = self._load()
        return HealthReport(
            worker=self.worker.name,
            instance=self.name,
            version=VERSION,
            status=worst(checks),
            at=now_text(),
            uptime_seconds=round(time.monotonic() - self._started, 1),
            memory_mb=memory_mb(),
            running=running,
            queued=queued,
            checks=checks,
            requests={name: meter.figures() for name, meter in self.meters.items()},
        )

    def _glance_at_broker(self) -> Check:
        if not self.connection.up:
            return Check(status=HealthStatus.FAILED, message="no connection to the broker")
        figures = {
            "acknowledged_ms": round(1000 * self._round_trip, 3),
            "reconnects": self.connection.reconnects,
            "leads": self._announcement.leads,
        }
        return Check(status=HealthStatus.OK, figures=figures)
