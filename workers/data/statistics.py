"""What comes into the history, in figures for health."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

MOST_GAPS: Final = 20
_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Gap:
    """A time of which nothing was heard (seconds since 1970), and how many events were fetched for it.

    `filled` is None where nobody could be asked.
    """

    since: float
    until: float
    filled: int | None


class Statistics:
    """Counts since the start. `clock` gives seconds since 1970.

    `received` events are `kept`, `known` (told twice, or told before), `dropped` for a reason, or wait.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.received = self.kept = self.known = 0
        self.dropped: Counter[str] = Counter()
        self.gaps: deque[Gap] = deque(maxlen=MOST_GAPS)
        self.lag: float | None = None
        """Seconds from the event to its commit, of the newest event of the last batch."""
        self.last: float | None = None
        """The time of the newest event that was kept."""
        self._clock = clock
        self._batches: deque[tuple[float, int]] = deque()

    def note(self, passed: int, new: int, newest: float | None) -> None:
        """A batch was committed: `passed` events, of which `new` were new; `newest` is the time of the last."""
        now = self._clock()
        self.kept += new
        self.known += passed - new
        self._batches.append((now, passed))
        self._forget(now)
        if newest is not None:
            self.lag = max(0.0, now - newest)
            self.last = max(newest, self.last or newest)

    def events_per_minute(self) -> int:
        """How many were kept within the last minute."""
        self._forget(self._clock())
        return sum(count for _, count in self._batches)

    def figures(self) -> dict[str, Any]:
        """All of it."""
        rate = self.events_per_minute()
        return {
            "received": self.received,
            "kept": self.kept,
            "known": self.known,
            "dropped": dict(self.dropped),
            "events_per_minute": rate,
            "events_per_second": round(rate / _MINUTE, 2),
            "lag_seconds": None if self.lag is None else round(self.lag, 3),
            "last_event": _text(self.last),
            "gaps": [{"since": _text(gap.since), "until": _text(gap.until), "filled": gap.filled} for gap in self.gaps],
        }

    def _forget(self, now: float) -> None:
        while self._batches and not 0 <= now - self._batches[0][0] < _MINUTE:
            self._batches.popleft()


def _text(at: float | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
