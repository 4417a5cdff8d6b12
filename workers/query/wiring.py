"""What the handlers of the query worker are given, put together."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus.client import Client
from shared.history import History
from shared.home import Home
from workers.query.conversing.memory import Conversations
from workers.query.current import CurrentUnderstanding
from workers.query.judging import Judge
from workers.query.speaker import Speaker
from workers.query.store import QueryStore
from workers.query.suggesting import PatternAsker, Suggester


def resources(
    home: Home, engine: AsyncEngine, history: History, client: Client, *, executes: bool = False
) -> dict[type, Any]:
    """The resources of the worker. It asks the other workers by `client`, which it enters itself."""
    queries, understanding = QueryStore(engine), CurrentUnderstanding()
    suggester = Suggester(PatternAsker(lambda: client), engine)
    judge = Judge(client, executes=executes)
    speaker = Speaker(home, understanding, history, queries, Conversations(queries), judge, suggester)
    return {QueryStore: queries, CurrentUnderstanding: understanding, Suggester: suggester, Speaker: speaker}
