"""Candidates: what a detector takes for a pattern, before all tests of an analysis are judged together. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from contracts.analysis import PatternType

CONTROLLABLE: Final = frozenset({
    "climate", "cover", "fan", "humidifier", "input_boolean", "input_number", "input_select", "lawn_mower", "light",
    "lock", "media_player", "number", "remote", "scene", "script", "select", "siren", "switch", "vacuum", "valve",
    "water_heater",
})  # fmt: skip
"""Domains that somebody, or an automation, can do something with."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may be a pattern. Times are seconds since 1970 (UTC).

    `entities` and `detail` are as the contract has them. `support` counts the occurrences, `first_seen` and
    `last_seen` are the first and the last of them. `confidence` is the probability that the pattern is real;
    `p_value` that of as many occurrences by chance; `automated` the share of them that an automation made. `replicated`
    says whether what the first half of the history shows of it the second shows too, None where there is too little.
    """

    pattern_type: PatternType
    entities: tuple[str, ...]
    detail: Mapping[str, Any]
    support: int
    first_seen: float
    last_seen: float
    confidence: float
    p_value: float
    automated: float
    replicated: bool | None


@dataclass(frozen=True, slots=True)
class Candidates:
    """What a detector found, and how many tests it made to find it: the analysis judges them all together.

    What is `settled` was judged already, each by the probability that it is real.
    """

    found: tuple[Candidate, ...]
    tests: int
    settled: bool = False
