"""YAML text to a document, with the line and column of every path. Bad text gives findings, never an exception.

The text is read event by event, so that nothing is built before its size, depth and number of nodes are known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from workers.automation.finding import Code, Finding, error, warning
from workers.automation.plan.value import Tagged
from workers.automation.reading.place import Place, child
from workers.automation.reading.scalars import construct, resolve

LARGEST = 1_000_000
"""Bytes of a text."""
DEEPEST = 100
"""Levels of lists and mappings."""
MOST_NODES = 10_000
"""Keys, scalars, lists and mappings of one automation; what an alias repeats counts each time."""
MOST_NODES_OF_ALL = 100_000
"""The same, of a file of automations."""
MOST_FINDINGS = 100
"""Mistakes; then the text is given up."""
HA_TAGS = frozenset(
    {
        "!secret",
        "!input",
        "!env_var",
        "!include",
        "!include_dir_list",
        "!include_dir_named",
        "!include_dir_merge_list",
        "!include_dir_merge_named",
    }
)
"""The tags that Home Assistant has."""

_UNPRINTABLE = re.compile("[^\x09\x0a\x0d\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DIRECTIVE = re.compile(r"^%", re.MULTILINE)
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STANDARD = "tag:yaml.org,2002:"


@dataclass
class YamlDocument:
    """What a text says, as dicts, lists and scalars.

    `places` has where each path stands; `texts` what was written for unquoted scalars that are no texts.
    """

    value: Any = None
    places: dict[str, Place] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    readable: bool = True
    """Whether the text could be read to its end."""


class _Unreadable(Exception):
    """The text can't be read on from here."""

    def __init__(self, message: str, place: Place | None = None, path: str = "") -> None:
        super().__init__(message)
        self.message, self.place, self.path = message, place, path


def parse_yaml(text: str, most_nodes: int = MOST_NODES) -> YamlDocument:
    """The document of a text; where `readable` is false, its findings say why and `value` is None."""
    reader = _Reader(text, most_nodes)
    try:
        _check_characters(text)
        reader.read()
    except _Unreadable as stopped:
        reader.stop(stopped.message, stopped.place, stopped.path)
    except yaml.MarkedYAMLError as broken:
        mark = broken.problem_mark or broken.context_mark
        reader.stop(_say(broken, text), None if mark is None else Place(mark.line + 1, mark.column + 1), "")
    except (yaml.YAMLError, ValueError) as broken:
        reader.stop(f"The YAML can't be read: {broken}.", None, "")
    return reader.document


def _check_characters(text: str) -> None:
    if len(text) > LARGEST or len(text.encode(errors="replace")) > LARGEST:
        raise _Unreadable(f"The text is larger than {LARGEST // 1000} kB: give one automation at a time.")
    if found := _UNPRINTABLE.search(text):
        place = Place(text.count("\n", 0, found.start()) + 1, found.start() - text.rfind("\n", 0, found.start()))
        raise _Unreadable(f"The text holds the character U+{ord(found[0]):04X}, which YAML has not: remove it.", place)
    if len(_DIRECTIVE.findall(text, 0, 10_000)) > 1:
        raise _Unreadable("The text has several lines that start with %: remove these directives.")


def _say(broken: yaml.MarkedYAMLError, text: str) -> str:
    mark = broken.problem_mark
    if mark is not None:
        lines = text.split("\n", mark.line + 1)
        line = lines[mark.line] if mark.line < len(lines) else ""
        if "\t" in line[: max(mark.column + 1, len(line) - len(line.lstrip()))]:
            return "A tab stands where only spaces may: indent with spaces."
    return f"The YAML is broken: {broken.problem or broken.context or 'it ends too early'}."


@dataclass(slots=True)
class _Anchored:
    value: Any
    nodes: int
    depth: int


