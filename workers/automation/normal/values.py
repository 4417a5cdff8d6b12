"""The normal form of values: data of JSON that are equal where the meaning is. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, Final

from workers.automation.plan.duration import Duration
from workers.automation.plan.node import Node
from workers.automation.plan.target import TARGET_KEYS, Target
from workers.automation.plan.value import Data, Tagged, Template

Normal = Any
"""Data of JSON: dicts, lists, texts, numbers, true, false and null."""

MEANINGLESS: Final = frozenset({"path", "alias", "note", "enabled", "id", "metadata", "description"})
"""Fields that change nothing of what an automation does."""
_TOKENS: Final = re.compile(r"\s+|'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"")
_CODE: Final = re.compile(r"(\{\{|\{%)([-+]?)(.*?)([-+]?)(\}\}|%\})", re.DOTALL)
_COMMENT: Final = re.compile(r"\{#.*?#\}", re.DOTALL)


def key(normal: Normal) -> str:
    """A text that two normal forms share exactly where they are equal."""
    return json.dumps(normal, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


def unordered(found: Iterable[Normal]) -> list[Normal]:
    """Each once, in an order of its own."""
    by_key = {key(each): each for each in found}
    return [by_key[each] for each in sorted(by_key)]


def number(given: float) -> Normal:
    """A number; a whole one is the same with and without a fraction."""
    return int(given) if isinstance(given, float) and given.is_integer() else given


def state(given: Any) -> Normal:
    """A state: always a text, for that is what Home Assistant compares."""
    if isinstance(given, bool):
        return "on" if given else "off"
    return str(given) if isinstance(given, (int, float)) else value(given)


def value(given: Any) -> Normal:  # noqa: PLR0911 - one line a kind
    """A value of any shape; a node as a dict of what it says."""
    if given is None or isinstance(given, bool):
        return given
    if isinstance(given, Template):
        return {"template": template(given)}
    if isinstance(given, Tagged):
        return {"tagged": str(given)}
    if isinstance(given, str):
        return str(given)
    if isinstance(given, (int, float)):
        return number(given)
    if isinstance(given, Duration):
        return duration(given)
    if isinstance(given, Target):
        return target(given)
    if isinstance(given, Node):
        return node(given)
    if isinstance(given, Data):
        return {name: value(each) for name, each in given.items()}
    return [value(each) for each in given]


def node(given: Node, *without: str) -> dict[str, Normal]:
    """What a node says beside its names; what was not said is left out."""
    said = {name: each for name, each in given if name not in MEANINGLESS and name not in without}
    normal = {name: value(each) for name, each in said.items() if not _unsaid(each)}
    enabled = getattr(given, "enabled", True)
    return normal if enabled is True else {**normal, "enabled": value(enabled)}


def _unsaid(given: Any) -> bool:
    return given is None or given is False or (isinstance(given, (tuple, Data)) and not given)


def template(given: str) -> str:
    """A template without comments and without the spaces between its words; its texts stay as they are."""
    bare = _COMMENT.sub("", given).strip()
    return _CODE.sub(lambda found: f"{found[1]}{found[2]} {_code(found[3])} {found[4]}{found[5]}", bare)


def _code(code: str) -> str:
    spaced = _TOKENS.sub(lambda found: found[0] if found[0][0] in "'\"" else " ", code).strip()
    return (
        re.sub(r" ?([(),|\[\]<>=!+*/~%:-]) ?", r"\1", spaced)
        if "'" not in spaced and '"' not in spaced
        else _outside(spaced)
    )


def _outside(code: str) -> str:
    """The spaces around signs gone, outside of quotation marks."""
    parts = re.split(r"('(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\")", code)
    bare = [
        part if index % 2 else re.sub(r" ?([(),|\[\]<>=!+*/~%:-]) ?", r"\1", part) for index, part in enumerate(parts)
    ]
    return "".join(
        f"'{part[1:-1]}'" if index % 2 and "'" not in part[1:-1] else part for index, part in enumerate(bare)
    )


def duration(given: Duration) -> Normal:
    """A length of time: microseconds, however it was spelled."""
    if given.microseconds is not None:
        return {"microseconds": given.microseconds}
    return {"template": template(given.template)} if given.template is not None else {"parts": value(given.parts)}


def lasting(given: Duration | None) -> dict[str, Normal]:
    """How long something must last; no time is the same as none said."""
    return {} if given is None or given.microseconds == 0 else {"for": duration(given)}


def target(given: Target) -> dict[str, Normal]:
    """What it is done to: each list in an order of its own, entity ids in small letters."""
    found: dict[str, Normal] = {}
    for name in TARGET_KEYS:
        if ids := getattr(given, name):
            found[name] = unordered(value(each.lower() if type(each) is str else each) for each in ids)
    if given.exclude is not None and not given.exclude.empty:
        found["exclude"] = target(given.exclude)
    return found


def options(given: Data) -> dict[str, Normal]:
    """The options of a purpose-made trigger or condition, without those that say what holds anyway."""
    found = {name: value(each) for name, each in given.items()}
    if found.get("for") in (0, "0", "00:00", "00:00:00", "0:00:00") or found.get("for") in ({}, None):
        found.pop("for", None)
    return found
