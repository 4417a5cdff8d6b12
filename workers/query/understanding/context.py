"""What is known beside a sentence: where the asker stands, what was spoken of before, what was chosen when asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Context:
    """The context of one sentence."""

    area_id: str | None = None
    remembered: tuple[str, ...] = ()
    """The entities that the sentence before was about: what "it" is."""
    chosen: Mapping[frozenset[str], tuple[str, ...]] = field(default_factory=dict)
    """For candidates that were asked about, those that were meant."""

    def choice(self, candidates: tuple[str, ...]) -> tuple[str, ...] | None:
        """Which of some candidates were meant, where that was asked."""
        return self.chosen.get(frozenset(candidates))
