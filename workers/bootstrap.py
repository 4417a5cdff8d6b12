"""The one place where everything is wired, for one worker or for all of them in one process."""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.catalogue import WORKERS
from contracts.health import Check, HealthStatus
from shared.backup import in_use
from shared.broker.access import HOME_READERS, Naming
from shared.bus.client import Client
from shared.bus.mqtt import mqtt_connector
from shared.bus.outside import OutsideCalls
from shared.bus.serving import Serving
from shared.bus.worker import Worker
from shared.correlation_cache import CorrelationCache, get_correlation_cache
from shared.database_pool import create_shared_db_engine, dispose_engines, pool_statistics, reading, write_trouble
from shared.errors import SettingsError
from shared.history import History
from shared.history.opening import open_history
from shared.home import Home
from shared.home_store import HomeStore
from shared.homeassistant.feed import HomeFeed
from shared.homeassistant.websocket import HomeAssistant
from shared.liveness import Liveness
from shared.migrations import migrate
from shared.settings import BrokerAddress, Settings
from workers.automation.acting.act_store import ActStore
from workers.automation.acting.acting import Acting
from workers.automation.current import CurrentView
from workers.automation.existing import Existing
from workers.automation.override_store import OverrideStore
from workers.automation.worker import worker as automation_worker
from workers.data.discovery import own_entities
from workers.data.filters import Excluded
from workers.data.following import Following
from workers.data.gaps import Gaps
from workers.data.imports import ImportFolder
from workers.data.ingestion import Ingestion
from workers.data.keeper import HomeKeeper
from workers.data.retention import Retention
from workers.data.streams import Streams
from workers.data.worker import worker as data_worker
from workers.pattern.keeping.days import DayStore
from workers.pattern.keeping.patterns import PatternStore
from workers.pattern.keeping.synergies import SynergyStore
from workers.pattern.searching.searcher import Searcher
from workers.pattern.worker import worker as pattern_worker
from workers.query.wiring import resources
from workers.query.worker import worker as query_worker

_SWITCH_INTERVAL = 0.0005
"""Seconds after which a thread that computes lets the others in. At Python's 5 ms an import or an analysis in a thread
holds up each step of a reply for so long."""

Login = Callable[[str], BrokerAddress]
"""How a worker of this name reaches the broker."""

_WORKERS: dict[str, Worker] = {
    each.name: each for each in (data_worker, query_worker, pattern_worker, automation_worker)
}


def naming(settings: Settings) -> Naming:
    """The names that this deployment has chosen."""
    return Naming(
        root=settings.homeiq_root,
        home_assistant=settings.homeiq_ha_user,
        events_topic=settings.ha_events_topic,
        states_topic=settings.ha_states_topic,
        execute_from_query=settings.homeiq_execute_from_query,
    )


@dataclass(frozen=True)
class Running:
    """The workers of this process, and the home they share."""

    servings: list[Serving]
    home: Home


@asynccontextmanager
async def serving(names: Iterable[str], settings: Settings, login: Login) -> AsyncIterator[Running]:
    """Run these workers in this process until the block is left, which drains them, the last one first.

    Raises SettingsError for a worker that does not exist, DatabaseError and BrokerError for what can't be used.
    """
    chosen = list(dict.fromkeys(names))
    if unknown := [name for name in chosen if name not in WORKERS]:
        raise SettingsError(f"no worker {unknown[0]!r}; there are {', '.join(WORKERS)}")
    url = settings.database_url.get_secret_value()
    sys.setswitchinterval(_SWITCH_INTERVAL)
    with in_use(settings):
        await asyncio.to_thread(migrate, url)
        wiring = _Wiring(settings, create_shared_db_engine(url), keeps=data_worker.name in chosen)
        try:
            await wiring.load()
            _settle_garbage()
            async with AsyncExitStack() as stack:
                running: list[Serving] = []
                for name in chosen:
                    one = wiring.serving(name, login)
                    if name == wiring.home_reader(chosen):
                        await wiring.follow(one)
                    running.append(await stack.enter_async_context(one))
                yield Running(running, wiring.home)
        finally:
            wiring.close()
            await dispose_engines()


def _settle_garbage() -> None:
    """Let the collector pass by what stays: a home of 100,000 entities would hold everything up for a second."""
    gc.collect()
    gc.freeze()


