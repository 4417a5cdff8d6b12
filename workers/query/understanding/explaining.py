"""How a sentence was read, step by step: for whoever asks why."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from contracts.query import Step
from workers.query.understanding.cuts import Span, Unknown
from workers.query.understanding.lexicon import Word
from workers.query.understanding.reader import AnyReading, Understanding

_LONGEST = 400
_MATCHES = (
    (0.0, "the name itself"), (0.1, "without accents"), (0.3, "in another number"), (0.8, "without its room or class"),
            (1.2, "in the plural"))  # fmt: skip


def explained(mind: Understanding, sentence: str, reading: AnyReading) -> list[Step]:
    """The words as they were corrected, what each part was taken for, and the reading."""
    if mind.silent:
        return []
    words, spans = mind.pieces(sentence)
    steps = [Step(step="words", found=" ".join(words), confidence=1.0, reason=_corrections(sentence, words))]
    steps += [_part(span) for span in spans]
    confidence = getattr(reading, "confidence", 1.0)
    steps.append(
        Step(step="reading", found=_told(reading)[:_LONGEST], confidence=confidence, reason=type(reading).__name__)
    )
    return steps


def _corrections(sentence: str, words: list[str]) -> str:
    said = set(sentence.lower().replace("?", " ").replace(",", " ").replace(".", " ").split())
    mended = [each for each in words if each not in said]
    return f"mended or spread out: {', '.join(mended)}" if mended else "as they were said"


def _part(span: Span) -> Step:
    item = span.item
    if isinstance(item, Unknown):
        return Step(step="part", found=span.phrase, confidence=0.0, reason="nobody knows this word")
    if isinstance(item, Word):
        key = f" {item.key}" if item.key else ""
        return Step(step="part", found=span.phrase, confidence=1.0, reason=f"{item.role.name.lower()}{key}")
    ids = (*item.entities, *item.areas, *item.floors, *item.kin, *item.devices)
    match = next((told for cost, told in reversed(_MATCHES) if item.cost >= cost), "")
    match = "a part of the name" if item.cost > _MATCHES[-1][0] else match
    told = ", ".join(ids[:5]) + (" …" if len(ids) > 5 else "")  # noqa: PLR2004
    return Step(
        step="part", found=span.phrase, confidence=round(max(0.5, 1 - 0.12 * item.cost), 2), reason=f"{match}: {told}"
    )


def _told(value: Any) -> str:
    """A reading in one line: what it has that says something."""
    if isinstance(value, Enum):
        return str(value.value)
    if is_dataclass(value) and not isinstance(value, type):
        said = {each.name: getattr(value, each.name) for each in fields(value)}
        return ", ".join(f"{name} {_told(each)}" for name, each in said.items() if each not in (None, (), "", False, 0))
    if isinstance(value, (tuple, list)):
        return "; ".join(_told(each) for each in value)
    return str(value)