class _Reader:
    """Reads one text."""

    def __init__(self, text: str, most_nodes: int) -> None:
        self.document = YamlDocument()
        self._most_nodes = most_nodes
        self._text = text
        self._nodes = 0
        self._anchors: dict[str, _Anchored | None] = {}

    def stop(self, message: str, place: Place | None, path: str) -> None:
        """Give up with a finding."""
        self._find(error(Code.SYNTAX, path, message), place)
        self.document.value, self.document.readable = None, False

    def read(self) -> None:
        """Read the text; an `_Unreadable` or a YAMLError where that can't be done."""
        loader = _LOADER(self._text)
        try:
            events = iter(loader.get_event, None)
            empty = True
            for event in events:
                if isinstance(event, yaml.DocumentStartEvent):
                    if not empty:
                        raise _Unreadable("There is more than one YAML document: give one.", _place(event))
                    empty = False
                    self.document.value, _ = self._value(next(events), events, "", 0)
            if empty:
                raise _Unreadable("There is nothing in it: give an automation.", Place(1, 1))
        finally:
            loader.dispose()

    def _value(self, event: Any, events: Iterator[Any], path: str, depth: int) -> tuple[Any, int]:
        """The value that starts with an event, and how deep it goes."""
        place = _place(event)
        self.document.places.setdefault(path, place)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, place, path, depth)
        self._count(1, place)
        if depth > DEEPEST:
            raise _Unreadable(f"It is nested deeper than {DEEPEST} levels: flatten it.", place)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        before = self._nodes
        value, deep = self._anew(event, events, path, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = _Anchored(value, self._nodes - before + 1, deep)
        return value, deep

    def _anew(self, event: Any, events: Iterator[Any], path: str, depth: int) -> tuple[Any, int]:
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, path), 1
        self._check_collection_tag(event, path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, path, depth)
        return self._mapping(events, path, depth)

    def _count(self, nodes: int, place: Place) -> None:
        self._nodes += nodes
        if self._nodes > self._most_nodes:
            message = f"It has more than {self._most_nodes} parts (aliases count each time): make it smaller."
            raise _Unreadable(message, place)

    def _alias(self, event: Any, place: Place, path: str, depth: int) -> tuple[Any, int]:
        if event.anchor not in self._anchors:
            raise _Unreadable(f"*{event.anchor} repeats what is nowhere: name it by &{event.anchor} first.", place)
        anchored = self._anchors[event.anchor]
        if anchored is None:
            raise _Unreadable(f"*{event.anchor} stands inside of what it repeats: this has no end.", place, path)
        self._count(anchored.nodes, place)
        if depth + anchored.depth > DEEPEST:
            raise _Unreadable(f"It is nested deeper than {DEEPEST} levels: flatten it.", place)
        return anchored.value, anchored.depth

    def _sequence(self, events: Iterator[Any], path: str, depth: int) -> tuple[list[Any], int]:
        items: list[Any] = []
        deepest = 0
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            value, deep = self._value(event, events, child(path, len(items)), depth + 1)
            items.append(value)
            deepest = max(deepest, deep)
        return items, deepest + 1

    def _mapping(self, events: Iterator[Any], path: str, depth: int) -> tuple[dict[str, Any], int]:
        items: dict[str, Any] = {}
        merged: list[dict[str, Any]] = []
        deepest = 0
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key, merge = self._key(event, path)
            at = child(path, key)
            place = _place(event)
            if key in items and not merge:
                self._find(error(Code.SYNTAX, at, f"{key} is there twice, and only the last one counts."), place)
            self.document.places[at] = place
            value, deep = self._value(next(events), events, at, depth + 1)
            deepest = max(deepest, deep)
            if merge:
                merged += self._merged(value, at, place)
            else:
                items[key] = value
        for more in merged:
            items = {**more, **items}
        return items, deepest + 1

    def _key(self, event: Any, path: str) -> tuple[str, bool]:
        """A key as a text, and whether it is the merge key `<<`."""
        place = _place(event)
        if not isinstance(event, yaml.ScalarEvent) or event.tag not in (None, f"{_STANDARD}str"):
            raise _Unreadable("A key is no simple text: write it as one.", place, path)
        self._count(1, place)
        if event.anchor is not None:
            self._anchors[event.anchor] = _Anchored(event.value, 1, 1)
        kind = resolve(event.value) if event.implicit[0] else "str"
        if kind in ("bool", "null"):
            said = "nothing" if kind == "null" else "yes or no"
            message = f"The key {event.value or '(empty)'} is read as {said}: put it into quotes."
            self._find(error(Code.SYNTAX, child(path, event.value), message), place)
        return event.value, kind == "merge"

    def _merged(self, value: Any, path: str, place: Place) -> list[dict[str, Any]]:
        parts = value if isinstance(value, list) else [value]
        if not all(isinstance(part, dict) for part in parts):
            self._find(error(Code.SYNTAX, path, "<< takes in mappings only: give it one."), place)
        return [part for part in parts if isinstance(part, dict)]

    def _scalar(self, event: Any, path: str) -> Any:
        tag = event.tag
        if tag in HA_TAGS:
            message = f"What stands behind {tag} {event.value} can't be seen here, so it is not judged."
            self._find(warning(Code.UNSEEN_TAG, path, message), _place(event))
            return Tagged(f"{tag} {event.value}")
        if tag is None or tag == "!":
            kind = resolve(event.value) if event.implicit[0] else "str"
        else:
            kind = tag.removeprefix(_STANDARD)
            if kind not in ("str", "int", "float", "bool", "null") or kind == tag:
                raise _Unreadable(f"The tag {_short(tag)} is none of Home Assistant's: remove it.", _place(event), path)
        if kind == "str":
            return event.value
        self.document.texts[path] = event.value
        try:
            return construct(kind, event.value)
        except ValueError:
            self._find(error(Code.SYNTAX, path, f"This is no {kind}: put it into quotes."), _place(event))
            return event.value

    def _check_collection_tag(self, event: Any, path: str) -> None:
        if event.tag not in (None, "!", f"{_STANDARD}seq", f"{_STANDARD}map"):
            raise _Unreadable(f"The tag {_short(event.tag)} can't stand here: remove it.", _place(event), path)

    def _find(self, finding: Finding, place: Place | None) -> None:
        if place is not None:
            finding = finding.model_copy(update={"line": place.line, "column": place.column})
        self.document.findings.append(finding)
        if len(self.document.findings) >= MOST_FINDINGS and self.document.readable:
            self.document.readable = False
            raise _Unreadable(f"There are more than {MOST_FINDINGS} mistakes: mend these first.", place)


def _short(tag: str) -> str:
    return tag.replace(_STANDARD, "!!")[:80]


def _place(event: Any) -> Place:
    return Place(event.start_mark.line + 1, event.start_mark.column + 1)
