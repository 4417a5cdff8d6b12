"""The data worker's handlers."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import structlog

from contracts import home
from contracts.home import HomeChanged, HomeDocument, ImportRequest, ImportSource
from shared.bus.jobs import Job
from shared.bus.transaction import Transaction, Transactions
from shared.bus.worker import Worker
from shared.errors import InvalidRequest
from shared.history import History
from shared.home import EntityState, Home, Registry
from shared.home_store import HomeStore
from workers.data.csv_file import CsvFile, Tally
from workers.data.imports import ImportFolder, read_home
from workers.data.keeper import HomeKeeper

worker = Worker("data")
log = structlog.get_logger(__name__)

_DAY = 86_400
IMPORTED = "imported"
"""Why the home has changed: it is another one."""


@dataclass(frozen=True)
class Imported:
    """What an import has read: a home that is to be kept, or events that are kept already."""

    document: HomeDocument | None = None
    registry: Registry = field(default_factory=Registry)
    states: dict[str, EntityState] = field(default_factory=dict)
    tally: Tally | None = None
    new: int = 0


@worker.prepares(home.IMPORT)
async def read_import(request: ImportRequest, job: Job, folder: ImportFolder, home: Home, history: History) -> Imported:
    """Read the file. Events go into the history as they are read: reading them again changes nothing."""
    try:
        if request.source is ImportSource.HOME:
            return await asyncio.to_thread(_read_home, folder, request.file)
        zone, tomorrow = home.registry.time_zone, time.time() + _DAY
        file = await asyncio.to_thread(CsvFile, folder.path(request.file), zone, latest=tomorrow)
        return await asyncio.to_thread(_import_events, file, history, job)
    except InvalidRequest:
        folder.remove(request.file)
        raise


def _read_home(folder: ImportFolder, name: str) -> Imported:
    document = read_home(folder.read(name))
    return Imported(document, *HomeStore.read(document))


def _import_events(file: CsvFile, history: History, job: Job) -> Imported:
    new = 0
    for batch in file.batches():
        new += history.append(batch)
        job.tell(file.done, f"{file.tally.rows} rows, {new} new")
    return Imported(tally=file.tally, new=new)


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
    tally = imported.tally or Tally()
    counted = {
        "rows": tally.rows,
        "imported": imported.new,
        "duplicates": tally.events - imported.new,
        "skipped": tally.skipped,
        "bad": tally.bad,
    }
    return {"counts": counted, "bad_lines": tally.bad_lines}


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
