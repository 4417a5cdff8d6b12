"""Listings in replies: as many as fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from contracts.envelope import REQUEST_LIMIT
from contracts.model import Message

M = TypeVar("M", bound=Message)

_ENVELOPE = 1_024


def fitting(found: Iterable[M]) -> Iterator[M]:
    """As many of these as a reply holds."""
    room = REQUEST_LIMIT - _ENVELOPE
    for each in found:
        room -= len(each.model_dump_json().encode()) + 1
        if room < 0:
            return
        yield each
