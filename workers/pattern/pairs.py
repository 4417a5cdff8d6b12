"""Pairs counted by the plain method: where one entity changes, another does too, more often than chance has it. Pure.

Chance is what would remain if each event lay anywhere in its half hour (`evidence.expected_followed`). Of all pairs
tested, the Benjamini-Hochberg procedure leaves one false in a hundred; gates on the effect (`links`) keep away what is
certain but of no use. A pair is a `trigger` where one goes before the other more often than a coin would have it, else
a `co_occurrence`; of the states that two entities have, those are told that explain the most.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import combinations
from math import ceil
from typing import Any, Final, Protocol

from shared.errors import HomeIQError
from shared.history import Columns
from workers.pattern.changes import Changes
from workers.pattern.evidence import significant
from workers.pattern.following import WINDOW, follow_counts
from workers.pattern.links import Link, LinkFinder

FALSE_RATE: Final = 0.01
"""Of the pairs found, how many may be chance."""
TTL_SECONDS: Final = 7 * 86_400
METHOD: Final = "plain pairs 1"
"""Names what the cache holds: another method takes nothing of this one's."""
MOST_CACHED_PAIRS: Final = 20_000
"""Beyond 200 entities a cache would forget the first pairs before it is asked again."""

_DAY = 86_400
_TESTS_A_PAIR = 3
"""Forward, backward, and both together."""
_PAIRS_AT_ONCE = 200


class PairCache(Protocol):
    """Keeps the statistics of pairs; keys are ordered, values are JSON."""

    def get(self, a: str, b: str, ttl_seconds: float) -> Any:
        """The value of a pair, or None."""

    def set(self, a: str, b: str, value: Any, ttl_seconds: float) -> None:
        """Keep the value of a pair."""


class AnalysisCancelledError(HomeIQError):
    """The analysis was cancelled."""


