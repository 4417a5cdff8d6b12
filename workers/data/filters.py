"""Which events are worth keeping: states that say something, that are new, and not a hundred of them a minute. Pure.

A sensor that counts watts every second fills a history and tells nobody more than one that does it every minute. So a
number that comes too often is held back; it is kept after all once it has stood for a minute, so that what a sensor
came to rest at is never lost.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import translate
from typing import Final

from shared.history import Event
from shared.home import UNKNOWN_STATES

CHATTY_DOMAINS: Final = frozenset({"sensor", "number", "input_number"})
"""Domains whose numbers are sampled."""
PERIOD: Final = 60.0
"""Seconds in which a chatty sensor is kept once."""
BURST: Final = 30
"""Values that a sensor may tell faster than that, after it was quiet."""

_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_NO_STATE = UNKNOWN_STATES | {""}


class Excluded:
    """Tells which entities a home leaves out: entity ids, domains, and globs such as `sensor.*_power`."""

    def __init__(self, patterns: Iterable[str] = ()) -> None:
        named = [each.strip() for each in patterns if each.strip()]
        globs = [each if "." in each or "*" in each else f"{each}.*" for each in named]
        self._pattern = re.compile("|".join(map(translate, globs))) if globs else None
        self._known: dict[str, bool] = {}

    def __contains__(self, entity_id: str) -> bool:
        if self._pattern is None:
            return False
        known = self._known.get(entity_id)
        if known is None:
            known = self._known[entity_id] = self._pattern.match(entity_id) is not None
        return known


@dataclass(slots=True)
class _Rate:
    """How much a sensor may still tell: a token bucket. `held` is the last value that was too much."""

    tokens: float
    at: float
    held: Event | None = None


class Filter:
    """Passes the events of one source, which come in the order of time as far as each entity goes.

    `dropped` counts what was left out, by reason: `unknown`, `unchanged`, `excluded`, `sampled`.
    """

    def __init__(self, excluded: Excluded | None = None) -> None:
        self.dropped: Counter[str] = Counter()
        self._excluded = excluded or Excluded()
        self._states: dict[str, str | None] = {}
        self._rates: dict[str, _Rate] = {}
        self._holding: set[str] = set()

    def strangers(self, events: Iterable[Event]) -> set[str]:
        """The entities of these events whose state before nobody has told: `learn` it, or the first one passes."""
        return {event.entity_id for event in events if event.entity_id not in self._states}

    def learn(self, entity_ids: Iterable[str], last: Mapping[str, Event]) -> None:
        """The last events that the history has of these entities."""
        for entity_id in entity_ids:
            self._states.setdefault(entity_id, last[entity_id].state if entity_id in last else None)

    def kept(self, event: Event) -> list[Event]:
        """What is to be kept now that this event has come: it, a value held back before it, both or nothing."""
        entity_id, state = event.entity_id, event.state
        if state in _NO_STATE:
            self.dropped["unknown"] += 1
        elif self._states.get(entity_id) == state:
            self.dropped["unchanged"] += 1
        elif entity_id in self._excluded:
            self.dropped["excluded"] += 1
        else:
            self._states[entity_id] = state
            if entity_id.partition(".")[0] in CHATTY_DOMAINS and _NUMBER.fullmatch(state):
                return self._sampled(event)
            return [event]
        return []

    def settled(self, now: float | None = None) -> list[Event]:
        """Values held back that have stood for a minute by now; all of them where the source has ended (None)."""
        found = []
        for entity_id in sorted(self._holding):
            rate = self._rates[entity_id]
            if rate.held is not None and (now is None or now - rate.held.at >= PERIOD):
                found.append(self._release(entity_id, rate))
        return found

    def _sampled(self, event: Event) -> list[Event]:
        rate = self._rates.get(event.entity_id)
        if rate is None:
            self._rates[event.entity_id] = _Rate(BURST - 1, event.at)
            return [event]
        found: list[Event] = []
        if rate.held is not None and event.at - rate.held.at >= PERIOD:
            found.append(self._release(event.entity_id, rate))
        rate.tokens = min(BURST, rate.tokens + max(0.0, event.at - rate.at) / PERIOD)
        rate.at = max(rate.at, event.at)
        if rate.held is not None:
            self.dropped["sampled"] += 1
        if rate.tokens < 1:
            rate.held = event
            self._holding.add(event.entity_id)
            return found
        rate.held = None
        self._holding.discard(event.entity_id)
        rate.tokens -= 1
        return [*found, event]

    def _release(self, entity_id: str, rate: _Rate) -> Event:
        held = rate.held
        assert held is not None  # noqa: S101 - for the type checker
        rate.held = None
        self._holding.discard(entity_id)
        return held
