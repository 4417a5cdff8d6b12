"""What comes out of judging an automation: two verdicts, a score, and all findings. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from workers.automation.finding import ENDANGERING, INVALIDATING, Finding, Severity

_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")
_WEIGHTS = {Severity.ERROR: 25, Severity.WARNING: 5, Severity.INFO: 1}
FAILED = 49
"""The best score of an automation that is not valid or not safe."""


class Report(BaseModel):
    """What there is to say about an automation.

    `valid` is false where Home Assistant refuses it or it can't work, `safe` where it is dangerous. `score` begins at
    100, loses 25 for each error, 5 for each warning and 1 for each info, and is at most 49 where a verdict is false.
    `findings` are in the order of their paths, each once.
    """

    model_config = ConfigDict(frozen=True)

    valid: bool
    safe: bool
    score: int
    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> Report:
        """The report of some findings, from whichever judges."""
        kept = ordered(findings)
        wrong = {each.code for each in kept if each.severity is Severity.ERROR}
        valid, safe = not wrong & INVALIDATING, not wrong & ENDANGERING
        score = max(0, 100 - sum(_WEIGHTS[each.severity] for each in kept))
        return cls(valid=valid, safe=safe, score=score if valid and safe else min(score, FAILED), findings=kept)


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings in the order of their paths, the worst first at one path; those that say the same of a place once."""
    kept: dict[tuple[str, str, str], Finding] = {}
    for each in findings:
        kept.setdefault((each.code, each.path, each.message), each)
    return tuple(sorted(kept.values(), key=_key))


def _key(finding: Finding) -> tuple[tuple[tuple[int, int, str], ...], int, str, str]:
    place = tuple(
        (0, int(number), "") if number else (1, _RANKS.get(key, 9), key) for number, key in _steps(finding.path)
    )
    return place, -_WEIGHTS[finding.severity], finding.code, finding.message


def _steps(path: str) -> list[tuple[str, str]]:
    return _STEP.findall(path)


_RANKS = {"id": 0, "alias": 1, "description": 2, "use_blueprint": 3, "triggers": 4, "conditions": 5, "actions": 6}
"""The order in which an automation is read."""
