"""A question about the past: what is asked, of which things, of which time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from workers.query.past.period import Period
from workers.query.understanding.reading import Question


class Recall(StrEnum):
    """What is asked of the past."""

    LAST = "last"  # when it last became so
    FIRST = "first"
    AGO = "ago"  # how long ago it last became so
    SINCE = "since"  # since when it is so
    HELD = "held"  # for how long it has been so
    DURATION = "duration"
    OFTEN = "often"
    LOWEST = "lowest"
    HIGHEST = "highest"
    AVERAGE = "average"
    RANGE = "range"  # from the lowest to the highest
    USED = "used"
    WHO = "who"  # who made it so
    SO = "so"  # what the question itself asks, but of then


@dataclass(frozen=True, slots=True)
class Comparison:
    """The other time that one is compared with."""

    period: Period
    above: bool
    """Whether the first one is asked to be above the other, or below."""
    difference: bool = False
    """Whether it is asked by how much."""


@dataclass(frozen=True, slots=True)
class PastQuestion:
    """A question about a time. `about` is how it would be asked of now."""

    recall: Recall
    about: Question
    period: Period | None = None
    """The time that was said; None where none was."""
    event: bool = False
    """Whether it is about becoming so, not about being so: "which windows were opened"."""
    during: Question | None = None
    """What had to be so at the same time: "… while nobody was home"."""
    once: bool = False
    """Whether the last such time is meant: "… while I was away"."""
    after: Question | None = None
    """What happened last when the time began: "… since Anna left"."""
    moment: bool = False
    """Whether it is asked when the highest or lowest reading was."""
    against: Comparison | None = None

    @property
    def whole(self) -> bool:
        """Whether it is about all of the time, as the sentence says it: "all night"."""
        return self.period is not None and self.period.whole
