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
from functools import lru_cache
from math import inf
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

    def __contains__(self, entity_id: str) -> bool:
        return self._pattern is not None and self._pattern.match(entity_id) is not None


@dataclass(slots=True)
class _Entity:
    """What the filter knows of one entity. `state` is the last one that passed, `newest` the time of the last told one.

    A token bucket says how much a chatty one may still tell: `tokens` as of `at`; `held` is the last that was too much.
    """

    excluded: bool
    chatty: bool
    state: str | None = None
    newest: float = -inf
    tokens: float = BURST
    at: float = -inf
    held: Event | None = None


class Filter:
    """Passes events, which come in the order of time as far as each entity goes; `told` takes those of several sources.

    `dropped` counts what was left out, by reason: `unknown`, `unchanged`, `excluded`, `sampled`.
    """

    def __init__(self, excluded: Excluded | None = None) -> None:
        self.dropped: Counter[str] = Counter()
        self._excluded = excluded or Excluded()
        self._known: dict[str, _Entity] = {}
        self._holding: set[str] = set()

    def strangers(self, events: Iterable[Event]) -> set[str]:
        """The entities of these events of which the filter knows nothing: `learn` them, or the first one passes."""
        return {event[1] for event in events} - self._known.keys()

    def learn(self, entity_ids: Iterable[str], last: Mapping[str, Event]) -> None:
        """The last events that the history has of these entities."""
        for entity_id in entity_ids:
            if entity_id not in self._known:
                self._meet(entity_id).state = last[entity_id].state if entity_id in last else None

    def kept(self, event: Event) -> list[Event]:
        """What is to be kept now that this event has come: it, a value held back before it, both or nothing."""
        return self.passed((event,))

    def told(self, event: Event, before: str | None) -> list[Event]:
        """The same of an event whose teller says what was `before` it: it is believed, for that may have been missed.

        One that is older than what was told of its entity passes for its own sake; the history knows it, or needs it.
        """
        entity = self._known.get(event.entity_id) or self._meet(event.entity_id)
        if before is not None and before not in _NO_STATE:
            if event.at < entity.newest:
                return self._late(entity, event)
            if event.at > entity.newest:
                entity.state = before
        entity.newest = max(entity.newest, event.at)
        return self.kept(event)

    def _late(self, entity: _Entity, event: Event) -> list[Event]:
        """What comes after a later one of its entity, of which nothing changes by it."""
        if event.state in _NO_STATE:
            reason = "unknown"
        elif entity.excluded:
            reason = "excluded"
        elif entity.held is not None and _is_number(event.state):
            reason = "sampled"
        else:
            return [event]
        self.dropped[reason] += 1
        return []

    def passed(self, events: Iterable[Event]) -> list[Event]:
        """What is to be kept now that these events have come, one after the other."""
        found: list[Event] = []
        known, dropped = self._known.get, self.dropped
        for event in events:
            entity, state = known(event[1]) or self._meet(event[1]), event[2]
            if state in _NO_STATE:
                dropped["unknown"] += 1
            elif state == entity.state:
                dropped["unchanged"] += 1
            elif entity.excluded:
                dropped["excluded"] += 1
            else:
                entity.state = state
                if entity.chatty and _is_number(state):
                    found += self._sampled(entity, event)
                else:
                    found.append(event)
        return found

    def settled(self, now: float | None = None) -> list[Event]:
        """Values held back that have stood for a minute by now; all of them where the source has ended (None)."""
        found = []
        for entity_id in sorted(self._holding):
            entity = self._known[entity_id]
            if entity.held is not None and (now is None or now - entity.held.at >= PERIOD):
                found.append(self._release(entity.held, entity))
        return found

    def _meet(self, entity_id: str) -> _Entity:
        chatty = entity_id.partition(".")[0] in CHATTY_DOMAINS
        entity = self._known[entity_id] = _Entity(entity_id in self._excluded, chatty)
        return entity

    def _sampled(self, entity: _Entity, event: Event) -> list[Event]:
        found: list[Event] = []
        if entity.held is not None and event.at - entity.held.at >= PERIOD:
            found.append(self._release(entity.held, entity))
        entity.tokens = min(BURST, entity.tokens + max(0.0, event.at - entity.at) / PERIOD)
        entity.at = max(entity.at, event.at)
        if entity.held is not None:
            self.dropped["sampled"] += 1
        if entity.tokens < 1:
            entity.held = event
            self._holding.add(event.entity_id)
            return found
        entity.held = None
        self._holding.discard(event.entity_id)
        entity.tokens -= 1
        return [*found, event]

    def _release(self, held: Event, entity: _Entity) -> Event:
        entity.held = None
        self._holding.discard(held.entity_id)
        return held


@lru_cache(maxsize=10_000)
def _is_number(state: str) -> bool:
    return _NUMBER.fullmatch(state) is not None
