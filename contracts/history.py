"""The home's past: what tells of an import."""

from pydantic import Field

from contracts.jobs import Finished, Progress
from contracts.model import Message
from contracts.operation import Event

BAD_LINES = 20
"""How many bad lines an import names; it counts them all."""


class ImportCounts(Message):
    """The rows of an import: new ones, ones that were there already, unreadable ones, and ones without a state."""

    rows: int = Field(default=0, ge=0)
    imported: int = Field(default=0, ge=0)
    duplicates: int = Field(default=0, ge=0)
    bad: int = Field(default=0, ge=0)
    skipped: int = Field(default=0, ge=0)


class BadLine(Message):
    """A line that can't be read, counted from 1, and why."""

    line: int = Field(ge=1)
    reason: str


class ImportDone(Finished):
    """An import has ended. Of events: the `counts` of its rows and the first 20 bad lines; of a home: what is in it."""

    source: str
    counts: ImportCounts = Field(default_factory=ImportCounts)
    home: dict[str, int] = Field(default_factory=dict)
    bad_lines: list[BadLine] = Field(default_factory=list, max_length=BAD_LINES)


PROGRESS = Event("import/progress", Progress, worker="data", summary="How far a running import is.")
DONE = Event("import/done", ImportDone, worker="data", summary="An import has ended.")

OPERATIONS = ()
EVENTS = (PROGRESS, DONE)
STATES = ()
