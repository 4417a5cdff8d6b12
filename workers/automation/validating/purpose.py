"""The purpose-made triggers and conditions that Home Assistant has: what each is for, and its options. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from workers.automation.validating.purpose_conditions import CONDITIONS
from workers.automation.validating.purpose_triggers import TRIGGERS

OLDER_OPTIONS = frozenset({"offset_type"})
"""Options that Home Assistant still takes and no longer describes."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """A purpose-made trigger or condition; `domains` is None where it takes no target.

    `least` and `most` bound the numbers of its threshold, None where nothing does.
    """

    name: str
    domains: frozenset[str] | None
    options: frozenset[str]
    required: frozenset[str]
    least: float | None = None
    most: float | None = None

    @property
    def units(self) -> tuple[str, ...]:
        """The units of which a number in its threshold must have one; empty where it needs none."""
        return ("°C", "°F", "K") if "temperature" in self.name else ()

    @property
    def domain(self) -> str:
        """The part before the dot."""
        return self.name.partition(".")[0]


@cache
def purpose_triggers() -> dict[str, Purpose]:
    """All purpose-made triggers, by `light.turned_on`."""
    return _parsed(TRIGGERS)


@cache
def purpose_conditions() -> dict[str, Purpose]:
    """All purpose-made conditions, by `light.is_on`."""
    return _parsed(CONDITIONS)


def _parsed(table: str) -> dict[str, Purpose]:
    found: dict[str, Purpose] = {}
    for line in table.strip().splitlines():
        domain, names, domains, options = ([each.strip() for each in line.split("|")] + ["", ""])[:4]
        words = options.split()
        for name in names.split():
            found[f"{domain}.{name}"] = Purpose(
                f"{domain}.{name}",
                None if domains == "-" else frozenset(domains.split()),
                frozenset(_name(each) for each in words) | OLDER_OPTIONS,
                frozenset(_name(each) for each in words if "!" in each),
                *_bounds(words),
            )
    return found


def _name(word: str) -> str:
    return word.partition(":")[0].rstrip("!")


def _bounds(words: list[str]) -> tuple[float | None, float | None]:
    for word in words:
        _, colon, bounds = word.partition(":")
        if colon:
            least, _, most = bounds.partition(":")
            return float(least) if least else None, float(most) if most else None
    return None, None
