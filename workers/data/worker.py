"""The data worker's handlers."""

from __future__ import annotations

import asyncio
import secrets
from datetime import UTC, datetime

import structlog

from contracts import home
from contracts.home import HomeChanged, ImportRequest, ImportResponse, ImportState
from shared.bus.connection import Connection
from shared.bus.packets import Publish
from shared.bus.requests import Call
from shared.bus.worker import Worker
from shared.home_store import HomeStore
from shared.settings import Settings
from workers.data.imports import ImportFolder, read_home
from workers.data.keeper import HomeKeeper

worker = Worker("data")
log = structlog.get_logger(__name__)


@worker.handles(home.IMPORT)
async def import_home(
    request: ImportRequest,
    call: Call,
    folder: ImportFolder,
    store: HomeStore,
    keeper: HomeKeeper,
    connection: Connection,
    settings: Settings,
) -> ImportResponse:
    """Replace the home by an imported one. Doing it twice comes to the same."""
    content = await asyncio.to_thread(folder.read, request.file)
    document = await asyncio.to_thread(read_home, content)
    await store.replace(document)
    await keeper.reload()
    folder.remove(request.file)
    counts = keeper.home.registry.counts()
    log.info("home imported", **counts)
    await _tell(connection, settings, "imported", counts, call.correlation_id)
    return ImportResponse(id=secrets.token_hex(8), state=ImportState.DONE, counts=counts)


@worker.beside
async def save_the_home(keeper: HomeKeeper, connection: Connection, settings: Settings) -> None:
    """Save changes a moment behind them, and tell when there are entities that were not known before."""
    while True:
        await keeper.wait()
        new = await keeper.save()
        if new:
            log.info("entities joined the home", count=len(new))
            await _tell(connection, settings, "entities joined", keeper.home.registry.counts(), None)


async def _tell(
    connection: Connection, settings: Settings, reason: str, counts: dict[str, int], correlation_id: str | None
) -> None:
    changed = HomeChanged(
        event_id=secrets.token_hex(16),
        at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        correlation_id=correlation_id,
        reason=reason,
        counts=counts,
    )
    topic = home.CHANGED.topic(settings.homeiq_root)
    await connection.publish(Publish(topic, changed.model_dump_json().encode()))
