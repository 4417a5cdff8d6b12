"""How what an analysis found compares with the truth about a home. Pure.

What is found is right (`tp`), false (`fp`) or neutral: true, but not asked for. What was planted, is required and
was not found is missed (`fn`). By type:

- trigger: right with the entities in order and their states. The other way round it is false, and so is an order
  told of a planted co-occurrence in its own states. Other states of planted entities (off after off) are neutral.
- co_occurrence: right with the pair; a planted trigger told without its order is neutral, and the trigger is
  missed.
- sequence: right with the entities in order and their states. Neutral where each link of it is true: a part of a
  planted chain, or one that begins with the steps of whoever sets it off. The entities of a planted chain in
  another order are false.
- time_of_day: right with entity, state, at most 20 minutes between the centres (on the circle), and days that fit:
  the same, or weekdays only of what is so on all days. All days told of a routine of the weekdays is neutral, and
  the routine is missed. Neutral, too, is its other state within four hours: what is switched on was off before,
  and goes off again.
- anomaly: right with the entity, an overlap in time and a kind that is true of it: what was left on was silent,
  too, and a burst may be at an unusual time. Another kind is neutral, and the anomaly missed. In the household's
  own late nights all is neutral but silence; of an empty home one silence is, the next are false.

A repetition of what was right is neutral. What is told of a mirror (a group, a template) is told of its source; the
two told as linked are false. What an automation does is neutral where it is told as such (`automated` is true or a
share above a half, or the status is `automated`), and false where not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import pairwise, product
from typing import Any, Final, Protocol

from shared.simulator.truth import ANOMALY, CO_OCCURRENCE, SEQUENCE, TIME_OF_DAY, TRIGGER, TYPES, Planted, Truth

NEAR_MINUTES: Final = 20.0
"""Between the centres of a planted time of day and a found one."""
_DAY_MINUTES: Final = 1_440.0
_BACK_MINUTES: Final = 240.0
_MOSTLY: Final = 0.5
_ALSO_TRUE: Final = frozenset({("left_on", "silent"), ("burst", "unusual_time"), ("unusual_time", "burst")})
"""Kinds of a planted anomaly, each with another one that is true of it."""


class Verdict(StrEnum):
    """What a found pattern is."""

    RIGHT = "tp"
    FALSE = "fp"
    NEUTRAL = "neutral"


class FoundLike(Protocol):
    """A pattern as analyses find it, with fields as in `contracts.analysis.Pattern`."""

    @property
    def pattern_type(self) -> str:
        """One of `truth.TYPES`."""

    @property
    def entities(self) -> Iterable[str]:
        """In causal order for triggers and sequences."""

    @property
    def detail(self) -> Mapping[str, Any]:
        """By type: states, minute_of_day, days, kind, start, end."""


@dataclass(slots=True)
class Counts:
    """Of one type of pattern."""

    tp: int = 0
    fp: int = 0
    fn: int = 0
    neutral: int = 0


@dataclass(slots=True)
class Score:
    """Counts by type, the verdict on each found pattern in the order in which they came, and what was missed."""

    counts: dict[str, Counts] = field(default_factory=lambda: {each: Counts() for each in TYPES})
    verdicts: list[tuple[FoundLike, Verdict]] = field(default_factory=list)
    missed: list[Planted] = field(default_factory=list)

    @property
    def false(self) -> int:
        """False patterns of all types."""
        return sum(each.fp for each in self.counts.values())


def score(found: Iterable[FoundLike], truth: Truth) -> Score:
    """Hold what was found against the truth."""
    judge, result = _Judge(truth), Score()
    for pattern in found:
        verdict = judge.verdict(pattern)
        result.verdicts.append((pattern, verdict))
        counts = result.counts[str(pattern.pattern_type)]
        setattr(counts, verdict.value, getattr(counts, verdict.value) + 1)
    for number, planted in enumerate(truth.planted):
        if planted.required and number not in judge.found:
            result.counts[planted.pattern_type].fn += 1
            result.missed.append(planted)
    return result


class _Judge:
    """Knows what was found already. `found` are places in the truth's `planted`."""

    def __init__(self, truth: Truth) -> None:
        self.found: set[int] = set()
        self._truth = truth
        self._silences = 0
        self._planted = {kind: [*_of_type(truth, kind)] for kind in TYPES}
        self._linked = {
            frozenset(pair)
            for kind in (TRIGGER, SEQUENCE, CO_OCCURRENCE)
            for _, each in self._planted[kind]
            for pair in pairwise(each.entities)
        }

    def verdict(self, pattern: FoundLike) -> Verdict:
        """Right, false or neutral."""
        if _told_as_automated(pattern):
            return Verdict.NEUTRAL
        kind = str(pattern.pattern_type)
        if kind == ANOMALY:
            return self._anomaly(self._named(next(iter(pattern.entities))), pattern.detail)
        if kind == TIME_OF_DAY:
            return self._time_of_day(self._named(next(iter(pattern.entities))), pattern.detail)
        return self._linked_things(kind, [self._named(each) for each in pattern.entities], pattern.detail)

    def _linked_things(self, kind: str, entities: list[str], detail: Mapping[str, Any]) -> Verdict:
        sources = [self._truth.mirrors.get(each, (each,)) for each in entities]
        if any(set(one) & set(other) for one, other in pairwise(sources)):
            return Verdict.FALSE
        verdicts = (self._entities(kind, named, detail) for named in product(*sources))
        return next((verdict for verdict in verdicts if verdict is not Verdict.FALSE), Verdict.FALSE)

    def _entities(self, kind: str, entities: tuple[str, ...], detail: Mapping[str, Any]) -> Verdict:
        states = tuple(map(str, detail.get("states", ())))
        for number, planted in self._planted[kind]:
            theirs = tuple(planted.detail["states"])
            if kind == CO_OCCURRENCE and set(entities) == set(planted.entities):
                return self._right(number)
            if entities == planted.entities and states in {theirs, ()}:
                return self._right(number)
            if kind == SEQUENCE and set(entities) == set(planted.entities) and entities != planted.entities:
                return Verdict.FALSE
        if kind == TRIGGER and self._wrong_order(entities, states):
            return Verdict.FALSE
        pairs = [frozenset(pair) for pair in pairwise(entities)]
        automated = self._truth.automated_pairs
        true = self._linked | self._truth.natural_pairs | (automated if kind == SEQUENCE else frozenset())
        if kind != SEQUENCE and pairs[0] in automated:
            return Verdict.FALSE
        return Verdict.NEUTRAL if all(pair in true for pair in pairs) else Verdict.FALSE

    def _wrong_order(self, entities: tuple[str, ...], states: tuple[str, ...]) -> bool:
        told = dict(zip(entities, states, strict=False))
        for kind in (TRIGGER, CO_OCCURRENCE, SEQUENCE):
            for _, planted in self._planted[kind]:
                steps = list(zip(planted.entities, planted.detail["states"], strict=True))
                for one, other in pairwise(steps):
                    same = told == dict((one, other))
                    if same and (kind == CO_OCCURRENCE or entities == (other[0], one[0])):
                        return True
        return False

    def _time_of_day(self, entity_id: str, detail: Mapping[str, Any]) -> Verdict:
        sources = self._truth.mirrors.get(entity_id, (entity_id,))
        state, minute = str(detail["state"]), float(detail["minute_of_day"])
        days, verdict = str(detail.get("days", "all")), Verdict.FALSE
        for number, planted in self._planted[TIME_OF_DAY]:
            theirs = float(planted.detail["minute_of_day"])
            if planted.entities[0] not in sources:
                continue
            if state != planted.detail["state"]:
                if min((minute - theirs) % _DAY_MINUTES, (theirs - minute) % _DAY_MINUTES) <= _BACK_MINUTES:
                    verdict = Verdict.NEUTRAL
            elif _apart(minute, theirs) <= NEAR_MINUTES:
                if days == planted.detail["days"] or (days, planted.detail["days"]) == ("weekday", "all"):
                    return self._right(number)
                verdict = Verdict.NEUTRAL
        for each in self._truth.natural_times:
            same = each.entity_id in sources and each.state == state
            if same and _apart(minute, each.minute_of_day) <= each.tolerance and entity_id not in self._truth.automated:
                return Verdict.NEUTRAL
        return verdict

    def _anomaly(self, entity_id: str, detail: Mapping[str, Any]) -> Verdict:
        sources = self._truth.mirrors.get(entity_id, (entity_id,))
        kind, start, end = str(detail["kind"]), _seconds(detail["start"]), _seconds(detail["end"])
        verdict = Verdict.FALSE
        for number, planted in self._planted[ANOMALY]:
            theirs = str(planted.detail["kind"])
            overlaps = start <= planted.detail["end"] and planted.detail["start"] <= end
            if planted.entities[0] in sources and overlaps:
                if kind == theirs or (theirs, kind) in _ALSO_TRUE:
                    return self._right(number)
                verdict = Verdict.NEUTRAL
        if verdict is Verdict.NEUTRAL:
            return verdict
        if kind == "silent":
            empty = any(start <= until and since <= end for since, until in self._truth.away)
            self._silences += empty
            return Verdict.NEUTRAL if empty and self._silences == 1 else Verdict.FALSE
        odd = any(start <= until and since <= end for since, until in self._truth.odd)
        return Verdict.NEUTRAL if odd else Verdict.FALSE

    def _right(self, number: int) -> Verdict:
        """Right where it was not found before, and had to be."""
        first = number not in self.found
        self.found.add(number)
        return Verdict.RIGHT if first and self._truth.planted[number].required else Verdict.NEUTRAL

    def _named(self, entity_id: str) -> str:
        return self._truth.renamed.get(entity_id, entity_id)


def _of_type(truth: Truth, kind: str) -> Iterable[tuple[int, Planted]]:
    return [(number, each) for number, each in enumerate(truth.planted) if each.pattern_type == kind]


def _told_as_automated(pattern: FoundLike) -> bool:
    share = float(getattr(pattern, "automated", 0.0))  # yes and no are 1 and 0
    return share > _MOSTLY or str(getattr(pattern, "status", "")) == "automated"


def _apart(one: float, other: float) -> float:
    """Minutes between two times of day."""
    return min((one - other) % _DAY_MINUTES, (other - one) % _DAY_MINUTES)


def _seconds(at: Any) -> float:
    """Seconds since 1970 of a time in ISO 8601, or in seconds."""
    return datetime.fromisoformat(at).timestamp() if isinstance(at, str) else float(at)
