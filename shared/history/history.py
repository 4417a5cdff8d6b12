"""The home's past behind one interface, whichever store keeps it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator
from types import TracebackType
from typing import Any, Self

from shared.history.columns import Columns
from shared.history.event import Event, Span


class History(ABC):
    """The past of one home. Synchronous, for threads: any thread may call, calls block. Close it in the end.

    Times are seconds since 1970 (UTC), exact to the microsecond; a range goes from `since` up to before `until`, and
    None is open. Everything raises DatabaseError, in one sentence, where the store can't be used. An event is told
    apart by entity, time and state: the same event again changes nothing, save that it brings a weightier context
    (see `Context.weight`). A time in whole milliseconds is the same as any time within that millisecond, since exports
    round to it.
    """

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None:
        """Let go of files and connections. Reads that run go on to their end."""

    @abstractmethod
    def append(self, events: Iterable[Event]) -> int:
        """Keep events that come in any order; they are safe when it returns. Gives how many were new."""

    @abstractmethod
    def read(
        self, since: float | None = None, until: float | None = None, entity_ids: Collection[str] | None = None
    ) -> Columns:
        """A range as arrays; of some entities only, where they are named. Entities nobody knows have no events."""

    @abstractmethod
    def days(self, since: float | None = None, until: float | None = None) -> Iterator[Columns]:
        """A range as arrays, one UTC day after the other; days without events are left out."""

    @abstractmethod
    def last_before(self, at: float, entity_ids: Collection[str]) -> dict[str, Event]:
        """The last event of each of these entities before a moment; those that have none are left out."""

    @abstractmethod
    def span(self) -> Span:
        """From when to when the history goes, and how many events it has."""

    @abstractmethod
    def counts(self) -> dict[str, int]:
        """How many events each entity has."""

    @abstractmethod
    def marks(self, since: float | None = None) -> dict[int, str]:
        """A mark for each UTC day with events, by its number since 1970; another one whenever its events change.

        `since` may lie within a day: its mark is that of the whole day.
        """

    @abstractmethod
    def forget(self, before: float) -> int:
        """Retention: forget the whole UTC days that end at or before this moment. Gives how many events went."""

    def rename(self, old: str, new: str) -> bool:  # noqa: ARG002 - for those that can
        """An entity has another id now: give it its past. Gives whether that was done; some stores can't."""
        return False

    def flush(self) -> int:
        """Hand on what waits for a store that was away. Gives how many events went; most stores let nothing wait."""
        return 0

    @abstractmethod
    def figures(self) -> dict[str, Any]:
        """What health reports of the store; cheap, and asks nobody."""

    @abstractmethod
    def trouble(self) -> str | None:
        """What is wrong with the store now, in one sentence for people; None where nothing is. Cheap too."""
