"""A power cut at any byte of the log: every effect whose reply was sent is there, with its row and its event."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from shared.bus.client import Client
from tests.conftest import MemoryBus
from tests.worker.conftest import ADD, Adding, Ledger


async def test_every_effect_that_was_answered_is_there(ledger: Ledger, tmp_path: Path) -> None:
    file, log = tmp_path / "homeiq.db", tmp_path / "homeiq.db-wal"
    bus, lengths = MemoryBus(), []
    async with ledger.serving(bus), Client(bus.connector(), user="admin") as asking:
        for number in range(1, 7):
            await asking.request(ADD, Adding(amount=number), correlation_id=str(number))
            lengths.append(log.stat().st_size)
        database, whole = file.read_bytes(), log.read_bytes()
    folder = tmp_path / "cut"
    folder.mkdir()
    for answered, start in enumerate(lengths, 1):
        end = lengths[answered] if answered < len(lengths) else len(whole)
        for cut in {start, *range(start, end, 211), end}:
            (folder / "homeiq.db").write_bytes(database)
            (folder / "homeiq.db-wal").write_bytes(whole[:cut])
            (folder / "homeiq.db-shm").unlink(missing_ok=True)
            with closing(sqlite3.connect(folder / "homeiq.db")) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                amounts = [amount for (amount,) in connection.execute("SELECT amount FROM ledger ORDER BY rowid")]
                done = connection.execute("SELECT count(*) FROM inbox WHERE state = 'done'").fetchone()[0]
                events = connection.execute("SELECT count(*) FROM events").fetchone()[0]
            assert len(amounts) >= answered, "what was answered is there"
            assert amounts == list(range(1, len(amounts) + 1))
            assert done == events == len(amounts), "an effect, its reply and its event are there together"
