"""Fixes that hold in the document as it was given: what they replace must stand there. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from workers.automation.finding import Finding
from workers.automation.reading.reading import Reading

_STEP = re.compile(r'\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|([^.\[\]]+)')
_NOTHING = object()


def sure(findings: Iterable[Finding], reading: Reading) -> Iterator[Finding]:
    """Findings without the fixes whose place does not hold the one value that they replace.

    `light.a, light.b` is one text and two ids: the fix of one is the whole text with that id put right.
    """
    for each in findings:
        yield each if _stands(each, reading) else _within_text(each, reading)


def _stands(finding: Finding, reading: Reading) -> bool:
    if (fix := finding.fix) is None:
        return True
    value = value_at(reading, fix.path)
    if fix.rename is not None or fix.remove:
        return value is not _NOTHING
    return value is not _NOTHING and not isinstance(value, (Mapping, list, tuple)) and "," not in str(value)


def _within_text(finding: Finding, reading: Reading) -> Finding:
    fix = finding.fix
    around = re.sub(r"\[\d+\]\Z", "", fix.path) if fix is not None else ""
    text = value_at(reading, around)
    index = re.search(r"\[(\d+)\]\Z", fix.path) if fix is not None else None
    if fix is None or index is None or not isinstance(text, str):
        return finding.model_copy(update={"fix": None})
    parts = [part.strip() for part in text.split(",")]
    place = int(index[1])
    if place >= len(parts):
        return finding.model_copy(update={"fix": None})
    parts[place] = str(fix.value)
    return finding.model_copy(update={"fix": fix.model_copy(update={"path": around, "value": ", ".join(parts)})})


def value_at(reading: Reading, path: str) -> Any:
    """What stands at a path of the current spelling in the document as it was given."""
    root, source = reading.source(""), reading.source(path)
    value = reading.document
    for number, quoted, key in _STEP.findall(source.removeprefix(root)):
        if number and isinstance(value, (list, tuple)) and int(number) < len(value):
            value = value[int(number)]
        elif not number and isinstance(value, Mapping) and (quoted or key) in value:
            value = value[quoted or key]
        else:
            return _NOTHING
    return value
