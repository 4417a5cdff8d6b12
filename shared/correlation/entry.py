"""One entry of the correlation cache: what can be kept, how long it holds, and what it weighs."""

from __future__ import annotations

import json
import math
from typing import Any, Final

from shared.correlation.rows import Key, Row
from shared.errors import HomeIQError

LARGEST_ENTRY: Final = 64 * 1024
"""Characters of both names and the value's JSON."""

_PLAIN_INT = 2**53


class CacheError(HomeIQError):
    """A pair, value or lifetime that the cache can't keep."""


class Entry:
    """A value: itself where it can't be changed by whoever has it, else its JSON text."""

    __slots__ = ("epoch", "is_json", "lifetime", "stored_at", "value")

    def __init__(self, value: Any, is_json: bool, stored_at: float, lifetime: float) -> None:
        self.value, self.is_json, self.stored_at, self.lifetime, self.epoch = value, is_json, stored_at, lifetime, 0

    def fresh(self, now: float, ttl_seconds: float | None) -> bool:
        """Whether it holds still, and is young enough for this reader."""
        age = now - self.stored_at
        return age < self.lifetime and (ttl_seconds is None or age < ttl_seconds)

    def content(self) -> Any:
        """The value, the caller's own."""
        return json.loads(self.value) if self.is_json else self.value

    def row(self) -> Row:
        """The entry as it lies on disk."""
        return Row(self.value if self.is_json else json.dumps(self.value), self.stored_at, self.lifetime)


def new_entry(a: str, b: str, value: Any, now: float, ttl_seconds: float | None) -> Entry:
    """What `set` is given, checked. Raises CacheError."""
    check_names(a, b)
    lifetime = math.inf if ttl_seconds is None else ttl_seconds
    if not (isinstance(lifetime, int | float) and lifetime > 0):
        raise CacheError("A lifetime in the cache must be a number of seconds above 0: leave it out for a day.")
    kind = type(value)
    plain = value is None or kind is bool or (kind is float and math.isfinite(value))
    plain = plain or (kind is int and -_PLAIN_INT < value < _PLAIN_INT)
    text = "" if plain else _text_of(value)
    if len(a) + len(b) + len(text) > LARGEST_ENTRY:
        raise CacheError(f"An entry of the cache has {LARGEST_ENTRY} characters at most: keep a smaller one.")
    return Entry(value, False, now, float(lifetime)) if plain else entry_of(Row(text, now, float(lifetime)))


def _text_of(value: Any) -> str:
    try:
        text = json.dumps(value, allow_nan=False, separators=(",", ":"))
        same = bool(json.loads(text) == value)
    except (TypeError, ValueError, RecursionError):
        same = False
    if not same:
        raise CacheError(
            f"A {type(value).__name__} can't be kept as it is: give None, true, false, finite numbers, text, lists, or "
            "dicts with text as keys."
        )
    return text


def entry_of(row: Row) -> Entry:
    """The entry that lies on disk."""
    is_json = row.text[0] in "[{"
    return Entry(row.text if is_json else json.loads(row.text), is_json, row.stored_at, row.lifetime)


def check_names(a: object, b: object) -> None:
    """Raises CacheError unless both are text."""
    if not (isinstance(a, str) and isinstance(b, str)):
        raise CacheError("A pair in the cache is two texts: give the entities' ids.")


def weight(key: Key, entry: Entry) -> int:
    """Characters that it holds in memory."""
    return len(key[0]) + len(key[1]) + (len(entry.value) if isinstance(entry.value, str) else 0)
