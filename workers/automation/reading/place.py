"""Where things stand: paths of a document, and their lines and columns."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_LAST_STEP = re.compile(r'(\.?[A-Za-z_][A-Za-z0-9_-]*|\[\d+\]|\["(?:[^"\\]|\\.)*"\])\Z')


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a text; both count from 1."""

    line: int
    column: int


def child(path: str, step: str | int) -> str:
    """The path of what stands under a key or at an index: `actions[1].data`, `variables["my key"]`."""
    if isinstance(step, int):
        return f"{path}[{step}]"
    if _PLAIN_KEY.fullmatch(step):
        return f"{path}.{step}" if path else step
    return f"{path}[{json.dumps(step)}]"


def parent(path: str) -> str | None:
    """The path without its last step; None for the empty one."""
    found = _LAST_STEP.search(path)
    if found is None:
        return None if not path else ""
    return path[: found.start()]


def nearest(path: str, known: dict[str, Place]) -> Place | None:
    """The place of a path, else that of the nearest one around it."""
    at: str | None = path
    while at is not None:
        if at in known:
            return known[at]
        at = parent(at)
    return None