@dataclass(frozen=True, slots=True)
class FoundPattern:
    """A pattern as an analysis finds it. Times are seconds since 1970 (UTC).

    `automated`: most occurrences are an automation's doing. `replicated` is null: the history was looked at as a whole.
    """

    pattern_type: str
    entities: tuple[str, ...]
    confidence: float
    support: int
    first_seen: float
    last_seen: float
    detail: dict[str, Any]
    quality: float
    replicated: bool | None = None
    automated: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What an analysis found: the patterns, the best first, the `events` and `days` it read, and what it looked at.

    `eligible` are entities that changed often enough, `excluded` the others, each with the reason. `tests` is how many
    pairs of states were tested. `cached` is how many pairs of entities were known from before.
    """

    patterns: list[FoundPattern]
    events: int
    days: int
    eligible: list[str]
    excluded: dict[str, str] = field(default_factory=dict)
    tests: int = 0
    cached: int = 0


def _nobody(_done: float, _message: str) -> None:
    """Tell nobody."""


def find_pairs(
    parts: Iterable[Columns],
    *,
    cache: PairCache | None = None,
    expected_events: int = 0,
    progress: Callable[[float, str], None] = _nobody,
    cancelled: Callable[[], bool] = lambda: False,
) -> Found:
    """The pairs in the parts of a history, which come in the order of time: days, or all of it.

    `progress` hears how much is done (0 to 1; while it reads, by `expected_events`) and what; `cancelled` is asked as
    often, at least after each part and every 50,000 changes that are counted, and ends it with AnalysisCancelledError.
    `cache` spares the counting of pairs whose entities did just what they did in an earlier analysis.
    """

    def tell(done: float, message: str) -> None:
        if cancelled():
            raise AnalysisCancelledError("the analysis was cancelled")
        progress(done, message)

    def read(number: int) -> None:
        tell(0.4 * min(1.0, number / max(expected_events, number, 1)), "reading the history")

    changes = Changes.read(parts, read)
    pairs = list(combinations(changes.by_entity, 2))
    memory = _Memory(changes, cache if len(pairs) <= MOST_CACHED_PAIRS else None)
    links = [link for pair in pairs for link in memory.recall(pair)]
    if missing := [pair for pair in pairs if pair not in memory.known]:
        links += _count(missing, changes, memory, tell)
    tests = _TESTS_A_PAIR * sum(len(changes.by_entity[one]) * len(changes.by_entity[other]) for one, other in pairs)
    limit = significant([link.p_value for link in links], tests, FALSE_RATE)
    patterns = [_pattern(link) for link in _best(link for link in links if link.p_value <= limit)]
    tell(1.0, "done")
    return Found(
        patterns, changes.events, _days(changes), list(changes.by_entity), changes.excluded, tests, len(memory.known)
    )


class _Memory:
    """The cache, asked for the links of pairs. What it holds of other events than these counts for nothing."""

    def __init__(self, changes: Changes, cache: PairCache | None) -> None:
        self.known: set[tuple[str, str]] = set()
        self._cache = cache
        self._prints = {entity_id: changes.fingerprint(entity_id) for entity_id in changes.by_entity} if cache else {}

    def recall(self, pair: tuple[str, str]) -> list[Link]:
        """The links of a pair; none where it is not known."""
        value = self._cache.get(*pair, TTL_SECONDS) if self._cache else None
        if not isinstance(value, dict) or value.get("of") != self._of(pair):
            return []
        self.known.add(pair)
        return [
            Link(**{**each, "entities": tuple(each["entities"]), "states": tuple(each["states"])})
            for each in value["links"]
        ]

    def keep(self, pair: tuple[str, str], links: list[Link]) -> None:
        """Know the links of a pair the next time."""
        if self._cache:
            plain = [{**asdict(each), "entities": [*each.entities], "states": [*each.states]} for each in links]
            self._cache.set(*pair, {"of": self._of(pair), "links": plain}, TTL_SECONDS)

    def _of(self, pair: tuple[str, str]) -> str:
        return f"{METHOD} {self._prints[pair[0]]} {self._prints[pair[1]]}"


def _count(
    missing: list[tuple[str, str]], changes: Changes, memory: _Memory, tell: Callable[[float, str], None]
) -> Iterator[Link]:
    order, times = changes.order({entity_id for pair in missing for entity_id in pair})
    counts = follow_counts(
        order,
        times,
        len(changes.items),
        lambda number: tell(0.4 + 0.4 * number / max(len(order), 1), "counting pairs"),
    )
    finder = LinkFinder(changes, counts)
    for number, pair in enumerate(missing):
        if number % _PAIRS_AT_ONCE == 0:
            tell(0.8 + 0.2 * number / len(missing), "testing pairs")
        links = finder.links(*pair)
        memory.keep(pair, links)
        yield from links


def _best(links: Iterable[Link]) -> list[Link]:
    """Of each two entities the link that explains most, or else the first; in the order of their quality."""
    best: dict[frozenset[str], Link] = {}
    for link in links:
        pair = frozenset(link.entities)
        if pair not in best or (link.excess, -link.first_seen) > (best[pair].excess, -best[pair].first_seen):
            best[pair] = link
    return sorted(best.values(), key=lambda link: (-_quality(link), link.entities, link.states))


def _quality(link: Link) -> float:
    """From 0 to 1: the confidence to be sure of, less the part of it that chance explains."""
    return max(0.0, link.confidence_low * (1.0 - 1.0 / link.lift))


def _pattern(link: Link) -> FoundPattern:
    return FoundPattern(
        pattern_type=link.pattern_type,
        entities=link.entities,
        confidence=round(link.confidence, 4),
        support=link.support,
        first_seen=link.first_seen,
        last_seen=link.last_seen,
        detail={
            "states": list(link.states),
            "lag_seconds": [round(link.lag_seconds, 3)],
            "window_seconds": WINDOW,
            "confidence_low": round(link.confidence_low, 4),
            "lift": round(link.lift, 2),
            "expected": round(link.expected, 2),
        },
        quality=round(_quality(link), 4),
        automated=link.automated,
    )


def _days(changes: Changes) -> int:
    """Days between the first and the last event, rounded up."""
    if changes.first is None or changes.last is None:
        return 0
    return max(1, ceil((changes.last - changes.first) / _DAY))
