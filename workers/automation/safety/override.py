"""Overrides: an admin takes the word for what a rule forbids. Data; the worker keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from workers.automation.finding import Code, Finding, Severity, warning

ABSOLUTE = frozenset({Code.SHELL, Code.UNBOUNDED_LOOP})
"""Codes without any exception: nobody can foresee what a shell does, and an endless loop stops the house."""
SIGN = "There is no exception to this."
"""How a finding of another code says that it has none: a lock that is chosen at run time, a medical device."""


class Override(BaseModel):
    """Who allows which codes of one automation, when, and why; with `path` only there.

    `override_id` names the record, where there is one.
    """

    model_config = ConfigDict(frozen=True)

    who: str = Field(min_length=1)
    when: datetime
    why: str = Field(min_length=1)
    codes: frozenset[str] = Field(min_length=1)
    path: str | None = None
    override_id: str | None = None

    @property
    def note(self) -> str:
        """How a finding ends that it has made a warning."""
        return f"Allowed by {self.who} on {self.when:%Y-%m-%d}: {self.why}"

    def covers(self, finding: Finding) -> bool:
        """Whether a finding is one of those that are allowed."""
        return finding.code in self.codes and (self.path is None or self.path == finding.path)


def may_override(finding: Finding) -> bool:
    """Whether an admin may allow what a finding tells."""
    return finding.code not in ABSOLUTE and not finding.message.endswith(SIGN)


def overridden(finding: Finding, overrides: tuple[Override, ...]) -> Finding:
    """The finding, as a warning that says who allowed it where somebody did and may."""
    if finding.severity is not Severity.ERROR or not may_override(finding):
        return finding
    by = next((each for each in overrides if each.covers(finding)), None)
    if by is None:
        return finding
    return warning(finding.code, finding.path, f"{finding.message} {by.note}")


def applied(overrides: Iterable[Override], findings: Sequence[Finding]) -> tuple[Override, ...]:
    """Those that have made a warning of one of the findings."""
    lowered = [each for each in findings if each.severity is Severity.WARNING]
    return tuple(
        each for each in overrides if any(each.covers(one) and one.message.endswith(each.note) for one in lowered)
    )
