"""What held when: a step function of time that is true, false or unknown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workers.query.understanding.reading import Ask

TRUE, FALSE, UNKNOWN = 1, 0, -1

Times = NDArray[np.float64]
Codes = NDArray[np.int8]


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """What holds from each of some times on; the first one is minus infinity, for what was so before.

    `times` are ordered, seconds since 1970 (UTC); neighbouring `codes` (TRUE, FALSE, UNKNOWN) differ.
    """

    times: Times
    codes: Codes

    @classmethod
    def of(cls, before: int, times: Times, codes: Codes) -> Steps:
        """The steps of changes that come in order; of several at one time the last one counts."""
        if len(times):
            last = np.append(times[1:] != times[:-1], True)
            times, codes = times[last], codes[last]
        all_codes = np.concatenate(([before], codes)).astype(np.int8)
        all_times = np.concatenate(([-np.inf], times))
        changed = np.append(True, all_codes[1:] != all_codes[:-1])
        return cls(all_times[changed], all_codes[changed])

    def at(self, moment: float) -> int:
        """What holds at a moment."""
        return int(self.codes[np.searchsorted(self.times, moment, side="right") - 1])

    def seconds(self, code: int, since: float, until: float) -> float:
        """For how long something holds within a range."""
        starts = np.clip(self.times, since, until)
        lengths = np.diff(np.append(starts, until))
        return float(lengths[self.codes == code].sum())

    def first(self, code: int, since: float, until: float) -> float | None:
        """When something holds for the first time within a range; None where it never does."""
        starts = np.clip(self.times, since, until)
        ends = np.append(starts[1:], until)
        found = starts[(self.codes == code) & (ends > starts)]
        return float(found[0]) if len(found) else None

    def known_from(self, since: float, until: float) -> float | None:
        """From when on it is known whether it held within a range; None where it never is."""
        found = [first for code in (TRUE, FALSE) if (first := self.first(code, since, until)) is not None]
        return min(found, default=None)

    def rises(self) -> Times:
        """When it became true."""
        found: Times = self.times[1:][self.codes[1:] == TRUE]
        return found

    def end(self, start: float) -> float | None:
        """When what began at a time ended; None where it goes on."""
        following = int(np.searchsorted(self.times, start, side="right"))
        return float(self.times[following]) if following < len(self.times) else None

    def hold_at(self, moments: Times) -> NDArray[np.bool_]:
        """At which of some moments it is true."""
        held: NDArray[np.bool_] = self.codes[np.searchsorted(self.times, moments, side="right") - 1] == TRUE
        return held

    def then(self, later: Steps) -> Steps:
        """These up to the first change of later ones, which begin as these end."""
        if len(later.times) == 1:
            return self
        return Steps.of(
            int(self.codes[0]), np.append(self.times[1:], later.times[1:]), np.append(self.codes[1:], later.codes[1:])
        )

    @property
    def negated(self) -> Steps:
        """True where this is false."""
        return Steps(self.times, np.where(self.codes == UNKNOWN, UNKNOWN, 1 - self.codes).astype(np.int8))


ALWAYS = Steps(np.array([-np.inf]), np.array([TRUE], dtype=np.int8))
"""What always holds."""


def both(one: Steps, other: Steps) -> Steps:
    """Whether two hold at once."""
    return one if other is ALWAYS else combined((one, other), Ask.ALL)


def combined(parts: Sequence[Steps], ask: Ask) -> Steps:
    """Whether all, any or none of some hold; unknown where that depends on one that is unknown."""
    if len(parts) == 1:
        return parts[0].negated if ask is Ask.NONE else parts[0]
    times = np.concatenate([part.times[1:] for part in parts])
    order = np.argsort(times, kind="stable")
    counts = [_counted(parts, code, order) for code in (TRUE, FALSE, UNKNOWN)]
    codes = _verdicts(*counts, ask=ask)
    return Steps.of(int(codes[0]), times[order], codes[1:])


def _counted(parts: Sequence[Steps], code: int, order: NDArray[np.intp]) -> NDArray[np.int64]:
    """How many of some are so: before, and from each change on."""
    at_first = sum(int(part.codes[0] == code) for part in parts)
    changes = np.concatenate([np.diff((part.codes == code).astype(np.int64)) for part in parts])[order]
    return np.concatenate(([at_first], at_first + np.cumsum(changes)))


def _verdicts(true: NDArray[np.int64], false: NDArray[np.int64], unknown: NDArray[np.int64], *, ask: Ask) -> Codes:
    decisive, other = (false, FALSE) if ask is Ask.ALL else (true, TRUE)
    codes = np.where(decisive > 0, other, np.where(unknown > 0, UNKNOWN, 1 - other)).astype(np.int8)
    return np.where(codes == UNKNOWN, UNKNOWN, 1 - codes).astype(np.int8) if ask is Ask.NONE else codes
