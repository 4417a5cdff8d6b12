"""The moment after which nobody waits any more."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deadline:
    """A point on this process's monotonic clock, in seconds. `given` tells that the caller named it."""

    at: float
    given: bool = True

    @classmethod
    def after(cls, seconds: float, *, given: bool = True) -> Deadline:
        """The deadline that many seconds from now."""
        return cls(time.monotonic() + seconds, given)

    @property
    def remaining(self) -> float:
        """Seconds left; negative when it has passed."""
        return self.at - time.monotonic()

    @property
    def passed(self) -> bool:
        """Whether it is too late."""
        return self.remaining <= 0
