"""Why an analysis found nothing, in numbers. Pure."""

from __future__ import annotations

from typing import Final

from workers.pattern.analysis import ENOUGH_DAYS, Findings
from workers.pattern.clock import scan
from workers.pattern.relations import items
from workers.pattern.relations.relation import LEAST_SUPPORT

OCCURRENCES: Final = max(LEAST_SUPPORT, items.FEWEST)

_CLOCK = f"{scan.FEWEST} days where it keeps to the clock"
_NEEDS = f"a routine needs {ENOUGH_DAYS} days and {OCCURRENCES} occurrences ({_CLOCK})"


def explanation(findings: Findings) -> str:
    """What was looked at, and what would be needed."""
    if not findings.events:
        return f"The history has no events in these days; {_NEEDS}."
    looked_at = f"{_many(findings.days, 'day')} with {_many(findings.events, 'event')}"
    compared = _many(len(findings.eligible), "entity", "entities")
    left_out = f"{_many(len(findings.excluded), 'was', 'were')} left out" if findings.excluded else "none was left out"
    if not findings.enough:
        return f"{looked_at}; {_NEEDS}. So far {compared} changed often enough to be compared, and {left_out}."
    if not findings.eligible:
        return f"{looked_at}, but no entity changed {items.FEWEST} times to one state, and {left_out}; {_NEEDS}."
    return (
        f"{looked_at}: in {findings.tests:,} tests on {compared} nothing happened together or at one time more often"
        f" than chance has it, and {left_out}; {_NEEDS}."
    )


def _many(number: int, one: str, more: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else more or one + 's'}"
