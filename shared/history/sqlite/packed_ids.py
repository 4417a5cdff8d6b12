"""Identifiers of Home Assistant in 16 bytes, many at once.

A context's id is a ULID (26 characters of Crockford's base 32), a user's id 32 hexadecimal digits. What is written in
any other way, or in other letters, stays as it is, so that all come back as they were. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np

Packed: TypeAlias = bytes | str | None

_DIGITS = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH: Final = 26
_BASE, _FIRST = 32, 8
_WEIGHTS = np.array([16, 8, 4, 2, 1], dtype=np.uint8)
_LETTERS = np.frombuffer(_DIGITS, dtype=np.uint8).astype(np.uint32)
_VALUES = np.full(128, 255, dtype=np.uint8)
_VALUES[np.frombuffer(_DIGITS, dtype=np.uint8)] = np.arange(32)
_HEX = re.compile(r"[0-9a-f]{32}", re.ASCII)


def pack_ulids(ids: Sequence[str | None]) -> list[Packed]:
    """Each ULID as 16 bytes."""
    packed: list[Packed] = list(ids)
    places = [place for place, each in enumerate(ids) if each is not None and len(each) == _LENGTH]
    if not places:
        return packed
    codes = np.array([ids[place] for place in places], dtype=f"U{_LENGTH}").view(np.uint32).reshape(-1, _LENGTH)
    values = _VALUES[np.minimum(codes, 127)]
    # 26 digits of five bits are 130: the first digit has three.
    right = (values < _BASE).all(axis=1) & (values[:, 0] < _FIRST)
    bits = (values[:, :, None] & _WEIGHTS != 0).reshape(len(places), -1)[:, 2:]
    content = np.packbits(bits, axis=1).tobytes()
    for number, place in enumerate(places):
        if right[number]:
            packed[place] = content[16 * number : 16 * number + 16]
    return packed


def unpack_ulids(packed: Sequence[Packed]) -> list[str | None]:
    """The same as they were."""
    try:  # most often all are bytes
        return [*_letters(b"".join(packed))]  # type: ignore[arg-type]
    except TypeError:
        texts = iter(_letters(b"".join([each for each in packed if isinstance(each, bytes)])))
        return [next(texts) if isinstance(each, bytes) else each for each in packed]


def _letters(content: bytes) -> list[str]:
    if not content:
        return []
    bits = np.unpackbits(np.frombuffer(content, dtype=np.uint8).reshape(-1, 16), axis=1)
    digits = np.pad(bits, ((0, 0), (2, 0))).reshape(-1, _LENGTH, 5) @ _WEIGHTS
    texts: list[str] = _LETTERS[digits].reshape(-1).view(f"U{_LENGTH}").tolist()
    return texts


def pack_hex(text: str | None) -> Packed:
    """32 hexadecimal digits as 16 bytes."""
    return bytes.fromhex(text) if text is not None and _HEX.fullmatch(text) else text


def unpack_hex(packed: Packed) -> str | None:
    """The same as it was."""
    return packed.hex() if isinstance(packed, bytes) else packed
