"""The data worker's handlers."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog

from contracts import home, past
from contracts.discovery import DISCOVERY, ONLINE, STATUS_TOPIC, Discovery
from contracts.health import PRESENCE
from contracts.history import BadLine
from contracts.home import (
    DevicesRequest,
    DevicesResponse,
    EntitiesRequest,
    EntitiesResponse,
    HomeChanged,
    HomeDocument,
    ImportRequest,
    ImportSource,
)
from contracts.past import EventsRequest, EventsResponse
from shared.bus.connection import Connection
from shared.bus.instance import Instance
from shared.bus.jobs import Job, JobCancelledError
from shared.bus.retained import RetainedStates
from shared.bus.sessions import Sessions
from shared.bus.transaction import Transaction, Transactions
from shared.bus.transport import Message, Subscription
from shared.bus.worker import Worker
from shared.errors import Forbidden
from shared.history import History
from shared.home import EntityState, Home, Registry
from shared.home_store import HomeStore
from shared.homeassistant.past import change_parts
from shared.version import VERSION
from workers.data.csv_file import CsvFile
from workers.data.discovery import discovery
from workers.data.extract import Extract
from workers.data.filters import Excluded, Filter
from workers.data.following import Following
from workers.data.gaps import Gaps
from workers.data.importing import Bookmark, Sieve, import_events
from workers.data.imports import ImportFolder, read_home
from workers.data.ingestion import Ingestion
from workers.data.keeper import HomeKeeper
from workers.data.listing import devices, entities
from workers.data.recall import list_events
from workers.data.retention import Retention
from workers.data.streams import Streams

worker = Worker("data")
log = structlog.get_logger(__name__)

_DAY = 86_400
_CATCH_UP = 5.0
_JITTER = 1.0
"""Seconds within which Home Assistant's documentation asks clients to announce after it has come."""
IMPORTED = "imported"
"""Why the home has changed: it is another one."""


@dataclass(frozen=True)
class Imported:
    """What an import has read: a home that is to be kept, or events that are kept already."""

    document: HomeDocument | None = None
    registry: Registry = field(default_factory=Registry)
    states: dict[str, EntityState] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    bad_lines: list[BadLine] = field(default_factory=list)


@worker.leading
async def remember(sessions: Sessions, streams: Streams, ingestion: Ingestion, gaps: Gaps) -> None:
    """Take what Home Assistant says into the history, and miss nothing of it while no instance is there."""
    connection = sessions.open("memory")
    await streams.follow(connection)
    async with connection:  # what comes from here on waits for the ingestion
        await gaps.begin()
        await ingestion.run()


@worker.leading
async def forget_old_days(retention: Retention) -> None:
    """Keep no more of the past than was asked for."""
    await retention.run()


@worker.leading
async def catch_up(history: History) -> None:
    """Give the store what waited for it while it was away."""
    while True:
        await asyncio.to_thread(history.flush)
        await asyncio.sleep(_CATCH_UP if history.trouble() is None else 4 * _CATCH_UP)


@worker.handles(past.LIST)
async def list_the_past(request: EventsRequest, home: Home, history: History) -> EventsResponse:
    """List what happened."""
    return await asyncio.to_thread(list_events, history, request, home.registry.time_zone)


@worker.prepares(home.IMPORT)
async def read_import(
    request: ImportRequest, job: Job, folder: ImportFolder, home: Home, history: History, excluded: Excluded
) -> Imported:
    """Read the file. Events go into the history as they are read: reading them again changes nothing."""
    try:
        if request.source is ImportSource.HOME:
            return await asyncio.to_thread(_read_home, folder, request.file)
        sieve = Sieve(Filter(excluded), history)
        return await asyncio.to_thread(_import_events, request, job, folder, history, sieve, home.registry.time_zone)
    except JobCancelledError:  # another one goes on with it
        raise
    except Exception:  # the job ends with it, and the command lays the file down again
        folder.remove(request.file)
        raise


def _read_home(folder: ImportFolder, name: str) -> Imported:
    document = read_home(folder.read(name))
    return Imported(document, *HomeStore.read(document))


