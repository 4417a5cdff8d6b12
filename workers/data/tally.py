"""What an import has read so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from contracts.history import BAD_LINES, BadLine

BATCH: Final = 10_000
"""Events that are handed on together, or a few more."""
LONGEST_STATE: Final = 255
"""Characters, as in Home Assistant."""


@dataclass(slots=True)
class Tally:
    """What was read: `rows` in all, which are `events`, `skipped` ones that tell nothing, and `bad` ones."""

    rows: int = 0
    events: int = 0
    skipped: int = 0
    bad: int = 0
    bad_lines: list[BadLine] = field(default_factory=list)
    """The first 20."""

    def reject(self, line: int, reason: str) -> None:
        """Count a bad row."""
        self.bad += 1
        if len(self.bad_lines) < BAD_LINES:
            self.bad_lines.append(BadLine(line=line, reason=reason))
