"""Values that were said, checked against what an entity takes."""

from __future__ import annotations

from collections.abc import Iterable

from shared.spelling import allowance, distance
from workers.query.acting.deeds import NotAble, OutOfRange
from workers.query.acting.thing import Thing
from workers.query.understanding.orders.order import Deed, Setting
from workers.query.understanding.tokens import plainly

PERCENT = (0.0, 100.0)
_SHORTEST = 4
"""Letters from which on an option may have a typo."""
_FAHRENHEIT_FROM = 45.0
"""A range that reaches beyond this many degrees at its lower end is in Fahrenheit."""


def tidy(number: float) -> int | float:
    """A whole number as one."""
    return int(number) if number == int(number) else round(number, 3)


def percent(thing: Thing, setting: Setting, what: str) -> int | float | OutOfRange:
    """A share in percent."""
    return within(thing, setting, what, PERCENT, "%")


def within(
    thing: Thing, setting: Setting, what: str, limits: tuple[float, float], unit: str
) -> int | float | OutOfRange:
    """A number within limits, else why it is refused."""
    value = setting.value if isinstance(setting.value, float) else 0.0
    if limits[0] <= value <= limits[1]:
        return tidy(value)
    return OutOfRange(thing.entity_id, what, value, *limits, unit)


def temperature(thing: Thing, setting: Setting, otherwise: tuple[float, float]) -> int | float | OutOfRange:
    """A target temperature in the home's unit, within what the entity takes."""
    limits = thing.limits("min_temp", "max_temp", otherwise)
    value = setting.value if isinstance(setting.value, float) else 0.0
    if setting.unit == "fahrenheit" and limits[0] < _FAHRENHEIT_FROM:
        value = round((value - 32) / 1.8, 1)
    if limits[0] <= value <= limits[1]:
        return tidy(value)
    return OutOfRange(thing.entity_id, "temperature", value, *limits, "°")


def stepped(thing: Thing, setting: Setting, now: float | None, step: float, what: str, limits: tuple[float, float]) -> (
    int | float | OutOfRange | NotAble
):  # fmt: skip
    """A value so much above or below what it is now."""
    if now is None:
        return NotAble((thing.entity_id,), Deed.SET, what)
    by = setting.value if isinstance(setting.value, float) else step
    value = now + setting.step * by
    return tidy(value) if limits[0] <= value <= limits[1] else OutOfRange(thing.entity_id, what, value, *limits)


def option(said: str, options: Iterable[str]) -> str | None:
    """The one of some options that was said, as it is written there; small typos are allowed."""
    known = list(options)
    wanted = plainly(said)
    by_plain = {plainly(each): each for each in known}
    if wanted in by_plain:
        return by_plain[wanted]
    joined = {each.replace(" ", ""): key for each, key in by_plain.items()}
    if wanted.replace(" ", "") in joined:
        return joined[wanted.replace(" ", "")]
    near = [
        key
        for each, key in by_plain.items()
        if len(each) >= _SHORTEST and distance(wanted, each, allowance(wanted)) <= allowance(wanted)
    ]
    return near[0] if len(near) == 1 else None
