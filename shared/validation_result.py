"""What a validation found."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class ValidationResult:
    """The findings, one sentence each. Only critical errors make a configuration unusable."""

    critical_errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    recommendations: list[str] = field(default_factory=list)

    @property
    def is_valid(self) -> bool:
        """Whether HomeIQ can run with it."""
        return not self.critical_errors

    @classmethod
    def joined(cls, results: Iterable["ValidationResult"]) -> "ValidationResult":
        """All findings of several results, in their order."""
        whole = cls()
        for each in results:
            whole.critical_errors += each.critical_errors
            whole.warnings += each.warnings
            whole.recommendations += each.recommendations
        return whole
