"""The home as the automation worker looks at it now: made when the home has changed, kept for a moment else."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from shared.home import Home, Registry
from workers.automation.existing import Existing
from workers.automation.explaining.naming import Names
from workers.automation.home_view import HomeView

_FRESH: Final = 5.0
"""Seconds for which members of groups and units may be as they were: states change all the time."""


class CurrentView:
    """Gives views of one home; what a view has worked out once is kept with it."""

    def __init__(self, home: Home, existing: Existing, clock: Callable[[], float] = time.monotonic) -> None:
        self._home, self._existing, self._clock = home, existing, clock
        self._kept: tuple[Registry, int, float, tuple[HomeView, Names]] | None = None

    def view(self) -> HomeView:
        """The home with what its scripts and automations do."""
        return self.now()[0]

    def now(self) -> tuple[HomeView, Names]:
        """The view, and the names of what is in it."""
        snapshot, revision, now = self._home.snapshot(), self._existing.revision, self._clock()
        if self._kept is not None:
            registry, of, at, kept = self._kept
            if registry is snapshot.registry and of == revision and now - at < _FRESH:
                return kept
        view = HomeView.of(snapshot, scripts=self._existing.scripts, automations=self._existing.automations)
        self._kept = (snapshot.registry, revision, now, found := (view, Names(view)))
        return found