@dataclass
class _Wiring:
    """What the workers of one process share: one home, one database."""

    settings: Settings
    engine: AsyncEngine
    keeps: bool
    """Whether what is heard of the home is saved by this process."""

    def __post_init__(self) -> None:
        self.home, self.store = Home(), HomeStore(self.engine)
        self.history = open_history(self.settings, self._describe)
        self.cache = get_correlation_cache(self.settings.correlation_cache_db)
        alive = self.settings.homeiq_alive_file
        self.alive = Liveness(alive).touch if alive is not None else lambda: None
        self.keeper = HomeKeeper(self.home, self.store)
        self.feed = HomeFeed(
            self.home,
            events_topic=self.settings.ha_events_topic,
            states_topic=self.settings.ha_states_topic,
            on_change=self.keeper.note if self.keeps else None,
        )
        excluded = Excluded([*self.settings.homeiq_history_exclude, *own_entities(self.settings.homeiq_root)])
        self.ingestion = Ingestion(self.history, excluded)
        self.gaps = Gaps(self.history, excluded, self.ingestion.statistics)
        self.streams = Streams(
            self.ingestion,
            self.home,
            events_topic=self.settings.ha_events_topic,
            states_topic=self.settings.ha_states_topic,
            on_change=self.feed.apply,
        )
        url, token = self.settings.ha_url, self.settings.ha_token
        client = HomeAssistant(url, token) if url is not None and token is not None else None
        self.hass = client if self.keeps else None
        self.existing = Existing(client, self.home, enters=not self.keeps)
        self.following = Following(self.hass, self.store, self.keeper, self.streams.tell, self.gaps.back)
        if self.hass is not None:
            self.hass.when_down(self.gaps.lost)
        days = DayStore(self.engine)
        self.resources: dict[type, Any] = {
            Settings: self.settings,
            Home: self.home,
            HomeStore: self.store,
            HomeKeeper: self.keeper,
            ImportFolder: ImportFolder(self.settings.homeiq_data),
            History: self.history,
            Ingestion: self.ingestion,
            Streams: self.streams,
            Gaps: self.gaps,
            Excluded: excluded,
            Following: self.following,
            Existing: self.existing,
            CurrentView: CurrentView(self.home, self.existing),
            OverrideStore: OverrideStore(self.engine),
            ActStore: (acts := ActStore(self.engine)),
            Acting: Acting(client, OutsideCalls(self.engine), acts),
            Retention: Retention(self.history, self.settings.homeiq_history_days),
            CorrelationCache: self.cache,
            PatternStore: PatternStore(self.engine),
            SynergyStore: SynergyStore(self.engine),
            DayStore: days,
            Searcher: Searcher(self.settings, self.history, self.home, self.cache, days),
        }

    def _describe(self, entity_id: str) -> dict[str, str]:
        """What InfluxDB is told of an entity beside its events."""
        entity = self.home.registry.entities.get(entity_id)
        if entity is None:
            return {}
        told = {"area_id": entity.area_id, "device_id": entity.device_id, "device_class": entity.device_class}
        return {name: value for name, value in told.items() if value}

    def close(self) -> None:
        """Let go of the files."""
        self.history.close()
        self.cache.flush()

    async def load(self) -> None:
        """Take the home as it was saved."""
        await self.keeper.load()

    def home_reader(self, names: list[str]) -> str | None:
        """The worker by whose connection this process hears of the home: one of those that may."""
        return next((name for name in names if name in HOME_READERS), None)

    def serving(self, name: str, login: Login) -> Serving:
        """One worker, ready to be entered."""
        return Serving(
            _WORKERS[name],
            mqtt_connector(login(name)),
            {**self.resources, **(self._speaking(login) if name == query_worker.name else {})},
            root=self.settings.homeiq_root,
            engine=self.engine,
            zone=lambda: self.home.registry.time_zone,
            alive=self.alive,
            probes={"database": self._probe_database, "cache": self._probe_cache},
            glances={
                "home": self._glance_at_home,
                **({"homeassistant": self._glance_at_home_assistant} if self.hass and name == data_worker.name else {}),
                **({"automations": self.existing.glance} if name == automation_worker.name else {}),
                "history": self._glance_at_memory if name == data_worker.name else self._glance_at_history,
            },
        )

    def _speaking(self, login: Login) -> dict[type, Any]:
        """What only the query worker has: it asks the other workers by a client of its own."""
        client = Client(login(query_worker.name), root=self.settings.homeiq_root)
        executes = self.settings.homeiq_execute_from_query
        return resources(self.home, self.engine, self.history, client, executes=executes)

    async def follow(self, one: Serving) -> None:
        """Hear of the home by this worker's connection; who does not keep it loads it again at each connect."""
        await self.feed.follow(one.connection)
        if not self.keeps:
            one.connection.when_up(self.load)

    async def _probe_database(self) -> Check:
        began = time.perf_counter()
        async with reading(self.engine) as connection:
            await connection.execute(text("SELECT 1"))
        took = round(1000 * (time.perf_counter() - began), 3)
        figures = {"query_ms": took, **pool_statistics(self.engine)}
        if (trouble := write_trouble(self.engine)) is not None:
            return Check(status=HealthStatus.FAILED, message=str(trouble), figures=figures)
        return Check(status=HealthStatus.OK, figures=figures)

    async def _probe_cache(self) -> Check:
        return Check(status=HealthStatus.OK, figures=await asyncio.to_thread(self.cache.get_stats))

    def _glance_at_history(self) -> Check:
        trouble = self.history.trouble()
        status = HealthStatus.OK if trouble is None else HealthStatus.DEGRADED
        return Check(status=status, message=trouble or "", figures=self.history.figures())

    def _glance_at_home_assistant(self) -> Check:
        trouble = self.hass.trouble if self.hass is not None else None
        status = HealthStatus.OK if trouble is None else HealthStatus.DEGRADED
        return Check(status=status, message=trouble or "", figures={"homes_read": self.following.taken})

    def _glance_at_memory(self) -> Check:
        """What comes in, too."""
        check = self._glance_at_history()
        figures = {**check.figures, **self.ingestion.statistics.figures()}
        if self.ingestion.trouble is not None:
            return Check(status=HealthStatus.FAILED, message=self.ingestion.trouble, figures=figures)
        return check.model_copy(update={"figures": figures})

    def _glance_at_home(self) -> Check:
        counts = self.home.registry.counts()
        heard = self.feed.heard_at
        figures = {**counts, "last_heard": heard.astimezone(UTC).isoformat(timespec="seconds") if heard else None}
        if not counts["entities"]:
            message = "no home yet: `homeiq import home FILE`, or let Home Assistant publish its events (docs)"
            return Check(status=HealthStatus.DEGRADED, message=message, figures=figures)
        if heard is None:
            return Check(status=HealthStatus.OK, message="nothing heard from Home Assistant yet", figures=figures)
        age = (datetime.now(UTC) - heard).total_seconds()
        return Check(status=HealthStatus.OK, message=f"heard {age:.0f} s ago", figures=figures)
