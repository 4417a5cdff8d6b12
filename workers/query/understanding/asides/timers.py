"""The words for a timer, "my 10 minute pizza timer", as a length and the timer helpers that may be meant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from shared.home import Registry
from workers.query.understanding.asides.aside import TimerDeed, WithTimer
from workers.query.understanding.tokens import plainly
from workers.query.understanding.wishes.lengths import Lengths

_TIMER = frozenset({"timer", "timers"})
_FILLERS = frozenset({
    "a", "an", "the", "my", "our", "for", "called", "named", "with", "name", "in", "on", "of", "new", "please",
    "another", "and", "at", "to",
})  # fmt: skip
_EVERY = frozenset({"all", "every", "each", "timers"})
_HALF = "1/2"


class Timers:
    """Finds the timers of one home."""

    def __init__(self, registry: Registry, lengths: Lengths) -> None:
        self._lengths = lengths
        self._all = tuple(each for each in registry.entities.values() if each.domain == "timer")
        self._areas = {
            plainly(name): area.area_id for area in registry.areas.values() for name in (area.name, *area.aliases)
        }

    def read(self, deed: TimerDeed, words: str, by: str | None = None) -> WithTimer | None:
        """What is done with a timer; `by` is by how much. None where no timer, or no length in `by`, is spoken of."""
        said, length = self._parts(words)
        if not _TIMER & set(said):
            return None
        change = self._parts(by)[1] if by is not None else None
        if by is not None and (change is None or self._parts(by)[0]):
            return None
        every = bool(_EVERY & set(said)) and deed not in {TimerDeed.START, TimerDeed.TELL}
        name = " ".join(each for each in said if each not in _FILLERS | _TIMER | _EVERY)
        return WithTimer(deed, self._named(name), change if by is not None else length, name, every)

    def _parts(self, text: str) -> tuple[list[str], timedelta | None]:
        """The words that are no length, and the lengths added up."""
        plains = plainly(text.replace(_HALF, "half")).split()
        rest: list[str] = []
        length: timedelta | None = None
        at = 0
        while at < len(plains):
            found = self._lengths.length(plains, at)
            if found is None:
                rest.append(plains[at])
                at += 1
                continue
            at, more = found
            length = (length or timedelta()) + more
            if _goes_on(plains, at) and self._lengths.length(plains, at + 1):
                at += 1
        return rest, length

    def _named(self, name: str) -> tuple[str, ...]:
        """The timers of a name or of an area; all of them where none was said."""
        if not name:
            return tuple(each.entity_id for each in self._all)
        called = tuple(
            each.entity_id
            for each in self._all
            if any(plainly(one).removesuffix(" timer") == name for one in (each.name, *each.aliases))
        )
        return called or tuple(each.entity_id for each in self._all if each.area_id == self._areas.get(name, ""))


def _goes_on(plains: Sequence[str], at: int) -> bool:
    return at < len(plains) and plains[at] == "and"
