"""Automations spoilt at random, from a seed: a key gone or misspelt, a value of another kind, a part moved."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 3.5, "", "on", "nonsense", "light.kitchen_ceiling", "Not An Id", "07:30", "25:61:00", "-5",
    "{{ 1 + }}", "{{ states('light.kitchen_ceiling') }}", "{{ x | nope }}", [], {}, ["on", 1], [None], {"key": "value"},
    [[]], {"seconds": "many"}, "sunrise", "all", "single", 10**12,
)  # fmt: skip
KEYS = (
    "entity_id",
    "to",
    "for",
    "data",
    "target",
    "options",
    "id",
    "at",
    "state",
    "conditions",
    "sequence",
    "nonsense",
)


def spoilt(automations: list[dict[str, Any]], seed: int, count: int) -> Iterator[dict[str, Any]]:
    """So many automations, each one of the given with one or two things changed."""
    chance = random.Random(seed)
    for _ in range(count):
        automation = copy.deepcopy(chance.choice(automations))
        for _ in range(chance.choice((1, 1, 2))):
            _spoil(automation, chance)
        yield automation


def _spoil(automation: dict[str, Any], chance: random.Random) -> None:
    parts = list(_parts(automation))
    part = chance.choice(parts)
    key = chance.choice(list(part)) if isinstance(part, dict) else chance.randrange(len(part))
    kind = chance.randrange(5)
    if kind == 0:
        del part[key]
    elif kind == 1 and isinstance(part, dict) and isinstance(key, str):
        part[chance.choice((key + "s", key[:-1] or "x", chance.choice(KEYS)))] = part.pop(key)
    elif kind == 2 and isinstance(part, dict):
        part[chance.choice(KEYS)] = copy.deepcopy(chance.choice(VALUES))
    elif kind == 3:
        part[key] = copy.deepcopy(_another(parts, chance))
    else:
        part[key] = copy.deepcopy(chance.choice(VALUES))


def _another(parts: list[Any], chance: random.Random) -> Any:
    """A value from elsewhere in the automation."""
    part = chance.choice(parts)
    return chance.choice(list(part.values()) if isinstance(part, dict) else part)


def _parts(value: Any) -> Iterator[Any]:
    """All mappings and lists with something in them."""
    if isinstance(value, (dict, list)) and value:
        yield value
        for each in value.values() if isinstance(value, dict) else value:
            yield from _parts(each)
