"""Sparklines: a small chart in a line of text. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

BARS: Final = "▁▂▃▄▅▆▇█"
NOTHING: Final = "·"
ASCII_BARS: Final = ":-=+*%@#"
ASCII_NOTHING: Final = "."


def sparkline(amounts: Sequence[int], marked: Collection[int] = (), *, ascii_only: bool = False) -> str:
    """A bar for each amount, the largest of which is full; a dot stands for 0. Places in `marked` stand in brackets."""
    bars, nothing = (ASCII_BARS, ASCII_NOTHING) if ascii_only else (BARS, NOTHING)
    most = max([*amounts, 1])
    drawn = [bars[-(-amount * len(bars) // most) - 1] if amount > 0 else nothing for amount in amounts]
    return "".join(_bracketed(drawn, place, marked) for place in range(len(drawn)))


def can_draw(encoding: str | None) -> bool:
    """Whether text in this encoding can have these bars."""
    try:
        f"{BARS}{NOTHING}".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _bracketed(drawn: Sequence[str], place: int, marked: Collection[int]) -> str:
    if place not in marked:
        return drawn[place]
    opening = "" if place - 1 in marked else "["
    return f"{opening}{drawn[place]}{'' if place + 1 in marked else ']'}"
