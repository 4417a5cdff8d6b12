"""How strict the safety rules are: three presets, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from workers.automation.finding import Code, Severity

RUNTIME_TARGET = "runtime_target"
"""The code of what is chosen only when an automation runs. As an error it makes `safe` false."""


class Strictness(StrEnum):
    """The names of the presets."""

    STRICT = "strict"
    MODERATE = "moderate"
    PERMISSIVE = "permissive"


@dataclass(frozen=True)
class Preset:
    """Limits of the rules, and what each finding weighs where that is not what the rule says.

    `levels` maps (code, what the rule says) to another severity. A rule without any exception (see `override.py`) is
    never lowered.
    """

    name: Strictness
    many: int = 10
    """So many switches and the like at once are a bulk."""
    longest_heat: int = 12 * 3600
    """Seconds within which what gets hot must be off again."""
    wearing_seconds: int = 30
    commanding_seconds: int = 5
    """Commanding a light and the like without any condition needs a longer time between."""
    notifying_seconds: int = 60
    unasked_notifying_seconds: int = 300
    """Notifying without any condition needs a longer time between."""
    network_restart: int = 600
    """Seconds within which a router that is restarted must be on again."""
    levels: Mapping[tuple[str, Severity], Severity] = field(default_factory=dict)


PRESETS: Mapping[Strictness, Preset] = {
    Strictness.STRICT: Preset(
        Strictness.STRICT,
        many=5,
        longest_heat=4 * 3600,
        wearing_seconds=60,
        notifying_seconds=300,
        unasked_notifying_seconds=900,
        network_restart=0,
        levels={
            (RUNTIME_TARGET, Severity.WARNING): Severity.ERROR,
            (Code.UNSAFE_CLIMATE, Severity.WARNING): Severity.ERROR,
            (Code.UNSAFE_COVER, Severity.WARNING): Severity.ERROR,
        },
    ),
    Strictness.MODERATE: Preset(Strictness.MODERATE),
    Strictness.PERMISSIVE: Preset(
        Strictness.PERMISSIVE,
        many=25,
        longest_heat=24 * 3600,
        wearing_seconds=10,
        notifying_seconds=20,
        unasked_notifying_seconds=60,
        network_restart=3600,
        levels={
            (Code.BULK_OFF, Severity.ERROR): Severity.WARNING,
            (Code.TOO_OFTEN, Severity.ERROR): Severity.WARNING,
            (Code.UNSAFE_COVER, Severity.WARNING): Severity.INFO,
            (Code.MISSING_TIMEOUT, Severity.WARNING): Severity.INFO,
        },
    ),
}
