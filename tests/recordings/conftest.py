"""A query worker that knows the demo home, and the fixture that replays recordings into it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from shared.bus.client import Client
from shared.bus.memory import MemoryBroker
from shared.bus.pytest_replay import replay
from shared.database_pool import create_shared_db_engine, dispose_engines
from shared.history import History
from shared.history.sqlite import SqliteHistory
from shared.home import EntityState, Home, Registry
from shared.home_store import HomeStore
from shared.migrations import migrate
from shared.simulator.demo import demo_home
from workers.data.imports import read_home
from workers.query.wiring import resources as query_resources

__all__ = ["replay"]


@pytest.fixture
async def resources(tmp_path: Path) -> AsyncIterator[dict[type, Any]]:
    """What the query worker's handlers ask for."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'homeiq.db'}"
    migrate(url)
    engine = create_shared_db_engine(url)
    document, home = read_home(demo_home()), Home()
    states = {each.entity_id: EntityState(each.state, each.attributes) for each in document.entities if each.state}
    home.load(Registry.from_document(document), states)
    with SqliteHistory(tmp_path / "history.db") as history:
        yield {
            Home: home,
            History: history,
            HomeStore: HomeStore(engine),
            **query_resources(home, engine, history, Client(MemoryBroker().connector())),
        }
    await dispose_engines()
