"""A world outside that loses requests and answers, as a test wants; what was done in it stays done."""

from __future__ import annotations

import random
from typing import Any

from shared.bus.outside import NoAnswerError
from shared.errors import Forbidden


class ProcessDiesError(BaseException):
    """As if the process were killed here: nothing of ours catches it."""


class FlakyWorld:
    """Counts how often each thing was really done. `mishaps` says what happens at each call, then all is well.

    `request lost`: nothing is done, no answer. `answer lost`: done, no answer. `refused`: not done, and said so.
    `dies before`, `dies after`: the caller's process ends before or after it is done.
    """

    name = "the flaky world"

    def __init__(self, mishaps: list[str] | None = None, *, repeatable: bool = True) -> None:
        self.repeatable = repeatable
        self.mishaps = mishaps or []
        self.done: dict[str, int] = {}
        self.calls = 0

    async def perform(self, key: str, intent: dict[str, Any]) -> dict[str, Any]:
        self.calls += 1
        mishap = self.mishaps.pop(0) if self.mishaps else ""
        if mishap == "request lost":
            raise NoAnswerError(mishap)
        if mishap == "refused":
            raise Forbidden("not here")
        if mishap == "dies before":
            raise ProcessDiesError
        if not (self.repeatable and key in self.done):
            self.done[key] = self.done.get(key, 0) + 1
        if mishap == "answer lost":
            raise TimeoutError
        if mishap == "dies after":
            raise ProcessDiesError
        return {"key": key, **intent}


class AskableWorld(FlakyWorld):
    """One that remembers what it did, and may be asked; asking fails as often."""

    async def find(self, key: str, intent: dict[str, Any]) -> dict[str, Any] | None:
        if self.mishaps and self.mishaps[0] == "asked in vain":
            self.mishaps.pop(0)
            raise NoAnswerError("asked in vain")
        return {"key": key, **intent} if key in self.done else None


MISHAPS = ("", "", "request lost", "answer lost", "refused", "dies before", "dies after")


def mishaps(chance: random.Random) -> list[str]:
    """Some, in some order."""
    return [chance.choice(MISHAPS) for _ in range(chance.randrange(5))]
