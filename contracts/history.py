"""The home's past: what tells of an import."""

from pydantic import Field

from contracts.jobs import Finished, Progress
from contracts.model import Message
from contracts.operation import Event

BAD_LINES = 20
"""How many bad lines an import names; it counts them all."""


class BadLine(Message):
    """A line that can't be read, counted from 1, and why."""

    line: int = Field(ge=1)
    reason: str


class ImportDone(Finished):
    """An import has ended. `counts` of a home: how many of each kind there are in it.

    Of events: `rows` in all, which are `imported` (new), `duplicates` (there already), `skipped` (they say nothing, or
    the filters leave them out) and `bad`, and of all of them `out_of_order` (before another event of their entity, and
    imported as they are); `bad_lines` are the first 20 (of a database: the number of the row).
    """

    source: str
    counts: dict[str, int] = Field(default_factory=dict)
    bad_lines: list[BadLine] = Field(default_factory=list, max_length=BAD_LINES)


PROGRESS = Event("import/progress", Progress, worker="data", summary="How far a running import is.")
DONE = Event("import/done", ImportDone, worker="data", summary="An import has ended.")

OPERATIONS = ()
EVENTS = (PROGRESS, DONE)
STATES = ()
