"""A value of a document where it stands, and the mapping whose keys are taken one by one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from workers.automation.finding import Code, Finding, Fix, Severity
from workers.automation.reading.place import child

MOST_FINDINGS = 200
"""What is wrong beyond that is not told."""
_SHOWN = 60


@dataclass
class Notes:
    """What is noted while a document is read.

    `sources` tells where what has a path in the current spelling stands in the document. `texts` has what was written
    for unquoted scalars that are no texts, by path in the document.
    """

    findings: list[Finding] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A value, its path in the current spelling, and where it stands in the document."""

    value: Any
    path: str
    source: str
    notes: Notes

    @property
    def written(self) -> str | None:
        """What was written, where the value is an unquoted scalar of a YAML text and no text itself."""
        return self.notes.texts.get(self.source)

    @property
    def shown(self) -> str:
        """The value for a message, cut short."""
        if isinstance(self.value, Mapping):
            return "a mapping"
        if isinstance(self.value, (list, tuple)):
            return "a list"
        text = self.written if self.written is not None else repr(self.value)
        return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"

    def item(self, index: int, value: Any) -> Cursor:
        """An item of the list that this is."""
        return self._noted(value, child(self.path, index), child(self.source, index))

    def under(self, key: str, value: Any, current: str | None = None) -> Cursor:
        """What stands under a key; `current` is the key in the current spelling."""
        return self._noted(value, child(self.path, current or key), child(self.source, key))

    def at(self, path: str) -> Cursor:
        """The same under another path of the current spelling."""
        return self._noted(self.value, path, self.source)

    def items(self) -> list[Cursor]:
        """The items of a list; one thing alone counts as a list of one, nothing as an empty one."""
        if self.value is None:
            return []
        if not isinstance(self.value, (list, tuple)):
            return [self._noted(self.value, child(self.path, 0), self.source)]
        return [self.item(index, value) for index, value in enumerate(self.value)]

    def values(self) -> list[Cursor]:
        """The same, but one thing alone keeps its path: for what is written without a list where it is one."""
        return self.items() if self.value is None or isinstance(self.value, (list, tuple)) else [self]

    def with_value(self, value: Any) -> Cursor:
        """Another value in the same place."""
        return replace(self, value=value)

    def wrong(self, message: str, fix: Any = None) -> None:
        """Note that Home Assistant refuses this; `fix` is the value to put in its place."""
        self.note(Code.SCHEMA, Severity.ERROR, message, None if fix is None else Fix(path=self.path, value=fix))

    def note(self, code: Code, severity: Severity, message: str, fix: Fix | None = None) -> None:
        """Note a finding here; hints make room for no more than half of them, so that no error is lost behind them."""
        most = MOST_FINDINGS if severity is Severity.ERROR else MOST_FINDINGS // 2
        if len(self.notes.findings) < most:
            self.notes.findings.append(Finding(code=code, severity=severity, path=self.path, message=message, fix=fix))

    def _noted(self, value: Any, path: str, source: str) -> Cursor:
        self.notes.sources.setdefault(path, source)
        return Cursor(value, path, source, self.notes)


class Keys:
    """A mapping whose keys are taken; what is left at the end is none of Home Assistant's."""

    def __init__(self, cursor: Cursor, value: Mapping[Any, Any]) -> None:
        self.cursor = cursor
        self._left: dict[str, Any] = {str(key): each for key, each in value.items()}
        self._known: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self._left

    def take(self, key: str, current: str | None = None) -> Cursor | None:
        """What stands under a key, or None where there is no such key. `current` is its name in the current form."""
        self._known.add(current or key)
        if key not in self._left:
            return None
        return self.cursor.under(key, self._left.pop(key), current)

    def take_renamed(self, current: str, *old: str) -> Cursor | None:
        """What stands under a key or an old name of it. Both at once are refused, an old name is noted."""
        found = self.take(current)
        for name in old:
            if name not in self._left:
                continue
            if found is not None:
                found.wrong(f"There is both {current} and {name}: keep {current} alone.")
                self._left.pop(name)
                continue
            found = self.take(name, current)
            if found is not None:
                fix = Fix(path=found.path, rename=current)
                found.note(Code.OLD_SYNTAX, Severity.INFO, f"{name} is now called {current}.", fix)
        return found

    def drop(self, *keys: str) -> None:
        """Pass over keys that mean nothing here."""
        for key in keys:
            self._left.pop(key, None)

    def spread(self, key: str, keep: Iterable[str] = ()) -> None:
        """Take the keys of a mapping below `key` as if they stood here."""
        inner = self._left.get(key)
        if isinstance(inner, Mapping) and not set(self._left) - {key, *keep}:
            self._left.pop(key)
            self._left |= {str(name): value for name, value in inner.items()}

    def rest(self) -> dict[str, Any]:
        """All that is left, taken."""
        left, self._left = self._left, {}
        return left

    def require(self, key: str, what: str) -> None:
        """Note that a key is missing."""
        self.cursor.wrong(f"{what} needs {key}.")

    def finish(self, what: str) -> None:
        """Note every key that is left."""
        for key, value in self._left.items():
            cursor = self.cursor.under(key, value)
            close = difflib.get_close_matches(key, self._known, 1, 0.75)
            hint = f": did you mean {close[0]}?" if close else ": remove it."
            fix = Fix(path=cursor.path, rename=close[0]) if close else None
            cursor.note(Code.SCHEMA, Severity.ERROR, f"{what} has no key {key!r}{hint}", fix)

    def __iter__(self) -> Iterator[str]:
        return iter(self._left)