def _import_events(
    request: ImportRequest, job: Job, folder: ImportFolder, history: History, sieve: Sieve, time_zone: str
) -> Imported:
    path = folder.path(request.file)
    bookmark = Bookmark.of(folder.bookmark(request.file), job.id, time.time() + _DAY)
    source: CsvFile | Extract
    if request.source is ImportSource.CSV:
        source = CsvFile(path, time_zone, latest=bookmark.latest)
    else:
        source = Extract(path, latest=bookmark.latest)
    counts = import_events(source, history, sieve, bookmark, job.tell)
    return Imported(counts=counts, bad_lines=source.tally.bad_lines)


@worker.handles(home.IMPORT)
async def keep_import(
    request: ImportRequest,
    imported: Imported,
    transaction: Transaction,
    store: HomeStore,
    keeper: HomeKeeper,
    folder: ImportFolder,
) -> dict[str, Any]:
    """Put an imported home in the place of the one before, or say what became of imported events."""
    transaction.after_commit(lambda: folder.remove(request.file))
    if imported.document is not None:
        await store.replace(transaction.connection, imported.document)
        transaction.after_commit(lambda: keeper.take(imported.registry, imported.states))
        counts = imported.registry.counts()
        await transaction.publish(home.CHANGED, reason=IMPORTED, counts=counts)
        return {"counts": counts}
    return {"counts": imported.counts, "bad_lines": imported.bad_lines}


@worker.on(home.CHANGED, each=True)
async def learn_the_home(event: HomeChanged, keeper: HomeKeeper) -> None:
    """Take an imported home from the database."""
    if event.reason == IMPORTED:
        await keeper.reload()


@worker.beside
async def save_the_home(keeper: HomeKeeper, transactions: Transactions) -> None:
    """Save changes a moment behind them, and tell when there are entities that were not known before."""
    while True:
        await keeper.wait()
        async with keeper.taken() as (changes, registry, new), transactions.begin(durable=False) as transaction:
            await keeper.save(transaction.connection, changes, registry, new)
            if new:
                await transaction.publish(home.CHANGED, reason="entities joined", counts=registry.counts())
        if new:
            log.info("entities joined the home", count=len(new))


@worker.retains(DISCOVERY)
async def show_in_home_assistant(instance: Instance) -> Discovery:
    """HomeIQ as a device there, available for as long as this instance is."""
    presence = PRESENCE.topic(instance.root, worker=worker.name, instance=instance.name)
    return discovery(instance.root, presence, VERSION)


@worker.beside
async def show_again(connection: Connection, states: RetainedStates) -> None:
    """Announce the device again whenever Home Assistant says that it has come; not all clients at the same moment."""
    came = asyncio.Event()

    def hear(message: Message) -> None:
        message.acknowledge()
        if message.packet.payload == ONLINE:
            came.set()

    try:
        await connection.subscribe([Subscription(STATUS_TOPIC)], hear)
    except Forbidden as error:
        await connection.unsubscribe([STATUS_TOPIC])  # else it would be refused, and the connection with it, for ever
        log.warning("Home Assistant's coming is not heard", error=str(error))
        return
    while True:
        await came.wait()
        came.clear()
        await asyncio.sleep(random.uniform(0, _JITTER))  # noqa: S311
        states.renew(DISCOVERY)


@worker.handles(home.ENTITIES)
async def list_entities(request: EntitiesRequest, home: Home) -> EntitiesResponse:
    """List the entities of the home as it is now."""
    return await asyncio.to_thread(entities, request, home.snapshot())


@worker.handles(home.DEVICES)
async def list_devices(request: DevicesRequest, home: Home) -> DevicesResponse:
    """List the devices of the home."""
    return await asyncio.to_thread(devices, request, home.registry)


@worker.leading
async def follow_home_assistant(following: Following, transactions: Transactions) -> None:
    """Take the home as it is in Home Assistant, and every change of it."""
    if following.client is not None:
        async with following.client:
            await following.run(transactions)


@worker.leading
async def move_the_past(following: Following, history: History) -> None:
    """Give an entity that has another id now its past."""
    while True:
        old, new = await following.renamed.get()
        if await asyncio.to_thread(history.rename, old, new):
            log.info("an entity has another id", old=old, new=new)


@worker.leading
async def fill_gaps(following: Following, gaps: Gaps, home: Home) -> None:
    """Fetch from Home Assistant what nobody has heard."""
    if following.client is not None:
        await gaps.run(partial(change_parts, following.client), lambda: home.registry.entities)
