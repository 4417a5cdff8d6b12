"""What homes are evaluated in: as they are, or with something that happens to real ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from shared.history.sqlite import SqliteHistory
from shared.simulator.habits import HABITS
from shared.simulator.harm import HARMS, out_of_order
from shared.simulator.simulation import SimulatedHome, simulate

EMPTY_DAYS: Final = 10


@dataclass(frozen=True, slots=True)
class Situation:
    """The size of homes, and what happens to them; `harms` are names in EVERY."""

    days: int = 30
    entities: int = 60
    events: int = 100_000
    routines: bool = True
    empty_days: int = 0
    daylight_saving: bool = False
    shifts: bool = False
    harms: tuple[str, ...] = ()

    def homes(self, seeds: Iterable[int]) -> Iterator[SimulatedHome]:
        """A home for each seed, one after the other."""
        for seed in seeds:
            home = simulate(
                seed,
                days=self.days,
                entities=self.entities,
                events=self.events,
                routines=self.routines,
                empty_days=self.empty_days,
                daylight_saving=self.daylight_saving,
                shifts=self.shifts,
            )
            for name in self.harms:
                home = late(home) if name == LATE else {**HARMS, **HABITS}[name](home)
            yield home


LATE: Final = "late"
"""Some events come in late by up to a minute: a store has brought them in order."""
EVERY: Final = (*sorted(HARMS), LATE, *sorted(HABITS))


def late(home: SimulatedHome) -> SimulatedHome:
    """The home as a store gives it that was told some events out of order."""
    with TemporaryDirectory() as folder, SqliteHistory(Path(folder) / "history.db") as store:
        store.append(out_of_order(home))
        return replace(home, events=store.read())


def situations(plain: Situation) -> dict[str, Situation]:
    """The plain situation, each harm in turn, other lives and things, and the usual harms together."""
    return {
        "nothing": plain,
        **{name: replace(plain, harms=(name,)) for name in (*sorted(HARMS), LATE)},
        "empty": replace(plain, empty_days=EMPTY_DAYS),
        "clock": replace(plain, daylight_saving=True),
        "shifts": replace(plain, shifts=True),
        "habits": replace(plain, harms=tuple(HABITS)),
        "all": replace(plain, harms=("lose", "repeat", "restart", "rename", LATE), daylight_saving=True),
    }
