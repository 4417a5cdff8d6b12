"""Overrides: an admin takes the word for what a rule forbids. Data; whoever deploys keeps them."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from workers.automation.finding import Code, Finding, Severity, warning

ABSOLUTE = frozenset({Code.SHELL, Code.UNBOUNDED_LOOP})
"""Codes without any exception: nobody can foresee what a shell does, and an endless loop stops the house."""
SIGN = "There is no exception to this."
"""How a finding of another code says that it has none: a lock that is chosen at run time, a medical device."""


class Override(BaseModel):
    """Who allows which codes of one automation, when, and why; with `path` only there."""

    model_config = ConfigDict(frozen=True)

    who: str = Field(min_length=1)
    when: datetime
    why: str = Field(min_length=1)
    codes: frozenset[str] = Field(min_length=1)
    path: str | None = None

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
    told = f"{finding.message} Allowed by {by.who} on {by.when:%Y-%m-%d}: {by.why}"
    return warning(finding.code, finding.path, told)
