"""Messages of Home Assistant's websocket API as JSON, small and very large ones."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

LARGE = 128 * 1024
"""Bytes from which on a message is read in a thread, item by item."""

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


async def read_messages(payload: bytes | str) -> list[dict[str, Any]]:
    """The messages in one frame: one, or several that Home Assistant sent at once. What is no message is left out.

    Raises ValueError for what is no JSON.
    """
    if len(payload) < LARGE:
        found = _read(payload)
    else:
        found = await asyncio.to_thread(read_large, payload if isinstance(payload, str) else payload.decode())
    return [each for each in (found if isinstance(found, list) else [found]) if isinstance(each, dict)]


def _read(payload: bytes | str) -> Any:
    try:
        return json.loads(payload)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def read_large(text: str) -> Any:
    """What `json.loads` gives, read in steps: a thread that parses 20 MB in one call holds up all others for 0.3 s.

    Raises ValueError.
    """
    try:
        start = _skip(text, 0)
        value, end = _value(text, start, _FRAME if text[start] == "[" else _MESSAGE)
    except (RecursionError, IndexError):
        raise ValueError("the message is no JSON") from None
    if _skip(text, end) != len(text):
        raise ValueError("there is something behind the message")
    return value


_MESSAGE = 2
"""Levels that are walked in steps: a message and its result, and whole what stands in that."""
_FRAME = _MESSAGE + 1


def _value(text: str, at: int, depth: int) -> tuple[Any, int]:
    if depth and text[at] == "[":
        return _array(text, at + 1, depth - 1)
    if depth and text[at] == "{":
        return _object(text, at + 1, depth - 1)
    return _DECODER.raw_decode(text, at)


def _array(text: str, at: int, depth: int) -> tuple[list[Any], int]:
    found: list[Any] = []
    at = _skip(text, at)
    if text[at] == "]":
        return found, at + 1
    while True:
        value, at = _value(text, at, depth)
        found.append(value)
        at = _skip(text, at)
        if text[at] == "]":
            return found, at + 1
        at = _skip(text, _expected(text, at, ","))


def _object(text: str, at: int, depth: int) -> tuple[dict[str, Any], int]:
    found: dict[str, Any] = {}
    at = _skip(text, at)
    if text[at] == "}":
        return found, at + 1
    while True:
        _expected(text, at, '"')
        key, at = _DECODER.raw_decode(text, at)
        value, at = _value(text, _skip(text, _expected(text, _skip(text, at), ":")), depth)
        found[key] = value
        at = _skip(text, at)
        if text[at] == "}":
            return found, at + 1
        at = _skip(text, _expected(text, at, ","))


def _expected(text: str, at: int, sign: str) -> int:
    if text[at] != sign:
        raise ValueError(f"{sign} is missing at {at}")
    return at + 1


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at
