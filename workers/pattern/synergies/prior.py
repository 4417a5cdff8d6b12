"""What one expects of two devices before anything was seen of them. Pure.

An additive log odds: what kinds the two are of, and whether they are in one area. The terms of the kinds are set by
what automations are commonly made of. Simulated homes can't tell them: their routines join any two things.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SAME_AREA: Final = 1.0
OTHER_AREA: Final = -0.8
UNUSUAL: Final = -0.3
"""For two kinds that are not among the usual ones."""

USUAL: Final[Mapping[tuple[str, str], float]] = {
    ("motion", "light"): 2.0,
    ("motion", "fan"): 0.6,
    ("motion", "switch"): 0.3,
    ("motion", "climate"): 0.3,
    ("motion", "player"): 0.2,
    ("door", "light"): 1.2,
    ("door", "climate"): 0.8,
    ("door", "lock"): 1.2,
    ("door", "switch"): 0.2,
    ("window", "climate"): 1.8,
    ("window", "fan"): 0.6,
    ("window", "cover"): 0.4,
    ("presence", "light"): 1.5,
    ("presence", "climate"): 1.5,
    ("presence", "lock"): 1.2,
    ("presence", "player"): 0.6,
    ("presence", "cover"): 0.4,
    ("presence", "switch"): 0.4,
    ("sun", "light"): 1.5,
    ("sun", "cover"): 1.5,
    ("moisture", "switch"): 1.0,
    ("moisture", "fan"): 1.0,
    ("appliance", "light"): 0.3,
    ("appliance", "switch"): 0.3,
    ("player", "light"): 0.8,
    ("player", "cover"): 0.8,
    ("player", "switch"): 0.4,
    ("light", "light"): 0.4,
    ("light", "cover"): 0.5,
    ("light", "fan"): 0.8,
    ("light", "player"): 0.3,
    ("light", "switch"): 0.2,
    ("cover", "light"): 0.4,
    ("switch", "light"): 0.3,
    ("switch", "switch"): 0.2,
    ("switch", "fan"): 0.5,
    ("climate", "fan"): 0.6,
    ("lock", "light"): 1.0,
    ("scene", "light"): 0.6,
    ("mode", "light"): 0.8,
    ("mode", "cover"): 0.6,
    ("mode", "player"): 0.5,
    ("mode", "climate"): 0.8,
    ("mode", "switch"): 0.4,
}
FOLLOWS: Final = "follows"
TOGETHER: Final = "together"


def log_odds(first: str, second: str, first_area: str | None, second_area: str | None) -> float:
    """How much is for an automation from one kind of device to another one, by where the two are.

    What has no area, as people and the sun, is neither near nor far.
    """
    where = 0.0
    if first_area is not None and second_area is not None:
        where = SAME_AREA if first_area == second_area else OTHER_AREA
    return USUAL.get((first, second), UNUSUAL) + where


def relationship(first: str, last: str, *, ordered: bool) -> str:
    """What the first and the last of a chain are to each other: `motion_light`, or else `follows` or `together`."""
    if (first, last) in USUAL:
        return f"{first}_{last}"
    return FOLLOWS if ordered else TOGETHER
