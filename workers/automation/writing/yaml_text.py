"""Documents as YAML for people: block style, quotes only where they are needed, names of entities as comments."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from workers.automation.plan.plan import Plan
from workers.automation.plan.value import Tagged
from workers.automation.reading.scalars import resolve
from workers.automation.writing.compiler import compile_plan

Naming: TypeAlias = Callable[[str, str], str | None]
"""The name of what an id stands for under a key: `("entity_id", "light.k1")` gives `Kitchen light`."""

_NAMED_KEYS = frozenset({"entity_id", "device_id", "area_id", "floor_id", "label_id", "zone", "scene"})
_PLAIN = re.compile(r"\w(?:[\w ./()%+-]*[\w./()%+-])?")
_ONE_LETTER_FLAGS = frozenset("yYnN")
_BREAKS = re.compile("[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_WIDTH = 120


def write_yaml(plan: Plan, naming: Naming | None = None, heading: str = "") -> str:
    """A plan as YAML. The lines of `heading` stand above it as comments."""
    head = "".join(f"# {_comment(line)}\n" for line in heading.splitlines())
    return head + write_document(compile_plan(plan), naming)


def write_document(document: Any, naming: Naming | None = None) -> str:
    """A document of dicts, lists and scalars as YAML, ending with a newline."""
    return "\n".join(_lines(document, "", naming)) + "\n"


def _lines(value: Any, key: str, naming: Naming | None) -> Iterator[str]:
    """The lines of a value, not indented."""
    if isinstance(value, Mapping) and value:
        for name, each in value.items():
            yield from _entry(f"{_scalar(str(name))}:", each, str(name), naming)
    elif isinstance(value, (list, tuple)) and value:
        for each in value:
            yield from _item(each, key, naming)
    else:
        yield from _scalar_lines(value, key, naming)


def _entry(head: str, value: Any, key: str, naming: Naming | None) -> Iterator[str]:
    if isinstance(value, (Mapping, list, tuple)) and value:
        yield head
        yield from (f"  {line}" if line else line for line in _lines(value, key, naming))
        return
    lines = _scalar_lines(value, key, naming)
    yield f"{head} {next(lines)}"
    yield from (f"  {line}" if line else line for line in lines)


def _item(value: Any, key: str, naming: Naming | None) -> Iterator[str]:
    lines = _lines(value, key, naming)
    yield f"- {next(lines)}"
    yield from (f"  {line}" if line else line for line in lines)


def _scalar_lines(value: Any, key: str, naming: Naming | None) -> Iterator[str]:
    """The lines of a scalar: one, or a block for a text of several lines."""
    if isinstance(value, str) and not isinstance(value, Tagged) and _fits_block(value):
        yield "|" if value.endswith("\n") else "|-"
        yield from value.removesuffix("\n").split("\n")
        return
    text = _scalar(value)
    name = naming(key, value) if naming and key in _NAMED_KEYS and isinstance(value, str) else None
    yield f"{text}  # {_comment(name)}" if name else text


def _fits_block(text: str) -> bool:
    """Whether a text of several lines can stand as a block and is read as the same."""
    lines = text.split("\n")
    if len(lines) < 2 or _BREAKS.search(text) or "\t" in text:  # noqa: PLR2004 (one line is none)
        return False
    return bool(lines[0].strip()) and not lines[0].startswith(" ") and not text.endswith("\n\n") and lines[-1] != " "


def _scalar(value: Any) -> str:
    if isinstance(value, Tagged):
        return f"{value.tag} {_scalar(value.name)}" if value.name else value.tag
    if isinstance(value, str):
        return str(value) if _is_plain(value) else _quoted(value)
    if isinstance(value, float):
        return _float(value)
    return json.dumps(value)


def _float(value: float) -> str:
    text = repr(value)
    # YAML 1.1 takes a number with an exponent for one only with a point and a sign: 1.0e+20.
    if "e" in text:
        mantissa, exponent = text.split("e")
        mantissa = mantissa if "." in mantissa else f"{mantissa}.0"
        text = f"{mantissa}e{exponent if exponent[0] in '+-' else '+' + exponent}"
    return text


def _is_plain(text: str) -> bool:
    if not _PLAIN.fullmatch(text) or text in _ONE_LETTER_FLAGS or not text.isprintable():
        return False
    return resolve(text) == "str" and not _is_number(text)


def _is_number(text: str) -> bool:
    """Whether a newer YAML would take it for a number."""
    try:
        float(text)
    except ValueError:
        return text[:2].lower() in ("0o", "0x", "0b")
    return True


def _quoted(text: str) -> str:
    return _BREAKS.sub(_escape, json.dumps(text, ensure_ascii=False))


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"  # noqa: PLR2004


def _comment(text: str) -> str:
    line = " ".join(_BREAKS.sub(" ", text).split())
    return line if len(line) <= _WIDTH else line[:_WIDTH] + "…"
