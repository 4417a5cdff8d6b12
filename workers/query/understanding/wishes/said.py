"""What a clause was heard to say: what happens or is so, and what it says of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from workers.query.understanding.reading import Question
from workers.query.understanding.wishes.times import Piece
from workers.query.understanding.wishes.wish import EntityTime


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that happens (`sudden`) or is so."""

    question: Question | None = None
    sudden: bool = False
    lasting: timedelta = timedelta()
    before: str | None = None
    at: EntityTime | None = None
    joined: str = ""
    """The word in front of it: `and`, `or`."""
    alone: bool = False
    """Whether it is about the first one who comes."""

    @property
    def entities(self) -> tuple[str, ...]:
        """What it is about."""
        return self.question.subject.entities if self.question else ()


@dataclass(frozen=True, slots=True)
class Heard:
    """All that a clause says: what is so, and what it says of time."""

    said: tuple[Said, ...] = ()
    pieces: tuple[Piece, ...] = ()
